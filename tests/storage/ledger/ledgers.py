"""An archive with a ledger that a test adds leaves to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from archiver.storage.acts import record_act
from archiver.storage.archive import Archive
from archiver.storage.ledger import custody, keys, making
from archiver.storage.ledger.keys import KeyPlace

START = datetime(2026, 11, 21, 12, tzinfo=UTC)


def place_of(archive: Archive, *, reference: str = "", environ: Mapping[str, str] | None = None) -> KeyPlace:
    """Where the archive's signing key lies."""
    return custody.place_of(archive, reference, environ or {})


def grow(archive: Archive, count: int, *, at: datetime = START) -> None:
    """Record some acts, each with its leaf."""
    with archive.database.transaction() as db:
        for number in range(count):
            record_act(db, at=at, actor="Rhea", act="noted", subject="a test", detail={"number": number})


def made(archive: Archive) -> making.Made:
    """Make a checkpoint with the archive's own key."""
    return making.make(archive, place_of(archive), at=START)


def files_of(ledger: Path) -> dict[str, bytes]:
    """Every file of a ledger but its private keys and its lock, with what it holds."""
    return {
        str(path.relative_to(ledger)): path.read_bytes()
        for path in ledger.rglob("*")
        if path.is_file() and not path.name.startswith((keys.PRIVATE, making.LOCK))
    }
