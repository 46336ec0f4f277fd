"""Content codings taken off strictly: to the end of the stream, with its checksum, within a size limit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from archiver.errors import Unreadable
from archiver.model.coverage import Cause
from archiver.storage.fast_zlib import ERRORS, fast

_STEP = 65536
_INPUT = 16384  # zlib copies what follows a member, so small inputs bound that work
_CODINGS_AT_MOST = 3
_MEMBERS_AT_MOST = 10_000
_GZIP = 31
_MAGIC = b"\x1f\x8b"
_ZLIB = 15
_RAW = -15


class _Inflater(Protocol):
    @property
    def eof(self) -> bool: ...

    @property
    def unconsumed_tail(self) -> bytes: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int = ..., /) -> bytes: ...


def decoded(blocks: Iterable[bytes], codings: Sequence[str], *, limit: int) -> Iterator[bytes]:
    """The bytes under the content codings, which are named in the order they were applied (RFC 9110 section 8.4).

    No more than `limit` bytes come out of any one coding. Raises Unreadable: `cut short` where a stream does not end,
    `undecodable` where it is broken, followed by something else or in a coding never asked for, `too large`.
    """
    if len(codings) > _CODINGS_AT_MOST:
        raise _undecodable(f"The reply says its body is coded {len(codings)} times over.")
    for coding in reversed(codings):
        if coding not in _DECODERS:
            raise _undecodable(f"The reply is coded as {coding[:40]!r}, which was not asked for.")
        blocks = _DECODERS[coding](blocks, limit)
    return _limited(blocks, limit)


def _undecodable(what: str) -> Unreadable:
    return Unreadable(what, cause=Cause.UNDECODABLE)


def _limited(blocks: Iterable[bytes], limit: int) -> Iterator[bytes]:
    produced = 0
    for block in blocks:
        produced += len(block)
        if produced > limit:
            raise Unreadable(f"The body decodes to more than {limit} bytes.", cause=Cause.TOO_LARGE)
        yield block


def _gunzip(blocks: Iterable[bytes], limit: int) -> Iterator[bytes]:
    return _limited(_members(blocks), limit)


def _members(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Every gzip member in turn (RFC 1952 allows several); zlib compares checksum and length of each."""
    member: _Inflater | None = None
    count = 0
    for data in _small(blocks):
        while data:
            if member is None:
                if not data.startswith(_MAGIC[: len(data)]):
                    raise _undecodable("The body is not gzip, or something follows the gzip in it.")
                member, count = fast.decompressobj(_GZIP), count + 1
                if count > _MEMBERS_AT_MOST:
                    raise _undecodable(f"The body has more than {_MEMBERS_AT_MOST} gzip members.")
            yield from _pumped(member, data)
            data = member.unused_data if member.eof else b""
            member = None if member.eof else member
    if member is not None:
        raise Unreadable("The gzip body stops before its end.", cause=Cause.CUT)


def _inflate(blocks: Iterable[bytes], limit: int) -> Iterator[bytes]:
    return _limited(_one_stream(blocks), limit)


def _one_stream(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """One deflate stream, with the zlib wrapper that RFC 9110 asks for or bare as many servers send it."""
    stream: _Inflater | None = None
    start = b""
    for block in _small(blocks):
        data = start + block
        if stream is None and len(data) < 2:
            start = data
            continue
        start = b""
        stream = stream or fast.decompressobj(_ZLIB if _has_zlib_header(data) else _RAW)
        if stream.eof:
            raise _undecodable("Something follows the deflate body.")
        yield from _pumped(stream, data)
        if stream.unused_data:
            raise _undecodable("Something follows the deflate body.")
    if start or (stream is not None and not stream.eof):
        raise Unreadable("The deflate body stops before its end.", cause=Cause.CUT)


def _pumped(stream: _Inflater, data: bytes) -> Iterator[bytes]:
    """All that this input yields, a step at a time: a small input may stand for a very large output."""
    while True:
        try:
            piece = stream.decompress(data, _STEP)
        except ERRORS:
            raise _undecodable("The coded body is broken: its data or its checksum is wrong.") from None
        if piece:
            yield piece
        data = stream.unconsumed_tail
        if stream.eof or (not data and len(piece) < _STEP):
            return


def _has_zlib_header(data: bytes) -> bool:
    return data[0] & 0x0F == 8 and data[0] >> 4 <= 7 and (data[0] * 256 + data[1]) % 31 == 0


def _small(blocks: Iterable[bytes]) -> Iterator[bytes]:
    for block in blocks:
        for start in range(0, len(block), _INPUT):
            yield block[start : start + _INPUT]


_DECODERS: dict[str, Callable[[Iterable[bytes], int], Iterator[bytes]]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _inflate,
}
