"""When each account is polled next: what is due comes from here, so that a restart loses and doubles nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from archiver.model import iso, parse_iso
from archiver.storage.database import Connection, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Where an account's polling stands."""

    account: int
    account_id: str
    next_due: datetime
    last_success: datetime | None
    last_rewalk: datetime | None
    last_deep: datetime | None
    failures: int
    trouble: str


_DUE = "SELECT s.*, a.id AS account_id FROM schedule s JOIN accounts a ON a.number = s.account"


def make_due(db: Connection, account: int, at: datetime) -> None:
    """Poll this account from `at` on."""
    db.execute(
        "INSERT INTO schedule (account, next_due, failures, trouble) VALUES (:account, :at, 0, '')"
        " ON CONFLICT (account) DO UPDATE SET next_due = excluded.next_due",
        {"account": account, "at": iso(at)},
    )


def lease(db: Connection, *, now: datetime, until: datetime, most: int) -> tuple[Due, ...]:
    """Take up to `most` active accounts that are due and not taken; they are ours until `until` or released."""
    rows = db.execute(
        "UPDATE schedule SET leased_until = :until WHERE account IN (SELECT s.account FROM schedule s"
        " JOIN accounts a ON a.number = s.account WHERE s.next_due <= :now AND a.state = 'active'"
        " AND (s.leased_until IS NULL OR s.leased_until <= :now) ORDER BY s.next_due LIMIT :most)"
        " RETURNING account",
        {"now": iso(now), "until": iso(until), "most": most},
    ).fetchall()
    return tuple(due for row in rows if (due := due_of(db, row["account"])) is not None)


def bring_forward(db: Connection, now: datetime) -> None:
    """After the clock was set back: nothing waits longer than its interval and a day (the longest wait there is)."""
    db.execute(
        "UPDATE schedule SET next_due = :now WHERE next_due > strftime('%Y-%m-%dT%H:%M:%S.000000Z', :now, '+1 day',"
        " (SELECT '+' || interval_minutes || ' minutes' FROM accounts a WHERE a.number = schedule.account))",
        {"now": iso(now)},
    )


def bring_within_intervals(db: Connection, now: datetime) -> None:
    """Where the clock may have been set back: nothing waits longer than its interval, or an hour for a limit.

    What waits for a budget, which may take a day, is polled then, asks for nothing, and waits again.
    """
    db.execute(
        "UPDATE schedule SET next_due = soon.at FROM (SELECT number, strftime('%Y-%m-%dT%H:%M:%S.000000Z', :now,"
        " '+' || max(interval_minutes, 60) || ' minutes') AS at FROM accounts) AS soon"
        " WHERE soon.number = schedule.account AND schedule.next_due > soon.at",
        {"now": iso(now)},
    )


def due_of(db: Connection, account: int) -> Due | None:
    """Where this account's polling stands."""
    row = db.execute(f"{_DUE} WHERE s.account = ?", (account,)).fetchone()
    return _due(row) if row else None


def all_due(db: Connection) -> tuple[Due, ...]:
    """Where every account's polling stands, the longest due first."""
    return tuple(_due(row) for row in db.execute(f"{_DUE} ORDER BY s.next_due, a.id"))


def release(db: Connection, account: int, next_due: datetime) -> None:
    """The lease is over; poll again at `next_due`."""
    db.execute("UPDATE schedule SET leased_until = NULL, next_due = ? WHERE account = ?", (iso(next_due), account))


def release_all(db: Connection) -> None:
    """No account is taken: said at the start of the one process that polls."""
    db.execute("UPDATE schedule SET leased_until = NULL WHERE leased_until IS NOT NULL")


def note_run(db: Connection, account: int, *, at: datetime, done: bool, rewalked: bool, deep: bool) -> None:
    """A run ended; `done`: nothing of it was broken. How far back it looked counts in any case."""
    db.execute(
        "UPDATE schedule SET last_success = CASE WHEN :done THEN :at ELSE last_success END,"
        " failures = CASE WHEN :done THEN 0 ELSE failures END, trouble = CASE WHEN :done THEN '' ELSE trouble END,"
        " last_rewalk = CASE WHEN :rewalked THEN :at ELSE last_rewalk END,"
        " last_deep = CASE WHEN :deep THEN :at ELSE last_deep END WHERE account = :account",
        {"at": iso(at), "done": int(done), "rewalked": int(rewalked), "deep": int(deep), "account": account},
    )


def note_trouble(db: Connection, account: int, trouble: str) -> None:
    """Something stands in the way; the words are shown in `archiver status`."""
    db.execute("UPDATE schedule SET failures = failures + 1, trouble = ? WHERE account = ?", (trouble, account))


def _due(row: Row) -> Due:
    times = {name: parse_iso(row[name]) if row[name] else None for name in ("last_success", "last_rewalk", "last_deep")}
    return Due(
        account=row["account"],
        account_id=row["account_id"],
        next_due=parse_iso(row["next_due"]),
        failures=row["failures"],
        trouble=row["trouble"],
        **times,
    )
