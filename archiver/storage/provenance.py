"""Where what is known of an item comes from: the captures that showed it, and where their bytes lie."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from archiver.model import parse_iso
from archiver.storage.database import Connection, Row
from archiver.storage.segments_table import SEALED, RecordRow, records_of
from archiver.storage.stores import stored_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One kept exchange about an item: what it showed of it, where in the body, and the file below the archive.

    `version` None: it did not show the item; `seen` then says what that look ended in.
    """

    capture_id: str
    run_id: str
    stream: str
    version: int | None
    source: str
    seen: str
    status: int
    started: datetime
    ended: datetime
    last_seen: datetime
    times: int
    file: str
    records: tuple[RecordRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """A number the platform showed beside an item, and when it was first seen at this value."""

    name: str
    value: int
    at: datetime


_CAPTURE = (
    "c.*, s.name, s.month, s.state, a.id AS account_id FROM {} p JOIN captures c ON c.number = p.capture"
    " JOIN segments s ON s.number = c.segment JOIN accounts a ON a.number = c.account WHERE p.item = :item"
)
_SHOWN = f"SELECT p.version, p.source, 'present' AS seen, {_CAPTURE.format('appearances')}"
_NOT_SHOWN = f"SELECT NULL AS version, '' AS source, p.seen, {_CAPTURE.format('observations')}"


def shown(db: Connection, item: int) -> tuple[Shown, ...]:
    """The kept exchanges that showed an item, or looked for it in vain, oldest first."""
    elsewhere = "p.capture NOT IN (SELECT capture FROM appearances WHERE item = :item)"
    rows = db.execute(
        f"{_SHOWN} UNION ALL {_NOT_SHOWN} AND {elsewhere} ORDER BY number, source",
        {"item": item},
    ).fetchall()
    return tuple(_shown(db, row) for row in rows)


def counters(db: Connection, item: int) -> tuple[Counter, ...]:
    """Likes, shares and the like, each value from when it was first seen."""
    rows = db.execute("SELECT name, value, at FROM counters WHERE item = ? ORDER BY name, at", (item,))
    return tuple(Counter(name=row["name"], value=row["value"], at=parse_iso(row["at"])) for row in rows)


def _shown(db: Connection, row: Row) -> Shown:
    return Shown(
        capture_id=row["id"],
        run_id=row["run"],
        stream=row["stream"],
        version=row["version"],
        source=row["source"],
        seen=row["seen"],
        status=row["status"],
        started=parse_iso(row["started"]),
        ended=parse_iso(row["ended"]),
        last_seen=parse_iso(row["last_seen"]),
        times=row["times"],
        file=_file(row["state"], row["account_id"], row["month"], row["name"]),
        records=records_of(db, row["number"]),
    )


def _file(state: str, account_id: str, month: str, name: str) -> str:
    return f"warc/{stored_name(account_id, month, name)}" if state == SEALED else f"spool/{name}"
