"""Rows about where sealed files have copies: in which place, as which version, locked until when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from archiver.model import iso, parse_iso
from archiver.storage.database import Connection, Row
from archiver.storage.stores import Placed, stored_name

INDEX = ".index.json"
CHECKPOINTS = "ledger/checkpoints/"  # no account's months are called so


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One file in one place, read back there. `locked_until` only where the place proved that it keeps locks."""

    place: str
    name: str
    size: int
    sha256: str
    version: str | None
    put_at: datetime
    locked_until: datetime | None
    held: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The copies of a place, counted; `locked_until` is when the first of their locks ends."""

    files: int
    locked: int
    held: int
    locked_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedFile:
    """A sealed segment: the number of its row, its name in every store, its size, and its SHA-256 (hex)."""

    number: int
    name: str
    size: int
    sha256: str


def sealed_files(db: Connection) -> Iterator[SealedFile]:
    """The sealed segments, the oldest first."""
    rows = db.execute(
        "SELECT s.number, a.id AS account, s.month, s.name, s.size, s.sha256 FROM segments s"
        " JOIN accounts a ON a.number = s.account WHERE s.state = 'sealed' ORDER BY s.number"
    )
    for row in rows:
        name = stored_name(row["account"], row["month"], row["name"])
        yield SealedFile(number=row["number"], name=name, size=row["size"], sha256=row["sha256"])


def copies_in(db: Connection, place: str) -> dict[str, Copy]:
    """Everything a place was seen to hold, by name."""
    rows = db.execute("SELECT * FROM copies WHERE place = ? ORDER BY name", (place,))
    return {row["name"]: _copy(row) for row in rows}


def names_in(db: Connection, place: str) -> frozenset[str]:
    """The names of everything a place was seen to hold."""
    return frozenset(row["name"] for row in db.execute("SELECT name FROM copies WHERE place = ?", (place,)))


def summary(db: Connection, place: str) -> Summary:
    """How many files a place was seen to hold, how many of them locked and held, and when the first lock ends."""
    row = db.execute(
        "SELECT count(*) AS files, count(locked_until) AS locked, min(locked_until) AS until,"
        " coalesce(sum(held), 0) AS held FROM copies WHERE place = ?",
        (place,),
    ).fetchone()
    until = parse_iso(row["until"]) if row["until"] else None
    return Summary(files=row["files"], locked=row["locked"], held=row["held"], locked_until=until)


def copy_of(db: Connection, place: str, name: str) -> Copy | None:
    """What a place was seen to hold under a name."""
    row = db.execute("SELECT * FROM copies WHERE place = ? AND name = ?", (place, name)).fetchone()
    return _copy(row) if row else None


def note_copy(db: Connection, place: str, name: str, size: int, sha256: str, placed: Placed, at: datetime) -> None:
    """A place holds this file: it was read back and compared."""
    db.execute(
        "INSERT INTO copies (place, name, size, sha256, version, put_at, locked_until, held)"
        " VALUES (:place, :name, :size, :sha256, :version, :at, :until, 0) ON CONFLICT (place, name) DO UPDATE SET"
        " size = excluded.size, sha256 = excluded.sha256, version = excluded.version, put_at = excluded.put_at,"
        " locked_until = excluded.locked_until, held = 0",
        {
            "place": place,
            "name": name,
            "size": size,
            "sha256": sha256,
            "version": placed.version,
            "at": iso(at),
            "until": iso(placed.locked_until) if placed.locked_until else None,
        },
    )


def note_lock(db: Connection, place: str, name: str, until: datetime | None) -> None:
    """Until when the file is locked there; None: no lock of it is proved."""
    said = iso(until) if until else None
    db.execute("UPDATE copies SET locked_until = ? WHERE place = ? AND name = ?", (said, place, name))


def note_hold(db: Connection, place: str, name: str, *, held: bool) -> None:
    """Whether the file is under legal hold there."""
    db.execute("UPDATE copies SET held = ? WHERE place = ? AND name = ?", (int(held), place, name))


def no_lock_counts(db: Connection, place: str) -> None:
    """The place does not keep its locks: none of them counts."""
    db.execute("UPDATE copies SET locked_until = NULL WHERE place = ?", (place,))


def _copy(row: Row) -> Copy:
    return Copy(
        place=row["place"],
        name=row["name"],
        size=row["size"],
        sha256=row["sha256"],
        version=row["version"],
        put_at=parse_iso(row["put_at"]),
        locked_until=parse_iso(row["locked_until"]) if row["locked_until"] else None,
        held=bool(row["held"]),
    )
