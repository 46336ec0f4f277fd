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
from archiver.storage.database import ROW_FAULTS, Connection
from archiver.storage.ingest import Place, Written, apply_exchange
from archiver.storage.open_segments import Growing, OpenSegments, Recover
from archiver.storage.told import Told

LOG = logging.getLogger(__name__)

GROUP_PAGES = 25

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
    end: int
    records: tuple[StoredRecord, ...]
    notes: tuple[StoredRecord, ...]


class CaptureWriter:
    """Appends, syncs and commits. `submit` may be called from any thread; `write` only where no thread was started."""

    def __init__(self, archive: Archive, clock: Clock, *, segment_bytes: int, recover: Recover) -> None:
        self._archive = archive
        self._clock = clock
        self._segments = OpenSegments(archive, limit_bytes=segment_bytes, recover=recover)
        # A work, or another thing to do between two groups, or nothing at all to end.
        self._waiting: queue.SimpleQueue[tuple[Work | Callable[[], object], Future[str]] | None] = queue.SimpleQueue()
        self._unsettled: set[str] = set()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to write what is submitted."""
        thread = threading.Thread(target=self._loop, name="capture-writer", daemon=True)
        thread.start()
        self._thread = thread

    def submit(self, work: Work) -> Future[str]:
        """Have it made durable. The future is done once it is, or holds the DiskError.

        Its result is empty; or says why the rows of the exchange could not be written, which is then kept unread, and
        `then` was not done.
        """
        future: Future[str] = Future()
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
        self._between(lambda: self._segments.seal_finished(self._clock.now()))

    def settle(self, account_id: str) -> None:
        """After a write that failed: what of it reached the account's file becomes rows. Raises what stopped it."""
        if account_id in self._unsettled:
            self._between(lambda: self._settle(account_id))

    def write(self, works: Sequence[Work]) -> None:
        """Make a group durable: every append, then every sync, then one transaction. Raises what stopped it."""
        futures = [(work, Future[str]()) for work in works]
        self._finish(futures)
        for _, future in futures:
            future.result()

    def _between(self, act: Callable[[], object]) -> None:
        future: Future[str] = Future()
        if self._thread is None:
            _do(act, future)
        else:
            self._waiting.put((act, future))
        future.result()

    def _settle(self, account_id: str) -> None:
        self._segments.settle(account_id)
        self._unsettled.discard(account_id)

    def _loop(self) -> None:
        group: list[tuple[Work, Future[str]]] = []
        while (waiting := self._waiting.get()) is not None:
            work, future = waiting
            if isinstance(work, Work):
                group.append((work, future))
            if group and (not isinstance(work, Work) or len(group) >= GROUP_PAGES or self._waiting.empty()):
                self._finish_whatever_comes(group)
                group = []
            if not isinstance(work, Work):
                _do(work, future)
        if group:
            self._finish_whatever_comes(group)

    def _finish_whatever_comes(self, group: Sequence[tuple[Work, Future[str]]]) -> None:
        try:
            self._finish(group)
        except Exception as fault:  # the thread's edge: who waits must hear of it, and the thread must go on
            if isinstance(fault, ArchiverError):
                LOG.error("a group could not be written: %s", fault.what)
            else:
                LOG.exception("a group could not be written")
            for work, future in group:
                if not future.done():
                    self._let_go(work, future, fault)

    def _finish(self, group: Sequence[tuple[Work, Future[str]]]) -> None:
        appended: list[tuple[_Appended, Future[str]]] = []
        numbers = account_numbers(self._archive.database.connection(), {work.account.id for work, _ in group})
        for work, future in group:
            try:
                appended.append((self._append(work, numbers[work.account.id]), future))
            except (ArchiverError, OSError, *ROW_FAULTS) as error:
                self._let_go(work, future, error)
        try:
            self._sync(entry for entry, _ in appended)
        except (ArchiverError, OSError) as error:
            self._fail(appended, error)
            return
        self._commit_together(appended)

    def _append(self, work: Work, number: int) -> _Appended:
        if work.exchange is None and not work.notes:
            return _Appended(work, number, None, 0, (), ())
        growing = self._segments.of(work.account, number, self._clock.now())
        records = growing.segment.append_exchange(work.exchange) if work.exchange else ()
        now = self._clock.now()
        notes = tuple(growing.segment.append_note(note, _about(note), now) for note in work.notes)
        return _Appended(work, number, growing, growing.segment.size, records, notes)

    def _sync(self, entries: Any) -> None:
        for growing in {id(e.growing): e.growing for e in entries if e.growing}.values():
            growing.segment.sync()

    def _commit_together(self, appended: Sequence[tuple[_Appended, Future[str]]]) -> None:
        try:
            self._commit([entry for entry, _ in appended])
        except (ArchiverError, OSError) as error:
            self._fail(appended, error)
        except ROW_FAULTS:
            for one in appended:  # one of them cannot be written: the others must not wait for it
                self._commit_alone(*one)
        else:
            for _, future in appended:
                future.set_result("")

    def _commit_alone(self, entry: _Appended, future: Future[str]) -> None:
        problem = ""
        try:
            try:
                self._commit([entry])
            except ROW_FAULTS as fault:
                LOG.exception("rows could not be written account=%s", entry.work.account.id)
                if entry.work.exchange is None:
                    raise
                problem = f"its rows could not be written ({type(fault).__name__})"
                self._commit([_unread(entry, problem)])
        except (ArchiverError, OSError, *ROW_FAULTS) as error:
            self._let_go(entry.work, future, error)
        else:
            future.set_result(problem)

    def _fail(self, appended: Sequence[tuple[_Appended, Future[str]]], error: Exception) -> None:
        for entry, future in appended:
            self._let_go(entry.work, future, error)

    def _let_go(self, work: Work, future: Future[str], error: Exception) -> None:
        """What the account's file holds is looked at before it is used again."""
        self._segments.forget(work.account.id)
        self._unsettled.add(work.account.id)
        future.set_exception(error)

    def _commit(self, entries: Sequence[_Appended]) -> None:
        with self._archive.database.transaction() as db:
            written = Written()
            for entry in entries:
                if entry.growing is not None:
                    _apply(db, entry, entry.growing, written)
                entry.work.then(db)
            written.finish(db)


def _do(act: Callable[[], object], future: Future[str]) -> None:
    try:
        act()
    except (ArchiverError, OSError) as error:
        future.set_exception(error)
    else:
        future.set_result("")


def _apply(db: Connection, entry: _Appended, growing: Growing, written: Written) -> None:
    work = entry.work
    if work.exchange is not None and work.told is not None:
        place = Place(segment=growing.row, records=entry.records)
        apply_exchange(db, entry.number, note_of(work.exchange), work.told, place, written)
    for note, record in zip(work.notes, entry.notes, strict=True):
        run_rows.apply_note(db, entry.number, growing.row, record, note)
    segments_table.commit_size(db, growing.row, entry.end)


def note_of(exchange: Exchange) -> CaptureNote:
    """The note of an exchange, as its metadata record will say it."""
    return CaptureNote.from_json(exchange.to_json())


def _unread(entry: _Appended, problem: str) -> _Appended:
    return replace(entry, work=replace(entry.work, told=Told(page=None, problem=problem), then=nothing_more))


def _about(note: Mapping[str, Any]) -> str:
    return str(note["run"] if note["record"] == "run" else note["gap"]["id"])
