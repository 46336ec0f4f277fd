"""The tree as files (C2SP tlog-tiles): tiles of 256 hashes and bundles of 256 entries, written once."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path

from archiver.errors import VerificationError
from archiver.storage import files
from archiver.storage.ledger.merkle import HASH_BYTES, folded, leaf_hash

WIDTH = 256  # hashes in a tile, entries in a bundle
HEIGHT = 8  # levels of the tree in a tile
ENTRIES = "entries"
_CACHED = 64
_LENGTH = struct.Struct(">H")


def tile_path(level: int | str, index: int, width: int = WIDTH) -> str:
    """Where a tile of a level (or of ENTRIES) lies: `tile/0/x001/x234/067`, and behind it `.p/WIDTH` where partial."""
    parts = [f"{index % 1000:03}"]
    while index := index // 1000:
        parts.append(f"x{index % 1000:03}")
    partial = "" if width == WIDTH else f".p/{width}"
    return f"tile/{level}/{'/'.join(reversed(parts))}{partial}"


def width_of(level: int, index: int, size: int) -> int:
    """How many hashes a tile has in a tree of `size` leaves; 0 where there is no such tile."""
    return max(0, min(WIDTH, (size >> HEIGHT * level) - index * WIDTH))


class Tiles:
    """The tiles of one tree, read as they are needed. Stands for any smaller tree that this one began as, too."""

    def __init__(self, ledger: Path, size: int) -> None:
        self._ledger = ledger
        self._size = size
        self._tile = lru_cache(_CACHED)(self._read_tile)

    def node(self, level: int, index: int) -> bytes:
        """The hash of a whole subtree, as merkle.Reader has it. VerificationError where its tile is not sound."""
        tile_level, above = divmod(level, HEIGHT)
        first = index << above
        tile, place = divmod(first, WIDTH)
        hashes = self._tile(tile_level, tile)
        return folded(hashes[place : place + (1 << above)])

    def hashes(self, level: int, index: int) -> tuple[bytes, ...]:
        """All the hashes of one tile. VerificationError where it is not there or not as long as it should be."""
        return self._tile(level, index)

    def entries(self, index: int) -> tuple[bytes, ...]:
        """The data of the leaves in one bundle. VerificationError where it is not there or not of its form."""
        width = width_of(0, index, self._size)
        path = tile_path(ENTRIES, index, width)
        data = _content(self._ledger, path)
        found = tuple(_entries(data))
        if len(found) != width or bundled(found) != data:
            raise _unsound(path, f"it does not hold {width} entries")
        return found

    def _read_tile(self, level: int, index: int) -> tuple[bytes, ...]:
        width = width_of(level, index, self._size)
        path = tile_path(level, index, width)
        data = _content(self._ledger, path)
        if len(data) != width * HASH_BYTES:
            raise _unsound(path, f"it has {len(data)} bytes, not {width * HASH_BYTES}")
        return tuple(data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES))


def bundled(datas: Iterable[bytes]) -> bytes:
    """A bundle of entries, each behind its length."""
    return b"".join(_LENGTH.pack(len(data)) + data for data in datas)


def append(ledger: Path, old: int, new: int, datas: Iterable[bytes]) -> None:
    """Write the tiles and bundles by which a tree of `new` leaves differs from that of `old`, durably.

    `datas` are the leaves from index `old`, rounded down to a whole tile. Only what the tree of `old` leaves does not
    have is written, so that nothing signed is ever replaced. After a crash: some of the files, each whole.
    """
    if old == new:
        return
    was, writer = Tiles(ledger, old), _Writer(ledger)
    roots = list(writer.leaves(old // WIDTH, datas))
    for level in range(1, HEIGHT):
        index, width = divmod(old >> HEIGHT * level, WIDTH)
        kept = was.hashes(level, index) if width else ()
        roots = list(writer.tiles(level, index, [*kept, *roots]))
    writer.sync()


def drop_partial(ledger: Path, old: int, new: int) -> None:
    """Remove the partial tiles that a tree of `old` leaves had, and others up to `new`, but for those of `new`."""
    kinds: list[tuple[int | str, int]] = [(ENTRIES, 0), *((level, level) for level in range(HEIGHT))]
    for kind, level in kinds:
        first, last = (size >> HEIGHT * (level + 1) for size in (old, new))
        for index in range(first, last + 1):
            needed = f"{width_of(level, index, new)}"
            folder = ledger / f"{tile_path(kind, index)}.p"
            if folder.is_dir():
                _empty(folder, but=needed)


class _Writer:
    """Writes whole files, and remembers in which directories, so that their names are made durable all at once."""

    def __init__(self, ledger: Path) -> None:
        self._ledger = ledger
        self._touched: set[Path] = set()

    def leaves(self, index: int, datas: Iterable[bytes]) -> Iterator[bytes]:
        """Write bundles and tiles of level 0 from a tile on; the hash over each whole one is returned."""
        for some in _groups(datas):
            self._write(tile_path(ENTRIES, index, len(some)), bundled(some))
            yield from self.tiles(0, index, [leaf_hash(data) for data in some])
            index += 1

    def tiles(self, level: int, index: int, hashes: Iterable[bytes]) -> Iterator[bytes]:
        """Write tiles of a level from one on; the hash over each whole one is returned."""
        for number, some in enumerate(_groups(hashes), index):
            self._write(tile_path(level, number, len(some)), b"".join(some))
            if len(some) == WIDTH:
                yield folded(some)

    def sync(self) -> None:
        """Make the names of what was written durable."""
        for folder in self._touched:
            files.sync_directory(folder)

    def _write(self, name: str, data: bytes) -> None:
        path = self._ledger / name
        if path.parent not in self._touched:
            files.make_directories(path.parent)
            self._touched.add(path.parent)
        if not path.exists() or path.read_bytes() != data:
            files.write_aside(path, data).replace(path)


def _groups(values: Iterable[bytes]) -> Iterator[list[bytes]]:
    rest = iter(values)
    while some := list(islice(rest, WIDTH)):
        yield some


def _empty(folder: Path, *, but: str) -> None:
    left = 0
    for path in folder.iterdir():
        if path.name == but:
            left += 1
        else:
            path.unlink()
    if not left:
        folder.rmdir()


def _entries(data: bytes) -> Iterator[bytes]:
    at = 0
    while at + _LENGTH.size <= len(data):
        (length,) = _LENGTH.unpack_from(data, at)
        at += _LENGTH.size
        yield data[at : at + length]
        at += length


def _content(ledger: Path, name: str) -> bytes:
    try:
        return (ledger / name).read_bytes()
    except FileNotFoundError as error:
        raise _unsound(name, "it is not there") from error


def _unsound(name: str, how: str) -> VerificationError:
    return VerificationError(
        f"A file of the ledger, {name}, is not what it was: {how}.",
        means="Without it nothing new is signed, and what it speaks for cannot be proved from this copy.",
        do="Restore the file from a backup of the ledger folder, then run: archiver ledger verify",
    )
