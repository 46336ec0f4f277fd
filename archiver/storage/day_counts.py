"""How many items of an account there are for each day, and how often it was polled: what a certificate counts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date, datetime, tzinfo

from archiver.model import iso, parse_iso
from archiver.storage.database import Connection


def items_by_day(
    db: Connection, account_id: str, start: datetime, end: datetime, zone: tzinfo
) -> Mapping[date, Mapping[str, int]]:
    """The account's own items by day (of the zone, by the platform's dates) and kind."""
    rows = db.execute(
        "SELECT i.kind, i.created FROM items i JOIN accounts a ON a.number = i.account WHERE a.id = :account"
        " AND NOT i.context AND i.created >= :start AND i.created < :end",
        {"account": account_id, "start": iso(start), "end": iso(end)},
    )
    found: dict[date, Counter[str]] = defaultdict(Counter)
    for row in rows:
        found[parse_iso(row["created"]).astimezone(zone).date()][row["kind"]] += 1
    return found


def undated_items(db: Connection, account_id: str, start: datetime, end: datetime) -> int:
    """How many of the account's own items without a readable date were first seen then."""
    row = db.execute(
        "SELECT count(*) AS n FROM items i JOIN accounts a ON a.number = i.account WHERE a.id = :account"
        " AND NOT i.context AND i.created IS NULL AND i.first_seen >= :start AND i.first_seen < :end",
        {"account": account_id, "start": iso(start), "end": iso(end)},
    ).fetchone()
    return int(row["n"])


def polls(db: Connection, account_id: str, start: datetime, end: datetime) -> tuple[int, int]:
    """How many runs begun then were carried to their end with nothing broken, and how many ended in part."""
    row = db.execute(
        "SELECT count(*) FILTER (WHERE r.outcome = 'done') AS whole, count(*) FILTER (WHERE r.outcome <> 'done')"
        " AS in_part FROM runs r JOIN accounts a ON a.number = r.account WHERE a.id = :account"
        " AND r.ended IS NOT NULL AND r.begun >= :start AND r.begun < :end",
        {"account": account_id, "start": iso(start), "end": iso(end)},
    ).fetchone()
    return row["whole"], row["in_part"]
