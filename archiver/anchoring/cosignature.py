"""Cosignatures of checkpoints (C2SP tlog-cosignature, Ed25519): a witness's key over a time and a checkpoint."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from archiver.storage.ledger.signed_note import COSIGNATURE, Signature, SignedNote, VerifierKey

_TIME_BYTES = 8
_SIGNATURE_BYTES = 64
_LATEST = int(datetime(9999, 12, 31, tzinfo=UTC).timestamp())


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosigned:
    """A cosignature that holds: whose, and at what time by the witness's clock."""

    key: VerifierKey
    at: datetime
    signature: Signature


def cosigning_key(private: Ed25519PrivateKey, name: str) -> VerifierKey:
    """The public half of a witness's key."""
    return VerifierKey(name=name, key=private.public_key().public_bytes_raw(), kind=COSIGNATURE)


def cosigned(text: str, private: Ed25519PrivateKey, name: str, at: datetime) -> Signature:
    """The cosignature of a witness on a checkpoint's text, as of a time (whole seconds)."""
    seconds = int(at.timestamp())
    value = seconds.to_bytes(_TIME_BYTES, "big") + private.sign(_message(text, seconds))
    return Signature(name=name, key_id=cosigning_key(private, name).id, value=value)


def holding(note: SignedNote, known: Iterable[VerifierKey]) -> Iterator[Cosigned]:
    """The cosignatures of known witnesses on a note that hold; lines of others, and wrong ones, are passed over."""
    keys = {(key.name, key.id): key for key in known if key.kind == COSIGNATURE}
    for signature in note.signatures:
        key = keys.get((signature.name, signature.key_id))
        at = _verified(note.text, signature, key) if key else None
        if key and at:
            yield Cosigned(key=key, at=at, signature=signature)


def _verified(text: str, signature: Signature, key: VerifierKey) -> datetime | None:
    seconds = int.from_bytes(signature.value[:_TIME_BYTES], "big")
    if len(signature.value) != _TIME_BYTES + _SIGNATURE_BYTES or seconds > _LATEST:
        return None
    try:
        Ed25519PublicKey.from_public_bytes(key.key).verify(signature.value[_TIME_BYTES:], _message(text, seconds))
    except (InvalidSignature, ValueError):
        return None
    return datetime.fromtimestamp(seconds, UTC)


def _message(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()
