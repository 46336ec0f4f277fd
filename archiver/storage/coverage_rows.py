"""What was walked and what was not: coverage intervals and gaps, as rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from archiver.model import Cause, Coverage, Gap, iso, parse_iso
from archiver.storage.database import Connection, Row

FROM_THE_BEGINNING = ""  # sorts before every time

GAP_COLUMNS = (
    "id", "stream", "subject", "cause", "detail", "opened", "start", "end", "first_known", "last_known", "closed",
    "repair",
)  # fmt: skip


def add_coverage(db: Connection, account: int, stream: str, start: datetime | None, end: datetime, run: str) -> None:
    """A stream was walked over this interval; intervals that touch become one."""
    begin = iso(start) if start else FROM_THE_BEGINNING
    finish = iso(end)
    touching = {"account": account, "stream": stream, "begin": begin, "finish": finish}
    row = db.execute(
        'SELECT min(start) AS start, max("end") AS "end" FROM coverage WHERE account = :account AND stream = :stream'
        ' AND start <= :finish AND "end" >= :begin',
        touching,
    ).fetchone()
    if row["start"] is not None:
        begin, finish = min(begin, row["start"]), max(finish, row["end"])
    db.execute(
        'DELETE FROM coverage WHERE account = :account AND stream = :stream AND start <= :finish AND "end" >= :begin',
        touching,
    )
    db.execute(
        'INSERT INTO coverage (account, stream, start, "end", run) VALUES (?, ?, ?, ?, ?)',
        (account, stream, begin, finish, run),
    )


def covered_until(db: Connection, account: int, stream: str) -> datetime | None:
    """When the newest complete walk of a stream began; None where there was none."""
    row = db.execute(
        'SELECT max("end") AS newest FROM coverage WHERE account = ? AND stream = ?', (account, stream)
    ).fetchone()
    return parse_iso(row["newest"]) if row["newest"] else None


def covered_from_the_beginning(db: Connection, account: int, stream: str) -> bool:
    """Whether a stream was ever walked to its beginning."""
    row = db.execute(
        "SELECT 1 FROM coverage WHERE account = ? AND stream = ? AND start = ?", (account, stream, FROM_THE_BEGINNING)
    ).fetchone()
    return row is not None


def lacks_a_beginning(db: Connection, account: int) -> bool:
    """Whether polls covered what is new of a listing, and no walk came to its beginning."""
    row = db.execute(
        "SELECT v.stream FROM coverage v WHERE v.account = :account AND EXISTS (SELECT 1 FROM captures c"
        " WHERE c.account = :account AND c.stream = v.stream AND c.subject IS NULL)"
        " GROUP BY v.stream HAVING min(v.start) <> :beginning",
        {"account": account, "beginning": FROM_THE_BEGINNING},
    ).fetchone()
    return row is not None


def coverage_of(db: Connection, account_id: str | None = None) -> tuple[Coverage, ...]:
    """The intervals walked, of one account or of all, by account, stream and time."""
    rows = db.execute(
        "SELECT a.id AS account_id, c.* FROM coverage c JOIN accounts a ON a.number = c.account"
        " WHERE :id IS NULL OR a.id = :id ORDER BY a.id, c.stream, c.start",
        {"id": account_id},
    )
    return tuple(
        Coverage(
            account_id=row["account_id"],
            stream=row["stream"],
            start=parse_iso(row["start"]) if row["start"] else None,
            end=parse_iso(row["end"]),
            run_id=row["run"],
        )
        for row in rows
    )


def gap_note(gap: Gap) -> dict[str, Any]:
    """The WARC form of a gap opened or closed; the newest note of a gap is what counts."""
    said = {name: getattr(gap, name) for name in GAP_COLUMNS}
    plain = {
        name: iso(value) if isinstance(value, datetime) else value for name, value in said.items() if value is not None
    }
    return {"archiver": 1, "record": "gap", "account": gap.account_id, "gap": plain | {"cause": str(gap.cause)}}


def apply_gap(db: Connection, account: int, note: Mapping[str, Any]) -> None:
    """Write a gap as its note says."""
    row = dict.fromkeys(GAP_COLUMNS) | dict(note["gap"]) | {"account": account}
    names = ", ".join(f'"{name}"' for name in row)
    values = ", ".join(f":{name}" for name in row)
    changes = ", ".join(f'"{name}" = excluded."{name}"' for name in GAP_COLUMNS[1:])
    db.execute(
        f"INSERT INTO gaps ({names}) VALUES ({values}) ON CONFLICT (id) DO UPDATE SET {changes}",  # noqa: S608
        row,
    )


def gaps_of(db: Connection, account_id: str | None = None, *, standing: bool = False) -> tuple[Gap, ...]:
    """The gaps of one account or of all, oldest first; `standing` leaves out those that were repaired."""
    rows = db.execute(
        "SELECT a.id AS account_id, g.* FROM gaps g JOIN accounts a ON a.number = g.account"
        " WHERE (:id IS NULL OR a.id = :id) AND (NOT :standing OR g.closed IS NULL)"
        " ORDER BY g.opened, a.id, g.stream, g.id",
        {"id": account_id, "standing": int(standing)},
    )
    return tuple(_gap(row) for row in rows)


def _gap(row: Row) -> Gap:
    known: dict[str, Any] = {name: row[name] for name in GAP_COLUMNS}
    times = {name: parse_iso(row[name]) if row[name] else None for name in ("start", "end", "closed")}
    told = {"account_id": row["account_id"], "cause": Cause(row["cause"]), "opened": parse_iso(row["opened"])}
    return Gap(**known | times | told)
