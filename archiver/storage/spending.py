"""What reading a platform that takes money has cost, by account and calendar month (UTC)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from archiver.model.times import month_of
from archiver.storage.database import Connection
from archiver.storage.run_rows import Depth, Run

MILLIONTHS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What an account cost in a month, in millionths of a dollar."""

    account_id: str
    month: str
    millionths: int


def spent_in(db: Connection, account: int, at: datetime) -> int:
    """What an account has cost in the month of `at`, in millionths of a dollar."""
    row = db.execute(
        "SELECT millionths FROM spending WHERE account = ? AND month = ?", (account, month_of(at))
    ).fetchone()
    return int(row["millionths"]) if row else 0


def of_a_run(db: Connection, account: int, depth: Depth) -> int:
    """What the last run of this depth has cost, in millionths of a dollar; 0 before there was one."""
    row = db.execute(
        "SELECT millionths FROM run_costs WHERE account = ? AND depth = ?", (account, str(depth))
    ).fetchone()
    return int(row["millionths"]) if row else 0


def charge(db: Connection, account: int, run: Run, bill: Mapping[str, int], at: datetime) -> None:
    """Add what a page of a run cost; a thing that was charged on the same day (UTC) is not charged again."""
    if not bill:
        return
    day = f"{at.astimezone(UTC):%Y-%m-%d}"
    db.execute("DELETE FROM charged WHERE account = ? AND day < ?", (account, day))
    total = 0
    for thing, millionths in bill.items():
        new = db.execute(
            "INSERT INTO charged (account, day, thing) VALUES (?, ?, ?) ON CONFLICT DO NOTHING RETURNING thing",
            (account, day, thing),
        ).fetchone()
        total += millionths if new else 0
    db.execute(
        "INSERT INTO spending (account, month, millionths) VALUES (:account, :month, :total)"
        " ON CONFLICT (account, month) DO UPDATE SET millionths = millionths + excluded.millionths",
        {"account": account, "month": month_of(at), "total": total},
    )
    db.execute(
        "INSERT INTO run_costs (account, depth, run, millionths) VALUES (:account, :depth, :run, :total)"
        " ON CONFLICT (account, depth) DO UPDATE SET run = excluded.run, millionths = excluded.millionths"
        " + CASE WHEN run = excluded.run THEN millionths ELSE 0 END",
        {"account": account, "depth": str(run.depth), "run": run.id, "total": total},
    )


def all_spent(db: Connection, at: datetime) -> tuple[Spent, ...]:
    """What each account has cost in the month of `at`."""
    rows = db.execute(
        "SELECT a.id, s.millionths FROM spending s JOIN accounts a ON a.number = s.account WHERE s.month = ?"
        " ORDER BY a.id",
        (month_of(at),),
    )
    return tuple(Spent(account_id=row["id"], month=month_of(at), millionths=row["millionths"]) for row in rows)


def next_month(at: datetime) -> datetime:
    """When the next calendar month begins, UTC."""
    first = at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first + timedelta(days=32)).replace(day=1)
