"""The leaves of the ledger that speak for one item: of a version of it, and of the capture that told it."""

from __future__ import annotations

from dataclasses import dataclass

from archiver.errors import NotFound
from archiver.storage.database import Connection, Row
from archiver.storage.ledger.leaves import Leaf
from archiver.storage.responsive_leaves import OF_COPIED, OF_VERSION, capture_row, version_row

_VERSION = (
    f"SELECT {OF_VERSION}, v.number, v.capture AS told_by FROM versions v JOIN items i ON i.id = v.item"  # noqa: S608
    " JOIN accounts a ON a.number = i.account JOIN captures k ON k.number = v.capture"
    " WHERE v.item = :item AND v.number = coalesce(:number, i.version)"
)
_CAPTURE = f"SELECT {OF_COPIED} FROM captures k WHERE k.number = ?"  # noqa: S608  (all of it is our own)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """A leaf and its index (from 0), and which version of the item it is about."""

    leaf: Leaf
    index: int
    version: int


def version_leaf(db: Connection, item: int, number: int | None) -> Spoken:
    """The leaf of a version of an item: this one, or the current one. Raises NotFound."""
    row = _version(db, item, number)
    return Spoken(leaf=version_row(row), index=row["leaf"] - 1, version=row["number"])


def capture_leaf(db: Connection, item: int, number: int | None) -> Spoken:
    """The leaf of the capture that told a version of an item first. Raises NotFound."""
    version = _version(db, item, number)
    row = db.execute(_CAPTURE, (version["told_by"],)).fetchone()
    return Spoken(leaf=capture_row(db, row), index=row["leaf"] - 1, version=version["number"])


def _version(db: Connection, item: int, number: int | None) -> Row:
    row = db.execute(_VERSION, {"item": item, "number": number}).fetchone()
    if row is None:
        raise NotFound(f"The item has no version {number}.", do="See its versions: archiver item show ITEM")
    return row
