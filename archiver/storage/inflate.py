"""Takes gzip members out of a file one after another, strictly and in bounded memory."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from archiver.storage.fast_zlib import ERRORS, fast
from archiver.storage.files import CHUNK
from archiver.storage.warc import GZIP_MEMBER

READ = 1 << 18
_MAGIC = b"\x1f\x8b\x08"
_RESERVED_FLAGS = 0xE0  # of a gzip header (RFC 1952 section 2.3.1.2); ISA-L does not look at them


class NotWholeError(Exception):
    """Why a member, or the record in it, is not whole; never leaves the storage room."""


class TornError(NotWholeError):
    """The gzip member itself is broken, so that nothing behind it can be trusted to be a member."""


class Feed:
    """The bytes of a file from an offset on, at most `length` of them; counts and hashes those of each member."""

    def __init__(self, file: BinaryIO, start: int, length: int | None = None) -> None:
        file.seek(start)
        self._file = file
        self._left = length
        self._held = b""
        self.position = start
        self.begin()

    def begin(self) -> None:
        """A member begins here: count and hash anew."""
        self.start = self.position
        self.digest = hashlib.sha256()

    def at_end(self) -> bool:
        """Whether nothing is left."""
        self._held = self._held or self._read()
        return not self._held

    def take(self) -> bytes:
        """Some bytes; none at the end. Tell `used` what became of them."""
        data, self._held = self._held or self._read(), b""
        return data

    def used(self, data: bytes, rest: bytes = b"") -> None:
        """Count what was taken, but for `rest`, which belongs to the next member."""
        took = len(data) - len(rest)
        self.digest.update(memoryview(data)[:took])
        self.position += took
        self._held = rest

    def skip_all(self) -> None:
        """Count everything that is left to this member."""
        while data := self.take():
            self.used(data)

    def _read(self) -> bytes:
        data = self._file.read(READ if self._left is None else min(READ, self._left))
        if self._left is not None:
            self._left -= len(data)
        return data


def inflate(feed: Feed) -> Iterator[bytes]:
    """The contents of the member that begins here, in pieces of at most 1 MiB; the feed stands behind it after.

    TornError where there is no member, where it is damaged (CRC and size are compared), or the bytes end in it.
    """
    gzip = fast.decompressobj(GZIP_MEMBER)
    data = feed.take()
    _require_start(feed, data)
    while data:
        rest = data
        while rest and not gzip.eof:
            yield _inflated(feed, gzip, data, rest)
            rest = gzip.unconsumed_tail
        feed.used(data, gzip.unused_data if gzip.eof else b"")
        if gzip.eof:
            return
        data = feed.take()
    raise TornError("the bytes end within a gzip member")


def _inflated(feed: Feed, gzip: zlib._Decompress, data: bytes, rest: bytes) -> bytes:
    try:
        return gzip.decompress(rest, CHUNK)
    except ERRORS as error:
        feed.used(data)
        raise TornError(f"a damaged gzip member ({error})") from error


def _require_start(feed: Feed, data: bytes) -> None:
    known = data[: len(_MAGIC)] == _MAGIC[: len(data)]
    if not known or (len(data) > len(_MAGIC) and data[len(_MAGIC)] & _RESERVED_FLAGS):
        feed.used(data)
        raise TornError("bytes that are no gzip member")
