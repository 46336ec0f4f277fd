"""Hashes the stored records of new captures and notes from disk, before what was entered of them is signed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import groupby
from typing import BinaryIO

from archiver.errors import VerificationError
from archiver.storage.archive import Archive
from archiver.storage.database import Connection, Row
from archiver.storage.ledger.recomputed import Mismatch, Why

_CHUNK = 1 << 20
# The records whose leaves, or those of their captures, are asked for; a file's together, in the order they lie.
_RECORDS = (
    "SELECT r.segment, r.offset, r.length, r.id, r.sha256, coalesce(c.leaf, r.leaf) AS leaf, c.ended AS at,"
    " s.name, s.month, a.id AS account FROM {} CROSS JOIN segments s ON s.number = r.segment"
    " CROSS JOIN accounts a ON a.number = s.account"
)
_NEW = (
    _RECORDS.format("captures c CROSS JOIN records r ON r.capture = c.number")
    + " WHERE c.leaf > :start AND c.leaf <= :stop UNION ALL "
    + _RECORDS.format("records r LEFT JOIN captures c ON c.number = r.capture")
    + " WHERE r.leaf > :start AND r.leaf <= :stop ORDER BY 1, 2"
)


def changed(archive: Archive, db: Connection, start: int, stop: int) -> Iterator[Mismatch]:
    """The stored records that are not what their rows say, of the leaves from index `start` up to `stop`."""
    rows = db.execute(_NEW, {"start": start, "stop": stop})
    for _, held in groupby(rows, key=lambda row: row["segment"]):
        yield from _in_file(archive, held)


def _in_file(archive: Archive, rows: Iterator[Row]) -> Iterator[Mismatch]:
    with ExitStack() as stack:
        file: BinaryIO | None = None
        for row in rows:
            try:
                file = file or stack.enter_context(archive.open_segment(row["name"], row["account"], row["month"]))
            except (FileNotFoundError, VerificationError):
                yield _mismatch(row, f"{row['name']} of {row['account']}, in which it lies, is not there")
                return
            if _digest(file, row["offset"], row["length"]) != row["sha256"]:
                yield _mismatch(row, f"at offset {row['offset']} of {row['name']}, it is not what was written")


def _mismatch(row: Row, how: str) -> Mismatch:
    what = f"The record {row['id']} of leaf {row['leaf']} cannot be vouched for: {how}."
    return Mismatch(why=Why.BYTES, what=what, leaf=row["leaf"], account=row["account"], at=row["at"])


def _digest(file: BinaryIO, offset: int, length: int) -> bytes:
    file.seek(offset)
    told = hashlib.sha256()
    while length > 0 and (piece := file.read(min(length, _CHUNK))):
        told.update(piece)
        length -= len(piece)
    return told.digest() if not length else b""
