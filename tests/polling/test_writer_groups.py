"""Group commit: what waits is appended, synced once a file, and committed in one transaction."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from archiver.model import Cause, Gap
from archiver.polling.writer import GROUP_PAGES, Work
from archiver.storage.coverage_rows import gap_note
from archiver.storage.database import Connection, Database
from archiver.storage.segments import Segment
from tests.polling.desk import OFFICE, desk_in


@contextmanager
def counted_transactions() -> Iterator[list[int]]:
    """How many transactions were begun, in the list's only place."""
    begun, real = [0], Database.transaction

    def transaction(self: Database) -> Any:
        begun[0] += 1
        return real(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Database, "transaction", transaction)
        yield begun


@pytest.mark.parametrize(("waiting", "groups"), [(1, 1), (GROUP_PAGES, 1), (GROUP_PAGES + 1, 2), (3 * GROUP_PAGES, 3)])
def test_what_waits_goes_into_as_few_transactions_as_may_be(tmp_path: Path, waiting: int, groups: int) -> None:
    """Up to 25 pages in each, in the order they came."""
    with desk_in(tmp_path, threaded=True) as desk, counted_transactions() as begun:
        writer, begun_first, held, order = desk.engine.writer, threading.Event(), threading.Event(), list[int]()

        def hold(_: Connection) -> None:
            begun_first.set()
            held.wait(10)

        def note(number: int) -> Callable[[Connection], None]:
            return lambda _: order.append(number)

        begun[0] = 0
        first = writer.submit(Work(account=desk.account, then=hold))
        begun_first.wait(10)
        futures: list[Future[str]] = [
            writer.submit(Work(account=desk.account, then=note(number))) for number in range(waiting)
        ]
        held.set()
        results = [future.result(timeout=10) for future in (first, *futures)]

    assert (set(results), order, begun[0]) == ({""}, list(range(waiting)), 1 + groups)


def gap(account: str, number: int) -> Mapping[str, Any]:
    """The note of a gap of this account."""
    opened = datetime(2026, 11, 21, 12, tzinfo=UTC)
    found = Gap(
        id=f"g{number}", account_id=account, stream="posts", cause=Cause.NETWORK, detail="x", opened=opened, start=None
    )
    return gap_note(found)


def test_each_file_of_a_group_is_synced_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the transaction, whatever the number of notes in it."""
    both = ("one", "two")
    with desk_in(tmp_path, *(replace(OFFICE, id=name) for name in both)) as desk:
        synced: list[str] = []
        real = Segment.sync

        def sync(self: Segment) -> None:
            synced.append(self.path.name.partition("-")[0])
            real(self)

        monkeypatch.setattr(Segment, "sync", sync)
        desk.engine.writer.write(
            [Work(account=replace(OFFICE, id=name), notes=(gap(name, i),)) for i, name in enumerate(both * 2)]
        )
        during = tuple(synced)

    assert during == ("one", "two")
