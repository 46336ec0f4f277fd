"""What answers a request, gathered in temporary tables: items conversation by conversation, captures, files.

Nothing of it is held in memory, so that a bundle may be of any size; the tables go when the gathering ends.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from archiver.model import Account, Coverage, Gap, Selector, iso, parse_iso
from archiver.model.disclosure import DisclosedItem
from archiver.storage.accounts import all_accounts
from archiver.storage.coverage_rows import coverage_of, gaps_of
from archiver.storage.database import Connection, Row
from archiver.storage.item_rows import disclosed_items
from archiver.storage.search import every

_PAGE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """Where one WARC record lies: the file, its account and month, offset, length, and SHA-256 (hex) of its bytes."""

    file: str
    account_id: str
    month: str
    offset: int
    length: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldFile:
    """One file items carry: SHA-256 (hex) and size of its bytes, its type, and the response record it is in."""

    sha256: str
    size: int
    type: str
    truncated: bool
    response: Stored


@contextmanager
def gathered(db: Connection, selector: Selector) -> Iterator[int]:
    """The items of a selector, noted for the functions below; their count. To be called within one snapshot."""
    db.execute("DROP TABLE IF EXISTS temp.responsive")  # of a gathering that failed
    db.execute("CREATE TEMP TABLE responsive (item INTEGER PRIMARY KEY, account INTEGER, thread TEXT)")
    keys = every(db, selector)
    count = 0
    while page := list(islice(keys, _PAGE)):
        count += len(page)
        db.execute(
            "INSERT INTO temp.responsive SELECT id, account, coalesce(nullif(thread, ''), nullif(parent, ''),"
            " remote_id) FROM items WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps(page),),
        )
    yield count
    db.execute("DROP TABLE temp.responsive")


def items(db: Connection, until: datetime | None) -> Iterator[DisclosedItem]:
    """The gathered items by conversation, the oldest conversation first, in it by time.

    `until` leaves out versions and looks that came after it: they did not exist yet.
    """
    rows = db.execute(
        "SELECT r.item FROM temp.responsive r JOIN (SELECT account, thread, min(item) AS first FROM temp.responsive"
        " GROUP BY account, thread) c ON c.account = r.account AND c.thread = r.thread"
        " ORDER BY c.first, r.account, r.thread, r.item"
    )
    for item in disclosed_items(db, (row["item"] for row in rows)):
        yield item if until is None else _as_of(item, until)


# The exchanges that show a version, a look or a file of the gathered items.
CITED = (
    "WITH cited AS (SELECT v.capture FROM temp.responsive x JOIN versions v ON v.item = x.item"
    "  WHERE :until IS NULL OR v.first_seen <= :until"
    " UNION SELECT o.capture FROM temp.responsive x JOIN observations o ON o.item = x.item"
    "  WHERE :until IS NULL OR o.at <= :until"
    " UNION SELECT m.capture FROM temp.responsive x JOIN item_media i ON i.item = x.item"
    "  JOIN media m ON m.account = i.account AND m.sha256 = i.sha256)"
)
# A neighbour on the same page that is not among them and that not everybody could see.
SHOWS_MORE = (
    "EXISTS (SELECT 1 FROM appearances p JOIN versions v ON v.item = p.item AND v.number = p.version"
    " WHERE p.capture = c.capture AND v.visibility NOT IN ('public', 'unlisted')"
    " AND p.item NOT IN (SELECT item FROM temp.responsive))"
)


def records(db: Connection, until: datetime | None, *, every_one: bool = False) -> Iterator[Stored]:
    """The records of every exchange that shows a version, a look or a file of the gathered items, as they lie.

    Left out, unless `every_one` is asked for, is an exchange whose page also shows somebody's message, draft or hidden
    item that is not among them: an exchange is copied whole or not at all.
    """
    rows = db.execute(
        f"{CITED} SELECT s.name, s.month, a.id AS account_id, r.offset, r.length, r.sha256 FROM cited c"  # noqa: S608
        " JOIN records r ON r.capture = c.capture JOIN segments s ON s.number = r.segment"
        f" JOIN accounts a ON a.number = s.account WHERE :every_one OR NOT {SHOWS_MORE} ORDER BY r.segment, r.offset",
        {"until": iso(until) if until else None, "every_one": int(every_one)},
    )
    for row in rows:
        yield _stored(row)


def segments(db: Connection) -> frozenset[int]:
    """The numbers of the files that hold an exchange of the gathered items."""
    rows = db.execute(
        f"{CITED} SELECT DISTINCT r.segment FROM cited c JOIN records r ON r.capture = c.capture",  # noqa: S608
        {"until": None},
    )
    return frozenset(row["segment"] for row in rows)


def exchanges_that_show_more(db: Connection, until: datetime | None) -> int:
    """How many exchanges show items that were not public and are not among those gathered."""
    row = db.execute(
        f"{CITED} SELECT count(*) AS n FROM cited c WHERE {SHOWS_MORE}",  # noqa: S608  (all of it is our own)
        {"until": iso(until) if until else None},
    ).fetchone()
    return int(row["n"])


def held_files(db: Connection) -> Iterator[HeldFile]:
    """The files the gathered items carry and that are held, once for each content and type, ordered by digest."""
    rows = db.execute(
        "SELECT m.sha256 AS content, m.size, coalesce(nullif(m.type, ''), f.type) AS type, m.truncated, s.name,"
        " s.month, a.id AS account_id, r.offset,"
        " r.length, r.sha256 FROM (SELECT DISTINCT i.account, i.sha256, i.type FROM temp.responsive x"
        "  JOIN item_media i ON i.item = x.item WHERE i.sha256 IS NOT NULL) f"
        " JOIN media m ON m.account = f.account AND m.sha256 = f.sha256"
        " JOIN records r ON r.capture = m.capture AND r.type = 'response' JOIN segments s ON s.number = r.segment"
        " JOIN accounts a ON a.number = s.account ORDER BY m.sha256, type, m.account"
    )
    for row in rows:
        yield HeldFile(
            sha256=row["content"],
            size=row["size"],
            type=row["type"],
            truncated=bool(row["truncated"]),
            response=_stored(row),
        )


def accounts_in(db: Connection, selector: Selector) -> tuple[Account, ...]:
    """The accounts within a selector's reach."""
    return tuple(one for one in all_accounts(db) if not selector.accounts or one.id in selector.accounts)


