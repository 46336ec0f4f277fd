"""Items whose period is over, as range scans: the one SQL form of a retention scan; and the unclassified queue."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from archiver.model import Kind, Scan, Trigger
from archiver.storage.accounts import account_numbers
from archiver.storage.database import Connection

# CROSS JOIN fixes the order of the loops: the few accounts and kinds outside, one range of an index inside each. The
# planner could otherwise walk every item of an account. Both indexes hold all that is asked: no item's row is read.
_LOOPS = "SELECT i.id FROM json_each(:accounts) a CROSS JOIN json_each(:kinds) k CROSS JOIN items i"
_RANGES = {
    Trigger.ABSENT: (
        f"{_LOOPS} INDEXED BY items_by_absence WHERE i.account = a.value AND i.kind = k.value"
        " AND i.absent_since IS NOT NULL AND i.absent_since < :bound"
    ),
    Trigger.CREATED: (
        f"{_LOOPS} INDEXED BY items_by_account WHERE i.account = a.value AND i.kind = k.value AND i.created < :bound"
    ),
}


def over(db: Connection, scan: Scan) -> Iterator[int]:
    """The keys of the items a scan selects, by time within an account and kind, held or not.

    Nobody can classify items by hand in this version, so that a scan over what persons assigned is empty.
    """
    numbers = account_numbers(db, scan.account_ids)
    if scan.assigned or not numbers or not scan.kinds:
        return
    sql, values = _query(scan, sorted(numbers.values()))
    for row in db.execute(sql, values):
        yield int(row["id"])


def waiting(db: Connection, groups: Iterable[tuple[str, Kind, bool]]) -> dict[tuple[str, Kind, bool], int]:
    """How many items there are of each group (account, kind, context) that no rule puts under an authority."""
    wanted = set(groups)
    counted = db.execute(
        "SELECT a.id AS account, i.kind, i.context, count(*) AS n FROM items i JOIN accounts a ON a.number = i.account"
        " GROUP BY a.id, i.kind, i.context ORDER BY a.id, i.kind, i.context"
    )
    found = {(row["account"], Kind(row["kind"]), bool(row["context"])): int(row["n"]) for row in counted}
    return {group: count for group, count in found.items() if group in wanted}


def _query(scan: Scan, numbers: list[int]) -> tuple[str, dict[str, Any]]:
    conditions = [_RANGES[scan.column]]
    values: dict[str, Any] = {
        "accounts": json.dumps(numbers),
        "kinds": json.dumps([str(kind) for kind in scan.kinds]),
        "bound": scan.bound_text,
    }
    conditions += [f"(i.{_known_column(name)} IS NULL OR i.{name} < :bound)" for name in scan.also]
    if scan.absent_checks:
        conditions.append("i.absent_checks >= :checks")
        values["checks"] = scan.absent_checks
    if scan.context is not None:
        conditions.append("i.context = :context")
        values["context"] = int(scan.context)
    return " AND ".join(conditions), values


def _known_column(name: str) -> str:
    if name not in ("created", "edited", "absent_since"):
        raise ValueError(f"no column of items is called {name!r}")
    return name
