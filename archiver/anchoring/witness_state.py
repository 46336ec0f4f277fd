"""What a witness knows: its own key, the keys of the ledgers it watches, and the last checkpoint of each."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from archiver.anchoring.cosignature import cosigning_key
from archiver.errors import DiskError, Locked, UsageError, VerificationError
from archiver.storage import files
from archiver.storage.ledger import checkpoints, merkle, signed_note
from archiver.storage.ledger.checkpoints import Checkpoint
from archiver.storage.ledger.signed_note import VerifierKey

_LABEL, _KEY, _LOGS, _SEEN, _DIFFERING, _LOCK = "witness.json", "signing-key", "logs", "seen", "differing", ".lock"
_NAME = re.compile(r"[\x21-\x2a\x2c-\x7e]{1,100}")
_MOST_DIFFERING = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessState:
    """A witness's directory, with its name and private key."""

    directory: Path
    name: str
    private: Ed25519PrivateKey

    @property
    def key(self) -> VerifierKey:
        """The public key that its cosignatures are verified with."""
        return cosigning_key(self.private, self.name)

    def logs(self) -> tuple[VerifierKey, ...]:
        """The keys of the ledgers it watches."""
        path = self.directory / _LOGS
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return tuple(signed_note.parse_key(line) for line in lines)

    def trust(self, text: str) -> VerifierKey:
        """Watch the ledger with this key too: a vkey, or a line of the ledger's list. Raises VerificationError."""
        key = signed_note.parse_key(text.partition(" ")[0])
        if key.kind != signed_note.ED25519:
            raise VerificationError("This is the key of a witness, not of a ledger.", means="Nothing was changed.")
        known = self.logs()
        if key not in known:
            lines = "".join(f"{one}\n" for one in (*known, key))
            files.replace(self.directory / _LOGS, lines.encode())
        return key

    def seen(self, origin: str) -> Checkpoint:
        """The last checkpoint it cosigned of a ledger; that of the empty one where it did none."""
        note = self.seen_note(origin)
        if note is None:
            return Checkpoint(origin=origin, size=0, root=merkle.EMPTY_ROOT)
        return checkpoints.parse_body(signed_note.parse(note).text)

    def seen_note(self, origin: str) -> bytes | None:
        """The bytes of that checkpoint, to compare an archive with."""
        path = self.directory / _SEEN / _digest(origin)
        return path.read_bytes() if path.exists() else None

    def remember(self, origin: str, note: bytes) -> None:
        """From now on this is the last checkpoint of the ledger; durable when this returns."""
        files.replace(self.directory / _SEEN / _digest(origin), note)

    def keep_differing(self, note: bytes) -> None:
        """Keep a checkpoint that the ledger's own key signed and that continues nothing: it shows a rewriting."""
        folder = self.directory / _DIFFERING
        path = folder / hashlib.sha256(note).hexdigest()
        if not path.exists() and sum(1 for _ in folder.iterdir()) < _MOST_DIFFERING:
            files.replace(path, note)

    @contextmanager
    def only_server(self) -> Iterator[None]:
        """Held by the one process that answers for this witness. Raises Locked."""
        descriptor = os.open(self.directory / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise Locked(
                    "Another process answers for this witness.", means="Nothing was changed.", do="Stop it first."
                ) from error
            yield
        finally:
            os.close(descriptor)


def create(directory: Path, name: str) -> WitnessState:
    """A new witness in an empty or missing directory. Raises UsageError for the name, DiskError for the directory."""
    if not _NAME.fullmatch(name):
        raise UsageError(
            "A witness cannot have this name.",
            means="Nothing was changed.",
            do="Use printable ASCII without blanks and plus signs, such as witness.example.org/archives.",
        )
    if directory.exists() and any(directory.iterdir()):
        raise DiskError(f"{directory} is not empty.", means="Nothing was changed.", do="Name an empty directory.")
    with files.disk_errors(directory):
        files.make_directories(directory)
        directory.chmod(0o700)
        for folder in (_SEEN, _DIFFERING):
            files.make_directories(directory / folder)
        private = Ed25519PrivateKey.generate()
        _create_private(directory / _KEY, _pem(private))
        label = json.dumps({"format": 1, "name": name}) + "\n"
        files.create(directory / _LABEL, label.encode())  # last: without it there is no witness
    return WitnessState(directory=directory, name=name, private=private)


def opened(directory: Path) -> WitnessState:
    """An existing witness. Raises DiskError where there is none: one that forgot everything would sign anything."""
    try:
        label = json.loads((directory / _LABEL).read_bytes())
        private = serialization.load_pem_private_key((directory / _KEY).read_bytes(), password=None)
        name = label["name"]
        if not isinstance(private, Ed25519PrivateKey) or not isinstance(name, str) or label["format"] != 1:
            raise ValueError("another format")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DiskError(
            f"There is no witness in {directory}, or its key cannot be read.",
            means="Nothing is signed. What it signed before is not affected.",
            do="Mount its disk or restore it from a backup; for a new one: archiver witness init",
        ) from error
    return WitnessState(directory=directory, name=name, private=private)


def _pem(private: Ed25519PrivateKey) -> bytes:
    return private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _create_private(path: Path, data: bytes) -> None:
    """A new durable file that nobody else may ever read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    files.sync_directory(path.parent)


def _digest(origin: str) -> str:
    return hashlib.sha256(origin.encode()).hexdigest()
