"""What an exchange brought: the answer with its bytes as kept, examined once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO

from archiver.errors import PlatformDown, Unreadable
from archiver.model import Truncated
from archiver.storage.http_coding import decoded
from archiver.storage.http_message import Head, pieces, read_head


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One exchange as it may be kept: credentials taken out, everything else as it went over the wire.

    `request_head` is the request as sent, its body included. `response` holds `response_length` bytes from position 0;
    whoever gets the answer closes it. `body` is decoded, None for media and for what could not be decoded.
    `payload_sha256` (hex) and `payload_length` are of the body after transfer coding, before content decoding, as kept.
    `flags` are those of the parser (`length-unknown`, `excess-bytes` ...).
    """

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
    ip: str | None
    tls: Mapping[str, str] = field(default_factory=dict)
    masked: tuple[str, ...] = ()
    truncated: Truncated | None = None
    flags: tuple[str, ...] = ()


class BadReply(Unreadable):
    """A reply that is cut, undecodable or over a budget; `answer` is what of it may be kept (body None)."""

    def __init__(self, trouble: PlatformDown, answer: Answer) -> None:
        super().__init__(trouble.what, cause=trouble.cause, means=trouble.means, do=trouble.do)
        self.answer = answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What one pass over the kept bytes of a response found; `trouble` says why the body is not whole."""

    head: Head
    length: int
    payload_sha256: str
    payload_length: int
    body: bytes | None
    flags: tuple[str, ...]
    trouble: Unreadable | None


def examine(file: BinaryIO, *, method: str, limit: int, keep_body: bool) -> Examined:
    """Read a response once, strictly: its framing, its coding to the end, its digest. Raises Unreadable for its head.

    `limit` bounds the decoded body, which is returned where `keep_body` says so.
    """
    file.seek(0)
    head = read_head(file, method=method)
    digest, lengths = hashlib.sha256(), [0]
    payload = _counted(file, head, digest, lengths)
    body, trouble = _body(payload, head, limit, keep_body=keep_body)
    with suppress(Unreadable):  # decoding may have stopped early, and said why; the digest is of all there is
        for _ in payload:
            pass
    flags = head.flags + (("excess-bytes",) if not trouble and file.read(1) else ())
    if head.codings and not lengths[0]:
        flags += ("empty-coded-body",)
    return Examined(
        head=head,
        length=file.seek(0, 2),
        payload_sha256=digest.hexdigest(),
        payload_length=lengths[0],
        body=body,
        flags=flags,
        trouble=trouble,
    )


def _counted(file: BinaryIO, head: Head, digest: hashlib._Hash, lengths: list[int]) -> Iterator[bytes]:
    for _, piece in pieces(file, head):
        digest.update(piece)
        lengths[0] += len(piece)
        yield piece


def _body(
    payload: Iterator[bytes], head: Head, limit: int, *, keep_body: bool
) -> tuple[bytes | None, Unreadable | None]:
    kept: list[bytes] = []
    try:
        for block in decoded(payload, head.codings, limit=limit):
            if keep_body:
                kept.append(block)
    except Unreadable as found:
        return None, found
    return (b"".join(kept) if keep_body else None), None
