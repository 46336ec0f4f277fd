"""Keeps the locks of a bucket: renewed while the content must be kept, held while an open request asks for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from archiver.errors import StoreDown
from archiver.storage import request_rows, responsive
from archiver.storage.archive import Archive
from archiver.storage.copies import INDEX, copies_in, no_lock_counts, note_hold, note_lock, sealed_files, summary
from archiver.storage.copying import Target, wanted_names
from archiver.storage.s3_errors import STAYS
from archiver.storage.s3_proof import Proof, prove
from archiver.storage.s3_store import S3Store
from archiver.storage.s3_upload import Stop, never
from archiver.storage.soundness import Checked, last_check, note_check

DAY = timedelta(days=1)


def proof_of(archive: Archive, target: Target) -> Checked | None:
    """What the bucket last showed of what it promises; None where it was never asked, or under other settings."""
    return last_check(archive.database.connection(), _proof_name(target))


def proved(archive: Archive, target: Target, now: datetime) -> Proof:
    """Have the bucket show what it keeps, and remember it. Where it keeps no lock, none that it told of counts."""
    store = _bucket(target)
    proof = prove(store, now)
    said = {"locked": proof.locked, "broken": [str(promise) for promise in proof.broken]}
    with archive.database.transaction() as db:
        note_check(db, _proof_name(target), now, said)
        if not proof.locked:
            no_lock_counts(db, target.place)
    return proof


def locks_count(archive: Archive, target: Target) -> bool:
    """Whether a file that the bucket says is locked counts as locked."""
    last = proof_of(archive, target)
    return last is not None and bool(last.result["locked"])


def renew(archive: Archive, target: Target, now: Callable[[], datetime], stop: Stop = never) -> int:
    """Lock anew what must be kept and of whose time less than half is left; how many. Raises StoreDown where one fails.

    What nobody needs any more is not renewed: its lock runs out.
    """
    store, kept, done = _bucket(target), set(wanted_names(archive)), 0
    half = timedelta(days=target.options.lock_days) / 2
    for copy in copies_in(archive.database.connection(), target.place).values():
        until = store.lock_end()
        if copy.name not in kept or until is None or (copy.locked_until and copy.locked_until - now() > half):
            continue
        stop()
        told = store.lock(copy.name, copy.version, until)
        with archive.database.transaction() as db:
            note_lock(db, target.place, copy.name, told)
        if told is None or told < until:
            raise _not_kept(store, f"say that {copy.name} is locked until {until:%Y-%m-%d}")
        done += 1
    return done


def hold(archive: Archive, target: Target, now: datetime, stop: Stop = never) -> int:
    """Hold what an open request asks for, and end the holds of closed ones; how many changed. Raises StoreDown.

    What requests ask for is looked up once a day, and when a request, or what is sealed, is another than before.
    """
    name = f"holds {target.place}"
    last = last_check(archive.database.connection(), name)
    if last is not None and last.result == _asked_for(archive, target) and now - last.at < DAY:
        return 0
    done = _hold(archive, target, held_names(archive), stop)
    with archive.database.transaction() as db:
        note_check(db, name, now, _asked_for(archive, target))
    return done


def _asked_for(archive: Archive, target: Target) -> dict[str, Any]:
    """What decides which files are to be held, and how many are."""
    db = archive.database.connection()
    there = summary(db, target.place)
    requests = [one.id for one in request_rows.requests(db, closed_too=False)]
    return {"requests": requests, "files": there.files, "held": there.held}


def _hold(archive: Archive, target: Target, held: frozenset[str], stop: Stop) -> int:
    store, done = _bucket(target), 0
    for copy in copies_in(archive.database.connection(), target.place).values():
        wanted = copy.name in held
        if wanted == copy.held:
            continue
        stop()
        if store.hold(copy.name, copy.version, on=wanted) != wanted:
            raise _not_kept(store, f"{'keep' if wanted else 'end'} the hold of {copy.name}")
        with archive.database.transaction() as db:
            note_hold(db, target.place, copy.name, held=wanted)
        done += 1
    return done


def held_names(archive: Archive) -> frozenset[str]:
    """The files, with their indexes, that hold items of an open request."""
    with archive.database.snapshot() as db:
        held: set[int] = set()
        for request in request_rows.requests(db, closed_too=False):
            with responsive.gathered(db, request.selector):
                held |= responsive.segments(db)
        found = [file.name for file in sealed_files(db) if file.number in held]
    return frozenset(name + suffix for name in found for suffix in ("", INDEX))


def _proof_name(target: Target) -> str:
    return f"proof {target.place} {target.options.lock}"


def _bucket(target: Target) -> S3Store:
    if not isinstance(target.store, S3Store):
        raise TypeError(f"{target.role} is no bucket")
    return target.store


def _not_kept(store: S3Store, what: str) -> StoreDown:
    return StoreDown(
        f"{store.place} was told to, and does not, {what}.", means=STAYS, do="See what it keeps: archiver doctor"
    )
