"""C2SP signed notes: a text, and lines by which keys vouch for it; read strictly, signed and verified with Ed25519."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archiver.errors import VerificationError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ED25519 = 1  # the kind of key that signs notes
COSIGNATURE = 4  # the kind by which a witness signs a checkpoint together with a time
MOST_BYTES = 1 << 20
MOST_SIGNATURES = 100
_KEY_BYTES = 32
_ID_BYTES = 4
_DASH = "\u2014 "
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_KEY = re.compile(r"([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]{1,200})")


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierKey:
    """A public key with the name it signs under. `key` is the 32 bytes of RFC 8032."""

    name: str
    key: bytes
    kind: int = ED25519

    @property
    def id(self) -> bytes:
        """The 4 bytes that stand before its signatures."""
        return hashlib.sha256(self.name.encode() + b"\n" + self._typed).digest()[:_ID_BYTES]

    @property
    def _typed(self) -> bytes:
        return bytes([self.kind]) + self.key

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{_base64(self._typed)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One line of a note: who signed, by name and 4-byte key id, and the signature's own bytes."""

    name: str
    key_id: bytes
    value: bytes

    def __str__(self) -> str:
        return f"{_DASH}{self.name} {_base64(self.key_id + self.value)}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedNote:
    """A text, which ends in a line feed, and its signatures. Nothing is verified by reading one."""

    text: str
    signatures: tuple[Signature, ...]

    def __bytes__(self) -> bytes:
        return "".join((self.text, "\n", *map(str, self.signatures))).encode()


def parse_key(text: str) -> VerifierKey:
    """The public key that a line `NAME+ID+KEY` (a vkey) says. Raises VerificationError."""
    found = _KEY.fullmatch(text)
    typed = _decoded(found[3]) if found else b""
    if not found or not _is_name(found[1]) or len(typed) != 1 + _KEY_BYTES or typed[0] not in (ED25519, COSIGNATURE):
        raise malformed("This is not a public key of the form NAME+ID+KEY")
    key = VerifierKey(name=found[1], key=typed[1:], kind=typed[0])
    if key.id.hex() != found[2]:
        raise malformed("This public key does not have the id it is written with")
    return key


def parse(data: bytes) -> SignedNote:
    """The note that bytes say. Raises VerificationError for whatever is not a signed note to the letter."""
    if len(data) > MOST_BYTES:
        raise malformed("This is longer than any signed note")
    try:
        whole = data.decode()
    except UnicodeDecodeError as error:
        raise malformed("This signed note is not UTF-8 text") from error
    if _CONTROL.search(whole):
        raise malformed("This signed note holds control characters")
    head, gap, tail = whole.rpartition("\n\n")
    if not gap or not tail.endswith("\n"):
        raise malformed("This is not a signed note: there is no blank line with signatures behind it")
    lines = tail[:-1].split("\n")
    if len(lines) > MOST_SIGNATURES:
        raise malformed("This signed note has too many signatures")
    return SignedNote(text=f"{head}\n", signatures=tuple(map(_signature, lines)))


def public(private: Ed25519PrivateKey, name: str) -> VerifierKey:
    """The public half of a key, under the name it signs with. Raises ValueError for what is no name."""
    if not _is_name(name):
        raise ValueError(f"no key can have this name: {name!r}")
    return VerifierKey(name=name, key=private.public_key().public_bytes_raw())


def signed(text: str, private: Ed25519PrivateKey, name: str) -> Signature:
    """The signature of a key over a text."""
    return Signature(name=name, key_id=public(private, name).id, value=private.sign(text.encode()))


def signers(note: SignedNote, known: Iterable[VerifierKey]) -> tuple[VerifierKey, ...]:
    """Which of the known keys signed the note. Raises VerificationError where none did, or one of theirs is wrong."""
    keys = {(key.name, key.id): key for key in known if key.kind == ED25519}
    found = dict.fromkeys(key for one in note.signatures if (key := keys.get((one.name, one.key_id))))
    for one in note.signatures:
        if key := keys.get((one.name, one.key_id)):
            _verify(note.text, one, key)
    if not found:
        raise VerificationError(
            "This note is signed by no key that is known here.",
            means="Nothing shows who wrote it; what it says is not relied on.",
            do="Compare with a copy held elsewhere, and check which public keys were given (ledger/keys).",
        )
    return tuple(found)


def malformed(what: str) -> VerificationError:
    """What is told of bytes that are not of their form."""
    return VerificationError(
        f"{what}.",
        means="It shows nothing. What it was to speak for is not affected.",
        do="Take an unchanged copy of it; text that went through a mail program or an editor often is changed.",
    )


def decoded_hash(text: str) -> bytes | None:
    """The 32 bytes that a line of base64 says, where it is written the one right way; else None."""
    value = _decoded(text)
    return value if len(value) == hashlib.sha256().digest_size else None


def _verify(text: str, signature: Signature, key: VerifierKey) -> None:
    # Imported here: names of checkpoints are asked for where nothing is verified, and it takes 6 MB.
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(key.key).verify(signature.value, text.encode())
    except (InvalidSignature, ValueError) as error:
        raise VerificationError(
            f"The signature of {key.name} does not fit the text it stands under.",
            means="The text or the signature was changed; what it says is not relied on.",
            do="Take an unchanged copy. If there is none, compare with copies held elsewhere (witnesses, bundles).",
        ) from error


def _signature(line: str) -> Signature:
    name, gap, encoded = line.removeprefix(_DASH).partition(" ")
    value = _decoded(encoded)
    if not line.startswith(_DASH) or not gap or not _is_name(name) or len(value) <= _ID_BYTES:
        raise malformed("This signed note has a signature line that is none")
    return Signature(name=name, key_id=value[:_ID_BYTES], value=value[_ID_BYTES:])


def _is_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(one.isspace() or one < " " for one in name)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _decoded(text: str) -> bytes:
    """What base64 says; nothing where it is not written the one right way, with padding and without spare bits."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return data if _base64(data) == text else b""
