"""Polling runs: begun, ended, and the replies in them that showed nothing new."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from archiver.model import StoredRecord, iso, parse_iso
from archiver.storage import looks, media_rows
from archiver.storage.coverage_rows import add_coverage, apply_gap
from archiver.storage.database import Connection, Row
from archiver.storage.ledger.leaves import Appending, Leaves
from archiver.storage.segments_table import add_notes


class Depth(StrEnum):
    """How far back a run looks."""

    POLL = "poll"  # what is new, and the overlap
    REWALK = "rewalk"  # the last weeks again, for edits and absences
    DEEP = "deep"  # the last year again
    FIRST = "first"  # everything


GOING_BACK = (Depth.FIRST, Depth.DEEP)  # where a stream never was walked to its beginning, they do


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One walk over an account's streams."""

    id: str
    account: int
    depth: Depth
    begun: datetime
    ended: datetime | None
    outcome: str


def begin_run(db: Connection, *, run: str, account: int, depth: Depth, begun: datetime) -> None:
    """A run is on its way."""
    db.execute(
        "INSERT INTO runs (id, account, depth, begun, outcome) VALUES (?, ?, ?, ?, 'under way')",
        (run, account, str(depth), iso(begun)),
    )


def open_run(db: Connection, account: int) -> Run | None:
    """The run of this account that is under way; of a walk and the poll it made way for, the poll."""
    row = db.execute(
        "SELECT * FROM runs WHERE account = ? AND ended IS NULL ORDER BY rowid DESC LIMIT 1", (account,)
    ).fetchone()
    return _run(row) if row else None


def walk_under(db: Connection, run: Run) -> Run | None:
    """The run that made way for this one, and goes on after it."""
    row = db.execute(
        "SELECT * FROM runs WHERE account = :account AND ended IS NULL"
        " AND rowid < (SELECT rowid FROM runs WHERE id = :run) ORDER BY rowid DESC LIMIT 1",
        {"account": run.account, "run": run.id},
    ).fetchone()
    return _run(row) if row else None


def newest_done_after(db: Connection, run: Run) -> Run | None:
    """The newest of the runs that this one made way for which were carried to their end."""
    row = db.execute(
        "SELECT * FROM runs WHERE account = :account AND outcome = 'done'"
        " AND rowid > (SELECT rowid FROM runs WHERE id = :run) ORDER BY rowid DESC LIMIT 1",
        {"account": run.account, "run": run.id},
    ).fetchone()
    return _run(row) if row else None


def newest_poll(db: Connection, account: int) -> Run | None:
    """The newest run that looked for what is new only, ended or not."""
    row = db.execute(
        "SELECT * FROM runs WHERE account = ? AND depth = 'poll' ORDER BY rowid DESC LIMIT 1", (account,)
    ).fetchone()
    return _run(row) if row else None


def newest_ended(db: Connection, account: int) -> Run | None:
    """The newest run that ended, however it did."""
    row = db.execute(
        "SELECT * FROM runs WHERE account = ? AND ended IS NOT NULL ORDER BY begun DESC LIMIT 1", (account,)
    ).fetchone()
    return _run(row) if row else None


def last_activity(db: Connection, account: int) -> datetime | None:
    """When something was last asked of an account; None where nothing ever was."""
    row = db.execute(
        "SELECT max(at) AS newest FROM (SELECT max(ended) AS at FROM runs WHERE account = :account"
        " UNION ALL SELECT max(u.at) FROM runs r JOIN unchanged u ON u.run = r.id"
        "  WHERE r.account = :account AND r.ended IS NULL"
        " UNION ALL SELECT max(c.ended) FROM runs r JOIN captures c ON c.account = r.account AND c.run = r.id"
        "  WHERE r.account = :account AND r.ended IS NULL"
        " UNION ALL SELECT max(not_before) FROM frontier WHERE account = :account AND attempts > 0)",
        {"account": account},
    ).fetchone()
    return parse_iso(row["newest"]) if row["newest"] else None


