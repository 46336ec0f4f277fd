"""Making a checkpoint: what is signed was computed anew from what is kept, and nothing is signed that disagrees.

Written in this order, so that the next checkpoint completes what a crash left: tiles, acts, the checkpoint of this
size, the newest checkpoint.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice
from pathlib import Path
from typing import Any

from archiver.errors import AuthError, DiskError, Locked, VerificationError
from archiver.storage import files, soundness
from archiver.storage.acts import ARCHIVE
from archiver.storage.archive import Archive
from archiver.storage.database import Connection
from archiver.storage.ledger import (
    acts_file,
    checkpoints,
    custody,
    keys,
    leaves,
    merkle,
    on_record,
    signed_note,
    stored_bytes,
    tiles,
)
from archiver.storage.ledger.checkpoints import Checkpoint
from archiver.storage.ledger.keys import KeyPlace, SigningKey
from archiver.storage.ledger.recomputed import mismatches
from archiver.storage.ledger.signed_note import SignedNote
from archiver.storage.ledger.tiles import HEIGHT, WIDTH, Tiles

LOCK = ".lock"
EVERY = timedelta(hours=1)
# What the catalogue remembers among its checks: what was signed last, and what came of the last try.
SIGNED, TRIED = on_record.SIGNED, "checkpoint tried"


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """The newest checkpoint, and whether it was made just now."""

    checkpoint: Checkpoint
    note: SignedNote
    new: bool


def make(archive: Archive, place: KeyPlace, *, at: datetime, old_key: SigningKey | None = None) -> Made:
    """Sign what the ledger holds now, where that is more than the newest checkpoint says.

    `old_key` signs too, where another took its place. VerificationError where anything is not what it was, AuthError
    without the key, DiskError: nothing is signed then, the newest checkpoint stays, and the catalogue remembers why.
    Locked where somebody else is signing.
    """
    with _only_signer(place.ledger):
        try:
            with files.disk_errors(place.ledger, means="Nothing new is signed; the newest checkpoint stays as it is."):
                key = custody.begin(archive, place, at=at, actor=ARCHIVE)
                _enter_last(archive, place, at)
                made = _made(archive, place, key, old_key)
        except (VerificationError, AuthError, DiskError) as error:
            _remember(archive, at, {TRIED: {"refused": error.what}})
            raise
        said, digest = made.checkpoint, hashlib.sha256(bytes(made.note)).hexdigest()
        signed = {"size": said.size, "root": said.root.hex(), "sha256": digest}
        _remember(archive, at, {TRIED: {"refused": ""}, SIGNED: signed})
        return made


def newest(place: KeyPlace) -> tuple[Checkpoint, SignedNote] | None:
    """The newest checkpoint, its signature verified with the ledger's own keys. Raises VerificationError."""
    data = checkpoints.read(place.ledger)
    return checkpoints.opened(data, keys.known_keys(place.ledger), origin=place.name) if data is not None else None


def due(archive: Archive, place: KeyPlace, now: datetime) -> bool:
    """Whether there is something to sign, and nothing was signed or refused for an hour."""
    db = archive.database.connection()
    last = soundness.last_check(db, TRIED)
    if last is not None and timedelta() <= now - last.at < EVERY:
        return False
    return leaves.size(db) > max(checkpoints.sizes(place.ledger), default=-1)


