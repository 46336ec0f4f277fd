"""The text of a proof (C2SP tlog-proof): which leaf, the way from it to a checkpoint, and what the leaf says."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from archiver.model import canonical_json
from archiver.storage.ledger import signed_note
from archiver.storage.ledger.leaves import SALT_BYTES, Leaf
from archiver.storage.ledger.signed_note import SignedNote, malformed

FIRST_LINE = "c2sp.org/tlog-proof@v1"
MOST_BYTES = 1 << 21
MOST_STEPS = 64
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,17})")
_HEX = re.compile(rf"[0-9a-f]{{{2 * SALT_BYTES}}}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """That a leaf stands at `index` in the tree of a checkpoint. `steps` lead from the leaf up to the root."""

    leaf: Leaf
    index: int
    steps: tuple[bytes, ...]
    checkpoint: SignedNote

    def __bytes__(self) -> bytes:
        said = canonical_json({"salt": self.leaf.salt.hex(), "entry": self.leaf.entry})
        lines = (FIRST_LINE, f"extra {_base64(said)}", f"index {self.index}", *map(_base64, self.steps), "")
        return "".join(f"{line}\n" for line in lines).encode() + bytes(self.checkpoint)


def parse(data: bytes) -> Proof:
    """The proof that bytes say. Raises VerificationError for whatever is none; nothing is verified by reading one."""
    head, gap, rest = data.partition(b"\n\n")
    if len(data) > MOST_BYTES or not gap or not head.isascii():
        raise malformed("This is not a proof: there is no checkpoint behind a blank line")
    first, extra, index, *steps = [*head.decode().split("\n"), "", "", ""]
    if first != FIRST_LINE:
        raise malformed(f"This is not a proof: its first line is not {FIRST_LINE}")
    placed = _INDEX.fullmatch(index)
    if not placed:
        raise malformed("This proof does not say the index of a leaf")
    return Proof(
        leaf=_leaf(extra),
        index=int(placed[1]),
        steps=_steps(steps[:-3]),
        checkpoint=signed_note.parse(rest),
    )


def _steps(lines: list[str]) -> tuple[bytes, ...]:
    hashes = [found for line in lines if (found := signed_note.decoded_hash(line))]
    if len(hashes) != len(lines) or len(lines) > MOST_STEPS:
        raise malformed("This proof has a step that is not a hash")
    return tuple(hashes)


def _leaf(line: str) -> Leaf:
    if not line.startswith("extra "):
        raise malformed("This proof does not say what its leaf speaks for")
    try:
        encoded = base64.b64decode(line.removeprefix("extra "), validate=True)
        said = json.loads(encoded)
        exact = canonical_json(said) == encoded and f"extra {_base64(encoded)}" == line
    except (binascii.Error, ValueError, RecursionError) as error:
        raise malformed("What this proof says of its leaf cannot be read") from error
    if not exact or not isinstance(said, dict) or said.keys() != {"salt", "entry"}:
        raise malformed("What this proof says of its leaf is not a salt and an entry as they are written")
    return Leaf(salt=_salt(said["salt"]), entry=_entry(said["entry"]))


def _salt(value: Any) -> bytes:
    if not isinstance(value, str) or not _HEX.fullmatch(value):
        raise malformed(f"The salt in this proof is not {SALT_BYTES} bytes")
    return bytes.fromhex(value)


def _entry(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict) or not isinstance(value.get("leaf"), str):
        raise malformed("The entry in this proof does not say what kind of leaf it is")
    return value


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
