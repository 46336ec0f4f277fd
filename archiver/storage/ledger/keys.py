"""The key that checkpoints are signed with: where it lies, how it is made and read; and the public keys of a ledger."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NoReturn

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from archiver.errors import AuthError, DiskError
from archiver.model import iso, parse_iso
from archiver.references import credentials_folder, resolved
from archiver.storage import files
from archiver.storage.ledger import signed_note
from archiver.storage.ledger.signed_note import Signature, VerifierKey

PRIVATE = "signing-key"
PUBLIC = "keys"
_MEANS = "No checkpoint can be signed until this is put right; capturing goes on, and what is captured is signed later."


class SigningKey:
    """A private key, which shows itself nowhere, and its public half."""

    __slots__ = ("_private", "public")

    def __init__(self, private: Ed25519PrivateKey, name: str) -> None:
        self._private = private
        self.public = signed_note.public(private, name)

    def sign(self, text: str) -> Signature:
        """Its signature over a note's text."""
        return signed_note.signed(text, self._private, self.public.name)

    def __repr__(self) -> str:
        return f"SigningKey({self.public})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key is neither copied nor written out")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPlace:
    """Where a ledger's key lies: what a reference says, or without one the file in the ledger's own folder."""

    ledger: Path
    name: str
    reference: str = ""
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def file(self) -> Path | None:
        """The file it lies in; None where the environment or systemd hold it."""
        if not self.reference:
            return (self.ledger / PRIVATE).absolute()
        return Path(self.reference.removeprefix("file:")) if self.reference.startswith("file:") else None

    @property
    def where(self) -> str:
        """The reference that leads to it."""
        return self.reference or f"file:{self.file}"

    def key(self) -> SigningKey:
        """The key that lies there. Raises AuthError."""
        return load(self.where, self.environ, self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """A public key this ledger is or was signed with, and since when."""

    key: VerifierKey
    since: datetime

    def __str__(self) -> str:
        return f"{self.key} {iso(self.since)}\n"


def load(reference: str, environ: Mapping[str, str], name: str) -> SigningKey:
    """The Ed25519 key (PEM, PKCS 8) that a reference leads to. Raises AuthError, never with what it read."""
    secret = resolved(reference, environ, credentials_folder(environ), means=_MEANS, lines=True)
    try:
        private = load_pem_private_key(secret.reveal().encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        private = None
    if not isinstance(private, Ed25519PrivateKey):
        raise AuthError(
            f"What {reference} holds is not a signing key (Ed25519, PEM, without a password).",
            means=_MEANS,
            do="Put the key back from its backup. If it is lost: archiver ledger key rotate --lost",
        )
    return SigningKey(private, name)


def create(path: Path, name: str) -> SigningKey:
    """Make a key in a new file that only this user may read. Never over another: DiskError where the name is taken."""
    if path.exists():
        raise DiskError(
            f"{path} is already there, and a key is never written over.",
            means="No key was made; the file was left as it is.",
            do="Name another file, or move this one away first if you know that no ledger needs it.",
        )
    private = Ed25519PrivateKey.generate()
    part = path.with_name(f".{path.name}.part")
    with files.disk_errors(path):
        part.unlink(missing_ok=True)  # what a crash left was never anybody's key
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb", buffering=0) as file:
            files.write_all(file, private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
            os.fsync(file.fileno())
        part.rename(path)
        files.sync_directory(path.parent)
    return SigningKey(private, name)


def entered(ledger: Path) -> tuple[Entered, ...]:
    """The public keys of a ledger, in the order they were begun with. VerificationError where the file is no such."""
    path = ledger / PUBLIC
    data = path.read_bytes() if path.exists() else b""
    try:
        found = tuple(_entered(line) for line in data.decode().splitlines())
    except ValueError as error:
        raise signed_note.malformed(f"The list of public keys, {path}, cannot be read") from error
    if _listed(found) != data:
        raise signed_note.malformed(f"The list of public keys, {path}, is not as it was written")
    return found


def enter(ledger: Path, key: VerifierKey, since: datetime) -> None:
    """Add a public key to those of a ledger, durably, where it is not among them yet."""
    known = entered(ledger)
    if key not in (one.key for one in known):
        files.replace(ledger / PUBLIC, _listed((*known, Entered(key=key, since=since))))


def known_keys(ledger: Path) -> tuple[VerifierKey, ...]:
    """The public keys of a ledger. Raises VerificationError."""
    return tuple(one.key for one in entered(ledger))


def _listed(known: Iterable[Entered]) -> bytes:
    return "".join(map(str, known)).encode()


def _entered(line: str) -> Entered:
    key, _, since = line.partition(" ")
    return Entered(key=signed_note.parse_key(key), since=parse_iso(since))
