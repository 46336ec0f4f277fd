"""How far each stream of a run has been walked, and what the walk has met."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from archiver.model import Fetch, ItemRef, Kind, iso, parse_iso
from archiver.model.times import epoch_second
from archiver.storage.database import Connection, Row
from archiver.storage.new_items import TIME_SHIFT


class WalkState(StrEnum):
    """What may be concluded from a walk."""

    WHOLE = "whole"
    HOLED = "holed"  # walked, but for items on its pages that could not be read
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


def leads_to(db: Connection, account: int, stream: str, child: str) -> bool:
    """Whether items of this listing are what the newest requests of a child stream were about."""
    row = db.execute(
        "SELECT 1 FROM (SELECT subject FROM captures WHERE account = :account AND stream = :child AND role = 'child'"
        "  ORDER BY number DESC LIMIT 100) c"
        " JOIN items i ON i.account = :account AND i.remote_id = c.subject JOIN appearances p ON p.item = i.id"
        " JOIN captures l ON l.number = p.capture WHERE l.stream = :stream AND l.role = 'listing' LIMIT 1",
        {"account": account, "stream": stream, "child": child},
    ).fetchone()
    return row is not None


def end_walks(db: Connection, run: str) -> None:
    """The run is over; its walks have become coverage and gaps."""
    db.execute("DELETE FROM walks WHERE run = ?", (run,))


def known_before(db: Connection, account: int, remote_ids: list[str], run: str) -> int:
    """How many of these items were known before this run."""
    row = db.execute(
        "SELECT count(DISTINCT i.id) AS n FROM json_each(:ids) j"
        " CROSS JOIN items i ON i.account = :account AND i.remote_id = j.value"
        " JOIN versions v ON v.item = i.id AND v.number = 1 JOIN captures c ON c.number = v.capture"
        " WHERE c.run <> :run",
        {"ids": json.dumps(remote_ids), "account": account, "run": run},
    ).fetchone()
    return int(row["n"])


def newest_known(
    db: Connection, account: int, stream: str, *, before_run: str | None = None, until: datetime | None = None
) -> tuple[str, datetime] | None:
    """Remote id and time of the newest item of a stream that is not absent.

    `before_run`: and was known before it; `until`: and is not newer.
    """
    row = db.execute(
        "SELECT i.remote_id, i.created FROM items i JOIN versions v ON v.item = i.id AND v.number = 1"
        " JOIN captures f ON f.number = v.capture WHERE i.account = :account AND (:run IS NULL OR f.run <> :run)"
        " AND (:until IS NULL OR i.created <= :until)"
        " AND i.created IS NOT NULL AND i.seen <> 'absent' AND i.context = 0 AND EXISTS (SELECT 1 FROM appearances p"
        " JOIN captures c ON c.number = p.capture WHERE p.item = i.id AND c.stream = :stream AND c.role = 'listing')"
        " ORDER BY i.id DESC LIMIT 1",
        {"account": account, "run": before_run, "stream": stream, "until": iso(until) if until else None},
    ).fetchone()
    return (row["remote_id"], parse_iso(row["created"])) if row else None


def shows_everything(db: Connection, account: int, stream: str) -> bool:
    """Whether a listing of the stream was met that shows every item of its span of time."""
    row = db.execute(
        "SELECT 1 FROM captures WHERE account = ? AND stream = ? AND walked = 1 LIMIT 1", (account, stream)
    ).fetchone()
    return row is not None


def oldest_new(db: Connection, account: int, stream: str, run: str) -> str | None:
    """Remote id of the oldest item of a stream that this run showed first: the far edge of what was missed."""
    row = db.execute(
        "SELECT i.remote_id FROM items i JOIN versions v ON v.item = i.id AND v.number = 1"
        " JOIN captures f ON f.number = v.capture WHERE i.account = :account AND f.run = :run AND i.context = 0"
        " AND f.stream = :stream AND i.created IS NOT NULL ORDER BY i.id LIMIT 1",
        {"account": account, "run": run, "stream": stream},
    ).fetchone()
    return row["remote_id"] if row else None


def first_seen_since(db: Connection, account: int, stream: str, moment: datetime) -> bool:
    """Whether any item that a listing of the stream shows was first seen after `moment`."""
    row = db.execute(
        "SELECT 1 FROM items i WHERE i.account = ? AND i.first_seen > ? AND EXISTS (SELECT 1 FROM appearances p"
        " JOIN captures c ON c.number = p.capture WHERE p.item = i.id AND c.stream = ? AND c.role = 'listing')"
        " ORDER BY i.id DESC LIMIT 1",
        (account, iso(moment), stream),
    ).fetchone()
    return row is not None


def idle_pages(db: Connection, account: int, run: str, fetch: Fetch, shown: list[str], *, most: int) -> bool:
    """Whether this page and the `most` read before it in this run's listing showed only what others before had shown.

    A listing is a stream, of one subject where it has one.
    """
    listing = {"account": account, "run": run, "stream": fetch.stream, "subject": fetch.subject}
    pages = [
        row["number"]
        for row in db.execute(
            "SELECT number FROM captures WHERE account = :account AND last_run = :run AND stream = :stream"
            " AND subject IS :subject ORDER BY last_seen DESC, number DESC LIMIT :most",
            listing | {"most": most},
        )
    ]
    if len(pages) < most:
        return False
    row = db.execute(
        "SELECT 1 FROM (SELECT j.value AS remote_id FROM json_each(:shown) j UNION"
        " SELECT i.remote_id FROM json_each(:pages) j JOIN appearances p ON p.capture = j.value"
        " JOIN items i ON i.id = p.item) new"
        " WHERE NOT EXISTS (SELECT 1 FROM items i JOIN appearances p ON p.item = i.id"
        "  JOIN captures c ON c.number = p.capture WHERE i.account = :account AND i.remote_id = new.remote_id"
        "  AND c.last_run = :run AND c.stream = :stream AND c.subject IS :subject"
        "  AND c.number NOT IN (SELECT value FROM json_each(:pages))) LIMIT 1",
        listing | {"shown": json.dumps(shown), "pages": json.dumps(pages)},
    ).fetchone()
    return row is None


def looked_at_in(db: Connection, account: int, run: str) -> int:
    """How many direct looks this run has made."""
    row = db.execute(
        "SELECT count(DISTINCT subject) AS n FROM captures WHERE account = ? AND stream = 'item' AND role = 'check'"
        " AND run = ?",
        (account, run),
    ).fetchone()
    return int(row["n"])


def shown_in(db: Connection, account: int, run: str, remote_ids: list[str]) -> frozenset[str]:
    """Those of the named items that a reply of this run showed."""
    rows = db.execute(
        "SELECT i.remote_id FROM json_each(:ids) j CROSS JOIN items i ON i.account = :account AND i.remote_id = j.value"
        " WHERE EXISTS (SELECT 1 FROM appearances p JOIN captures c ON c.number = p.capture"
        "  WHERE p.item = i.id AND c.last_run = :run)",
        {"ids": json.dumps(remote_ids), "account": account, "run": run},
    )
    return frozenset(row["remote_id"] for row in rows)


def not_seen(
    db: Connection, account: int, run: str, stream: str, since: datetime | None, *, again: bool, most: int
) -> tuple[ItemRef, ...]:
    """Items that earlier walks of listings of `stream` showed and this run's whole walks did not.

    A listing is told from another by its stream and subject (the comments of one post); only those walked in this run
    by a page that shows everything count. What was looked at directly in this run is left out, and, unless `again`,
    also what was since a listing last showed it; `again` gives what was found absent once its second look. Those come
    first that were never looked at.
    """
    rows = db.execute(
        "SELECT i.*, (SELECT max(o.at) FROM observations o WHERE o.item = i.id AND o.method = 'direct') AS looked,"
        " max(c.last_seen) AS listed"
        " FROM items i JOIN appearances p ON p.item = i.id JOIN captures c ON c.number = p.capture"
        " WHERE i.account = :account AND i.id >= :since AND i.context = 0 AND c.stream = :stream AND c.walked = 1"
        " AND c.role IN ('listing', 'child')"
        " AND (i.seen <> 'absent' OR (:again AND i.absent_checks < 2))"
        " AND EXISTS (SELECT 1 FROM captures w WHERE w.account = :account AND w.stream = c.stream"
        "  AND w.subject IS c.subject AND w.walked = 1 AND w.last_run = :run)"
        " AND NOT EXISTS (SELECT 1 FROM appearances q JOIN captures d ON d.number = q.capture"
        "  WHERE q.item = i.id AND d.last_run = :run)"
        " AND NOT EXISTS (SELECT 1 FROM observations o JOIN captures d ON d.number = o.capture"
        "  WHERE o.item = i.id AND o.method = 'direct' AND d.run = :run)"
        " GROUP BY i.id HAVING :again OR looked IS NULL OR looked < listed"
        " ORDER BY looked NULLS FIRST, i.id DESC LIMIT :most",
        {
            "account": account,
            "since": epoch_second(since) << TIME_SHIFT if since else 0,
            "stream": stream,
            "again": int(again),
            "run": run,
            "most": most,
        },
    )
    return tuple(_reference(row) for row in rows)


def not_looked_at(db: Connection, account: int, remote_id: str, *, again: bool) -> ItemRef | None:
    """An item, unless it was looked at directly since a listing last showed it; `again`: in any case."""
    row = db.execute(
        "SELECT i.*, (SELECT max(o.at) FROM observations o WHERE o.item = i.id AND o.method = 'direct') AS looked,"
        " (SELECT max(c.last_seen) FROM appearances p JOIN captures c ON c.number = p.capture"
        "  WHERE p.item = i.id AND c.role IN ('listing', 'child')) AS listed"
        " FROM items i WHERE i.account = ? AND i.remote_id = ?",
        (account, remote_id),
    ).fetchone()
    if row is None or not (again or row["looked"] is None or row["looked"] < row["listed"]):
        return None
    return _reference(row)


def _reference(row: Row) -> ItemRef:
    return ItemRef(
        kind=Kind(row["kind"]),
        remote_id=row["remote_id"],
        link=row["link"],
        parent=row["parent"],
        thread=row["thread"],
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
