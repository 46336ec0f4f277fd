"""The leaves of the ledger: how one is made of what it speaks for, and the table they are appended to."""

from __future__ import annotations

import hashlib
import hmac
import json.encoder
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from archiver.errors import VerificationError
from archiver.model import canonical_json
from archiver.storage.database import Connection

SALT_BYTES = 16
_OLD_SEED = b"archiver seed\n"
_quoted = json.encoder.encode_basestring  # as canonical_json writes a string


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """What one leaf says, and the salt without which nobody can guess it from its data."""

    salt: bytes
    entry: Mapping[str, Any]

    @property
    def data(self) -> bytes:
        """The 32 bytes that stand in the ledger: SHA-256 of the salt and the entry's canonical JSON."""
        return hashlib.sha256(self.salt + canonical_json(self.entry)).digest()


def capture_leaf(*, account: str, capture: str, ended: str, records: Sequence[str], seed: bytes) -> Leaf:
    """The leaf of a capture. `ended` as `iso` writes it; `records`: SHA-256 (hex) of its stored members by offset."""
    entry = {"leaf": "capture", "account": account, "capture": capture, "ended": ended, "records": list(records)}
    return Leaf(salt=_salt(seed, b"capture"), entry=entry)


def version_leaf(*, account: str, item: str, digest: str, capture: str, seen: str, shown: str, seed: bytes) -> Leaf:
    """The leaf of an item's version. `item` is the remote id, `shown` from `shown_version`, `seed` of the capture."""
    entry = {
        "leaf": "version",
        "account": account,
        "item": item,
        "digest": digest,
        "capture": capture,
        "seen": seen,
        "shown": shown,
    }
    return Leaf(salt=_version_salt(seed, item, digest), entry=entry)


def version_data(*, account: str, item: str, digest: str, capture: str, seen: str, shown: str, seed: bytes) -> bytes:
    """The data of `version_leaf`, in a quarter of the time: there are forty to a page, and millions to check."""
    said = (
        f'{{"account":{_quoted(account)},"capture":{_quoted(capture)},"digest":{_quoted(digest)},"item":{_quoted(item)},'
        f'"leaf":"version","seen":{_quoted(seen)},"shown":{_quoted(shown)}}}'
    )
    return hashlib.sha256(_version_salt(seed, item, digest) + said.encode()).digest()


def shown_version(row: Mapping[str, Any], details: Sequence[Sequence[str]]) -> str:
    """SHA-256 (hex) of the canonical JSON of what bundles show of a version: a stranger can compare it with its leaf.

    `row`: `kind`, `author_id`, `author_handle`, `edited` (as `iso` writes it, or None), `title`, `text`, `visibility`.
    """
    told = canonical_json(details).decode() if details else "[]"
    edited = _quoted(row["edited"]) if row["edited"] is not None else "null"
    said = (
        f'{{"author":[{_quoted(row["author_id"])},{_quoted(row["author_handle"])}],"details":{told},"edited":{edited},'
        f'"kind":{_quoted(row["kind"])},"text":{_quoted(row["text"])},"title":{_quoted(row["title"])},'
        f'"visibility":{_quoted(row["visibility"])}}}'
    )
    return hashlib.sha256(said.encode()).hexdigest()


def note_leaf(*, account: str, record: str, sha256: str) -> Leaf:
    """The leaf of a record that belongs to no capture: what a run or a gap was, what a file says of its account."""
    entry = {"leaf": "note", "account": account, "record": record, "sha256": sha256}
    return Leaf(salt=uuid.UUID(record).bytes, entry=entry)


def act_leaf(
    *, sequence: int, at: str, actor: str, act: str, subject: str, detail: Mapping[str, Any], salt: bytes
) -> Leaf:
    """The leaf of an act."""
    said = {"sequence": sequence, "at": at, "actor": actor, "act": act, "subject": subject, "detail": detail}
    return Leaf(salt=salt, entry={"leaf": "act", **said})


class Giving(Protocol):
    """Says which leaf speaks for what is being written; None where that is settled later."""

    def give(self, data: bytes) -> int | None:
        """The sequence of the leaf of this data."""

    def finish(self) -> None:
        """Everything of one exchange or note was given its leaf."""


Leaves = Callable[[Connection], Giving]


class Appending:
    """Gives each thing a new leaf. Nothing else may append to the ledger until `finish`."""

    def __init__(self, db: Connection) -> None:
        self._db = db
        self._next = size(db) + 1
        self._given: list[tuple[int, bytes]] = []

    def give(self, data: bytes) -> int:
        """The sequence of the leaf of this data."""
        sequence = self._next
        self._given.append((sequence, data))
        self._next += 1
        return sequence

    def finish(self) -> None:
        """Write the leaves that were given."""
        _insert(self._db, self._given)
        self._given.clear()


def old_seed(metadata_sha256: bytes) -> bytes:
    """The seed of a capture that was kept without one, from the SHA-256 (32 bytes) of its stored metadata member."""
    return hashlib.sha256(_OLD_SEED + metadata_sha256).digest()[:SALT_BYTES]


def append(db: Connection, data: bytes) -> int:
    """Append one leaf, in the transaction of what it speaks for; its sequence, which begins with 1, is returned."""
    return append_all(db, (data,))


def append_all(db: Connection, datas: Sequence[bytes]) -> int:
    """Append leaves in this order; the sequence of the first is returned, the others follow it."""
    first = size(db) + 1
    _insert(db, enumerate(datas, first))
    return first


def size(db: Connection) -> int:
    """How many leaves there are."""
    (found,) = db.execute("SELECT coalesce(max(sequence), 0) FROM leaves").fetchone()
    return int(found)


def datas(db: Connection, start: int, stop: int) -> Iterator[bytes]:
    """The leaves from index `start` (from 0, as RFC 6962 counts) up to `stop`. VerificationError where one is gone."""
    cursor = db.cursor()
    cursor.row_factory = None  # plain tuples: there may be millions
    wanted = (start, stop)
    expected = start
    for sequence, data in cursor.execute(
        "SELECT sequence, data FROM leaves WHERE sequence > ? AND sequence <= ? ORDER BY sequence", wanted
    ):
        expected += 1
        if sequence != expected:
            break
        yield data
    else:
        if expected >= stop:
            return
        expected += 1
    raise VerificationError(
        f"Leaf {expected} of the ledger is not there.",
        means="Something was taken out of the catalogue: what it spoke for cannot be proved from this copy.",
        do="Restore the catalogue from a backup. To see what it concerns: archiver verify",
    )


def _insert(db: Connection, given: Iterable[tuple[int, bytes]]) -> None:
    db.executemany("INSERT INTO leaves (sequence, data) VALUES (?, ?)", given)


def _version_salt(seed: bytes, item: str, digest: str) -> bytes:
    return _salt(seed, f"version\n{item}\n{digest}".encode())


def _salt(seed: bytes, about: bytes) -> bytes:
    return hmac.digest(seed, about, "sha256")[:SALT_BYTES]
