"""Checks the files of the checkpoints against what the ledger itself has on record of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from archiver.checks.findings import Finding, Kind
from archiver.storage.database import Connection
from archiver.storage.ledger import checkpoints
from archiver.storage.ledger.on_record import on_record


def checkpoint_findings(ledger: Path, db: Connection) -> Iterator[Finding]:
    """Every checkpoint whose file is gone or another than the one that was signed, and every one put among them."""
    known = on_record(db)
    for size, digest in sorted(known.items()):
        data = checkpoints.read(ledger, size)
        if data is None:
            yield _finding(size, f"The checkpoint of {size} leaves, which was signed, is not there any more.")
        elif hashlib.sha256(data).hexdigest() != digest:
            yield _finding(size, f"The checkpoint of {size} leaves is not the one that was signed.")
    for size in checkpoints.sizes(ledger):
        if size not in known and size < max(known, default=0):
            yield _finding(size, f"The ledger tells of no checkpoint of {size} leaves.")


def missing(ledger: Path, db: Connection) -> tuple[int, ...]:
    """The sizes of the checkpoints that were signed and have no file any more."""
    return tuple(sorted(set(on_record(db)) - set(checkpoints.sizes(ledger))))


def _finding(size: int, what: str) -> Finding:
    name = checkpoints.stored_at(Path("ledger"), size)
    return Finding(kind=Kind.CHECKPOINT, what=what, file=str(name))
