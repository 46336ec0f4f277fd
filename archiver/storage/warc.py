"""Writes WARC/1.1 records fast: digests, header, one gzip member each, and one write for what belongs together."""

from __future__ import annotations

import hashlib
import re
import struct
import zlib
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from warcio.recordloader import ArcWarcRecord
from warcio.warcwriter import WARCWriter

from archiver.errors import DiskError, Refused
from archiver.model import StoredRecord
from archiver.storage.fast_zlib import fast
from archiver.storage.files import CHUNK, Writable, write_all

VERSION = "WARC/1.1"
GZIP_MEMBER = 31  # window bits: the largest window, with gzip header and trailer
END = b"\r\n\r\n"
AT_ONCE = CHUNK + CHUNK // 2  # bytes of one write: more than any exchange of up to 1 MiB takes
_STORED_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_STORED_LAST = b"\x01\x00\x00\xff\xff"
_STORED_MAX = 0xFFFF
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_EMPTY_LINE = re.compile(rb"(?:^|\n)[ \t]*\r?\n")
_ENCODED = re.compile(
    rb"^content-encoding:[ \t]*(?!identity)\S|^content-type:[ \t]*(?:video|audio|image(?!/svg))/", re.I | re.M
)


class FastWriter(WARCWriter):  # type: ignore[misc]  # warcio has no types
    """warcio's writer with one pass per record: SHA-256 digests, isal or stored members, one write per call.

    `out` is a raw file positioned at `offset`. A record is one of warcio's, made with `http_headers=None`, so that
    its HTTP head stays in the block byte for byte; `length` bytes of its stream count, from position 0. Blocks up
    to 1 MiB are taken whole; larger ones are read twice, in pieces.
    """

    def __init__(self, out: Writable, *, offset: int = 0) -> None:
        super().__init__(out, gzip=True, warc_version=VERSION)
        self.offset = offset
        self._waiting: list[bytes | memoryview] = []
        self._waiting_size = 0

    def write_records(self, records: Sequence[ArcWarcRecord]) -> tuple[StoredRecord, ...]:
        """Write records in a row, with one write where they are small; where each lies.

        Every header is made before the first byte is written: Refused where a value would forge another header.
        """
        ready = [_Ready(record) for record in records]
        stored = tuple(self._take(record) for record in ready)
        self._put()
        return stored

    def rewind(self, offset: int) -> None:
        """Forget what an append that failed had ready; the next record lies at `offset`, where `out` now stands."""
        self.offset = offset
        self._waiting, self._waiting_size = [], 0

    def _write_warc_record(self, out: Writable, record: ArcWarcRecord) -> None:  # noqa: ARG002  # warcio's signature
        self.write_records((record,))

    def _take(self, ready: _Ready) -> StoredRecord:
        offset, digest = self.offset + self._waiting_size, hashlib.sha256()
        for piece in ready.member():
            digest.update(piece)
            self._waiting.append(piece)
            self._waiting_size += len(piece)
            if self._waiting_size > AT_ONCE:
                self._put()
        length = self.offset + self._waiting_size - offset
        return StoredRecord(
            record_id=ready.record_id, type=ready.type, offset=offset, length=length, sha256=digest.hexdigest()
        )

    def _put(self) -> None:
        data, size = b"".join(self._waiting), self._waiting_size
        self._waiting, self._waiting_size = [], 0
        write_all(self.out, data)
        self.offset += size


class _Ready:
    """A record with its digests taken and its header made."""

    def __init__(self, record: ArcWarcRecord) -> None:
        self.type: str = record.rec_type
        self.record_id: str = record.rec_headers.get_header("WARC-Record-ID").strip("<>")
        self._stream: BinaryIO = record.raw_stream
        self._length: int = record.length
        self._stream.seek(0)
        self._whole = _read(self._stream, self._length) if self._length <= CHUNK else None
        start = next(self._blocks(), b"")
        payload = _payload_start(start) if self.type == "response" else None
        self._encoded = payload is not None and _ENCODED.search(start, 0, payload) is not None
        self._head = _header([*record.rec_headers.headers, ("Content-Type", record.content_type), *self._sums(payload)])

    def member(self) -> Iterator[bytes | memoryview]:
        """The gzip member, in pieces."""
        return _stored(self._contents()) if self._encoded else _deflated(self._contents())

    def _contents(self) -> Iterator[bytes]:
        yield self._head
        yield from self._blocks()
        yield END

    def _blocks(self) -> Iterator[bytes]:
        if self._whole is not None:
            yield self._whole
            return
        self._stream.seek(0)
        for done in range(0, self._length, CHUNK):
            yield _read(self._stream, min(CHUNK, self._length - done))

    def _sums(self, payload: int | None) -> Iterator[tuple[str, str]]:
        """Length and digests. The payload is what follows the HTTP head, framing and all: what the referees hash."""
        whole, behind = hashlib.sha256(), hashlib.sha256()
        skip = payload
        for block in self._blocks():
            whole.update(block)
            if skip is not None:
                behind.update(memoryview(block)[skip:])
                skip = 0
        yield "WARC-Block-Digest", f"sha256:{whole.hexdigest()}"
        if payload is not None:
            yield "WARC-Payload-Digest", f"sha256:{behind.hexdigest()}"
        yield "Content-Length", str(self._length)


def _payload_start(start: bytes) -> int | None:
    """Where all readers agree that the payload of an HTTP block begins; None where they do not, or it has no head.

    FastWARC knows only heads that end in CRLF CRLF, warcio takes any blank line: no payload digest holds for both.
    """
    found = _EMPTY_LINE.search(start)
    plain = found and found.group() == b"\n\r\n" and start[found.start() - 1 : found.start()] == b"\r"
    return found.end() if found and plain else None


def _deflated(contents: Iterator[bytes]) -> Iterator[bytes]:
    """A gzip member, by the fastest library there is."""
    gzip = fast.compressobj(6 if fast is zlib else 1, zlib.DEFLATED, GZIP_MEMBER)
    yield from map(gzip.compress, contents)
    yield gzip.flush()


def _stored(contents: Iterator[bytes]) -> Iterator[bytes | memoryview]:
    """A gzip member (RFC 1952) of stored blocks (RFC 1951 section 3.2.4), for what is compressed already."""
    crc = size = 0
    yield _STORED_HEAD
    for data in contents:
        crc = fast.crc32(data, crc)
        size += len(data)
        view = memoryview(data)
        for start in range(0, len(data), _STORED_MAX):
            block = view[start : start + _STORED_MAX]
            yield struct.pack("<BHH", 0, len(block), len(block) ^ _STORED_MAX)
            yield block
    yield _STORED_LAST + struct.pack("<II", crc, size & 0xFFFFFFFF)


def _header(headers: Sequence[tuple[str, str]]) -> bytes:
    for name, value in headers:
        if _CONTROL.search(value):
            raise Refused(
                f"A line break or control character in {name} of a record.",
                means="It could forge a header of the record, so this exchange was not kept.",
                do="Look at the address that was asked for; the account's platform may be hostile or broken.",
            )
    lines = "".join([f"{name}: {value}\r\n" for name, value in headers])
    return f"{VERSION}\r\n{lines}\r\n".encode()


def _read(stream: BinaryIO, length: int) -> bytes:
    data = stream.read(length)
    if len(data) != length:
        raise DiskError(
            "A reply that waited in a temporary file is shorter than it was.",
            means="This exchange was not kept; it will be asked for again.",
            do="Look for a full or failing disk under the temporary directory.",
        )
    return data
