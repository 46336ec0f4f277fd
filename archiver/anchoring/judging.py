"""What a witness answers to a checkpoint it is shown (C2SP tlog-witness); it remembers before it signs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from archiver.anchoring import add_checkpoint, cosignature
from archiver.anchoring.add_checkpoint import SIZE_TYPE, Submission
from archiver.anchoring.witness_state import WitnessState
from archiver.errors import VerificationError
from archiver.storage.ledger import checkpoints, merkle, signed_note
from archiver.storage.ledger.checkpoints import Checkpoint
from archiver.storage.ledger.signed_note import SignedNote

_TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The answer: HTTP status, media type and body."""

    status: int
    body: bytes
    type: str = _TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Answers for one witness, one request at a time: comparing and remembering must not be torn apart."""

    state: WitnessState
    now: Callable[[], datetime]
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, body: bytes) -> Judged:
        """The answer to one add-checkpoint request."""
        try:
            asked = add_checkpoint.read(body)
            note = signed_note.parse(asked.checkpoint)
            shown = checkpoints.parse_body(note.text)
        except VerificationError as error:
            return Judged(status=400, body=f"{error.what}\n".encode())
        known = [key for key in self.state.logs() if key.name == shown.origin]
        if not known:
            return Judged(status=404, body=b"this ledger is not watched here\n")
        try:
            signed_note.signers(note, known)
        except VerificationError:
            return Judged(status=403, body=b"no key that is trusted for this ledger signed this\n")
        with self.lock:
            return self._judged(asked, note, shown)

    def _judged(self, asked: Submission, note: SignedNote, shown: Checkpoint) -> Judged:
        if asked.old > shown.size:
            return Judged(status=400, body=b"the old size is larger than the checkpoint's\n")
        seen = self.state.seen(shown.origin)
        if asked.old != seen.size:
            return _conflict(seen)
        if seen.size == shown.size and seen.root != shown.root:
            self.state.keep_differing(bytes(note))
            return _conflict(seen)
        if not merkle.verify_consistency(seen.size, shown.size, seen.root, shown.root, asked.proof):
            self.state.keep_differing(bytes(note))
            return Judged(status=422, body=b"the proof does not lead from the checkpoint last seen to this one\n")
        self.state.remember(shown.origin, bytes(note))
        signature = cosignature.cosigned(note.text, self.state.private, self.state.name, self.now())
        return Judged(status=200, body=str(signature).encode())


def _conflict(seen: Checkpoint) -> Judged:
    return Judged(status=409, body=f"{seen.size}\n".encode(), type=SIZE_TYPE)
