"""Beside the daemon the ledger is signed each hour; a refusal or a fault of it stops nothing else."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from archiver.clock import SetClock
from archiver.polling import signing
from archiver.polling.signing import Signer
from archiver.storage.archive import Archive
from archiver.storage.ledger import checkpoints
from tests.storage.ledger.ledgers import START, grow, place_of


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """A new archive."""
    with closing(Archive.create(tmp_path / "archive", agency="", moment=START)) as made:
        yield made


def test_it_signs_each_hour_where_there_is_something_to_sign(archive: Archive) -> None:
    """The first look signs; then nothing for an hour, nothing without new leaves, and again."""
    clock = SetClock(START)
    signer, ledger = Signer(archive=archive, place=place_of(archive), clock=clock), place_of(archive).ledger
    sizes = []
    for minutes, count in ((0, 2), (30, 1), (30, 0), (120, 0), (0, 1)):
        clock.move(timedelta(minutes=minutes))
        grow(archive, count)
        signer.look()
        sizes.append(checkpoints.sizes(ledger))
    assert sizes == [(3,), (3,), (3, 5), (3, 5), (3, 5, 7)]  # each is entered before the next


def test_a_refusal_is_told_and_nothing_else_happens(archive: Archive, caplog: pytest.LogCaptureFixture) -> None:
    """Once an hour, with the reason; the checkpoint that is there stays."""
    clock = SetClock(START)
    signer, ledger = Signer(archive=archive, place=place_of(archive), clock=clock), place_of(archive).ledger
    grow(archive, 2)
    signer.look()
    (ledger / "acts.jsonl").write_bytes(b"{}\n")
    grow(archive, 1)
    with caplog.at_level(logging.ERROR):
        for minutes in (60, 30, 30):
            clock.move(timedelta(minutes=minutes))
            signer.look()
    assert [record.getMessage() for record in caplog.records] == [
        "no checkpoint was signed error='The acts in the catalogue are not those that acts.jsonl has.'"
    ] * 2
    assert checkpoints.sizes(ledger) == (3,)


def test_a_fault_does_not_end_the_thread(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged, with where it happened."""
    monkeypatch.setattr(signing, "due", lambda *_: 1 / 0)
    Signer(archive=archive, place=place_of(archive), clock=SetClock(START)).look()
    assert [(record.levelname, record.exc_info is not None) for record in caplog.records] == [("ERROR", True)]


def test_it_works_beside_what_runs_and_ends_with_it(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread makes the first checkpoint at once, and is gone when the block ends."""
    grow(archive, 1)
    made = threading.Event()
    real = signing.make
    monkeypatch.setattr(signing, "make", lambda *given, **named: (real(*given, **named), made.set())[0])
    with signing.signing(archive, place_of(archive), SetClock(START)):
        assert made.wait(30)
    assert "signing" not in {thread.name for thread in threading.enumerate()}
    assert checkpoints.sizes(place_of(archive).ledger) == (2,)
