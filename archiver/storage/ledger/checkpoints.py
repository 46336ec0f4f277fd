"""Checkpoints: what a signed one says (C2SP tlog-checkpoint), and the files they lie in."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from archiver.errors import VerificationError
from archiver.storage import files
from archiver.storage.ledger import signed_note
from archiver.storage.ledger.signed_note import SignedNote, VerifierKey, malformed

NEWEST = "checkpoint"
FOLDER = "checkpoints"
DIGITS = 12  # of a size in a file's name, so that names sort as sizes
_SIZE = re.compile(r"0|[1-9][0-9]{0,17}")
_NAME = re.compile(rf"[0-9]{{{DIGITS}}}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What a log was at one size. `root` is 32 bytes."""

    origin: str
    size: int
    root: bytes

    def __str__(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def origin_of(archive_id: str) -> str:
    """The name of an archive's log, which is also that of its keys."""
    return f"archiver/{archive_id}"


def parse_body(text: str) -> Checkpoint:
    """The checkpoint that a note's text says: three lines, no more. Raises VerificationError."""
    lines = text.split("\n")
    root = signed_note.decoded_hash(lines[2]) if len(lines) == 4 else None
    if root is None or not lines[0] or not _SIZE.fullmatch(lines[1]) or lines[3]:
        raise malformed("This signed note is not a checkpoint of origin, size and root")
    return Checkpoint(origin=lines[0], size=int(lines[1]), root=root)


def opened(data: bytes, keys: Iterable[VerifierKey], *, origin: str) -> tuple[Checkpoint, SignedNote]:
    """A checkpoint of this log that one of the keys signed. Raises VerificationError for any other bytes."""
    note = signed_note.parse(data)
    found = parse_body(note.text)
    if found.origin != origin:
        raise VerificationError(
            f"This checkpoint is of another log ({found.origin}).",
            means=f"It says nothing of {origin}.",
            do="Take the checkpoint of this archive.",
        )
    signed_note.signers(note, keys)
    return found, note


def stored_at(ledger: Path, size: int) -> Path:
    """Where the checkpoint of one size lies."""
    return ledger / FOLDER / f"{size:0{DIGITS}}"


def sizes(ledger: Path) -> tuple[int, ...]:
    """The sizes of which there are checkpoints, rising."""
    folder = ledger / FOLDER
    return tuple(sorted(int(path.name) for path in folder.glob("[0-9]*") if _NAME.fullmatch(path.name)))


def read(ledger: Path, size: int | None = None) -> bytes | None:
    """The newest checkpoint's file, or that of one size; None where there is none."""
    if size is None:
        known = sizes(ledger)
        size = known[-1] if known else None
    path = stored_at(ledger, size) if size is not None else None
    return path.read_bytes() if path is not None and path.is_file() else None


def publish(ledger: Path, size: int, note: bytes) -> None:
    """Write a checkpoint for good, then name it the newest. What lies there of this size already is never replaced."""
    path = stored_at(ledger, size)
    files.make_directories(path.parent)
    for part in path.parent.glob(".*.part"):  # what a crash left of one that was never named
        part.unlink()
    if not path.exists():
        files.create(path, note)
    name_newest(ledger, path.read_bytes())


def name_newest(ledger: Path, note: bytes) -> None:
    """Let `checkpoint` be this one, where it is not yet (a crash may have come between)."""
    path = ledger / NEWEST
    if not path.exists() or path.read_bytes() != note:
        files.replace(path, note)
