"""What fixes the ledger outside the archive: when each place last took a checkpoint, and since when one did not."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from archiver.model import iso, parse_iso
from archiver.storage.acts import ARCHIVE, record_act
from archiver.storage.database import ROW_FAULTS, Connection, Row

OPENED, ALARMED, CLOSED = "opened an anchor gap", "raised an integrity alarm", "closed an anchor gap"
INTEGRITY = "another ledger was seen"  # the cause of an alarm: an outside witness remembers other contents


class AnchorKind(StrEnum):
    """How a checkpoint is fixed outside."""

    AUTHORITY = "authority"
    WITNESS = "witness"
    MAILBOX = "mailbox"


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchored:
    """The newest checkpoint that a place took, by size and SHA-256 (hex) of its bytes, and when."""

    kind: AnchorKind
    name: str
    size: int
    digest: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorGap:
    """Since when a place takes no checkpoint. `size` is the first it did not take, `closed_size` the next it did."""

    kind: AnchorKind
    name: str
    size: int
    cause: str
    detail: str
    since: datetime
    tries: int
    last_try: datetime
    next_try: datetime
    closed: datetime | None = None
    closed_size: int | None = None

    @property
    def alarm(self) -> bool:
        """Whether it is no mere failure: the place remembers a ledger that this one does not continue."""
        return self.cause == INTEGRITY


def last_anchored(db: Connection) -> dict[tuple[AnchorKind, str], Anchored]:
    """The newest checkpoint of each place, by kind and name."""
    found = (
        Anchored(
            kind=AnchorKind(row["kind"]),
            name=row["name"],
            size=row["size"],
            digest=row["digest"],
            at=parse_iso(row["at"]),
        )
        for row in db.execute("SELECT * FROM anchored")
    )
    return {(one.kind, one.name): one for one in found}


def standing_gap(db: Connection, kind: AnchorKind, name: str) -> AnchorGap | None:
    """The gap of a place that stands; None where it took what it was last shown."""
    row = db.execute(
        "SELECT * FROM anchor_gaps WHERE kind = ? AND name = ? AND closed IS NULL", (kind, name)
    ).fetchone()
    return _gap(row) if row else None


def anchor_gaps(db: Connection, *, standing: bool) -> tuple[AnchorGap, ...]:
    """The gaps, alarms first, then the oldest; those that were closed too where not `standing`."""
    rows = db.execute("SELECT * FROM anchor_gaps WHERE closed IS NULL OR NOT ? ORDER BY since, number", (standing,))
    return tuple(sorted(map(_gap, rows), key=lambda gap: not gap.alarm))


def gaps_as_acts_say(db: Connection) -> Iterator[AnchorGap]:
    """The gaps that acts tell of. An act that cannot be read is passed over: its leaf tells of it."""
    standing: dict[str, AnchorGap] = {}
    for row in db.execute(
        "SELECT at, act, subject, detail FROM acts WHERE act IN (?, ?, ?) ORDER BY sequence", (OPENED, ALARMED, CLOSED)
    ):
        with suppress(*ROW_FAULTS):
            at, said = parse_iso(row["at"]), json.loads(row["detail"])
            gap = standing.pop(row["subject"], None)
            if row["act"] == CLOSED and gap:
                yield replace(gap, closed=at, closed_size=said["size"])
            elif row["act"] != CLOSED:
                standing[row["subject"]] = (
                    replace(gap, cause=said["cause"]) if gap else _begun(row["subject"], at, said)
                )
    yield from standing.values()


def _begun(subject: str, at: datetime, said: Mapping[str, Any]) -> AnchorGap:
    kind, _, name = subject.partition(" ")
    return AnchorGap(
        kind=AnchorKind(kind),
        name=name,
        size=said["size"],
        cause=said["cause"],
        detail=said["detail"],
        since=at,
        tries=1,
        last_try=at,
        next_try=at,
    )


def give_back(db: Connection) -> None:
    """Write the gaps that acts tell of into a catalogue that has none."""
    for gap in sorted(gaps_as_acts_say(db), key=lambda gap: gap.since):
        db.execute(
            "INSERT INTO anchor_gaps (kind, name, size, cause, detail, since, tries, last_try, next_try, closed,"
            " closed_size) VALUES (:kind, :name, :size, :cause, :detail, :since, :tries, :last_try, :next_try, :closed,"
            " :closed_size)",
            _values(gap) | {"closed": iso(gap.closed) if gap.closed else None, "closed_size": gap.closed_size},
        )


def note_anchored(db: Connection, done: Anchored) -> None:
    """A place took a checkpoint; its gap, if one stood, is closed, which is an act."""
    db.execute(
        "INSERT INTO anchored (kind, name, size, digest, at) VALUES (:kind, :name, :size, :digest, :at)"
        " ON CONFLICT (kind, name) DO UPDATE SET size = excluded.size, digest = excluded.digest, at = excluded.at",
        {"kind": done.kind, "name": done.name, "size": done.size, "digest": done.digest, "at": iso(done.at)},
    )
    gap = standing_gap(db, done.kind, done.name)
    if gap:
        db.execute(
            "UPDATE anchor_gaps SET closed = ?, closed_size = ? WHERE kind = ? AND name = ? AND closed IS NULL",
            (iso(done.at), done.size, done.kind, done.name),
        )
        _act(db, gap, CLOSED, done.at, {"since": iso(gap.since), "size": done.size})


def note_failed(db: Connection, gap: AnchorGap) -> None:
    """A place did not take a checkpoint. A gap that begins, or becomes an alarm, is an act; one that goes on is not.

    An alarm stays one until the place has taken a checkpoint again, whatever else fails meanwhile.
    """
    standing = standing_gap(db, gap.kind, gap.name)
    if standing is None:
        db.execute(
            "INSERT INTO anchor_gaps (kind, name, size, cause, detail, since, tries, last_try, next_try)"
            " VALUES (:kind, :name, :size, :cause, :detail, :since, :tries, :last_try, :next_try)",
            _values(gap),
        )
    else:
        lasting = standing if standing.alarm and not gap.alarm else gap
        db.execute(
            "UPDATE anchor_gaps SET cause = :cause, detail = :detail, tries = :tries, last_try = :last_try,"
            " next_try = :next_try WHERE kind = :kind AND name = :name AND closed IS NULL",
            _values(gap) | {"cause": lasting.cause, "detail": lasting.detail},
        )
    if standing is None or (gap.alarm and not standing.alarm):
        act = ALARMED if gap.alarm else OPENED
        _act(db, gap, act, gap.last_try, {"size": gap.size, "cause": gap.cause, "detail": gap.detail})


def _act(db: Connection, gap: AnchorGap, act: str, at: datetime, detail: dict[str, object]) -> None:
    record_act(db, at=at, actor=ARCHIVE, act=act, subject=f"{gap.kind} {gap.name}", detail=detail)


def _values(gap: AnchorGap) -> dict[str, object]:
    return {
        "kind": gap.kind,
        "name": gap.name,
        "size": gap.size,
        "cause": gap.cause,
        "detail": gap.detail,
        "since": iso(gap.since),
        "tries": gap.tries,
        "last_try": iso(gap.last_try),
        "next_try": iso(gap.next_try),
    }


def _gap(row: Row) -> AnchorGap:
    return AnchorGap(
        kind=AnchorKind(row["kind"]),
        name=row["name"],
        size=row["size"],
        cause=row["cause"],
        detail=row["detail"],
        since=parse_iso(row["since"]),
        tries=row["tries"],
        last_try=parse_iso(row["last_try"]),
        next_try=parse_iso(row["next_try"]),
        closed=parse_iso(row["closed"]) if row["closed"] else None,
        closed_size=row["closed_size"],
    )
