"""A ledger whose leaves a test chooses, with checkpoints signed by a key that it knows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from archiver.storage.archive import Archive
from archiver.storage.ledger import checkpoints, merkle, tiles
from archiver.storage.ledger.checkpoints import Checkpoint
from archiver.storage.ledger.tiles import WIDTH, Tiles
from tests.storage.ledger.notes import ALICE, NAME, note_of
from tests.storage.ledger.trees import datas

START = datetime(2026, 11, 21, 12, tzinfo=UTC)
__all__ = ["ALICE", "NAME", "START", "note", "sign"]


def sign(archive: Archive, size: int, leaves: Sequence[bytes] | None = None) -> bytes:
    """Write the tiles of this many leaves, and a checkpoint of them signed by Alice."""
    ledger = archive.directory / "ledger"
    old = max(checkpoints.sizes(ledger), default=0)
    tiles.append(ledger, old, size, (leaves or datas(size))[old - old % WIDTH : size])
    root = merkle.root(Tiles(ledger, size).node, size)
    made = note(size, root)
    checkpoints.publish(ledger, size, made)
    tiles.drop_partial(ledger, old, size)
    return made


def note(size: int, root: bytes) -> bytes:
    """A checkpoint signed by Alice."""
    return bytes(note_of(str(Checkpoint(origin=NAME, size=size, root=root)), ALICE))
