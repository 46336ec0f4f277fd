"""One round of keeping every place as it shall be: prove, copy, lock, hold, let go; with patience for what is down."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from archiver.errors import ArchiverError
from archiver.model import iso, parse_iso
from archiver.storage import lock_keeping
from archiver.storage.archive import Archive
from archiver.storage.copies import summary
from archiver.storage.copying import Target, copy_round, only_copier, release, targets, waiting
from archiver.storage.s3_upload import Stop, never
from archiver.storage.soundness import last_check, note_check

LOG = logging.getLogger(__name__)

HOUR = timedelta(hours=1)
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=5), timedelta(hours=6)  # doubled with each failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How a place stands after a round: what was put, what is not there yet, and what stands in the way."""

    role: str
    put: int
    waiting: int
    trouble: str
    next: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceStanding:
    """A place as it was last seen: what it has and what waits, since when, and how many files count as locked.

    `locked_until` is when the first lock of them ends.
    """

    role: str
    place: str
    files: int
    waiting: int
    trouble: str
    last: datetime | None
    asked_to_lock: bool
    locked: int
    locked_until: datetime | None
    held: int


def keep_places(
    archive: Archive, now: Callable[[], datetime], *, stop: Stop = never, patient: bool = True
) -> tuple[Kept, ...]:
    """Look after every place that files go to. One that fails does not keep the others; `patient`: nor is it asked
    again before its time. Raises Locked where another process does the same."""
    kept = []
    with only_copier(archive):
        for target in targets(archive):
            last = last_check(archive.database.connection(), _name(target))
            if patient and last is not None and now() < parse_iso(last.result["next"]):
                continue
            kept.append(_kept(archive, target, now, stop, failures=last.result["failures"] if last else 0))
        if not any(one.trouble for one in kept):
            release(archive)
    return tuple(kept)


def standings(archive: Archive) -> tuple[PlaceStanding, ...]:
    """How every place stands, by what was noted of it; no place is asked."""
    return tuple(_standing(archive, target) for target in targets(archive))


def _standing(archive: Archive, target: Target) -> PlaceStanding:
    db = archive.database.connection()
    last, there = last_check(db, _name(target)), summary(db, target.place)
    return PlaceStanding(
        role=target.role,
        place=target.place,
        files=there.files,
        waiting=len(waiting(archive, target)),
        trouble=str(last.result["trouble"]) if last else "",
        last=last.at if last else None,
        asked_to_lock=target.options.kind == "s3" and target.options.lock != "none",
        locked=there.locked,
        locked_until=there.locked_until,
        held=there.held,
    )


def _kept(archive: Archive, target: Target, now: Callable[[], datetime], stop: Stop, *, failures: int) -> Kept:
    before, trouble = len(waiting(archive, target)), ""
    try:
        if target.options.kind == "s3":
            _prove(archive, target, now)
        locks_count = lock_keeping.locks_count(archive, target)
        trouble = " ".join(copy_round(archive, target, now, locks_count=locks_count, stop=stop)[:3])
        if locks_count:
            lock_keeping.renew(archive, target, now, stop)
            lock_keeping.hold(archive, target, now(), stop)
    except ArchiverError as error:
        trouble = error.what
    failures = failures + 1 if trouble else 0
    wait = min(FIRST_WAIT * 2 ** min(failures - 1, 10), LONGEST_WAIT) if failures else timedelta()
    if not trouble and target.options.kind == "s3" and target.options.lock != "none" and not locks_count:
        trouble = f"The bucket {target.options.bucket} does not keep its locks: see archiver doctor."
    if trouble:
        LOG.warning("a store cannot be kept role=%s trouble=%r", target.role, trouble)
    left = len(waiting(archive, target))
    done = Kept(role=target.role, put=before - left, waiting=left, trouble=trouble, next=now() + wait)
    with archive.database.transaction() as db:
        said = {"waiting": done.waiting, "trouble": trouble, "failures": failures, "next": iso(done.next)}
        note_check(db, _name(target), now(), said)
    return done


def _prove(archive: Archive, target: Target, now: Callable[[], datetime]) -> None:
    """Once a day, and once an hour where the last proof failed."""
    last = lock_keeping.proof_of(archive, target)
    if last is None or now() - last.at > (HOUR if last.result["broken"] else lock_keeping.DAY):
        lock_keeping.proved(archive, target, now())


def _name(target: Target) -> str:
    return f"copies {target.place}"
