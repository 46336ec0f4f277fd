"""The catalogue's SQLite file: how it is opened, read and written."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pysqlite3 import dbapi2 as sqlite

from archiver.errors import ArchiverError, DiskError, Locked

Connection = Any  # pysqlite3 has no type information
Row = Any

BUSY_MILLISECONDS = 30_000
PAGE_BYTES = 8192
CACHE_KIBIBYTES = 65_536

_REFUSED = (sqlite.IntegrityError, sqlite.ProgrammingError, sqlite.DataError, sqlite.InterfaceError)
# What values that cannot be rows raise, by a fault of ours; it says nothing of the disk or of the catalogue as a whole.
ROW_FAULTS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, *_REFUSED)

_LOCKED = (sqlite.SQLITE_BUSY, sqlite.SQLITE_LOCKED)
_OF_THE_DISK = (sqlite.SQLITE_FULL, sqlite.SQLITE_IOERR, sqlite.SQLITE_READONLY, sqlite.SQLITE_CANTOPEN)

SCHEMA_VERSION = 8  # the number of migrations in schema.py


class Database:
    """One SQLite file. Reading connections are one per thread; writing goes through `transaction()` alone."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()
        self._write_lock = threading.RLock()
        self._opened: list[Connection] = []
        self._opened_lock = threading.Lock()

    @classmethod
    def create(cls, path: Path) -> Database:
        """A new, empty catalogue. Raises DiskError where a file stands already."""
        if path.exists():
            raise DiskError(f"A catalogue stands already at {path}.", do="Choose another archive directory.")
        path.touch(mode=0o600, exist_ok=False)
        database = cls(path)
        database.migrate()
        return database

    @classmethod
    def open(cls, path: Path) -> Database:
        """An existing catalogue, brought to the newest schema. Raises DiskError where there is none."""
        if not path.exists():
            raise DiskError(
                f"The catalogue {path} is not there.",
                means="Nothing is captured until it is back. The WARC files hold everything captured.",
                do="Check that the archive's disk is mounted. If the catalogue is lost: archiver rebuild",
            )
        database = cls(path)
        version = database.version()
        if version > SCHEMA_VERSION:
            raise DiskError(
                f"The catalogue was written by a newer Archiver (schema {version}, this one knows {SCHEMA_VERSION}).",
                do="Install the newer version again; this one will not touch the catalogue.",
            )
        if version == 0:  # cut down to nothing by a full disk or a bad copy: never taken for a new one
            raise _damaged(path, "it holds no catalogue")
        if version < SCHEMA_VERSION:
            database.migrate()
        return database

    def version(self) -> int:
        """The number of migrations applied."""
        with _named_errors(self.path):
            (version,) = self.connection().execute("PRAGMA user_version").fetchone()
        return int(version)

    def migrate(self) -> None:
        """Apply the pending migrations, all in one transaction: a crash leaves the old catalogue or the new one."""
        import sqlite_utils  # imported here: only a new or older catalogue pays for it

        from archiver.storage.schema import MIGRATIONS

        with self.transaction() as db:
            MIGRATIONS.apply(sqlite_utils.Database(db))
            db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def connection(self) -> Connection:
        """This thread's connection, for reading."""
        found: Connection | None = getattr(self._local, "connection", None)
        if found is None:
            found = self._local.connection = _connect(self.path)
            with self._opened_lock:
                self._opened.append(found)
        return found

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A write that happens whole or not at all, begun IMMEDIATE so that what it reads cannot change under it."""
        with self._write_lock, _named_errors(self.path):
            db = self.connection()
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Several reads that see one state."""
        db = self.connection()
        db.execute("BEGIN")
        try:
            yield db
        finally:
            db.execute("COMMIT")

    def close_thread(self) -> None:
        """Close this thread's connection, where the thread is about to end."""
        found: Connection | None = getattr(self._local, "connection", None)
        if found is not None:
            with self._opened_lock:
                self._opened.remove(found)
            found.close()
            self._local.connection = None

    def close(self) -> None:
        """Close every connection that was opened, in whatever thread."""
        with self._opened_lock:
            for connection in self._opened:
                connection.close()
            self._opened.clear()
        self._local = threading.local()


@contextmanager
def savepoint(db: Connection) -> Iterator[None]:
    """A part of a transaction that happens whole or not at all."""
    db.execute("SAVEPOINT part")
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK TO part")
        raise
    finally:
        db.execute("RELEASE part")


def _connect(path: Path) -> Connection:
    with _named_errors(path):
        # Where nobody can write, the files that a reader of a log would make cannot be made either.
        unchanging = "?immutable=1" if _on_read_only_disk(path) and not _log_size(path) else ""
        db = sqlite.connect(
            path.absolute().as_uri() + unchanging,
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            timeout=BUSY_MILLISECONDS / 1000,
        )
        db.row_factory = sqlite.Row
        for pragma in (
            f"page_size = {PAGE_BYTES}",
            "journal_mode = WAL",
            "synchronous = FULL",  # acts have no second copy in the WARC
            "foreign_keys = ON",
            "secure_delete = ON",
            "trusted_schema = OFF",
            f"cache_size = -{CACHE_KIBIBYTES}",
            "wal_autocheckpoint = 4000",
        ):
            db.execute(f"PRAGMA {pragma}")
    return db


def _on_read_only_disk(path: Path) -> bool:
    return bool(os.statvfs(path.parent).f_flag & os.ST_RDONLY)


def _log_size(path: Path) -> int:
    log = path.with_name(f"{path.name}-wal")
    return log.stat().st_size if log.exists() else 0


@contextmanager
def _named_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite.OperationalError as error:
        raise _named(path, str(error)) from error
    except sqlite.DatabaseError as error:
        if isinstance(error, _REFUSED):
            raise
        raise _damaged(path, str(error)) from error


def not_of_the_file(path: Path, error: sqlite.Error) -> ArchiverError | None:
    """What SQLite's error is called where it tells of the disk or of another process, and not of the file; else None.

    `path` is the catalogue that was worked on.
    """
    code = getattr(error, "sqlite_errorcode", sqlite.SQLITE_ERROR) & 0xFF  # the primary one of an extended code
    return _named(path, str(error)) if code in (*_LOCKED, *_OF_THE_DISK) else None


def _damaged(path: Path, how: str) -> DiskError:
    return DiskError(
        f"The catalogue {path} is damaged: {how}.",
        means="Nothing is captured until it is repaired. The WARC files hold everything captured.",
        do="Restore it from a backup, then: archiver rebuild. Without a backup: archiver rebuild --from-warc-alone",
    )


def _named(path: Path, text: str) -> ArchiverError:
    if "locked" in text or "busy" in text:
        return Locked(
            f"The catalogue {path} has been locked by another process for {BUSY_MILLISECONDS // 1000} seconds.",
            means="This command changed nothing; a reply that waited to be kept is asked for again.",
            do="Find the other process (fuser) and try again.",
        )
    return DiskError(
        f"The catalogue {path} cannot be used: {text}.",
        means="Nothing is marked as captured that is not safely stored.",
        do="Free disk space or mend the disk; capturing goes on from where it stood.",
    )
