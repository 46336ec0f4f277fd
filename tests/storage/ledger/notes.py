"""Two keys of one log, and notes signed with them, for tests."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from archiver.storage.ledger import signed_note
from archiver.storage.ledger.signed_note import SignedNote

NAME = "archiver/7d1f"
ALICE, BOB = (Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in (1, 2))
ALICES, BOBS = signed_note.public(ALICE, NAME), signed_note.public(BOB, NAME)


def note_of(text: str, *keys: Ed25519PrivateKey) -> SignedNote:
    """A note signed by these keys."""
    return SignedNote(text=text, signatures=tuple(signed_note.signed(text, key, NAME) for key in keys))
