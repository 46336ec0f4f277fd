"""Requests as a platform's server sees them, and replies as bytes on the wire."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request: its path, its parameters (the last of each name, and all in order), its header lines, its body."""

    method: str
    path: str
    query: Mapping[str, str]
    pairs: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes

    @property
    def line(self) -> str:
        """Path and the parameters that page."""
        return f"{self.path}?{'&'.join(f'{name}={value}' for name, value in self.pairs)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A reply: a JSON value, or bytes as they are."""

    value: Any = None
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    type: str = "application/json"

    @property
    def content(self) -> bytes:
        """The body before it is compressed."""
        return json.dumps(self.value).encode() if self.body is None else self.body


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """A reply taken apart, for faults that change a piece of it."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    length: int | None = field(default=None)

    def bytes(self) -> bytes:
        """As it goes over the wire; `length` is what the header says where that is not true."""
        said = len(self.body) if self.length is None else self.length
        lines = [f"HTTP/1.1 {self.status} Said", *(f"{name}: {value}" for name, value in self.headers)]
        return "\r\n".join([*lines, f"Content-Length: {said}", "", ""]).encode() + self.body


def parse_request(request: bytes) -> Asked:
    """A request from its bytes."""
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    parts = urlsplit(target)
    pairs = tuple(parse_qsl(parts.query, keep_blank_values=True))
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Asked(method=method, path=parts.path, query=dict(pairs), pairs=pairs, headers=headers, body=body)


def packed(said: Said, asked: Asked) -> Wire:
    """A reply ready to be sent, compressed where the request takes that."""
    headers = (("Content-Type", said.type), *said.headers)
    if "gzip" in asked.headers.get("accept-encoding", "") and said.body is None:
        body = gzip.compress(said.content, mtime=0)
        return Wire(status=said.status, headers=(*headers, ("Content-Encoding", "gzip")), body=body)
    return Wire(status=said.status, headers=headers, body=said.content)
