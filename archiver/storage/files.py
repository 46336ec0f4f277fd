"""The few file verbs that everything durable is made of: create, sync, publish, replace, link or copy."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

from archiver.errors import DiskError, VerificationError

CHUNK = 1 << 20
NO_LINK = frozenset({errno.EXDEV, errno.EPERM, errno.EACCES, errno.EMLINK, errno.ENOTSUP, errno.ENOSYS})
TOO_MANY_FILES = "Let the process open more files (LimitNOFILE=, ulimit -n), or poll with fewer threads."
REMEDY = {
    errno.ENOSPC: ("the disk is full", "Free some space or give the archive a larger disk, then start again."),
    errno.EFBIG: ("the file may not grow further", "Raise the file size limit of the process, then start again."),
    errno.EDQUOT: ("the disk quota is used up", "Raise the quota or free some space, then start again."),
    errno.EROFS: ("the file system is read-only", "Mount it for writing; look in the system log why it changed."),
    errno.EMFILE: ("too many files are open", TOO_MANY_FILES),
    errno.ENFILE: ("too many files are open on this host", TOO_MANY_FILES),
    errno.EIO: ("the disk reports an error", "Look in the system log and replace the disk; then verify the archive."),
}


class Writable(Protocol):
    """A raw file: `write` may take fewer bytes than it is given, and says how many."""

    def write(self, data: memoryview, /) -> int | None:
        """Bytes taken."""
        ...


@contextmanager
def disk_errors(
    path: Path, *, means: str = "Nothing already kept is affected; what was being written is not kept."
) -> Iterator[None]:
    """Turn a full, read-only or failing disk into a DiskError of three lines; other errors pass."""
    try:
        yield
    except OSError as error:
        if error.errno not in REMEDY:
            raise
        why, do = REMEDY[error.errno]
        raise DiskError(f"Cannot write {path.name}: {why}.", means=means, do=do) from error


def write_all(file: Writable, data: bytes) -> None:
    """Write every byte to a raw file, which may take only a part of them at a time."""
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) or 0 :]


def sync_file(file: BinaryIO) -> None:
    """Make the file's bytes and length durable."""
    file.flush()
    os.fdatasync(file.fileno())


def sync_directory(path: Path) -> None:
    """Make the names in a directory durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_directories(path: Path) -> None:
    """Create a directory and its missing parents, each name durable."""
    if path.is_dir():
        return
    make_directories(path.parent)
    path.mkdir(exist_ok=True)
    sync_directory(path.parent)


def write_aside(path: Path, data: bytes) -> Path:
    """Write a file durably under a hidden name beside the one it is to have; that name is returned."""
    part = _aside(path)
    with part.open("wb", buffering=0) as file:
        write_all(file, data)
        os.fsync(file.fileno())
    return part


def create(path: Path, data: bytes) -> None:
    """Make a new durable file; a DiskError where the name is taken. After a crash: the whole file, or none."""
    part = write_aside(path, data)
    _publish(part, path)


def replace(path: Path, data: bytes) -> None:
    """Give a file new contents, durably. After a crash: the old contents or the new."""
    part = write_aside(path, data)
    part.replace(path)
    sync_directory(path.parent)


def discard_unfinished(folder: Path) -> None:
    """Remove what a crash left of files that never got their names. Nobody else may be writing into the folder."""
    for part in folder.glob(_aside(folder / "*").name):
        part.unlink()


def link_or_copy(source: Path, target: Path, *, link: bool = True) -> None:
    """Give a file a second durable name: a hard link, or a copy where that cannot be or is not wanted.

    The same bytes already there: nothing is done. Other bytes there: VerificationError, nothing is changed.
    """
    if target.exists():
        _require_same(source, target)
    else:
        _link_or_copy(source, target, link=link)
    # Also for what was there already: a crash may have come between its link and these.
    with target.open("rb") as file:
        os.fsync(file.fileno())
    sync_directory(target.parent)


def copy(source: Path, target: Path, *, start: int = 0) -> None:
    """Copy a file, or what follows `start`, to a new durable file. After a crash: the whole copy, or none."""
    part = _aside(target)
    with source.open("rb") as old, part.open("wb") as new:
        old.seek(start)
        shutil.copyfileobj(old, new, CHUNK)
        sync_file(new)
    _publish(part, target)


def copy_over(source: Path, target: Path) -> None:
    """Give a file the contents of another, durably. After a crash: the old contents or the new."""
    part = _aside(target)
    with source.open("rb") as old, part.open("wb") as new:
        shutil.copyfileobj(old, new, CHUNK)
        sync_file(new)
    part.replace(target)
    sync_directory(target.parent)


def measured(file: BinaryIO) -> tuple[int, str]:
    """How many bytes follow in an open file, and their SHA-256 (hex)."""
    digest, size = hashlib.sha256(), 0
    while chunk := file.read(CHUNK):
        digest.update(chunk)
        size += len(chunk)
    return size, digest.hexdigest()


def same(source: Path, target: Path, *, start: int = 0) -> bool:
    """Whether `target` holds what `source` holds from `start` on."""
    if start == 0 and source.samefile(target):
        return True
    with source.open("rb") as left, target.open("rb") as right:
        left.seek(start)
        while (chunk := left.read(CHUNK)) == right.read(CHUNK):
            if not chunk:
                return True
    return False


def _require_same(source: Path, target: Path) -> None:
    if not same(source, target):
        raise VerificationError(
            f"{target.name} is already there, with other bytes.",
            means="Neither file was changed; which of them is right is not known.",
            do=f"Compare {source} and {target}, keep the right one, and move the other out of the archive.",
        )


def _link_or_copy(source: Path, target: Path, *, link: bool) -> None:
    if not link:
        copy(source, target)
        return
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in NO_LINK:
            raise
        copy(source, target)


def _aside(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")


def _publish(part: Path, path: Path) -> None:
    if path.exists():
        part.unlink()
        raise DiskError(
            f"{path.name} is already there.",
            means="It was left as it is; nothing new was written.",
            do="If no other process works on this archive, please report this.",
        )
    part.rename(path)
    sync_directory(path.parent)
