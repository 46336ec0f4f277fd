"""What is said to a witness (C2SP tlog-witness, add-checkpoint): the old size, the proof, and the checkpoint."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass

from archiver.errors import VerificationError
from archiver.storage.ledger import signed_note

TYPE = "text/plain; charset=utf-8"
SIZE_TYPE = "text/x.tlog.size"
PATH = "/add-checkpoint"
MOST_BYTES = 64 << 10
MOST_STEPS = 63
_OLD = re.compile(r"old (0|[1-9][0-9]{0,17})")
_SIZE = re.compile(rb"(0|[1-9][0-9]{0,17})\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A checkpoint, and the proof that its tree begins with that of `old` leaves."""

    old: int
    proof: tuple[bytes, ...]
    checkpoint: bytes


def written(old: int, proof: Sequence[bytes], checkpoint: bytes) -> bytes:
    """The body of a request."""
    lines = [f"old {old}", *(base64.b64encode(step).decode() for step in proof), ""]
    return "".join(f"{line}\n" for line in lines).encode() + checkpoint


def read(body: bytes) -> Submission:
    """What the body of a request says. Raises VerificationError for any that is not one to the letter."""
    head, gap, checkpoint = body.partition(b"\n\n")
    first, *steps = head.decode("ascii", "replace").split("\n")
    old = _OLD.fullmatch(first)
    hashes = [found for step in steps if (found := signed_note.decoded_hash(step))]
    if not gap or not old or len(hashes) != len(steps) or len(steps) > MOST_STEPS:
        raise VerificationError("This is no request of an old size, a proof and a checkpoint.")
    return Submission(old=int(old[1]), proof=tuple(hashes), checkpoint=checkpoint)


def size_said(body: bytes) -> int | None:
    """The size that a witness says it knows; None where it says none."""
    found = _SIZE.fullmatch(body)
    return int(found[1]) if found else None