@contextmanager
def _only_signer(ledger: Path) -> Iterator[None]:
    descriptor = os.open(ledger / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Locked(
                "Another Archiver process is making a checkpoint of this ledger.",
                means="Nothing was signed here; the other process goes on.",
                do="Wait until it is done.",
            ) from error
        yield
    finally:
        os.close(descriptor)


def _remember(archive: Archive, at: datetime, results: Mapping[str, Mapping[str, Any]]) -> None:
    with archive.database.transaction() as db:
        for name, result in results.items():
            soundness.note_check(db, name, at, result)


def _enter_last(archive: Archive, place: KeyPlace, at: datetime) -> None:
    """Put the newest checkpoint on record, where another one is to follow and it is the one that was signed."""
    found, db = newest(place), archive.database.connection()
    size = leaves.size(db)
    if found and size > found[0].size and not lost(db, found[0], size):
        on_record.enter(archive, place.ledger, keys.known_keys(place.ledger), at=at)


def _made(archive: Archive, place: KeyPlace, key: SigningKey, old_key: SigningKey | None) -> Made:
    ledger, found = place.ledger, newest(place)
    last = found[0] if found else None
    old = last.size if last else 0
    with archive.database.snapshot() as db:
        size = leaves.size(db)
        if what := lost(db, last, size):
            raise _refusal(what)
        if found:
            _complete(place, *found)
        if found and size == old:
            return Made(checkpoint=found[0], note=found[1], new=False)
        _require_agreement(archive, db, old, size)
        tiles.append(ledger, old, size, leaves.datas(db, old - old % WIDTH, size))
        acts_file.write(ledger, db, size)
        root = _read_back(Tiles(ledger, size), old, size, leaves.datas(db, old - old % WIDTH, size))
    said = Checkpoint(origin=place.name, size=size, root=root)
    if last:
        _require_continuation(Tiles(ledger, size), last, said)
    beside = old_key or (_cosigner(archive, place, found[1], key) if found else None)
    signing = (key, beside) if beside else (key,)
    note = SignedNote(text=str(said), signatures=tuple(one.sign(str(said)) for one in signing))
    checkpoints.publish(ledger, size, bytes(note))
    tiles.drop_partial(ledger, old, size)
    return Made(checkpoint=said, note=note, new=True)


def _complete(place: KeyPlace, said: Checkpoint, note: SignedNote) -> None:
    """Do what a crash left undone after a checkpoint was written."""
    checkpoints.name_newest(place.ledger, bytes(note))
    before = checkpoints.sizes(place.ledger)[:-1]
    tiles.drop_partial(place.ledger, before[-1] if before else 0, said.size)


def _cosigner(archive: Archive, place: KeyPlace, last: SignedNote, key: SigningKey) -> SigningKey | None:
    """The key before, for the first checkpoint that its successor signs."""
    if key.public in signed_note.signers(last, keys.known_keys(place.ledger)):
        return None
    return custody.retired(archive, place)


def lost(db: Connection, last: Checkpoint | None, size: int) -> str:
    """Where something that was signed is not there any more, what it is; else nothing."""
    signed = soundness.last_check(db, SIGNED)
    if signed is not None and (last is None or last.size < signed.result["size"]):
        return f"The checkpoint of {signed.result['size']} leaves, made at {signed.at:%Y-%m-%d %H:%M} UTC, is gone"
    if signed is not None and last and last.size == signed.result["size"] and last.root.hex() != signed.result["root"]:
        return f"The checkpoint of {last.size} leaves is not the one that was made"
    return f"The catalogue has {size} leaves, and {last.size} were signed" if last and size < last.size else ""


def _require_agreement(archive: Archive, db: Connection, old: int, size: int) -> None:
    """Every new leaf must be what its row makes it, and every new record on the disk what its row says."""
    for found in chain(mismatches(db, old, size), stored_bytes.changed(archive, db, old, size)):
        raise _refusal(found.what.removesuffix("."))


def _read_back(read: Tiles, old: int, size: int, datas: Iterator[bytes]) -> bytes:
    """The root over the tiles that were just written, each compared with the leaves or the tile below it."""
    for index in range(old // WIDTH, -(-size // WIDTH)):
        expected = tuple(islice(datas, WIDTH))
        if read.entries(index) != expected or read.hashes(0, index) != tuple(map(merkle.leaf_hash, expected)):
            raise _refusal(f"What was written of the leaves from {index * WIDTH} on is not what was read back")
    for level in range(1, HEIGHT):
        for index in range(old >> HEIGHT * level, size >> HEIGHT * level):
            tile, place = divmod(index, WIDTH)
            if read.hashes(level, tile)[place] != merkle.folded(read.hashes(level - 1, index)):
                raise _refusal(f"The tree over tile {index} of level {level - 1} is not what was read back")
    return merkle.root(read.node, size)


def _require_continuation(read: Tiles, last: Checkpoint, said: Checkpoint) -> None:
    steps = merkle.consistency_proof(read.node, last.size, said.size)
    if not merkle.verify_consistency(last.size, said.size, last.root, said.root, steps):
        raise _refusal(f"The ledger is not a continuation of the checkpoint of {last.size} leaves")


def _refusal(what: str) -> VerificationError:
    return VerificationError(
        f"{what}.",
        means="What was kept was changed or lost since. Nothing was signed; the newest checkpoint stays as it is.",
        do="Find out what: archiver verify, archiver ledger verify. Restore it from a backup, then sign again.",
    )
