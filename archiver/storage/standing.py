"""Figures of how an archive stands, each from one query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from archiver.model import iso, parse_iso
from archiver.storage.database import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is kept in all. `size` is of the WARC files, in bytes."""

    items: int
    captures: int
    files: int
    size: int


def kept(db: Connection) -> Kept:
    """How much is kept."""
    row = db.execute(
        "SELECT (SELECT count(*) FROM items) AS items, (SELECT count(*) FROM captures) AS captures,"
        " (SELECT count(*) FROM segments) AS files, (SELECT coalesce(sum(size), 0) FROM segments) AS size"
    ).fetchone()
    return Kept(**dict(row))


def newest_capture(db: Connection) -> datetime | None:
    """When the newest kept reply ended, or one was last found unchanged."""
    row = db.execute("SELECT max(last_seen) AS newest FROM captures").fetchone()
    return parse_iso(row["newest"]) if row["newest"] else None


def bytes_since(db: Connection, moment: datetime) -> int:
    """Bytes of the WARC records of what was captured since `moment`."""
    row = db.execute(
        "SELECT coalesce(sum(r.length), 0) AS size FROM captures c JOIN records r ON r.capture = c.number"
        " WHERE c.ended >= ?",
        (iso(moment),),
    ).fetchone()
    return int(row["size"])
