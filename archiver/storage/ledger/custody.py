"""The ledger's key in its keeper's hands: begun, replaced or lost on record, never written over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from archiver.errors import AuthError, UsageError
from archiver.storage import files
from archiver.storage.acts import Act, acts_on, record_act
from archiver.storage.archive import Archive
from archiver.storage.database import Connection
from archiver.storage.ledger import checkpoints, keys
from archiver.storage.ledger.keys import KeyPlace, SigningKey
from archiver.storage.ledger.signed_note import VerifierKey, parse_key

SUBJECT = "ledger"
BEGUN, REPLACED, LOST = "signing key begun", "signing key replaced", "signing key lost"
_UNSIGNED = (
    "No checkpoint can be signed until this is put right; capturing goes on, and what is captured is signed later."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """A key that took another's place. `old` is None where the other is lost and signs nothing any more."""

    new: SigningKey
    old: SigningKey | None


def place_of(archive: Archive, reference: str, environ: Mapping[str, str]) -> KeyPlace:
    """Where the key of an archive lies: at `reference`, or without one in its own `ledger/`."""
    name = checkpoints.origin_of(archive.id)
    return KeyPlace(ledger=archive.directory / "ledger", name=name, reference=reference, environ=environ)


def begin(archive: Archive, place: KeyPlace, *, at: datetime, actor: str) -> SigningKey:
    """The archive's key, which is made (in a file) and recorded where there is none yet. Raises AuthError."""
    settle(archive, place)
    if keys.entered(place.ledger):
        return current(archive, place)
    key = place.key() if place.file is None or place.file.exists() else keys.create(place.file, place.name)
    _record(archive, BEGUN, key.public, None, at=at, actor=actor)
    settle(archive, place)
    return key


def current(archive: Archive, place: KeyPlace) -> SigningKey:
    """The key to sign with, which has to be the one that was entered last. Raises AuthError."""
    settle(archive, place)
    key = place.key()
    last = _last_entered(place)
    if key.public != last:
        raise AuthError(
            f"The key at {place.where} is not the one this ledger is signed with ({last}).",
            means=_UNSIGNED,
            do="Put the right key there. To begin with another one, on record: archiver ledger key rotate",
        )
    return key


def rotate(archive: Archive, place: KeyPlace, *, at: datetime, actor: str, lost: bool = False, old: str = "") -> Handed:
    """Put another key in the place of the one that was entered last, on record.

    The other one is the key that lies at its place already, where somebody put it there; else it is made (in a file).
    `old` is the reference to the old key, where that lies elsewhere now. Raises AuthError or UsageError.
    """
    settle(archive, place)
    last = _last_entered(place)
    here = _key_there(place)
    if here is not None and here.public != last:
        before = None if lost else _old_key(old, place, last)
        new = here
    else:
        before = None if lost else _still_there(here, place)
        new = _next_key(place)
    _record(archive, LOST if lost else REPLACED, new.public, last, at=at, actor=actor)
    settle(archive, place)
    return Handed(new=new, old=before)


def settle(archive: Archive, place: KeyPlace) -> None:
    """Carry out what was recorded: the public keys are entered, a made key takes its place. Also after a crash."""
    told = key_acts(archive.database.connection())
    for act in told:
        keys.enter(place.ledger, parse_key(act.detail["key"]), act.at)
    if told and place.file is not None and _next(place.file).exists():
        _put_in_place(place, place.file, parse_key(told[-1].detail["key"]))


def retired(archive: Archive, place: KeyPlace) -> SigningKey | None:
    """The key before the current one, where it was replaced, not lost, and still lies beside its successor."""
    told = key_acts(archive.database.connection())
    if place.file is None or not told or told[-1].act != REPLACED:
        return None
    path = aside(place.file, parse_key(told[-1].detail["key"]))
    try:
        return keys.load(f"file:{path}", {}, place.name) if path.exists() else None
    except AuthError:
        return None


def key_acts(db: Connection) -> tuple[Act, ...]:
    """What was done with the ledger's keys, in order."""
    return tuple(act for act in acts_on(db, SUBJECT) if act.act in (BEGUN, REPLACED, LOST))


def aside(path: Path, successor: VerifierKey) -> Path:
    """Where a key lies after its successor took its place."""
    return path.with_name(f"{path.name}.before-{successor.id.hex()}")


def _last_entered(place: KeyPlace) -> VerifierKey:
    known = keys.known_keys(place.ledger)
    if not known:
        raise AuthError("This ledger has no signing key yet.", means=_UNSIGNED, do="archiver ledger key new")
    return known[-1]


def _next(path: Path) -> Path:
    return path.with_name(f"{path.name}.next")


def _put_in_place(place: KeyPlace, path: Path, told: VerifierKey) -> None:
    if keys.load(f"file:{_next(path)}", {}, place.name).public != told:
        return  # made for a rotation that was never recorded; the next one takes it
    before = aside(path, told)
    if path.exists() and not before.exists():
        path.rename(before)
    _next(path).rename(path)
    files.sync_directory(path.parent)


def _next_key(place: KeyPlace) -> SigningKey:
    if place.file is None:
        raise UsageError(
            f"No key can be made where {place.where} leads.",
            means="The key was not changed.",
            do="Make one (archiver ledger key new --file PATH), put it there, then:"
            " archiver ledger key rotate --old REFERENCE, where REFERENCE leads to the old key.",
        )
    path = _next(place.file)
    return keys.load(f"file:{path}", {}, place.name) if path.exists() else keys.create(path, place.name)


def _key_there(place: KeyPlace) -> SigningKey | None:
    try:
        return place.key()
    except AuthError:
        return None


def _still_there(here: SigningKey | None, place: KeyPlace) -> SigningKey:
    return here or place.key()  # which says why it cannot be had


def _old_key(reference: str, place: KeyPlace, last: VerifierKey) -> SigningKey:
    key = keys.load(reference, place.environ, place.name) if reference else None
    if key is None or key.public != last:
        raise UsageError(
            f"The key at {place.where} is a new one, and the old one ({last}) was not given.",
            means="The key was not changed.",
            do="Say where the old key is: --old REFERENCE. If nobody has it any more: --lost",
        )
    return key


def _record(
    archive: Archive, act: str, key: VerifierKey, replaces: VerifierKey | None, *, at: datetime, actor: str
) -> None:
    detail: dict[str, Any] = {"key": str(key), "replaces": str(replaces) if replaces else None}
    with archive.database.transaction() as db:
        record_act(db, at=at, actor=actor, act=act, subject=SUBJECT, detail=detail)
