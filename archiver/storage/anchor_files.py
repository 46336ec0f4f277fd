"""The files that show what fixed the ledger outside: answers of authorities, cosignatures, receipts of mail."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archiver.errors import VerificationError
from archiver.model import canonical_json
from archiver.storage import files
from archiver.storage.ledger import signed_note
from archiver.storage.ledger.checkpoints import DIGITS
from archiver.storage.ledger.signed_note import SignedNote

_ANY_SIZE = "[0-9]" * DIGITS
STAMPS, WITNESSES = "stamps", "witnesses"
_COSIGNATURE = "\u2014 ".encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptStamp:
    """One authority's answer on the checkpoint of one size, as received, and what was written down with it."""

    name: str
    size: int
    answer: bytes
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptWitness:
    """What one witness gave for the checkpoint of one size: cosignature lines, or the receipt of a mail (JSON)."""

    name: str
    size: int
    data: bytes

    @property
    def cosigned(self) -> bool:
        """Whether it is cosignatures."""
        return self.data.startswith(_COSIGNATURE)


def keep_stamp(ledger: Path, name: str, size: int, answer: bytes, said: Mapping[str, Any]) -> None:
    """Keep an answer durably; what is said of it is written last, and makes it one that counts."""
    folder = ledger / STAMPS / f"{size:0{DIGITS}}"
    files.make_directories(folder)
    files.replace(folder / f"{name}.tsr", answer)
    said = dict(said) | {"sha256": hashlib.sha256(answer).hexdigest()}
    files.replace(folder / f"{name}.json", canonical_json(said) + b"\n")


def keep_refused(ledger: Path, name: str, size: int, answer: bytes) -> None:
    """Keep the last answer that shows nothing, so that it can be looked into."""
    folder = ledger / STAMPS / f"{size:0{DIGITS}}"
    files.make_directories(folder)
    files.replace(folder / f"{name}.refused", answer)


def keep_witness(ledger: Path, name: str, size: int, data: bytes) -> None:
    """Keep what a witness gave, durably."""
    folder = ledger / WITNESSES / name
    files.make_directories(folder)
    files.replace(folder / f"{size:0{DIGITS}}", data)


def stamps_on(ledger: Path, size: int) -> Iterator[KeptStamp]:
    """The stamps on one checkpoint, by name. Raises VerificationError where one is not what was kept."""
    folder = ledger / STAMPS / f"{size:0{DIGITS}}"
    for path in sorted(folder.glob("*.json")):
        answer = path.with_suffix(".tsr")
        kept, said = answer.read_bytes() if answer.is_file() else b"", _said(path)
        if said.get("sha256") != hashlib.sha256(kept).hexdigest():
            raise _changed(answer)
        yield KeptStamp(name=path.stem, size=size, answer=kept, said=said)


def witnesses_of(ledger: Path, size: int) -> Iterator[KeptWitness]:
    """What witnesses gave for one checkpoint, by name."""
    for path in sorted((ledger / WITNESSES).glob(f"*/{size:0{DIGITS}}")):
        yield KeptWitness(name=path.parent.name, size=size, data=path.read_bytes())


def cosignatures(ledger: Path, size: int) -> bytes:
    """The cosignature lines on one checkpoint, verified when they were kept."""
    return b"".join(kept.data for kept in witnesses_of(ledger, size) if kept.cosigned)


def with_cosignatures(ledger: Path, size: int, note: SignedNote) -> SignedNote:
    """A checkpoint with its cosignatures behind its own signatures; without them where they cannot be read."""
    try:
        return signed_note.parse(bytes(note) + cosignatures(ledger, size))
    except VerificationError:
        return note


def stamped_sizes(ledger: Path, name: str) -> frozenset[int]:
    """The sizes that an authority stamped."""
    return frozenset(int(path.parent.name) for path in (ledger / STAMPS).glob(f"{_ANY_SIZE}/{name}.json"))


def witnessed_sizes(ledger: Path, name: str) -> frozenset[int]:
    """The sizes for which a witness gave something."""
    return frozenset(int(path.name) for path in (ledger / WITNESSES / name).glob(_ANY_SIZE))


def newest_cosigned(ledger: Path, name: str) -> int:
    """The size of the newest checkpoint that a witness cosigned; 0 where it did none."""
    return max(witnessed_sizes(ledger, name), default=0)


def _said(path: Path) -> Mapping[str, Any]:
    try:
        said = json.loads(path.read_bytes())
        if not isinstance(said, dict):
            raise ValueError("no object")
    except ValueError as error:
        raise _changed(path) from error
    return said


def _changed(path: Path) -> VerificationError:
    return VerificationError(
        f"{path.parent.name}/{path.name} is not what was kept.",
        means="This time stamp shows nothing any more; the ledger itself and other stamps are not affected.",
        do="Restore the file from a backup. The next checkpoint is stamped anew by itself.",
    )
