"""One round in the foreground: several accounts polled once, side by side, each told as soon as it is done."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

from archiver.errors import ArchiverError, DiskError
from archiver.model import Selector
from archiver.polling.engine import Engine
from archiver.polling.polled import Polled
from archiver.storage import schedule, search
from archiver.storage.accounts import account_numbers
from archiver.storage.archive import Archive
from archiver.storage.run_rows import Depth


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one account: its poll and how many items are new, or what stopped it."""

    account_id: str
    polled: Polled | None = None
    new_items: int = 0
    failed: ArchiverError | None = None

    @property
    def finished(self) -> bool:
        """Whether the account was walked to the end."""
        return self.polled is not None and self.polled.finished


class Round:
    """Polls accounts once. `stop` may be called from a signal handler: what is under way is finished."""

    def __init__(self, engine: Engine, *, threads: int, reserve_bytes: int) -> None:
        self._engine = engine
        self._threads = threads
        self._reserve = reserve_bytes
        self._stop = threading.Event()

    @property
    def stopped(self) -> bool:
        """Whether it was told to stop."""
        return self._stop.is_set()

    def stop(self) -> None:
        """End as soon as the requests under way are done."""
        self._stop.set()

    def poll(self, account_ids: Sequence[str], depth: Depth | None = None) -> Iterator[Outcome]:
        """The outcomes as they come. Raises DiskError where the disk is full, once the others have ended."""
        require_room(self._engine.archive, self._reserve)
        with ThreadPoolExecutor(max(1, min(self._threads, len(account_ids))), thread_name_prefix="poll") as pool:
            for future in as_completed([pool.submit(self._one, account, depth) for account in account_ids]):
                yield future.result()

    def _one(self, account_id: str, depth: Depth | None) -> Outcome:
        if self.stopped:
            return Outcome(account_id=account_id)
        try:
            before = self._count(account_id)
            polled = self._engine.poll(account_id, depth=depth, stop=self._stopping)
            self._release(account_id, polled)
            return Outcome(account_id=account_id, polled=polled, new_items=self._count(account_id) - before)
        except ArchiverError as error:
            if isinstance(error, DiskError):
                self.stop()
            return Outcome(account_id=account_id, failed=error)
        finally:
            self._engine.archive.database.close_thread()

    def _stopping(self) -> bool:
        if not self.stopped and _free(self._engine.archive) < self._reserve:
            self.stop()
            raise _no_room(self._engine.archive)
        return self.stopped

    def _count(self, account_id: str) -> int:
        db = self._engine.archive.database.connection()
        return search.count(db, Selector(accounts=(account_id,)), cap=None)

    def _release(self, account_id: str, polled: Polled) -> None:
        with self._engine.archive.database.transaction() as db:
            schedule.release(db, account_numbers(db, (account_id,))[account_id], polled.next_due)


def require_room(archive: Archive, reserve_bytes: int) -> None:
    """Raises DiskError where less than the reserve is free on the archive's disk."""
    if _free(archive) < reserve_bytes:
        raise _no_room(archive)


def _free(archive: Archive) -> int:
    return shutil.disk_usage(archive.directory).free


def _no_room(archive: Archive) -> DiskError:
    return DiskError(
        f"The disk of {archive.directory} is nearly full: less than [archive] reserve_megabytes is free.",
        means="Nothing more is captured, so that what is kept stays whole; what is missed becomes a gap.",
        do="Free some space, or give the archive a larger disk.",
    )
