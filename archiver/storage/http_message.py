"""The one parser of HTTP/1 responses from their bytes on the wire: used live, and when WARC records are read back."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO

from archiver.errors import Unreadable
from archiver.model.coverage import Cause
from archiver.storage.http_coding import decoded

DECODED_LIMIT = 64 * 1024 * 1024
HEAD_LIMIT = 256 * 1024
_BLOCK = 1 << 18
_LINE_LIMIT = 16 * 1024
_STATUS_LINE = re.compile(rb"HTTP/\d+(?:\.\d+)?[ \t]+(\d{3})(?:[ \t]+(.*))?")
_CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;[^\r\n]*)?\r\n")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")

Headers = tuple[tuple[str, str], ...]


class Framing(StrEnum):
    """How the end of a body is told (RFC 9112 section 6.3)."""

    NONE = "none"
    LENGTH = "length"
    CHUNKED = "chunked"
    CLOSE = "close"


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Status line and headers of the final response; `length` is where its body begins, interim responses included."""

    status: int
    reason: str
    version: int  # 10 for HTTP/1.0, 11 for HTTP/1.1
    headers: Headers
    length: int
    framing: Framing
    content_length: int
    codings: tuple[str, ...]
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A whole response. `payload` has its transfer coding removed, `body` its content coding as well.

    Flags: `length-unknown` (ended by the close of the connection), `excess-bytes` (something follows the message),
    `length-beside-chunks`, `header-unreadable`, `header-control-characters`, `empty-coded-body`.
    """

    status: int
    reason: str
    headers: Headers
    payload: bytes
    body: bytes
    flags: tuple[str, ...] = ()


def parse_response(data: bytes, *, method: str = "GET", decoded_limit: int = DECODED_LIMIT) -> Response:
    """The response that these wire bytes are, read strictly. `method` is the one of its request.

    Raises Unreadable with cause `cut short`, `undecodable` or `too large` for anything that is not whole.
    """
    file = io.BytesIO(data)
    head = read_head(file, method=method)
    payload = b"".join(piece for _, piece in pieces(file, head))
    flags = head.flags + (("excess-bytes",) if file.read(1) else ())
    if head.codings and not payload:
        flags += ("empty-coded-body",)
    body = b"".join(decoded([payload], head.codings, limit=decoded_limit))
    return Response(
        status=head.status,
        reason=head.reason,
        headers=head.headers,
        payload=payload,
        body=body,
        flags=flags,
    )


def parse_head(data: bytes) -> tuple[int, Headers, int]:
    """Status, headers and length in bytes of the head that these wire bytes begin with. Raises Unreadable."""
    head = read_head(io.BytesIO(data))
    return head.status, head.headers, head.length


def read_head(file: BinaryIO | io.BufferedIOBase, *, method: str = "GET") -> Head:
    """The head of the response that stands at the file's position, which moves to its body. Raises Unreadable."""
    length = 0
    while True:
        lines, taken = _head_lines(file, HEAD_LIMIT - length)
        length += taken
        status, reason = _status(lines[0])
        if status >= 200 or status == 101:
            return _head(lines, length=length, status=status, reason=reason, method=method)


def pieces(file: BinaryIO, head: Head) -> Iterator[tuple[int, bytes]]:
    """The payload without its transfer coding, piece by piece, each with its offset in the file.

    The file must not be moved in between. Raises Unreadable where the body is cut short or wrongly framed, after
    every piece that is there.
    """
    file.seek(head.length)
    if head.framing is Framing.LENGTH:
        yield from _exactly(file, head.length, head.content_length)
    elif head.framing is Framing.CHUNKED:
        yield from _chunks(file, head.length)
    elif head.framing is Framing.CLOSE:
        offset = head.length
        while block := file.read(_BLOCK):
            yield offset, block
            offset += len(block)


def chunk_size(file: BinaryIO | io.BufferedIOBase) -> tuple[int, int]:
    """The size of the chunk that begins at the file's position, and the bytes its line took. Raises Unreadable."""
    line = file.readline(_LINE_LIMIT)
    found = _CHUNK_LINE.fullmatch(line)
    if found:
        return int(found[1], 16), len(line)
    if not line.endswith(b"\n") and len(line) < _LINE_LIMIT:
        raise _cut("The body stops before its last chunk.")
    raise _bad("The size of a chunk cannot be read.")


def pass_trailers(file: BinaryIO | io.BufferedIOBase) -> None:
    """Go past what follows the last chunk: trailer fields, if any, and the empty line that ends the message."""
    _head_lines(file, HEAD_LIMIT)


