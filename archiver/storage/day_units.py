"""What was spent of the units of a platform's day, by the runs that spent them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from archiver.model import iso
from archiver.storage.database import Connection
from archiver.storage.run_rows import Depth, Run

_KEPT = timedelta(days=2)  # days that are over: what a poll takes is known from them
_ELSEWHERE = ""  # the run of what the platform counts and we did not


def spend(db: Connection, run: Run, pool: str, ends: datetime, units: int) -> None:
    """So many units of the day that `ends` then go to a run."""
    db.execute("DELETE FROM day_units WHERE pool = ? AND ends < ?", (pool, iso(ends - _KEPT)))
    _add(db, run.account, pool, ends, run.id, str(run.depth), units)


def spend_the_rest(db: Connection, account: int, pool: str, ends: datetime, units: int) -> None:
    """The platform says that its day's `units` are used up: what is missing in our count went elsewhere."""
    left = units - spent_of(db, pool, ends)
    if left > 0:
        _add(db, account, pool, ends, _ELSEWHERE, _ELSEWHERE, left)


def spent_of(db: Connection, pool: str, ends: datetime) -> int:
    """The units spent of the day that `ends` then."""
    row = db.execute(
        "SELECT coalesce(sum(units), 0) AS units FROM day_units WHERE pool = ? AND ends = ?", (pool, iso(ends))
    ).fetchone()
    return int(row["units"])


def platforms(db: Connection) -> frozenset[str]:
    """The platforms of whose days units were spent."""
    return frozenset(row["pool"].partition(" ")[0] for row in db.execute("SELECT DISTINCT pool FROM day_units"))


def of_a_poll(db: Connection, pool: str) -> Mapping[int, float]:
    """How many units a poll of each account took these days."""
    rows = db.execute(
        "SELECT account, avg(units) AS units FROM day_units WHERE pool = ? AND depth = ? GROUP BY account",
        (pool, str(Depth.POLL)),
    )
    return {row["account"]: row["units"] for row in rows}


def _add(db: Connection, account: int, pool: str, ends: datetime, run: str, depth: str, units: int) -> None:
    db.execute(
        "INSERT INTO day_units (pool, ends, run, account, depth, units) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (pool, ends, run) DO UPDATE SET units = units + excluded.units",
        (pool, iso(ends), run, account, depth, units),
    )
