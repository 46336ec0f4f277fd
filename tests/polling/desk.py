"""An archive that polls the platform made for tests, with what it then holds in plain values."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from archiver.clock import SetClock
from archiver.config import Config, Network
from archiver.model import Account, Connector, Gap
from archiver.polling.capturing import capturing
from archiver.polling.engine import Engine
from archiver.polling.polled import Polled
from archiver.polling.wire import tls_context
from archiver.storage import accounts, schedule
from archiver.storage.archive import Archive
from archiver.storage.coverage_rows import coverage_of, gaps_of
from archiver.storage.members import read_record
from archiver.storage.run_rows import Depth
from archiver.storage.segments_table import SegmentRow, records_in, segments
from tests.polling.platform import HOME, TOKEN, Platform
from tests.polling.speaking import CONNECTOR

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
OFFICE = Account(id="office", platform="spoken", handle="office", url=HOME, credential="env:TOKEN")
ONE_TLS_CONTEXT = cache(tls_context)  # reading the authorities takes longer than a poll, and nothing goes over TLS here
QUARTER, HOUR, DAY = timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)


class Desk:
    """One archive, one platform, one clock. The engine is made by `open`, and again after `crash`."""

    def __init__(
        self,
        directory: Path,
        *registered: Account,
        config: Config | None = None,
        media_megabytes: int = 4,
        threaded: bool = False,
        clock: Any = None,
    ) -> None:
        self._threaded = threaded
        self.clock = clock or SetClock(START)
        self.platform = Platform(self.clock)
        self.config = replace(config or Config(), network=Network(media_megabytes=media_megabytes))
        self.environ = {"TOKEN": TOKEN}
        self._capturing: Any = None
        self._engine: Engine | None = None
        if directory.exists():
            self.archive = Archive.open(directory)
            return
        self.archive = Archive.create(directory, agency="Example", moment=START)
        with self.archive.database.transaction() as db:
            for account in registered or (OFFICE,):
                schedule.make_due(db, accounts.add_account(db, account), self.clock.now())

    @property
    def engine(self) -> Engine:
        """The engine at work; made where there is none."""
        if self._engine is None:
            self._capturing = capturing(
                self.archive,
                self.config,
                self.clock,
                connectors={"spoken": self.connector},
                environ=self.environ,
                threaded=self._threaded,
                jitter=lambda: 0.0,
            )
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("archiver.polling.transport.tls_context", ONE_TLS_CONTEXT)
                self._engine = self._capturing.__enter__()
            self._engine.transport._converse = self.platform.converse  # type: ignore[method-assign]
        return self._engine

    @property
    def account(self) -> Account:
        """The office, as it is registered now."""
        return accounts.account_called(self.archive.database.connection(), "office")

    @property
    def connector(self) -> Connector:
        """What speaks to the platform."""
        return CONNECTOR

    def close(self) -> None:
        """Let go of the engine. Nothing waits in memory, so that this is also what a kill leaves."""
        if self._engine is not None:
            self._engine = None
            self._capturing.__exit__(None, None, None)

    def restart(self) -> None:
        """A new process: recovery runs before anything is asked."""
        self.close()
        self.archive.close()
        self.archive = Archive.open(self.archive.directory)
        _ = self.engine

    def poll(self, account: str = "office", depth: Depth | None = None) -> Polled:
        """One poll, as the daemon makes it."""
        return self.engine.poll(account, depth=depth)

    def later(self, by: timedelta = QUARTER, *, depth: Depth | None = None, account: str = "office") -> Polled:
        """Some time passes, then a poll."""
        self.clock.move(by)
        return self.poll(account, depth)

    def finish(self, account: str = "office", *, depth: Depth | None = None, most: int = 60) -> Polled:
        """Poll as often as it is said to be due, until the run is over."""
        for _ in range(most):
            polled = self.poll(account, depth)
            if polled.finished:
                return polled
            self.clock.move(max(polled.next_due - self.clock.now(), timedelta(seconds=1)))
        raise AssertionError(f"not finished after {most} polls: {polled}")

    def finish_run(self, account: str = "office") -> None:
        """Poll as often as it is said to be due, until the run is over, whole or in part."""
        self.poll(account)
        while self.rows("SELECT 1 FROM runs WHERE ended IS NULL"):
            self.clock.move(timedelta(seconds=30))
            self.poll(account)

    # What is held

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """The rows of a question."""
        return [tuple(row) for row in self.archive.database.connection().execute(sql, values)]

    def texts(self) -> dict[str, str]:
        """The current text of each item, by remote id."""
        found = self.rows(
            "SELECT i.remote_id, v.text FROM items i JOIN versions v ON v.item = i.id AND v.number = i.version"
        )
        return {str(remote): str(text) for remote, text in found}

    def versions(self, remote_id: str) -> list[str]:
        """The texts of an item's versions, in order."""
        return [
            row[0]
            for row in self.rows(
                "SELECT v.text FROM versions v JOIN items i ON i.id = v.item WHERE i.remote_id = ? ORDER BY v.number",
                remote_id,
            )
        ]

    def seen(self, remote_id: str) -> str:
        """What the last look at an item showed."""
        return str(self.rows("SELECT seen FROM items WHERE remote_id = ?", remote_id)[0][0])

    def looks(self, remote_id: str) -> list[tuple[str, str]]:
        """What looks at an item showed, where that was news, with their method."""
        return [
            (row[0], row[1])
            for row in self.rows(
                "SELECT o.seen, o.method FROM observations o JOIN items i ON i.id = o.item WHERE i.remote_id = ?"
                " ORDER BY o.at, o.capture",
                remote_id,
            )
        ]

    def likes(self, remote_id: str) -> list[int]:
        """An item's counter over time."""
        return [
            row[0]
            for row in self.rows(
                "SELECT c.value FROM counters c JOIN items i ON i.id = c.item WHERE i.remote_id = ? ORDER BY c.at",
                remote_id,
            )
        ]

    def count(self, table: str) -> int:
        """How many rows a table has."""
        return int(self.rows(f"SELECT count(*) FROM {table}")[0][0])  # noqa: S608

    def gaps(self, *, standing: bool = False, account: str | None = None) -> list[tuple[str, str | None, str, bool]]:
        """Stream, subject, cause, and whether it is closed, of each gap."""
        return [
            (g.stream, g.subject, g.cause.value, g.closed is not None)
            for g in self.all_gaps(standing=standing, account=account)
        ]

    def all_gaps(self, *, standing: bool = False, account: str | None = None) -> tuple[Gap, ...]:
        """The gaps."""
        return gaps_of(self.archive.database.connection(), account, standing=standing)

    def covered(self) -> dict[str, list[tuple[datetime | None, datetime]]]:
        """The intervals walked, by stream."""
        found: dict[str, list[tuple[datetime | None, datetime]]] = {}
        for each in coverage_of(self.archive.database.connection()):
            found.setdefault(each.stream, []).append((each.start, each.end))
        return found

    def warc_bytes(self) -> int:
        """The size of all WARC files."""
        return sum(path.stat().st_size for path in self.warc_files())

    def warc_files(self) -> list[Path]:
        """All WARC files, growing and sealed."""
        return sorted(self.archive.directory.rglob("*.warc.gz"))

    def require_sound(self, verified: dict[int, int] | None = None) -> None:
        """Every row's bytes resolve, and every byte of every file has its row (invariants I3 and I4).

        `verified` says up to where this was seen before, by segment, and is brought up to date.
        """
        db = self.archive.database.connection()
        done = {} if verified is None else verified
        rows = segments(db)
        for segment in rows:
            with self.archive.open_segment(segment, self._owner(segment.account), segment.month) as file:
                end = self._require_records(file, segment, done.get(segment.number, 0))
                assert file.seek(0, 2) == end == segment.size
            done[segment.number] = end
        assert {path.name for path in self.warc_files()} == {segment.name for segment in rows}

    def _require_records(self, file: BinaryIO, segment: SegmentRow, at: int) -> int:
        for record in records_in(self.archive.database.connection(), segment.number):
            if record.offset < at:
                continue
            assert record.offset == at, f"bytes without a row in {segment.name} at {at}"
            file.seek(at)
            assert hashlib.sha256(file.read(record.length)).hexdigest() == record.sha256
            read_record(file, record.offset, record.length, name=segment.name)
            at += record.length
        return at

    def _owner(self, number: int) -> str:
        return str(self.rows("SELECT id FROM accounts WHERE number = ?", number)[0][0])


@contextmanager
def desk_in(
    directory: Path,
    *registered: Account,
    config: Config | None = None,
    media_megabytes: int = 4,
    threaded: bool = False,
) -> Iterator[Desk]:
    """A desk whose files are checked when the test is over."""
    made = Desk(directory / "archive", *registered, config=config, media_megabytes=media_megabytes, threaded=threaded)
    try:
        yield made
        made.require_sound()
    finally:
        made.close()
        made.archive.close()
