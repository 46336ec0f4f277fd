"""The acts beside the ledger, with the salts of their leaves: what a catalogue that is lost is given back from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from archiver.errors import VerificationError
from archiver.model import canonical_json
from archiver.storage import files
from archiver.storage.database import Connection
from archiver.storage.ledger.leaves import SALT_BYTES, Leaf, act_leaf
from archiver.storage.ledger.signed_note import malformed

NAME = "acts.jsonl"
_HEX = re.compile(rf"[0-9a-f]{{{2 * SALT_BYTES}}}")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAct:
    """One act as the file has it: `leaf` is its sequence in the ledger, `at` as `iso` writes it."""

    sequence: int
    at: str
    actor: str
    act: str
    subject: str
    detail: dict[str, Any]
    leaf: int
    salt: bytes

    def __bytes__(self) -> bytes:
        return canonical_json(asdict(self) | {"salt": self.salt.hex()}) + b"\n"

    @property
    def told(self) -> Leaf:
        """The leaf that speaks for it."""
        said = {name: value for name, value in asdict(self).items() if name != "leaf"}
        return act_leaf(**said)


def write(ledger: Path, db: Connection, size: int) -> None:
    """Let the file hold every act whose leaf is among the first `size`.

    What is in it already stays as it is: VerificationError where the catalogue has it otherwise, or not any more.
    """
    path = ledger / NAME
    there = path.read_bytes() if path.exists() else b""
    now = content(db, size)
    if not now.startswith(there):
        raise VerificationError(
            f"The acts in the catalogue are not those that {path.name} has.",
            means="Who decided what was changed in one of them. Nothing new is signed.",
            do="Restore the catalogue and the ledger folder from a backup, and compare them: archiver ledger verify",
        )
    if now != there:
        files.replace(path, now)


def content(db: Connection, size: int) -> bytes:
    """What the file holds where the first `size` leaves are signed."""
    rows = db.execute("SELECT * FROM acts WHERE leaf <= ? ORDER BY sequence", (size,))
    return b"".join(bytes(_of_row(row)) for row in rows)


def read(ledger: Path) -> Iterator[KeptAct]:
    """The acts of the file, in order; none where there is no file. Raises VerificationError for what is no act."""
    path = ledger / NAME
    for line in path.read_bytes().splitlines(keepends=True) if path.exists() else ():
        yield _parsed(line)


def _of_row(row: Any) -> KeptAct:
    said = {name: row[name] for name in KeptAct.__dataclass_fields__}
    return KeptAct(**said | {"detail": json.loads(row["detail"])})


def _parsed(line: bytes) -> KeptAct:
    try:
        said = json.loads(line)
        kept = KeptAct(**said | {"salt": bytes.fromhex(said["salt"])})
        exact = bytes(kept) == line and bool(_HEX.fullmatch(said["salt"])) and isinstance(kept.detail, dict)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise malformed(f"A line of {NAME} is not an act") from error
    if not exact:
        raise malformed(f"A line of {NAME} is not an act as they are written")
    return kept
