"""A disk that is really full: a small file system in memory, seen by this process alone, that grows when it is told."""

from __future__ import annotations

import ctypes
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.breaking.world import copy_tree

_LIBC = ctypes.CDLL(None, use_errno=True)
_NEW_MOUNTS = 0x20000
_REMOUNT = 0x20
_PRIVATE = 0x4000 | 0x40000  # and all below it
_DETACH = 2
_ENOUGH = 256 << 20


def own_mounts() -> None:
    """From here on this process and what it starts have mounts of their own, which end with them."""
    if _LIBC.unshare(_NEW_MOUNTS) or _LIBC.mount(b"none", b"/", None, _PRIVATE, None):
        raise _error("/")


@contextmanager
def disk_of(folder: Path, base: Path, room: int) -> Iterator[None]:
    """`folder` is a disk that holds a copy of `base` and has so many bytes left."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    _mount(folder, _ENOUGH, 0)
    try:
        for path in base.iterdir():
            if path.is_dir():
                copy_tree(path, folder / path.name)
            else:
                shutil.copy2(path, folder)
        used = os.statvfs(folder)
        _mount(folder, (used.f_blocks - used.f_bfree) * used.f_frsize + room, _REMOUNT)
        yield
    finally:
        _LIBC.umount2(os.fsencode(folder), _DETACH)


def make_room(folder: Path) -> None:
    """Let the disk be large."""
    _mount(folder, _ENOUGH, _REMOUNT)


def _mount(folder: Path, size: int, flags: int) -> None:
    if _LIBC.mount(b"tmpfs", os.fsencode(folder), b"tmpfs", flags, f"size={size},mode=0700".encode()):
        raise _error(str(folder))


def _error(where: str) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number), where)
