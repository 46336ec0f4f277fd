"""Where sealed files are kept: four verbs, and the local disk as a store."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Protocol, Self

from archiver.errors import DiskError, UsageError, VerificationError
from archiver.storage import files

MARKER = ".archiver-store"
MARKER_TEXT = b"Archiver keeps sealed WARC files in this directory. Without this file it will not touch it.\n"
_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """What a store says of a file it was given: the version it became, and until when it is locked, where it is."""

    version: str | None = None
    locked_until: datetime | None = None


class Store(Protocol):
    """Sealed files under names such as `ACCOUNT/2026-11/FILE.warc.gz`."""

    def put(self, name: str, path: Path) -> Placed:
        """Keep the file's bytes. The same bytes again: nothing; other bytes: VerificationError, nothing changed."""
        ...

    def open(self, name: str, start: int = 0, length: int | None = None) -> BinaryIO:
        """The bytes from `start`, at most `length` of them. VerificationError where there is no such file."""
        ...

    def names(self, prefix: str = "") -> Iterator[str]:
        """The names that begin with `prefix`, in order."""
        ...

    def delete(self, name: str) -> None:
        """Remove the file durably; nothing where there is none."""
        ...


def stored_name(account_id: str, month: str, name: str) -> str:
    """The name under which a sealed segment, or the index beside it, is kept."""
    return f"{account_id}/{month}/{name}"


def checked_name(name: str) -> list[str]:
    """The parts of a name. Raises UsageError where it cannot be the name of a kept file."""
    parts = name.split("/")
    if not all(_PART.fullmatch(part) for part in parts):
        raise UsageError(f"{name!r} cannot be the name of a kept file.", do="Use letters, digits, `.`, `_`, `-`.")
    return parts


def other_bytes(name: str, place: str) -> VerificationError:
    """A store has a file of this name already, and it is not the one that was to be put."""
    return VerificationError(
        f"{place} has a file {name} already, with other bytes.",
        means="Neither was changed, and the copy there does not count.",
        do="archiver verify tells which is damaged; archiver repair restores it from the other.",
    )


class DiskStore:
    """A directory of this host, or of a disk mounted on it, that bears our marker."""

    def __init__(self, root: Path, *, own_bytes: bool = False) -> None:
        """Open a store made before. DiskError where the directory is missing or bears no marker.

        `own_bytes`: files are never hard links to those that were put, which would be damaged together.
        """
        self._root = root
        self._own_bytes = own_bytes
        self._require_marker()

    @classmethod
    def create(cls, root: Path) -> Self:
        """Make the directory a store; nothing is changed where it is one already."""
        with files.disk_errors(root):
            files.make_directories(root)
            if not (root / MARKER).exists():
                files.create(root / MARKER, MARKER_TEXT)
        return cls(root)

    def put(self, name: str, path: Path) -> Placed:
        """Link or copy the file in, read-only and durable; idempotent for the same bytes."""
        target = self.path(name)
        with files.disk_errors(target, means="The file stays where it is and nothing is lost."):
            files.make_directories(target.parent)
            files.link_or_copy(path, target, link=not self._own_bytes)
            target.chmod(target.stat().st_mode & ~0o222)
        return Placed()

    def open(self, name: str, start: int = 0, length: int | None = None) -> BinaryIO:
        """The bytes from `start`, at most `length` of them."""
        try:
            file = self.path(name).open("rb")
        except FileNotFoundError as error:
            raise VerificationError(
                f"The store has no file {name}.",
                means="The records in it can be neither shown nor verified until it is back.",
                do="Restore it from a backup, then run `archiver verify`.",
            ) from error
        file.seek(start)
        return file if length is None else io.BufferedReader(_Span(file, start, length))

    def names(self, prefix: str = "") -> Iterator[str]:
        """The names that begin with `prefix`, in order; unfinished files are not names."""
        self._require_marker()
        folder = self._root / prefix.rpartition("/")[0]
        found = sorted(path.relative_to(self._root).as_posix() for path in folder.rglob("[!.]*") if path.is_file())
        return (name for name in found if name.startswith(prefix))

    def restore(self, name: str, path: Path, aside: Path) -> None:
        """Put a whole file in the place of a damaged or missing one, whose bytes are kept as `aside`; durable.

        After a crash the damaged file is in its place, or the whole one.
        """
        target = self.path(name)
        with files.disk_errors(target, means="The damaged file is still in its place."):
            files.make_directories(target.parent)
            if target.exists() and not aside.exists():
                files.copy(target, aside)
            files.copy_over(path, target)
            target.chmod(target.stat().st_mode & ~0o222)

    def delete(self, name: str) -> None:
        """Remove the file durably; nothing where there is none."""
        path = self.path(name)
        with files.disk_errors(path, means="The file is still there."):
            path.unlink(missing_ok=True)
            if path.parent.is_dir():
                files.sync_directory(path.parent)

    def path(self, name: str) -> Path:
        """Where the file of this name lies, or would lie. Raises UsageError for what cannot be a name."""
        self._require_marker()
        return self._root / PurePosixPath(*checked_name(name))

    def _require_marker(self) -> None:
        # Asked before every verb: a disk that was unmounted meanwhile leaves an empty directory behind.
        if not (self._root / MARKER).is_file():
            raise DiskError(
                f"{self._root} is not a store of this archive: it has no file {MARKER}.",
                means="Nothing was read or written there; sealed files may be on a disk that is not mounted.",
                do="Mount the disk, or correct the path of the store ([store] directory in the configuration).",
            )


class _Span(io.RawIOBase):
    """A part of a file, read as if it were one; closing it closes the file."""

    def __init__(self, file: BinaryIO, start: int, length: int) -> None:
        self._file = file
        self._start = start
        self._length = length
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        origin = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._length}[whence]
        self._at = max(origin + offset, 0)
        return self._at

    def readinto(self, buffer: Any) -> int:  # any writable buffer; Python 3.11 has no name for one
        view = memoryview(buffer).cast("B")
        self._file.seek(self._start + self._at)
        data = self._file.read(max(min(len(view), self._length - self._at), 0))
        view[: len(data)] = data
        self._at += len(data)
        return len(data)

    def close(self) -> None:
        self._file.close()
        super().close()
