"""Stores are looked after beside the polling, which never waits for them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from archiver.clock import SetClock
from archiver.config_stores import Store
from archiver.polling import store_keeping
from archiver.polling.store_keeping import StoreKeeper
from archiver.storage import keeping
from archiver.storage.archive import Archive
from archiver.storage.copying import only_copier
from archiver.storage.places import Places
from archiver.storage.s3_upload import Stop
from archiver.storage.stores import DiskStore
from tests.archives import START

LONG = 10.0


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """An archive with a checkpoint, and a second store on disk."""
    places = Places(second=Store(kind="disk", directory=tmp_path / "second"))
    DiskStore.create(tmp_path / "second")
    made = Archive.create(tmp_path / "archive", agency="", moment=START, places=places)
    (made.directory / "ledger" / "checkpoints").mkdir()
    (made.directory / "ledger" / "checkpoints" / "000000000001").write_bytes(b"a checkpoint\n")
    yield made
    made.close()


def keeper_of(archive: Archive) -> StoreKeeper:
    """What looks after its stores."""
    return StoreKeeper(archive, SetClock(START))


def ended(keeper: StoreKeeper) -> bool:
    """Whether the round that was begun has ended, after a wait."""
    assert keeper._thread is not None
    keeper._thread.join(LONG)
    return not keeper._thread.is_alive()


def test_a_round_copies_what_waits(archive: Archive, tmp_path: Path) -> None:
    """In a thread of its own; the ledger's checkpoints go too."""
    keeper = keeper_of(archive)
    keeper.round()

    assert ended(keeper)
    assert (tmp_path / "second" / "ledger" / "checkpoints" / "000000000001").read_bytes() == b"a checkpoint\n"


def test_a_round_that_hangs_holds_nobody_up(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beginning returns at once, no second round begins beside it, and stopping waits no longer than it is told."""
    begun, let_go, rounds = threading.Event(), threading.Event(), []

    def hang(*_: object, stop: Stop) -> tuple[keeping.Kept, ...]:
        rounds.append(1)
        begun.set()
        let_go.wait(LONG)
        stop()
        return ()

    monkeypatch.setattr(store_keeping, "keep_places", hang)
    keeper = keeper_of(archive)
    keeper.round()
    assert begun.wait(LONG)
    keeper.round()
    keeper.stop(0.01)
    let_go.set()

    assert (ended(keeper), rounds) == (True, [1])
    keeper.round()
    assert rounds == [1]


def test_a_round_elsewhere_is_left_alone(archive: Archive, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """While another process copies, the round is left to the next one, and that is no fault."""
    caplog.set_level("INFO")
    keeper = keeper_of(archive)
    with only_copier(archive):
        keeper.round()
        assert ended(keeper)

    assert ("left to the next" in caplog.text, list((tmp_path / "second").glob("ledger*"))) == (True, [])


def test_a_fault_ends_one_round_only(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody thought of is logged, and the next round begins anew."""

    def fault(*_: object, **__: object) -> None:
        raise RuntimeError("a fault")

    keeper = keeper_of(archive)
    with monkeypatch.context() as broken:
        broken.setattr(store_keeping, "keep_places", fault)
        keeper.round()
        assert ended(keeper)
    keeper.round()

    assert (ended(keeper), keeping.standings(archive)[0].files) == (True, 1)


def test_without_places_there_is_no_thread(tmp_path: Path) -> None:
    """An archive that keeps everything in its own folder needs none."""
    made = Archive.create(tmp_path / "archive", agency="", moment=START)
    keeper = keeper_of(made)
    keeper.round()
    keeper.stop(1)

    assert keeper._thread is None
    made.close()
