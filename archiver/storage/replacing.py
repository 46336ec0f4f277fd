"""Puts a catalogue made anew in the place of the old one, with what people did carried over."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from pysqlite3 import dbapi2 as sqlite

from archiver.errors import ArchiverError, DiskError, Locked
from archiver.model import Account
from archiver.storage import files
from archiver.storage.acts import ARCHIVE, MADE_ANEW, WITHOUT_ROW, record_act
from archiver.storage.archive import CATALOGUE
from archiver.storage.database import Connection, Database, not_of_the_file
from archiver.storage.ledger import restoring
from archiver.storage.registers import Act
from archiver.storage.schema import PRIMARY_TABLES

ASIDE = "catalogue.rebuilt.sqlite"
_BESIDE = ("", "-wal", "-shm", "-journal")
_WAIT_SECONDS = 5.0
_HEADER_BYTES = 100


def begin_aside(directory: Path) -> Database:
    """A new, empty catalogue beside the one in use; what an interrupted rebuild left is removed first."""
    discard_aside(directory)
    made = Database.create(directory / ASIDE)
    made.connection().execute("PRAGMA synchronous = OFF")  # it counts only once it is whole and synced
    return made


def discard_aside(directory: Path) -> None:
    """Remove an unfinished catalogue."""
    for suffix in _BESIDE:
        (directory / f"{ASIDE}{suffix}").unlink(missing_ok=True)


def copy_accounts(new: Database, old: Path) -> None:
    """The register of accounts as it stands now, so that rows can refer to it. Raises DiskError where it is damaged."""
    with _attached(new, old) as db:
        db.execute("INSERT INTO main.accounts SELECT * FROM other.accounts")


def seek_leaves(new: Database, old: Path | None) -> None:
    """Have what is written into the new catalogue find its leaves in the old one; where that is lost, in the new."""
    if old is None:
        restoring.seek(new.connection(), "main")
        return
    with _attached(new, old) as db:
        restoring.seek(db, "other")


def records_not_in(new: Database, old: Path) -> tuple[tuple[str, str], ...]:
    """The captures and notes, with their files' names, of the old catalogue that the new one has not as they were.

    They are not there any more, or are other bytes than the ledger says.
    """
    with _attached(new, old) as db:
        rows = db.execute(
            "SELECT c.id, s.name FROM other.captures c JOIN other.segments s ON s.number = c.segment"
            " WHERE c.leaf IN (SELECT sequence FROM temp.unfound)"
            " OR NOT EXISTS (SELECT 1 FROM main.captures n WHERE n.id = c.id)"
            " UNION ALL SELECT r.id, s.name FROM other.records r JOIN other.segments s ON s.number = r.segment"
            " WHERE r.leaf IN (SELECT sequence FROM temp.unfound) ORDER BY 2, 1"
        ).fetchall()
    return tuple((row[0], row[1]) for row in rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Anew:
    """What is put on record of a catalogue made anew: when, what is told of it, and accounts found in files alone."""

    at: datetime
    told: Mapping[str, Any]
    registered: Sequence[Account] = ()


def take_place(new: Database, catalogue: Path, anew: Anew, *, carry_over: bool) -> None:
    """Make `new` the catalogue. `carry_over`: with what people did, as the old one says it at this moment.

    That it was made anew becomes an act in it. Nobody else may have the old one open: Locked. After a crash at any
    point the catalogue is the old one, whole, or the new one, whole.
    """
    aside = new.path
    anew = replace(anew, told={**anew.told, WITHOUT_ROW: restoring.without_row(new.connection())})
    new.close()
    if not carry_over:
        _settle(aside, anew)
        _swap(aside, catalogue)
        return
    with _alone(catalogue) as db:
        db.execute("ATTACH ? AS fresh", (os.fspath(aside),))
        _carry_over(db)
        db.execute("DETACH fresh")
        _settle(aside, anew)
        with catalogue.open("r+b", buffering=0) as gone:
            _swap(aside, catalogue)
            # Whoever waits for the old file must not write into it, nor into the new one's log by its name.
            gone.write(bytes(_HEADER_BYTES))


def set_aside(catalogue: Path, target: Path) -> None:
    """Copy a catalogue that cannot be read, and its log, to names that begin with `target`; durable."""
    for suffix in _BESIDE[:2]:
        source = Path(f"{catalogue}{suffix}")
        if source.exists():
            files.copy(source, Path(f"{target}{suffix}"))


def _carry_over(db: Connection) -> None:
    db.execute("BEGIN EXCLUSIVE")
    db.execute("DELETE FROM fresh.accounts WHERE id IN (SELECT id FROM main.accounts)")
    for table in PRIMARY_TABLES:
        db.execute(f"INSERT INTO fresh.{table} SELECT * FROM main.{table}")  # noqa: S608  (names are our own)
    broken = db.execute("PRAGMA fresh.foreign_key_check").fetchone()
    if broken is not None:
        db.execute("ROLLBACK")
        raise DiskError(
            f"The old catalogue does not agree with itself: {broken[0]} refers to what is not there.",
            means="The old catalogue stays in use; nothing was changed.",
            do="archiver rebuild --from-warc-alone, if no backup of the catalogue is at hand",
        )
    db.execute("COMMIT")


def _settle(aside: Path, anew: Anew) -> None:
    """The leaves that are missing, and the acts; then everything into the one file, and the file onto the disk."""
    db = sqlite.connect(os.fspath(aside), isolation_level=None)
    db.row_factory = sqlite.Row
    db.execute("BEGIN")
    settled = restoring.settle(db)
    for account in anew.registered:
        record_act(db, at=anew.at, actor=ARCHIVE, act=Act.REGISTERED, subject=account.id, detail=asdict(account))
    told = {**anew.told, "leaves found again": settled.found, "leaves appended": settled.appended}
    record_act(db, at=anew.at, actor=ARCHIVE, act=MADE_ANEW, subject=CATALOGUE, detail=told)
    db.execute("COMMIT")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    with aside.open("rb") as file:
        os.fsync(file.fileno())


def _swap(aside: Path, catalogue: Path) -> None:
    for suffix in _BESIDE[1:]:  # SQLite would take them for the new file's
        Path(f"{catalogue}{suffix}").unlink(missing_ok=True)
    files.sync_directory(catalogue.parent)
    aside.replace(catalogue)
    files.sync_directory(catalogue.parent)


@contextmanager
def _alone(catalogue: Path) -> Iterator[Connection]:
    """The old catalogue without its log, locked against everybody else."""
    db = sqlite.connect(os.fspath(catalogue), isolation_level=None, timeout=_WAIT_SECONDS)
    try:
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        (mode,) = db.execute("PRAGMA journal_mode = DELETE").fetchone()
        if mode != "delete":
            raise _in_use("it keeps its log")
        yield db
    except sqlite.DatabaseError as error:
        raise _trouble(catalogue, error) from error
    finally:
        db.close()


@contextmanager
def _attached(new: Database, old: Path) -> Iterator[Connection]:
    db = new.connection()
    try:
        db.execute("ATTACH ? AS other", (os.fspath(old),))
        try:
            yield db
        finally:
            db.execute("DETACH other")
    except sqlite.DatabaseError as error:
        raise _trouble(old, error) from error


def _trouble(old: Path, error: sqlite.DatabaseError) -> ArchiverError:
    """What is told of it: another process, the disk, or else the old catalogue itself."""
    known = not_of_the_file(old, error)
    return _in_use(str(error)) if isinstance(known, Locked) else known or _damaged(old, error)


def _in_use(why: str) -> Locked:
    return Locked(
        f"The catalogue is in use by another process ({why}).",
        means="The catalogue was made anew, but not put in its place; the old one stays in use and nothing was lost.",
        do="Stop whatever has it open (fuser catalogue.sqlite), then run archiver rebuild again.",
    )


def _damaged(catalogue: Path, error: Exception) -> DiskError:
    return DiskError(
        f"{catalogue.name} is damaged where it says what people did: {error}.",
        means="It stays in use; nothing was changed. Accounts, requests and acts stand in it alone.",
        do="Restore it from a backup. Without one: archiver rebuild --from-warc-alone",
    )
