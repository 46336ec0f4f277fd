"""Checks what fixed the ledger outside: the files kept of it, and what was noted, against the acts that tell of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from archiver.checks.findings import Finding, Kind
from archiver.errors import VerificationError
from archiver.storage import anchor_files
from archiver.storage.anchors import Anchored, AnchorGap, AnchorKind, anchor_gaps, gaps_as_acts_say, last_anchored
from archiver.storage.database import Connection
from archiver.storage.ledger import checkpoints, signed_note

_FOLDERS = {
    AnchorKind.AUTHORITY: anchor_files.STAMPS,
    AnchorKind.WITNESS: anchor_files.WITNESSES,
    AnchorKind.MAILBOX: anchor_files.WITNESSES,
}


def anchor_findings(ledger: Path, db: Connection) -> Iterator[Finding]:
    """Stamps and cosignatures that are gone or changed, and gaps that are not those that acts tell of."""
    for size in checkpoints.sizes(ledger):
        yield from _of_stamps(ledger, size)
        yield from _of_witnesses(ledger, size)
    for last in last_anchored(db).values():
        if how := _lacking(ledger, last):
            what = f"What the {last.kind} {last.name} gave for the checkpoint of {last.size} leaves {how}."
            yield _finding(what, _FOLDERS[last.kind])
    said = {_told(gap) for gap in gaps_as_acts_say(db)}
    rows = {_told(gap) for gap in anchor_gaps(db, standing=False)}
    for place in sorted({place for place, *_ in said ^ rows}):
        what = f"The gaps of the {place} are not those that acts tell of."
        yield Finding(kind=Kind.ANCHOR, what=what, file="catalogue.sqlite")


def _of_stamps(ledger: Path, size: int) -> Iterator[Finding]:
    try:
        list(anchor_files.stamps_on(ledger, size))
    except VerificationError as error:
        yield _finding(f"The time stamp {error.what}", anchor_files.STAMPS)


def _of_witnesses(ledger: Path, size: int) -> Iterator[Finding]:
    note = checkpoints.read(ledger, size) or b""
    for kept in anchor_files.witnesses_of(ledger, size):
        try:
            if kept.cosigned:
                signed_note.parse(note + kept.data)
        except VerificationError:
            what = f"What the witness {kept.name} gave for the checkpoint of {size} leaves is no cosignature of it."
            yield _finding(what, anchor_files.WITNESSES)


def _lacking(ledger: Path, last: Anchored) -> str:
    """How what a place gave last is not there as it was."""
    note = checkpoints.read(ledger, last.size)
    if last.digest and note and hashlib.sha256(note).hexdigest() != last.digest:
        return "was for another checkpoint than the one that is here"
    return "" if last.size in _kept(ledger, last) else "is not there any more, or was for another size"


def _kept(ledger: Path, last: Anchored) -> frozenset[int]:
    if last.kind is AnchorKind.AUTHORITY:
        return anchor_files.stamped_sizes(ledger, last.name)
    return anchor_files.witnessed_sizes(ledger, last.name)


def _told(gap: AnchorGap) -> tuple[str, str, str]:
    return f"{gap.kind} {gap.name}", str(gap.since), str(gap.closed)


def _finding(what: str, name: str) -> Finding:
    return Finding(kind=Kind.ANCHOR, what=what, file=f"ledger/{name}")
