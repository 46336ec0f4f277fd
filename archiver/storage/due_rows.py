"""Items whose period is over, as range scans: the one SQL form of a retention scan; and the unclassified queue."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from archiver.model import Kind, Scan, Trigger, iso
from archiver.storage.accounts import account_numbers
from archiver.storage.database import Connection

# CROSS JOIN fixes the order of the loops: the few accounts and kinds outside, one range of an index inside each. The
# planner could otherwise walk every item of an account. The indexes hold all that is asked: no item's row is read.
_GROUPS = "FROM json_each(:accounts) a CROSS JOIN json_each(:kinds) k"
_KINDS = "WITH k AS MATERIALIZED (SELECT value FROM json_each(:kinds))"  # read once, not for each account
_INDEXES = {"absent_since": "items_by_absence", "created": "items_by_account", "edited": "items_by_edit"}


def over(db: Connection, scan: Scan) -> Iterator[int]:
    """The keys of the items a scan selects, by time within an account and kind, held or not.

    Nobody can classify items by hand in this version, so that a scan over what persons assigned is empty.
    """
    numbers = {} if _is_empty(scan) else account_numbers(db, scan.account_ids)
    if not numbers:
        return
    sql = " UNION ALL ".join(f"SELECT i.id {_GROUPS} CROSS JOIN items i {part}" for part in _ranges(scan))
    for row in db.execute(sql, _values(scan, numbers.values())):
        yield int(row["id"])


def tally(db: Connection, scan: Scan, numbers: Mapping[str, int]) -> Counter[str]:
    """How many items a scan selects, by account id: what `over` would give, without reading their keys.

    `numbers`: from `account_numbers`, read once for all scans.
    """
    ids = {} if _is_empty(scan) else {numbers[name]: name for name in scan.account_ids}
    if not ids:
        return Counter()
    if scan.after and scan.column is Trigger.ABSENT:
        return _became_absent(db, scan, ids)
    counted = " + ".join(f"(SELECT count(*) FROM items i {part})" for part in _ranges(scan))  # noqa: S608
    found: Counter[str] = Counter()
    each = f"(SELECT sum({counted}) FROM k) AS n"  # noqa: S608  (all of it is our own)
    sql = f"{_KINDS} SELECT a.value AS account, {each} FROM json_each(:accounts) a"  # noqa: S608
    for row in db.execute(sql, _values(scan, ids)):
        found[ids[row["account"]]] += row["n"]
    return found


def _became_absent(db: Connection, scan: Scan, ids: Mapping[int, str]) -> Counter[str]:
    """How many items a scan selects by when they became absent: one range of time for all accounts and kinds.

    A range for each account and kind, of which there are thousands, would be empty nearly always.
    """
    found: Counter[str] = Counter()
    rows = db.execute(
        "SELECT i.account, i.kind, count(*) AS n FROM items i INDEXED BY items_by_time_of_absence"
        " WHERE i.absent_since >= :after AND i.absent_since < :bound AND i.absent_checks >= :checks"
        " AND (:context IS NULL OR i.context = :context) GROUP BY i.account, i.kind",
        _values(scan, ids),
    )
    for row in rows:
        if row["account"] in ids and row["kind"] in scan.kinds:
            found[ids[row["account"]]] += row["n"]
    return found


def waiting(db: Connection, groups: Iterable[tuple[str, Kind, bool]]) -> dict[tuple[str, Kind, bool], int]:
    """How many items there are of each group (account, kind, context) that no rule puts under an authority."""
    wanted = set(groups)
    counted = db.execute(
        "SELECT a.id AS account, i.kind, i.context, count(*) AS n FROM items i JOIN accounts a ON a.number = i.account"
        " GROUP BY a.id, i.kind, i.context ORDER BY a.id, i.kind, i.context"
    )
    found = {(row["account"], Kind(row["kind"]), bool(row["context"])): int(row["n"]) for row in counted}
    return {group: count for group, count in found.items() if group in wanted}


def _is_empty(scan: Scan) -> bool:
    return scan.assigned or not scan.kinds


def _ranges(scan: Scan) -> Iterator[str]:
    """The ranges that make up a scan, no two of them with an item in common.

    With `after`, one of its times lies between that and the bound: a range for each of them, those before it earlier.
    """
    times = (str(scan.column), *scan.also)
    bounds = [f"i.{scan.column} < :bound", *(f"(i.{name} IS NULL OR i.{name} < :bound)" for name in scan.also)]
    if scan.absent_checks:
        bounds.append("i.absent_checks >= :checks")
    if scan.context is not None:
        bounds.append("i.context = :context")
    for place, name in enumerate(times if scan.after else times[:1]):
        since = [f"i.{name} >= :after"] if scan.after else []
        earlier = [f"(i.{before} IS NULL OR i.{before} < :after)" for before in times[:place]]
        group = ["i.account = a.value", "i.kind = k.value", f"i.{name} IS NOT NULL"]
        yield f"INDEXED BY {_INDEXES[name]} WHERE {' AND '.join((*group, *bounds, *since, *earlier))}"


def _values(scan: Scan, numbers: Iterable[int]) -> dict[str, Any]:
    return {
        "accounts": json.dumps(sorted(numbers)),
        "kinds": json.dumps([str(kind) for kind in scan.kinds]),
        "bound": scan.bound_text,
        "after": iso(scan.after) if scan.after else None,
        "checks": scan.absent_checks,
        "context": scan.context,
    }
