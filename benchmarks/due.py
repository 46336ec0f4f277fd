"""What is due by every rule, as range scans, beside a loop over every item; and what becomes due within 30 days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from dateutil.relativedelta import relativedelta

from archiver.acts.due import Schedule, load_schedule, tally
from archiver.config import Retention
from archiver.storage import due_rows
from archiver.storage.accounts import all_accounts
from archiver.storage.database import Connection
from benchmarks.archives import NOW
from benchmarks.frame import Figure, interleaved, medians, ratio
from retention.due import scans
from retention.rules import rule_for

TIMES_LOOP = 500.0
MOST_MS = 5.0
_MONTH = timedelta(days=30)


def keys(db: Connection, schedule: Schedule) -> int:
    """How many items all rules together select, each handed out by its key."""
    found = scans(schedule.authorities, schedule.rules, all_accounts(db), NOW)
    return sum(1 for scan in found for _ in due_rows.over(db, scan))


def due_now(db: Connection, schedule: Schedule) -> int:
    """How many items all rules together select, as the summary of what is due counts them."""
    return tally(db, schedule, NOW).total()


def newly_due(db: Connection, schedule: Schedule) -> int:
    """How many more items will have reached their end in 30 days."""
    return tally(db, schedule, NOW + _MONTH, after=NOW).total()


def loop(db: Connection, schedule: Schedule) -> int:
    """The same by looking at every item: its rule, its date, the end of its period by the calendar."""
    accounts = {account.id: account for account in all_accounts(db)}
    names = {row["number"]: row["id"] for row in db.execute("SELECT number, id FROM accounts")}
    found = 0
    for row in db.execute("SELECT account, kind, context, created, absent_since, absent_checks FROM items"):
        rule = rule_for(schedule.rules, accounts[names[row["account"]]], row["kind"], context=bool(row["context"]))
        period = schedule.authorities[rule.dan].period if rule and rule.dan else None
        text = row["created"] if row["kind"] == "message" else row["absent_since"]
        if period is None or text is None:
            continue
        ends = datetime.fromisoformat(text).date() + relativedelta(years=period.years, months=period.months)
        found += ends < NOW.date()
    return found


def figures(db: Connection, items: int, *, rounds: int) -> Iterator[Figure]:
    """The scans of all rules beside the loop, and the 30 days."""
    schedule = load_schedule(Retention())
    due, soon = due_now(db, schedule), newly_due(db, schedule)
    if (keys(db, schedule), tally(db, schedule, NOW + _MONTH).total()) != (due, due + soon):
        raise SystemExit("the ways to find what is due find different items")
    ways = {
        "counts": partial(due_now, db, schedule),
        "keys": partial(keys, db, schedule),
        "loop": partial(loop, db, schedule),
        "30 days": partial(newly_due, db, schedule),
    }
    times = interleaved(ways, rounds)
    beside = {f"{name}, ms": value for name, value in medians(times, scale=1000).items()}
    counts = {"due": float(due), "due by the loop": float(loop(db, schedule))}
    yield Figure(
        name="retention/all-rules",
        what=f"every item due by any rule among {items:,}, beside a loop over all items",
        value=ratio(times, "loop", "counts"),
        unit="x as fast",
        at_least=TIMES_LOOP,
        beside=beside | counts | {"keys, x as fast": ratio(times, "loop", "keys")},
    )
    yield Figure(
        name="retention/30-days",
        what=f"what becomes due within 30 days among {items:,}",
        value=beside["30 days, ms"],
        unit="ms",
        at_most=MOST_MS,
        beside={"become due": float(soon)},
    )