def coverage_in(db: Connection, accounts: Iterable[Account], selector: Selector) -> tuple[Coverage, ...]:
    """The intervals walked that overlap a selector's reach."""
    ids = {account.id for account in accounts}
    return tuple(span for span in coverage_of(db) if span.account_id in ids and _overlaps(span, selector))


def gaps_in(db: Connection, accounts: Iterable[Account], selector: Selector) -> tuple[Gap, ...]:
    """The gaps, repaired or not, that overlap a selector's reach."""
    ids = {account.id for account in accounts}
    return tuple(gap for gap in gaps_of(db) if gap.account_id in ids and _overlaps(gap, selector))


def state_time(db: Connection) -> datetime | None:
    """When the archive last captured anything or ended a run; None for an empty one."""
    row = db.execute(
        "SELECT max(coalesce((SELECT max(last_seen) FROM captures), ''), coalesce((SELECT max(ended) FROM runs), ''))"
        " AS newest"
    ).fetchone()
    return parse_iso(row["newest"]) if row["newest"] else None


def _overlaps(span: Coverage | Gap, selector: Selector) -> bool:
    """Whether an interval of looking could have shown what the selector means: what is dated then, or changed since."""
    begins_in_time = selector.captured_until is None or span.start is None or span.start <= selector.captured_until
    return begins_in_time and (selector.since is None or span.end is None or span.end > selector.since)


def _as_of(item: DisclosedItem, until: datetime) -> DisclosedItem:
    return replace(
        item,
        versions=tuple(version for version in item.versions if version.first_seen <= until),
        observations=tuple(look for look in item.observations if look.first <= until),
    )


def _stored(row: Row) -> Stored:
    return Stored(
        file=row["name"],
        account_id=row["account_id"],
        month=row["month"],
        offset=row["offset"],
        length=row["length"],
        sha256=row["sha256"].hex(),
    )
