"""Verifies an archive against a checkpoint that was kept outside of it: by somebody else, on another host, on paper.

Whoever may change every file of the archive and has its key can make everything in it agree again, but not with what
others hold. So first the ledger is compared with the checkpoint; then everything else is compared with the ledger.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from archiver.checks import twin
from archiver.checks.findings import Finding, Kind
from archiver.checks.ledger_check import verify_ledger
from archiver.checks.rebuild import Tools
from archiver.checks.verify import Progress, Scope, Verified, verify
from archiver.errors import VerificationError
from archiver.storage import registers
from archiver.storage.acts import MADE_ANEW, WITHOUT_ROW
from archiver.storage.archive import CATALOGUE, Archive
from archiver.storage.database import ROW_FAULTS, Connection
from archiver.storage.ledger import checkpoints, keys, leaves, signed_note
from archiver.storage.ledger.checkpoints import Checkpoint
from archiver.storage.ledger.keys import KeyPlace
from archiver.storage.ledger.merkle import Growing, leaf_hash
from archiver.storage.ledger.restoring import as_ranges, from_ranges
from archiver.storage.ledger.signed_note import SignedNote, VerifierKey

_OUTSIDE = "the checkpoint that was given"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """A checkpoint from outside as it was given, and the public keys it may be signed with beside the ledger's own."""

    data: bytes
    keys: Sequence[VerifierKey] = ()


def verify_against(
    archive: Archive,
    outside: Outside,
    place: KeyPlace,
    scope: Scope,
    tools: Tools,
    progress: Progress = lambda _done, _total: None,
) -> Verified:
    """Everything that is not as it was when the checkpoint was signed, or does not agree since. Changes nothing.

    Raises VerificationError where what was given is no checkpoint.
    """
    note = signed_note.parse(outside.data)
    said = checkpoints.parse_body(note.text)
    with archive.database.snapshot() as db:
        found = [*_of_keys(note, said, place, outside), *_of_leaves(db, said), *_of_rebuilds(db, said)]
        found += [
            Finding(kind=Kind.ACTS, what=what, file=CATALOGUE, account=name) for what, name in registers.problems(db)
        ]
    found += verify_ledger(archive, place).findings
    verified = verify(archive, scope, progress)
    found += [*verified.findings, *_of_bundles(archive), *twin.findings(archive, tools)]
    return Verified(
        deep=verified.deep,
        segments=verified.segments,
        records=verified.records,
        size=verified.size,
        findings=tuple(dict.fromkeys(found)),
    )


def _of_keys(note: SignedNote, said: Checkpoint, place: KeyPlace, outside: Outside) -> Iterator[Finding]:
    if said.origin != place.name:
        yield _finding(f"It is of the log {said.origin}; this archive calls itself {place.name}.")
    try:
        own = keys.known_keys(place.ledger)
    except VerificationError:
        own = ()  # told of by the verification of the ledger
    try:
        signers = signed_note.signers(note, [*outside.keys, *own])
    except VerificationError as error:
        yield _finding(f"{error.what} Or the keys of this ledger were replaced.")
        return
    if not set(signers) & set(own):
        yield _finding(f"It is signed with {signers[0]}, which is not among the keys of this ledger any more.")


def _of_leaves(db: Connection, said: Checkpoint) -> Iterator[Finding]:
    size = leaves.size(db)
    if size < said.size:
        what = f"There were {said.size} leaves when it was signed, and there are {size}: the archive was put back."
        yield _finding(what)
        return
    growing = Growing()
    try:
        for data in leaves.datas(db, 0, said.size):
            growing.add(leaf_hash(data))
    except VerificationError as error:
        yield _finding(error.what)
        return
    if growing.root() != said.root:
        yield _finding(f"The first {said.size} leaves are not those that were signed: the ledger was written anew.")


def _of_rebuilds(db: Connection, said: Checkpoint) -> Iterator[Finding]:
    """What a rebuild since then did not find again. Its act excuses it, but nobody outside has seen that act."""
    for row in db.execute("SELECT at, detail FROM acts WHERE act = ? AND leaf > ?", (MADE_ANEW, said.size)):
        lacking = _lacking(row["detail"], said.size)
        if lacking:
            what = f"The rebuild of {row['at']}, after it was signed, left leaves of then without a row: {lacking}."
            yield _finding(what)


def _lacking(detail: str, size: int) -> str:
    try:
        ranges = from_ranges(json.loads(detail).get(WITHOUT_ROW, ()))
    except ROW_FAULTS:  # the act was changed, and is told of as such
        return ""
    return ", ".join(as_ranges(one for found in ranges for one in range(found.start, min(found.stop, size + 1))))


def _of_bundles(archive: Archive) -> Iterator[Finding]:
    """Bundles that lie where they were made must be what was made. That one is not there any more is nothing odd."""
    for row in archive.database.connection().execute("SELECT name, sha256 FROM bundles ORDER BY number"):
        path = archive.bundles / row["name"]
        if path.is_file():
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            if digest != row["sha256"]:
                yield Finding(kind=Kind.CHANGED, what="The bundle is not the one that was made.", file=row["name"])


def _finding(what: str) -> Finding:
    return Finding(kind=Kind.LEDGER, what=what, file=_OUTSIDE)
