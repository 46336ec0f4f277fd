"""What is asked of a platform, what comes back, and the bytes kept of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, BinaryIO

from archiver.model.canonical import canonical_json
from archiver.model.times import iso, parse_iso

CREDENTIAL = "{credential}"
"""A parameter of this value carries the account's credential: filled in as it is sent, and to its own origin only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """A request as data, unsigned.

    `stream` names what is asked for (`profile`, `posts`, `comments`, `messages`, `media`, `item`).
    `subject` is the remote id of the item the request is about (the post whose comments are asked for).
    `token`, where given, makes the request once for each of its values (a reply count, an edit time, a media id).
    `hint` is what the connector has to know again when it reads the answer; it is kept, and never sent.
    """

    stream: str
    url: str
    method: str = "GET"
    params: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    body: str | None = None
    subject: str | None = None
    token: str | None = None
    hint: str = ""

    @property
    def key(self) -> str:
        """What is asked, whoever asks and why: 32 hexadecimal digits, the same for the same request."""
        asked = [self.method, self.url, self.params, self.headers, self.body]
        return hashlib.sha256(canonical_json(asked)).hexdigest()[:32]

    def to_json(self) -> dict[str, Any]:
        """The fetch as JSON values, without what is at its default."""
        full: dict[str, Any] = {name: getattr(self, name) for name in _FETCH_FIELDS}
        return {name: value for name, value in full.items() if value != _FETCH_FIELDS[name]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Fetch:
        """The fetch that `to_json` wrote. Raises KeyError, TypeError or ValueError where it is not one."""
        known = {name: _of(str, data, name) for name in _FETCH_FIELDS if name in data and name not in _PAIRS}
        for pairs in _PAIRS & data.keys():
            known[pairs] = tuple((str(name), str(value)) for name, value in data[pairs])
        return cls(**known)


_FETCH_FIELDS: dict[str, Any] = {
    "stream": None,
    "url": None,
    "method": "GET",
    "params": (),
    "headers": (),
    "body": None,
    "subject": None,
    "token": None,
    "hint": "",
}
_PAIRS = frozenset({"params", "headers"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A whole answer, its body decoded to the end of its content encoding. Header names keep their case."""

    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    received: datetime

    def header(self, name: str) -> str | None:
        """The first header of this name, whatever its case."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)


class Role(StrEnum):
    """Why the engine made a request."""

    LISTING = "listing"  # a first or next page of a stream
    CHILD = "child"  # found on the way: comments, threads, history
    MEDIA = "media"
    CHECK = "check"  # a direct look at one item that a listing no longer showed


class Truncated(StrEnum):
    """Why a kept body is not whole; the values are those of WARC-Truncated (WARC/1.1 section 5.13)."""

    LENGTH = "length"
    TIME = "time"
    DISCONNECT = "disconnect"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its answer, as they went over the wire, ready to be kept.

    `request_head` is the request as sent, its body included, credentials taken out; `response` is a seekable file of
    the bytes as received (status line, headers, framing), `response_length` of them from position 0. `body` is the
    decoded body, None for media. `payload_sha256` (lower-case hex) is of the body after transfer coding, before content
    decoding. `masked` names each credential that was replaced in the kept bytes. `flags` are what the
    HTTP parser found odd (`length-unknown`: nothing says that the body is whole). `seed` (hex) hides what the ledger
    says of the exchange and its items.
    """

    capture_id: str
    account_id: str
    run_id: str
    role: Role
    fetch: Fetch
    connector: str
    request_head: bytes
    response: BinaryIO
    response_length: int
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes | None
    payload_sha256: str
    payload_length: int
    started: datetime
    ended: datetime
    ip: str | None = None
    tls: Mapping[str, str] = field(default_factory=dict)
    masked: tuple[str, ...] = ()
    truncated: Truncated | None = None
    flags: tuple[str, ...] = ()
    seed: str = ""

    @property
    def reply(self) -> Reply:
        """The answer as a connector reads it."""
        return Reply(
            url=self.fetch.url,
            status=self.status,
            headers=self.headers,
            body=self.body or b"",
            received=self.ended,
        )

    def to_json(self) -> dict[str, Any]:
        """What the metadata record of the exchange says: everything but the bytes."""
        said: dict[str, Any] = {
            "archiver": 1,
            "capture": self.capture_id,
            "account": self.account_id,
            "run": self.run_id,
            "role": str(self.role),
            "connector": self.connector,
            "fetch": self.fetch.to_json(),
            "status": self.status,
            "started": iso(self.started),
            "ended": iso(self.ended),
            "payload": self.payload_sha256,
            "length": self.payload_length,
        }
        optional: dict[str, Any] = {
            "ip": self.ip,
            "tls": dict(self.tls),
            "masked": list(self.masked),
            "truncated": self.truncated and str(self.truncated),
            "flags": list(self.flags),
            "seed": self.seed,
        }
        return said | {name: value for name, value in optional.items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRecord:
    """Where one WARC record lies: one gzip member of a segment. `sha256` is of the stored member (lower-case hex)."""

    record_id: str
    type: str
    offset: int
    length: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureNote:
    """What the metadata record of a kept exchange says, read back; the input of every rebuild."""

    capture_id: str
    account_id: str
    run_id: str
    role: Role
    connector: str
    fetch: Fetch
    status: int
    started: datetime
    ended: datetime
    payload_sha256: str
    payload_length: int
    truncated: Truncated | None = None
    seed: str = ""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> CaptureNote:
        """The note that `Exchange.to_json` wrote. Raises KeyError, TypeError or ValueError where it is not one."""
        return cls(
            capture_id=_of(str, data, "capture"),
            account_id=_of(str, data, "account"),
            run_id=_of(str, data, "run"),
            role=Role(data["role"]),
            connector=_of(str, data, "connector"),
            fetch=Fetch.from_json(_of(dict, data, "fetch")),
            status=_of(int, data, "status"),
            started=parse_iso(data["started"]),
            ended=parse_iso(data["ended"]),
            payload_sha256=_of(str, data, "payload"),
            payload_length=_of(int, data, "length"),
            truncated=Truncated(data["truncated"]) if data.get("truncated") else None,
            seed=bytes.fromhex(data.get("seed", "")).hex(),
        )


def _of(kind: type, data: Mapping[str, Any], name: str) -> Any:
    """The value of this name, which must be of this type: what is read back becomes rows."""
    value = data[name]
    if type(value) is not kind:
        raise TypeError(f"{name!r} is {type(value).__name__}, not {kind.__name__}")
    return value