def note_unchanged(db: Connection, account: int, run: str, note: Mapping[str, Any]) -> None:
    """A reply showed nothing new, or a file was given up: apply the note, and keep it for the run's record."""
    touch(db, account, run, note)
    db.execute(
        "INSERT INTO unchanged (run, sequence, at, note) VALUES (:run,"
        " (SELECT count(*) FROM unchanged WHERE run = :run), :at, :note)",
        {"run": run, "at": note["at"], "note": json.dumps(note, sort_keys=True)},
    )


def unchanged_in(db: Connection, run: str) -> list[dict[str, Any]]:
    """The notes of the replies of this run that showed nothing new, in order."""
    rows = db.execute("SELECT note FROM unchanged WHERE run = ? ORDER BY sequence", (run,))
    return [json.loads(row["note"]) for row in rows]


def touch(db: Connection, account: int, run: str, note: Mapping[str, Any]) -> None:
    """The capture named was shown again; or, where a file was given up, why it is missing."""
    if "missing" in note:
        media_rows.mark_missing(db, account, **note["missing"])
        return
    row = db.execute(
        "UPDATE captures SET last_seen = :at, last_run = :run, times = times + 1 WHERE id = :same RETURNING number",
        {"at": note["at"], "run": run, "same": note["same"]},
    ).fetchone()
    if row is None:  # the capture was lawfully destroyed since
        return
    if note.get("token") is not None:
        db.execute(
            "INSERT INTO once (account, what, token) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            (account, note["what"], note["token"]),
        )
    if "media" in note:
        media_rows.keep_media(db, account, capture=row["number"], **note["media"])
    for remote_id, counters in note.get("counters", {}).items():
        item = db.execute("SELECT id FROM items WHERE account = ? AND remote_id = ?", (account, remote_id)).fetchone()
        if item is not None:
            looks.note_counters(db, item["id"], counters, parse_iso(note["at"]))


def apply_note(
    db: Connection,
    account: int,
    segment: int,
    record: StoredRecord,
    note: Mapping[str, Any],
    leaves: Leaves = Appending,
) -> None:
    """Write what a run's or a gap's record says; done already, nothing changes.

    The replies of a run that showed nothing new are applied before, each at its place among the captures (`touch`).
    """
    if db.execute("SELECT 1 FROM records WHERE segment = ? AND offset = ?", (segment, record.offset)).fetchone():
        return
    add_notes(db, segment, (record,), leaves)
    if note["record"] == "gap":
        apply_gap(db, account, note)
        return
    db.execute(
        "INSERT INTO runs (id, account, depth, begun, ended, outcome) VALUES (:run, :account, :depth, :begun, :ended,"
        " :outcome) ON CONFLICT (id) DO UPDATE SET ended = excluded.ended, outcome = excluded.outcome",
        {name: note[name] for name in ("run", "depth", "begun", "ended", "outcome")} | {"account": account},
    )
    db.execute("DELETE FROM unchanged WHERE run = ?", (note["run"],))
    for walked in note["streams"]:
        since = parse_iso(walked["since"]) if walked["since"] else None
        add_coverage(db, account, walked["stream"], since, parse_iso(note["begun"]), note["run"])


def run_note(
    db: Connection, run: Run, account_id: str, *, ended: datetime, outcome: str, streams: list[dict[str, Any]]
) -> dict[str, Any]:
    """The WARC form of a finished run."""
    return {
        "archiver": 1,
        "record": "run",
        "run": run.id,
        "account": account_id,
        "depth": str(run.depth),
        "begun": iso(run.begun),
        "ended": iso(ended),
        "outcome": outcome,
        "streams": streams,
        "unchanged": unchanged_in(db, run.id),
    }


def _run(row: Row) -> Run:
    return Run(
        id=row["id"],
        account=row["account"],
        depth=Depth(row["depth"]),
        begun=parse_iso(row["begun"]),
        ended=parse_iso(row["ended"]) if row["ended"] else None,
        outcome=row["outcome"],
    )
