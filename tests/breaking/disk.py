"""What a disk would hold after the power went: from the recorded writes and syncs of a command, at any moment of it.

A write counts from the next sync of its file on, a name from the next sync of its folder on; until then each may be
there, or not, or in part. The shared memory of SQLite (`-shm`) is no part of what lasts.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = -1  # stands for a folder where the number of a file stands else
NEVER = 1 << 60
SECTOR = 512


@dataclass(slots=True)
class Step:
    """Something that changes the disk; `lasting` is the step from which on it is sure to be there."""

    lasting: int = NEVER


@dataclass(slots=True)
class Written(Step):
    """Bytes at a place of a file."""

    file: int = 0
    at: int = 0
    data: bytes = b""


@dataclass(slots=True)
class Cut(Step):
    """A file gets this length."""

    file: int = 0
    length: int = 0


@dataclass(slots=True)
class Named(Step):
    """Names come to mean other files, all of them or none; None: nothing bears the name any more."""

    names: tuple[tuple[str, int | None], ...] = ()


@dataclass(slots=True)
class Synced(Step):
    """A sync returned."""


@dataclass(slots=True)
class Told(Step):
    """Something went out: a request, or what is printed. What was done before it is acknowledged by it."""

    request: str = ""
    printed: str = ""


Kept = bytes | bool  # whether a step that may be lost is there; or which sectors of what it wrote
Fate = Callable[[Step], Kept]


@dataclass(slots=True, kw_only=True)
class Disk:
    """A disk as it was, and all steps that followed. Paths are relative to the archive."""

    names: dict[str, int] = field(default_factory=dict)
    files: dict[int, bytes] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)

    @classmethod
    def of(cls, base: Path) -> Disk:
        """What a folder holds, all of it lasting."""
        disk = cls()
        inodes: dict[int, int] = {}
        for path in sorted(base.rglob("*")):
            name = path.relative_to(base).as_posix()
            if path.is_dir():
                disk.names[name] = FOLDER
            elif not name.endswith("-shm"):
                number = inodes.setdefault(path.stat().st_ino, len(inodes))
                disk.names[name] = number
                disk.files[number] = path.read_bytes()
        return disk

    def at(self, step: int, fate: Fate) -> State:
        """The disk after so many steps, where the power goes."""
        names = dict(self.names)
        files = {number: bytearray(data) for number, data in self.files.items()}
        for one in self.steps[:step]:
            there = True if one.lasting < step else fate(one)
            if there is not False:
                _apply(one, there, names, files)
        return State(
            names={name: number for name, number in names.items() if _is_reached(name, names)},
            files={number: bytes(data) for number, data in files.items()},
        )


def _apply(one: Step, there: Kept, names: dict[str, int], files: dict[int, bytearray]) -> None:
    if isinstance(one, Written):
        file = files.setdefault(one.file, bytearray())
        data = one.data if there is True else _partly(file, one, bytes(there))
        file.extend(bytes(max(one.at - len(file), 0)))
        file[one.at : one.at + len(data)] = data
    elif isinstance(one, Cut):
        file = files.setdefault(one.file, bytearray())
        file.extend(bytes(max(one.length - len(file), 0)))
        del file[one.length :]
    elif isinstance(one, Named):
        for name, number in one.names:
            if number is None:
                names.pop(name, None)
            else:
                names[name] = number
                if number != FOLDER:
                    files.setdefault(number, bytearray())


def _partly(file: bytearray, one: Written, mask: bytes) -> bytes:
    """What a torn write leaves: of each sector the new bytes or the old ones, by a mask of 0 and 1."""
    old = bytes(file[one.at : one.at + len(one.data)]).ljust(len(one.data), b"\0")
    parts = (
        (one.data if mask[place // SECTOR] else old)[place : place + SECTOR]
        for place in range(0, len(one.data), SECTOR)
    )
    return b"".join(parts)


def _is_reached(name: str, names: dict[str, int]) -> bool:
    folder = name.rpartition("/")[0]
    return not folder or (names.get(folder) == FOLDER and _is_reached(folder, names))


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What one disk holds."""

    names: dict[str, int]
    files: dict[int, bytes]

    @property
    def digest(self) -> str:
        """The same for the same names and bytes."""
        found = hashlib.sha256()
        for name, number in sorted(self.names.items()):
            data = b"" if number == FOLDER else self.files[number]
            found.update(f"{name}\0{number == FOLDER}\0{len(data)}\0".encode() + data)
        return found.hexdigest()

    def write(self, folder: Path) -> None:
        """Make it the contents of a folder."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        first: dict[int, Path] = {}
        for name, number in sorted(self.names.items()):
            path = folder / name
            if number == FOLDER:
                path.mkdir(mode=0o700)
            elif number in first:
                path.hardlink_to(first[number])
            else:
                path.write_bytes(self.files[number])
                os.chmod(path, 0o600)  # noqa: PTH101
                first[number] = path

    def differences(self, folder: Path) -> Sequence[str]:
        """The names under which a folder holds something else."""
        there = Disk.of(folder)
        mine = {name: b"" if number == FOLDER else self.files[number] for name, number in self.names.items()}
        theirs = {name: b"" if number == FOLDER else there.files[number] for name, number in there.names.items()}
        return sorted(name for name in mine | theirs if mine.get(name) != theirs.get(name))
