"""The queue of outstanding fetches: the checkpoint of every walk."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from archiver.model import Fetch, Role, iso, parse_iso
from archiver.storage.database import Connection, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Outstanding:
    """A fetch still to be made: for which run and why, after how many redirects and failed attempts."""

    id: int
    run: str
    role: Role
    fetch: Fetch
    hops: int
    attempts: int


def queue(db: Connection, account: int, *, run: str, role: Role, fetch: Fetch, now: datetime, hops: int = 0) -> None:
    """Ask for this, after what is queued already; asked for twice, it is made once."""
    db.execute(
        "INSERT INTO frontier (account, run, role, fetch, fetch_key, hops, attempts, not_before)"
        " VALUES (:account, :run, :role, :fetch, :key, :hops, 0, :now) ON CONFLICT DO NOTHING",
        {
            "account": account,
            "run": run,
            "role": str(role),
            "fetch": json.dumps(fetch.to_json()),
            "key": fetch.key,
            "hops": hops,
            "now": iso(now),
        },
    )


def outstanding_for_another(db: Connection, account: int, fetch: Fetch) -> bool:
    """Whether the same request is outstanding with another token."""
    row = db.execute("SELECT fetch FROM frontier WHERE account = ? AND fetch_key = ?", (account, fetch.key)).fetchone()
    return row is not None and Fetch.from_json(json.loads(row["fetch"])).token != fetch.token


def next_fetch(db: Connection, account: int, run: str, now: datetime) -> Outstanding | None:
    """The oldest outstanding fetch of a run whose time has come."""
    row = db.execute(
        "SELECT * FROM frontier WHERE account = ? AND run = ? AND not_before <= ? ORDER BY id LIMIT 1",
        (account, run, iso(now)),
    ).fetchone()
    return _outstanding(row) if row else None


def outstanding(db: Connection, account: int, run: str) -> tuple[Outstanding, ...]:
    """Everything that a run has still to fetch."""
    rows = db.execute("SELECT * FROM frontier WHERE account = ? AND run = ? ORDER BY id", (account, run))
    return tuple(_outstanding(row) for row in rows)


def soonest(db: Connection, account: int, run: str) -> datetime | None:
    """When the first outstanding fetch of a run may be made; None where nothing is outstanding."""
    row = db.execute(
        "SELECT min(not_before) AS first FROM frontier WHERE account = ? AND run = ?", (account, run)
    ).fetchone()
    return parse_iso(row["first"]) if row["first"] else None


def postpone(db: Connection, entry: Outstanding, until: datetime, *, tried: int) -> None:
    """Try (again) later; it was tried so many times by now."""
    db.execute("UPDATE frontier SET attempts = ?, not_before = ? WHERE id = ?", (tried, iso(until), entry.id))


def bring_forward(db: Connection, account: int, now: datetime, longest: datetime) -> None:
    """After the clock was set back: nothing waits longer than until `longest`."""
    db.execute(
        "UPDATE frontier SET not_before = ? WHERE account = ? AND not_before > ?", (iso(now), account, iso(longest))
    )


def hops_of(db: Connection, account: int, fetch: Fetch) -> int:
    """After how many redirects a fetch is outstanding; 0 where it is not."""
    row = db.execute("SELECT hops FROM frontier WHERE account = ? AND fetch_key = ?", (account, fetch.key)).fetchone()
    return int(row["hops"]) if row else 0


def answered(db: Connection, account: int, run: str, fetch: Fetch) -> None:
    """This was asked, whoever asked for it; but of a listing each run has to read the pages itself."""
    db.execute(
        "DELETE FROM frontier WHERE account = ? AND fetch_key = ? AND (run = ? OR role <> 'listing')",
        (account, fetch.key, run),
    )


def remove(db: Connection, entry: Outstanding) -> None:
    """It was made, or given up on record."""
    db.execute("DELETE FROM frontier WHERE id = ?", (entry.id,))


def clear(db: Connection, account: int, run: str) -> None:
    """Nothing of a run is outstanding any more."""
    db.execute("DELETE FROM frontier WHERE account = ? AND run = ?", (account, run))


def give_up(db: Connection, account: int) -> None:
    """Nothing is outstanding any more, and what was under way is not walked to its end."""
    db.execute("DELETE FROM frontier WHERE account = ?", (account,))
    db.execute(
        "UPDATE walks SET state = 'broken' WHERE run IN (SELECT id FROM runs WHERE account = ? AND ended IS NULL)",
        (account,),
    )


def captured_in_run(db: Connection, account: int, fetch: Fetch, run: str) -> bool:
    """Whether the same request was answered in this run already: the guard against loops."""
    row = db.execute(
        "SELECT 1 FROM captures WHERE account = ? AND fetch_key = ? AND last_run = ? LIMIT 1",
        (account, fetch.key, run),
    ).fetchone()
    return row is not None


def page_read_in_run(db: Connection, account: int, key: str, run: str) -> bool:
    """Whether a request whose key begins with these eight signs was answered in this run."""
    row = db.execute(
        "SELECT 1 FROM captures WHERE account = ? AND last_run = ? AND substr(fetch_key, 1, 8) = ? LIMIT 1",
        (account, run, key),
    ).fetchone()
    return row is not None


def made_once(db: Connection, account: int, role: Role, fetch: Fetch) -> bool:
    """Whether a once-only request was made for this value of its token."""
    what = "media" if role is Role.MEDIA else fetch.key
    row = db.execute(
        "SELECT 1 FROM once WHERE account = ? AND what = ? AND token = ?", (account, what, fetch.token)
    ).fetchone()
    return row is not None


def _outstanding(row: Row) -> Outstanding:
    return Outstanding(
        id=row["id"],
        run=row["run"],
        role=Role(row["role"]),
        fetch=Fetch.from_json(json.loads(row["fetch"])),
        hops=row["hops"],
        attempts=row["attempts"],
    )
