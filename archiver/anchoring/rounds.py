"""One round: the newest checkpoint is shown to every place that is due, and what came of it is written down."""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from archiver.anchoring.places import Place, Showing, ledger_of
from archiver.clock import Clock
from archiver.errors import ArchiverError, Locked
from archiver.storage import anchors, files
from archiver.storage.anchors import Anchored, AnchorGap, AnchorKind
from archiver.storage.archive import Archive
from archiver.storage.database import Connection
from archiver.storage.ledger import checkpoints, signed_note

LOG = logging.getLogger(__name__)

LOCK = ".anchoring"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of showing a checkpoint to one place; `gap` None: it took it."""

    kind: AnchorKind
    name: str
    size: int
    gap: AnchorGap | None = None


def newest(archive: Archive) -> tuple[int, bytes] | None:
    """The size and bytes of the newest checkpoint; None where none was made yet, or only that of an empty ledger."""
    note = checkpoints.read(ledger_of(archive))
    if note is None:
        return None
    size = checkpoints.parse_body(signed_note.parse(note).text).size
    return (size, note) if size else None


def due(db: Connection, places: tuple[Place, ...], note: bytes, now: datetime) -> tuple[Place, ...]:
    """The places that are to be shown this checkpoint now."""
    last = anchors.last_anchored(db)
    return tuple(one for one in places if _is_due(db, one, last.get((one.kind, one.name)), note, now))


def lacking(db: Connection, places: tuple[Place, ...], note: bytes) -> tuple[Place, ...]:
    """The places that have not taken this checkpoint, due or not."""
    last = anchors.last_anchored(db)
    return tuple(one for one in places if not _has(last.get((one.kind, one.name)), note))


def shown(archive: Archive, places: tuple[Place, ...], clock: Clock, *, retry: timedelta) -> tuple[Outcome, ...]:
    """Show the newest checkpoint to these places, one after the other; a failing one never stops another.

    `retry` is the pause after a first failure. Raises Locked where another process is at it, DiskError.
    """
    found = newest(archive)
    if found is None or not places:
        return ()
    size, note = found
    with _alone(archive):
        return tuple(
            _shown(archive, one, Showing(archive=archive, size=size, note=note), clock, retry) for one in places
        )


def _has(last: Anchored | None, note: bytes) -> bool:
    return last is not None and last.digest == _digest(note)


def _digest(note: bytes) -> str:
    return hashlib.sha256(note).hexdigest()


def _is_due(db: Connection, place: Place, last: Anchored | None, note: bytes, now: datetime) -> bool:
    gap = anchors.standing_gap(db, place.kind, place.name)
    if gap is not None:
        return now >= gap.next_try or now < gap.last_try  # the clock was set back: what was planned means nothing
    if last is None:
        return True
    return not _has(last, note) and not timedelta() <= now - last.at < place.every


def _shown(archive: Archive, place: Place, showing: Showing, clock: Clock, retry: timedelta) -> Outcome:
    try:
        place.take(showing)
    except ArchiverError as error:
        gap = _failed(archive, place, showing.size, error, clock.now(), retry)
        LOG.warning("not anchored place=%s:%s cause=%r what=%r", place.kind, place.name, gap.cause, gap.detail)
        return Outcome(kind=place.kind, name=place.name, size=showing.size, gap=gap)
    done = Anchored(kind=place.kind, name=place.name, size=showing.size, digest=_digest(showing.note), at=clock.now())
    with archive.database.transaction() as db:
        anchors.note_anchored(db, done)
    LOG.info("anchored place=%s:%s size=%s", place.kind, place.name, showing.size)
    return Outcome(kind=place.kind, name=place.name, size=showing.size)


def _failed(
    archive: Archive, place: Place, size: int, error: ArchiverError, now: datetime, retry: timedelta
) -> AnchorGap:
    with archive.database.transaction() as db:
        standing = anchors.standing_gap(db, place.kind, place.name)
        tries = standing.tries + 1 if standing else 1
        gap = AnchorGap(
            kind=place.kind,
            name=place.name,
            size=standing.size if standing else size,
            cause=place.cause_of(error),
            detail=error.what,
            since=standing.since if standing else now,
            tries=tries,
            last_try=now,
            next_try=now + min(retry * 2 ** min(tries - 1, 20), max(place.every, retry)),
        )
        anchors.note_failed(db, gap)
    return gap


@contextmanager
def _alone(archive: Archive) -> Iterator[None]:
    """Held while places are shown a checkpoint: files are then written by one process only. Raises Locked."""
    files.make_directories(ledger_of(archive))
    descriptor = os.open(ledger_of(archive) / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Locked(
                "Another process shows this checkpoint outside at this moment.",
                means="Nothing was changed; the other process goes on.",
                do="See what came of it: archiver ledger anchors",
            ) from error
        yield
    finally:
        os.close(descriptor)
