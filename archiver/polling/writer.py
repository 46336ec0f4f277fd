"""The one writer: WARC first, then one transaction; pending pages of many accounts go together."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any

from archiver.clock import Clock
from archiver.errors import ArchiverError
from archiver.model import Account, CaptureNote, Exchange, StoredRecord
from archiver.storage import run_rows, segments_table
from archiver.storage.accounts import account_numbers
from archiver.storage.archive import Archive
from archiver.storage.database import Connection
from archiver.storage.ingest import Place, Written, apply_exchange
from archiver.storage.open_segments import Growing, OpenSegments, Recover
from archiver.storage.told import Told

LOG = logging.getLogger(__name__)

GROUP_PAGES = 25
# What a fault of ours in writing one reply's rows raises: the reply is then kept, marked unread.
_FAULTS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)

Then = Callable[[Connection], None]


def nothing_more(_db: Connection) -> None:
    """Nothing else is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What becomes durable together: an exchange and what it told, notes, and what else the transaction writes."""

    account: Account
    exchange: Exchange | None = None
    told: Told | None = None
    notes: tuple[Mapping[str, Any], ...] = ()
    then: Then = nothing_more


@dataclass(frozen=True, slots=True)
class _Appended:
    work: Work
    number: int
    growing: Growing | None
    records: tuple[StoredRecord, ...]
    notes: tuple[StoredRecord, ...]


class CaptureWriter:
    """Appends, syncs and commits. `submit` may be called from any thread; `write` only where no thread was started."""

    def __init__(self, archive: Archive, clock: Clock, *, segment_bytes: int, recover: Recover) -> None:
        self._archive = archive
        self._clock = clock
        self._segments = OpenSegments(archive, limit_bytes=segment_bytes, recover=recover)
        # A work, None to seal what is finished, or nothing at all to end.
        self._waiting: queue.SimpleQueue[tuple[Work | None, Future[None]] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to write what is submitted."""
        self._thread = threading.Thread(target=self._loop, name="capture-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Work) -> Future[None]:
        """Have it made durable; the future is done once it is, or holds the DiskError."""
        future: Future[None] = Future()
        if self._thread is None:
            self._finish([(work, future)])
        else:
            self._waiting.put((work, future))
        return future

    def close(self) -> None:
        """Write what is waiting, then let go of the files."""
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join()
            self._thread = None
        self._segments.close()

    def seal_finished(self) -> None:
        """Seal the segments that are full or of a month that is over, between two groups. Raises what stopped it."""
        future: Future[None] = Future()
        if self._thread is None:
            self._seal(future)
        else:
            self._waiting.put((None, future))
        future.result()

    def write(self, works: Sequence[Work]) -> None:
        """Make a group durable: every append, then every sync, then one transaction. Raises what stopped it."""
        futures = [(work, Future[None]()) for work in works]
        self._finish(futures)
        for _, future in futures:
            future.result()

    def _loop(self) -> None:
        group: list[tuple[Work, Future[None]]] = []
        while (waiting := self._waiting.get()) is not None:
            work, future = waiting
            if work is not None:
                group.append((work, future))
            if group and (work is None or len(group) >= GROUP_PAGES or self._waiting.empty()):
                self._finish(group)
                group = []
            if work is None:
                self._seal(future)
        if group:
            self._finish(group)

    def _seal(self, future: Future[None]) -> None:
        try:
            self._segments.seal_finished(self._clock.now())
        except (ArchiverError, OSError) as error:
            future.set_exception(error)
        else:
            future.set_result(None)

    def _finish(self, group: Sequence[tuple[Work, Future[None]]]) -> None:
        appended: list[tuple[_Appended, Future[None]]] = []
        numbers = account_numbers(self._archive.database.connection())
        for work, future in group:
            try:
                appended.append((self._append(work, numbers[work.account.id]), future))
            except (ArchiverError, OSError, *_FAULTS) as error:
                self._segments.forget(work.account.id)
                future.set_exception(error)
        try:
            self._sync(entry for entry, _ in appended)
        except (ArchiverError, OSError) as error:
            self._fail(appended, error)
            return
        self._commit_together(appended)

    def _append(self, work: Work, number: int) -> _Appended:
        if work.exchange is None and not work.notes:
            return _Appended(work, number, None, (), ())
        growing = self._segments.of(work.account, number, self._clock.now())
        records = growing.segment.append_exchange(work.exchange) if work.exchange else ()
        now = self._clock.now()
        notes = tuple(growing.segment.append_run(note, _run_of(note), now) for note in work.notes)
        return _Appended(work, number, growing, records, notes)

    def _sync(self, entries: Any) -> None:
        for growing in {id(e.growing): e.growing for e in entries if e.growing}.values():
            growing.segment.sync()

    def _commit_together(self, appended: Sequence[tuple[_Appended, Future[None]]]) -> None:
        try:
            self._commit([entry for entry, _ in appended])
        except ArchiverError as error:
            self._fail(appended, error)
        except _FAULTS:
            for one in appended:  # one of them cannot be written: the others must not wait for it
                self._commit_alone(*one)
        else:
            for _, future in appended:
                future.set_result(None)

    def _commit_alone(self, entry: _Appended, future: Future[None]) -> None:
        try:
            try:
                self._commit([entry])
            except _FAULTS as fault:
                LOG.exception("rows could not be written account=%s", entry.work.account.id)
                self._commit([_unread(entry, fault)])
        except (ArchiverError, *_FAULTS) as error:
            self._segments.forget(entry.work.account.id)
            future.set_exception(error)
        else:
            future.set_result(None)

    def _fail(self, appended: Sequence[tuple[_Appended, Future[None]]], error: BaseException) -> None:
        for entry, future in appended:
            self._segments.forget(entry.work.account.id)
            future.set_exception(error)

    def _commit(self, entries: Sequence[_Appended]) -> None:
        rows: dict[str, int] = {}
        with self._archive.database.transaction() as db:
            written = Written()
            for entry in entries:
                if entry.growing is not None:
                    rows[entry.growing.name] = self._apply(db, entry, rows, written)
                entry.work.then(db)
            written.finish(db)
        for entry in entries:
            if entry.growing is not None:
                entry.growing.row = rows[entry.growing.name]

    def _apply(self, db: Connection, entry: _Appended, rows: dict[str, int], written: Written) -> int:
        growing, work = entry.growing, entry.work
        if growing is None:
            raise ValueError("nothing was appended")
        row = rows.get(growing.name) or self._segments.write_row(db, growing)
        if work.exchange is not None and work.told is not None:
            place = Place(segment=row, records=entry.records)
            apply_exchange(db, entry.number, note_of(work.exchange), work.told, place, written)
        for note, record in zip(work.notes, entry.notes, strict=True):
            run_rows.apply_note(db, entry.number, row, record, note)
        segments_table.commit_size(db, row, growing.segment.size)
        return row


def note_of(exchange: Exchange) -> CaptureNote:
    """The note of an exchange, as its metadata record will say it."""
    return CaptureNote.from_json(exchange.to_json())


def _unread(entry: _Appended, fault: BaseException) -> _Appended:
    problem = f"its rows could not be written ({type(fault).__name__})"
    return replace(entry, work=replace(entry.work, told=Told(page=None, problem=problem), then=nothing_more))


def _run_of(note: Mapping[str, Any]) -> str:
    return str(note["run"] if note["record"] == "run" else note["gap"]["id"])
