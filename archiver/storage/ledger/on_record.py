"""The checkpoints that the ledger itself has on record: each one is entered, as an act, before the next is signed.

So whoever takes an older one away, or puts another in its place, would have to change what later ones signed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from archiver.errors import VerificationError
from archiver.storage import soundness
from archiver.storage.acts import ARCHIVE, record_act
from archiver.storage.archive import Archive
from archiver.storage.database import ROW_FAULTS, Connection
from archiver.storage.ledger import checkpoints
from archiver.storage.ledger.signed_note import VerifierKey

ACT, SUBJECT = "checkpoints entered", "checkpoints of the ledger"
SIGNED = "checkpoint"  # among the checks of the catalogue: the newest one, which no act tells of yet
_ALL = "SELECT detail FROM acts WHERE act = ? ORDER BY sequence"
_LAST = f"{_ALL} DESC LIMIT 1"


def enter(archive: Archive, ledger: Path, known: Sequence[VerifierKey], *, at: datetime) -> None:
    """Enter the checkpoints that were signed since the last time; one that nobody here signed is left out."""
    db = archive.database.connection()
    last = max(_entered(db, _LAST), default=-1)
    noted = _newest(db)  # when it was signed, whatever its file is by now
    new = {
        size: noted.get(size) or hashlib.sha256(data).hexdigest()
        for size in checkpoints.sizes(ledger)
        if size > last and (data := _signed(archive, ledger, size, known))
    }
    if new:
        detail = {"checkpoints": {f"{size:0{checkpoints.DIGITS}}": digest for size, digest in new.items()}}
        with archive.database.transaction() as db:
            record_act(db, at=at, actor=ARCHIVE, act=ACT, subject=SUBJECT, detail=detail)


def on_record(db: Connection) -> dict[int, str]:
    """The SHA-256 (hex) of each checkpoint's file, by size: of those that acts tell of, and of the newest."""
    return _newest(db) | _entered(db, _ALL)


def _newest(db: Connection) -> dict[int, str]:
    signed = soundness.last_check(db, SIGNED)
    known = signed is not None and "sha256" in signed.result  # it was not noted from the beginning
    return {signed.result["size"]: signed.result["sha256"]} if signed and known else {}


def _entered(db: Connection, query: str) -> dict[int, str]:
    """What acts tell. One that cannot be read is passed over: its leaf tells of it."""
    found: dict[int, str] = {}
    for row in db.execute(query, (ACT,)):
        try:
            found |= {int(size): str(digest) for size, digest in json.loads(row["detail"])["checkpoints"].items()}
        except ROW_FAULTS:
            continue
    return found


def _signed(archive: Archive, ledger: Path, size: int, known: Sequence[VerifierKey]) -> bytes | None:
    data = checkpoints.read(ledger, size) or b""
    try:
        said, _ = checkpoints.opened(data, known, origin=checkpoints.origin_of(archive.id))
    except VerificationError:
        return None
    return data if said.size == size else None
