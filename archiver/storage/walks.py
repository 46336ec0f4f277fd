"""How far each stream of a run has been walked, and what the walk has met."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from archiver.model import ItemRef, Kind, iso, parse_iso
from archiver.model.times import epoch_second
from archiver.storage.database import Connection, Row
from archiver.storage.ingest import TIME_SHIFT


class WalkState(StrEnum):
    """What may be concluded from a walk."""

    WHOLE = "whole"
    PARTLY = "partly"  # something that hangs on the listings (a thread, an edit history) could not be had
    BROKEN = "broken"  # a page of it could not be had or read


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """One stream in one run: back to when it is walked (None: to the beginning), and what its pages showed."""

    stream: str
    since: datetime | None
    state: WalkState
    shown: int
    met_known: bool
    oldest: datetime | None


def begin_walk(db: Connection, run: str, stream: str, since: datetime | None) -> None:
    """A stream is walked in this run; said again, nothing changes."""
    db.execute(
        "INSERT INTO walks (run, stream, since, state, shown, met_known) VALUES (?, ?, ?, 'whole', 0, 0)"
        " ON CONFLICT DO NOTHING",
        (run, stream, iso(since) if since else None),
    )


def note_page(db: Connection, run: str, stream: str, *, shown: int, met_known: bool, oldest: datetime | None) -> None:
    """A page of the stream was read."""
    db.execute(
        "UPDATE walks SET shown = shown + :shown, met_known = max(met_known, :met),"
        " oldest = CASE WHEN :oldest IS NULL OR oldest < :oldest THEN oldest ELSE :oldest END"
        " WHERE run = :run AND stream = :stream",
        {
            "shown": shown,
            "met": int(met_known),
            "oldest": iso(oldest) if oldest else None,
            "run": run,
            "stream": stream,
        },
    )


def note_state(db: Connection, run: str, stream: str, state: WalkState) -> None:
    """The walk is less than whole; a broken one stays broken."""
    db.execute(
        "UPDATE walks SET state = :state WHERE run = :run AND stream = :stream AND state <> 'broken'",
        {"state": str(state), "run": run, "stream": stream},
    )


def walk_of(db: Connection, run: str, stream: str) -> Walk | None:
    """One stream of a run."""
    row = db.execute("SELECT * FROM walks WHERE run = ? AND stream = ?", (run, stream)).fetchone()
    return _walk(row) if row else None


def walks_of(db: Connection, run: str) -> tuple[Walk, ...]:
    """Every stream of a run."""
    return tuple(_walk(row) for row in db.execute("SELECT * FROM walks WHERE run = ? ORDER BY stream", (run,)))


def streams_shown_whole(db: Connection, account: int, run: str) -> tuple[str, ...]:
    """The streams of which this run saw listings that show everything."""
    rows = db.execute(
        "SELECT DISTINCT stream FROM captures WHERE account = ? AND last_run = ? AND walked = 1 ORDER BY stream",
        (account, run),
    )
    return tuple(row["stream"] for row in rows)


def child_streams(db: Connection, account: int) -> tuple[str, ...]:
    """The streams that were found on the way through listings, in any run."""
    rows = db.execute(
        "SELECT DISTINCT stream FROM captures WHERE account = ? AND role = 'child' ORDER BY stream", (account,)
    )
    return tuple(row["stream"] for row in rows)


def end_walks(db: Connection, run: str) -> None:
    """The run is over; its walks have become coverage and gaps."""
    db.execute("DELETE FROM walks WHERE run = ?", (run,))


def known_before(db: Connection, account: int, remote_ids: list[str], moment: datetime) -> int:
    """How many of these items were known before `moment`."""
    row = db.execute(
        "SELECT count(*) AS n FROM json_each(:ids) j JOIN items i ON i.account = :account AND i.remote_id = j.value"
        " WHERE i.first_seen < :moment",
        {"ids": json.dumps(remote_ids), "account": account, "moment": iso(moment)},
    ).fetchone()
    return int(row["n"])


def newest_known(db: Connection, account: int, stream: str, before: datetime) -> tuple[str, datetime] | None:
    """Remote id and time of the newest item of a stream that was known before `before` and is not absent."""
    row = db.execute(
        "SELECT i.remote_id, i.created FROM items i WHERE i.account = :account AND i.first_seen < :before"
        " AND i.created IS NOT NULL AND i.seen <> 'absent' AND i.context = 0 AND EXISTS (SELECT 1 FROM appearances p"
        " JOIN captures c ON c.number = p.capture WHERE p.item = i.id AND c.stream = :stream AND c.role = 'listing')"
        " ORDER BY i.id DESC LIMIT 1",
        {"account": account, "before": iso(before), "stream": stream},
    ).fetchone()
    return (row["remote_id"], parse_iso(row["created"])) if row else None


def not_seen(
    db: Connection, account: int, run: str, stream: str, since: datetime | None, *, again: bool, most: int
) -> tuple[ItemRef, ...]:
    """Items that earlier walks of listings of `stream` showed and this run's whole walks did not.

    A listing is told from another by its stream and subject (the comments of one post); only those walked in this run
    by a page that shows everything count. `again`: also items found absent once, for their second look, and those we
    were refused.
    """
    rows = db.execute(
        "SELECT DISTINCT i.* FROM items i JOIN appearances p ON p.item = i.id JOIN captures c ON c.number = p.capture"
        " WHERE i.account = :account AND i.id >= :since AND i.context = 0 AND c.stream = :stream AND c.walked = 1"
        " AND c.role IN ('listing', 'child')"
        " AND (i.seen NOT IN ('absent', 'refused') OR (:again AND i.absent_checks < 2))"
        " AND EXISTS (SELECT 1 FROM captures w WHERE w.account = :account AND w.stream = c.stream"
        "  AND w.subject IS c.subject AND w.walked = 1 AND w.last_run = :run)"
        " AND NOT EXISTS (SELECT 1 FROM appearances q JOIN captures d ON d.number = q.capture"
        "  WHERE q.item = i.id AND d.last_run = :run)"
        " ORDER BY i.id DESC LIMIT :most",
        {
            "account": account,
            "since": epoch_second(since) << TIME_SHIFT if since else 0,
            "stream": stream,
            "again": int(again),
            "run": run,
            "most": most,
        },
    )
    return tuple(
        ItemRef(
            kind=Kind(row["kind"]),
            remote_id=row["remote_id"],
            link=row["link"],
            parent=row["parent"],
            thread=row["thread"],
        )
        for row in rows
    )


def _walk(row: Row) -> Walk:
    return Walk(
        stream=row["stream"],
        since=parse_iso(row["since"]) if row["since"] else None,
        state=WalkState(row["state"]),
        shown=row["shown"],
        met_known=bool(row["met_known"]),
        oldest=parse_iso(row["oldest"]) if row["oldest"] else None,
    )