def header_values(headers: Headers, name: str) -> tuple[str, ...]:
    """The values of every header of this name (given in lower case), in order."""
    return tuple(value for key, value in headers if key.lower() == name)


def _cut(what: str) -> Unreadable:
    return Unreadable(what, cause=Cause.CUT)


def _bad(what: str) -> Unreadable:
    return Unreadable(what, cause=Cause.UNDECODABLE)


def _head_lines(file: BinaryIO | io.BufferedIOBase, limit: int) -> tuple[list[bytes], int]:
    """The lines of one head without their ends, the empty one left out, and the bytes they took."""
    lines: list[bytes] = []
    taken = 0
    while True:
        line = file.readline(limit - taken + 1)
        taken += len(line)
        if taken > limit:
            raise Unreadable(f"The head of the reply is longer than {limit} bytes.", cause=Cause.TOO_LARGE)
        if not line.endswith(b"\n"):
            raise _cut("The reply stops within its head.")
        line = line.removesuffix(b"\n").removesuffix(b"\r")
        if not line:
            break
        lines.append(line)
    return lines or [b""], taken


def _status(line: bytes) -> tuple[int, str]:
    found = _STATUS_LINE.fullmatch(line)
    if not found or int(found[1]) < 100:
        raise _bad("The reply does not begin with an HTTP status line.")
    return int(found[1]), (found[2] or b"").decode("latin-1").strip()


def _head(lines: list[bytes], *, length: int, status: int, reason: str, method: str) -> Head:
    headers, flags = _headers(lines[1:])
    framing, content_length, more = _framing(headers, status, method)
    return Head(
        status=status,
        reason=reason,
        version=10 if lines[0].startswith((b"HTTP/1.0", b"HTTP/0")) else 11,
        headers=headers,
        length=length,
        framing=framing,
        content_length=content_length,
        codings=() if framing is Framing.NONE else _tokens(headers, "content-encoding"),
        flags=flags + more,
    )


def _headers(lines: list[bytes]) -> tuple[Headers, tuple[str, ...]]:
    """Names as sent, values without surrounding blanks; a folded line belongs to the header before it."""
    headers: list[tuple[str, str]] = []
    flags: dict[str, None] = {}
    for line in lines:
        text = line.decode("latin-1")
        name, colon, value = text.partition(":")
        if text[0] in " \t" and headers:
            folded = f"{headers[-1][1]} {text.strip(' ' + chr(9))}"
            headers[-1] = (headers[-1][0], folded)
        elif not colon or not name.strip():
            flags["header-unreadable"] = None
        else:
            headers.append((name.strip(" \t"), value.strip(" \t")))
        if _CONTROL.search(text):
            flags["header-control-characters"] = None
    return tuple(headers), tuple(flags)


def _tokens(headers: Headers, name: str) -> tuple[str, ...]:
    said = ",".join(header_values(headers, name)).lower()
    return tuple(token.strip() for token in said.split(",") if token.strip() not in ("", "identity"))


def _framing(headers: Headers, status: int, method: str) -> tuple[Framing, int, tuple[str, ...]]:
    """How the body ends, its length where that is told, and flags."""
    if method == "HEAD" or status < 200 or status in (204, 304):
        return Framing.NONE, 0, ()
    lengths = {value.strip() for said in header_values(headers, "content-length") for value in said.split(",")}
    transfer = _tokens(headers, "transfer-encoding")
    if transfer:
        if transfer != ("chunked",):
            raise _bad("The reply uses a transfer coding that was not asked for.")
        return Framing.CHUNKED, 0, ("length-beside-chunks",) if lengths else ()
    if not lengths:
        return Framing.CLOSE, 0, ("length-unknown",)
    if len(lengths) > 1 or not all(re.fullmatch(r"[0-9]{1,18}", value) for value in lengths):
        raise _bad("The reply tells its length in a way that cannot be read.")
    return Framing.LENGTH, int(lengths.pop()), ()


def _exactly(file: BinaryIO, offset: int, length: int) -> Iterator[tuple[int, bytes]]:
    left = length
    while left:
        block = file.read(min(left, _BLOCK))
        if not block:
            raise _cut(f"The body stops {left} bytes before the length it was announced with.")
        yield offset, block
        offset += len(block)
        left -= len(block)


def _chunks(file: BinaryIO, offset: int) -> Iterator[tuple[int, bytes]]:
    while True:
        size, taken = chunk_size(file)
        offset += taken
        if not size:
            break
        yield from _exactly(file, offset, size)
        end = file.read(2)
        if end != b"\r\n":
            raise _cut("The body stops within a chunk.") if len(end) < 2 else _bad("A chunk is longer than it says.")
        offset += size + 2
    pass_trailers(file)
