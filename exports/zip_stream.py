"""A ZIP written strictly forward, the same bytes for the same input, every entry hashed as it passes.

Each entry is staged in a scratch file first, so that its local header already tells size and checksum. Entries whose
sizes follow the data ("data descriptors", which the standard library writes to a sink that cannot seek) are refused
by the unpacking program of common desktops when the entry is stored, and a requester must be able to double-click.
Directory records go to a scratch file too: memory does not grow with the number of entries. Format: APPNOTE 6.3.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol

from isal import isal_zlib

_SAFE_NAME = re.compile(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*")
_LIMIT = 0xFFFFFFFF  # from here on a 32-bit field is full and ZIP64 takes over
_COUNT_LIMIT = 0xFFFF
_LEVEL = 2  # of ISA-L: on archived text 2 to 8 in 100 larger than zlib's 4, at an eighth of the time
_TOGETHER = 1 << 16  # bytes that are hashed and compressed at once
_STORED, _DEFLATED = 0, 8
_MADE_BY_UNIX = (3 << 8) | 45
_PLAIN_FILE = 0o100644 << 16

Scratch = Callable[[], BinaryIO]
"""Makes an empty temporary file, open for reading and writing; what is made here is closed here."""


class Writable(Protocol):
    """Where the ZIP goes: written from start to end, never read, never sought in."""

    def write(self, data: bytes, /) -> object:
        """Write all of the data."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """An entry as it stands in the ZIP: its name, and size and SHA-256 (hex) of its content."""

    name: str
    size: int
    sha256: str


class Staged:
    """An entry being collected in a scratch file, compressed, counted and hashed on the way."""

    def __init__(self, file: BinaryIO, *, deflate: bool) -> None:
        self.file = file
        self.deflate = deflate
        self.begin()

    def begin(self) -> None:
        """Forget what was collected, so that the scratch file serves for another entry."""
        self.file.seek(0)
        self.file.truncate()
        self.size = self.packed = self.crc = 0
        self._sha256 = hashlib.sha256()
        self._deflater = isal_zlib.compressobj(_LEVEL, isal_zlib.DEFLATED, -15) if self.deflate else None
        self._waiting: list[bytes] = []
        self._waiting_size = 0

    def write(self, data: bytes) -> None:
        """Add content."""
        self._waiting.append(data)
        self._waiting_size += len(data)
        if self._waiting_size >= _TOGETHER:
            self._take()

    def end(self) -> str:
        """Nothing more comes: the SHA-256 (hex) of the content."""
        self._take()
        if self._deflater:
            self._keep(self._deflater.flush())
        return self._sha256.hexdigest()

    def _take(self) -> None:
        data = b"".join(self._waiting)
        self._waiting.clear()
        self._waiting_size = 0
        self.size += len(data)
        self.crc = isal_zlib.crc32(data, self.crc)
        self._sha256.update(data)
        self._keep(self._deflater.compress(data) if self._deflater else data)

    def _keep(self, packed: bytes) -> None:
        self.packed += len(packed)
        self.file.write(packed)


class ZipStream:
    """Writes entries one after another to `sink`; `finish` writes the directory. Not to be used from two threads."""

    def __init__(self, sink: Writable, *, made: datetime, scratch: Scratch) -> None:
        self._sink = sink
        self._time = _dos_time(made)
        self._scratch = scratch
        self._opened: list[BinaryIO] = []
        self._directory = self._open()
        self._staging = self._open()
        self._sha256 = hashlib.sha256()
        self._count = 0
        self.position = 0

    def stage(self, *, deflate: bool) -> Staged:
        """An entry to be filled while others are written, and committed later."""
        return Staged(self._open(), deflate=deflate)

    def add(self, name: str, chunks: Iterable[bytes], *, deflate: bool) -> Written:
        """Write a whole entry, holding no more of it in memory than one chunk."""
        staged = Staged(self._staging, deflate=deflate)
        for chunk in chunks:
            staged.write(chunk)
        return self.commit(name, staged)

    def commit(self, name: str, staged: Staged) -> Written:
        """Write a staged entry. Raises ValueError for a name that is not safe on every system."""
        if not is_safe_name(name):
            raise ValueError(f"not a name for an entry: {name!r}")
        digest = staged.end()
        self._describe(name.encode("ascii"), staged)
        staged.file.seek(0)
        while chunk := staged.file.read(1 << 20):
            self._put(chunk)
        return Written(name=name, size=staged.size, sha256=digest)

    def so_far(self) -> tuple[str, int]:
        """SHA-256 (hex) and length of what was written until now."""
        return self._sha256.hexdigest(), self.position

    def finish(self) -> tuple[str, int]:
        """Write the directory; SHA-256 (hex) and length of the whole ZIP. Nothing can be added after it."""
        start, length = self.position, self._directory.tell()
        self._directory.seek(0)
        shutil.copyfileobj(self._directory, _Into(self._put), 1 << 20)
        self._put(_end_of_directory(self._count, length, start))
        return self._sha256.hexdigest(), self.position

    def close(self) -> None:
        """Close every scratch file, finished or not."""
        for file in self._opened:
            file.close()

    def _open(self) -> BinaryIO:
        file = self._scratch()
        self._opened.append(file)
        return file

    def _put(self, data: bytes) -> None:
        self._sink.write(data)
        self._sha256.update(data)
        self.position += len(data)

    def _describe(self, name: bytes, staged: Staged) -> None:
        method = _DEFLATED if staged.deflate else _STORED
        self._directory.write(_central_header(name, method, self._time, staged, self.position))
        self._put(_local_header(name, method, self._time, staged))
        self._count += 1


@dataclass(frozen=True, slots=True)
class _Into:
    """A function that takes bytes, as something to write to."""

    write: Callable[[bytes], object]


def is_safe_name(name: str) -> bool:
    """Whether a name means the same file, inside its directory, on every system."""
    return bool(_SAFE_NAME.fullmatch(name)) and not {".", ".."} & set(name.split("/"))


def _local_header(name: bytes, method: int, time: tuple[int, int], staged: Staged) -> bytes:
    sizes = (staged.packed, staged.size)
    big = max(sizes) >= _LIMIT
    extra = struct.pack("<HHQQ", 1, 16, staged.size, staged.packed) if big else b""
    shown = (_LIMIT_FIELD, _LIMIT_FIELD) if big else sizes
    version = 45 if big else 20
    fields = (0x04034B50, version, 0, method, *time, staged.crc, *shown, len(name), len(extra))
    return struct.pack("<IHHHHHIIIHH", *fields) + name + extra


def _central_header(name: bytes, method: int, time: tuple[int, int], staged: Staged, offset: int) -> bytes:
    big = [value for value in (staged.size, staged.packed, offset) if value >= _LIMIT]
    extra = struct.pack(f"<HH{len(big)}Q", 1, 8 * len(big), *big) if big else b""
    packed, size, start = (_field(value) for value in (staged.packed, staged.size, offset))
    head = (0x02014B50, _MADE_BY_UNIX, 45 if big else 20, 0, method, *time, staged.crc, packed, size)
    tail = (len(name), len(extra), 0, 0, 0, _PLAIN_FILE, start)
    return struct.pack("<IHHHHHHIIIHHHHHII", *head, *tail) + name + extra


def _end_of_directory(count: int, length: int, start: int) -> bytes:
    short = struct.pack(
        "<IHHHHIIH", 0x06054B50, 0, 0, min(count, 0xFFFF), min(count, 0xFFFF), _field(length), _field(start), 0
    )
    if count < _COUNT_LIMIT and length < _LIMIT and start < _LIMIT:
        return short
    long = struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, _MADE_BY_UNIX, 45, 0, 0, count, count, length, start)
    return long + struct.pack("<IIQI", 0x07064B50, 0, start + length, 1) + short


_LIMIT_FIELD = 0xFFFFFFFF


def _field(value: int) -> int:
    return value if value < _LIMIT else _LIMIT_FIELD


def _dos_time(made: datetime) -> tuple[int, int]:
    if not 1980 <= made.year <= 2107:
        return 0, 0x21
    clock = made.hour << 11 | made.minute << 5 | made.second // 2
    return clock, (made.year - 1980) << 9 | made.month << 5 | made.day
