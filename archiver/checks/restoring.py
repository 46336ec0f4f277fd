"""Makes a sealed file whole again from its copies, record by record; what no copy proves is not made."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from archiver.storage import files, soundness
from archiver.storage.database import Connection

Stored = tuple[int, int, bytes, str]  # offset, length, SHA-256 and id of a record


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What a merging came to: whether the file is whole, and the offsets of records that no copy has."""

    whole: bool
    lost: tuple[int, ...]


def damaged_records(db: Connection, segment: int, copy: BinaryIO) -> tuple[int, ...]:
    """The offsets of the records that a copy does not have as they were written."""
    return tuple(
        offset
        for offset, length, sha256, _ in list(soundness.stored_sums(db, segment))
        if _digest(copy, offset, length) != sha256
    )


def merged(db: Connection, segment: int, copies: Mapping[str, BinaryIO], target: Path, sha256: str) -> Merged:
    """Write the file anew, each record from the first copy that has it as it was written.

    It is whole only where every record is there, they leave no bytes between them, and all of it has the digest that
    the file was sealed with.
    """
    lost, end, whole = [], 0, hashlib.sha256()
    with target.open("w+b") as made:
        for offset, length, digest, _ in list(soundness.stored_sums(db, segment)):
            if offset != end or not any(_copied(copy, made, offset, length, digest) for copy in copies.values()):
                lost.append(offset)
            end = offset + length
        made.seek(0)
        while chunk := made.read(files.CHUNK):
            whole.update(chunk)
    return Merged(whole=not lost and whole.hexdigest() == sha256, lost=tuple(lost))


def agrees_with_rows(db: Connection, segment: int, copy: BinaryIO) -> bool:
    """Whether every record lies in a copy as the rows say, so that what is made of the rows is proved by the file."""
    return not damaged_records(db, segment, copy)


def _copied(copy: BinaryIO, made: BinaryIO, offset: int, length: int, sha256: bytes) -> bool:
    made.seek(offset)
    made.truncate()
    digest = hashlib.sha256()
    for piece in _pieces(copy, offset, length):
        digest.update(piece)
        made.write(piece)
    return digest.digest() == sha256


def _digest(copy: BinaryIO, offset: int, length: int) -> bytes:
    digest = hashlib.sha256()
    for piece in _pieces(copy, offset, length):
        digest.update(piece)
    return digest.digest()


def _pieces(copy: BinaryIO, offset: int, length: int) -> Iterator[bytes]:
    copy.seek(offset)
    while length > 0 and (piece := copy.read(min(length, files.CHUNK))):
        length -= len(piece)
        yield piece
