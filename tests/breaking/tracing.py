"""What a command asked of the kernel, as strace tells it, and the points at which something can be done to it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

WRITES = ("write", "pwrite64", "writev", "pwritev", "sendfile", "copy_file_range")
SYNCS = ("fsync", "fdatasync")
NAMES = ("unlink", "unlinkat", "rename", "renameat", "renameat2", "link", "linkat", "mkdir", "mkdirat", "rmdir")
OTHERS = ("ftruncate", "truncate", "chmod", "fchmod", "openat")
SOCKETS = ("connect", "sendto", "recvfrom")
FILES = (*WRITES, *SYNCS, *NAMES, *OTHERS)

_LINE = re.compile(r"\d+ +(?P<call>\w+)\((?P<said>.*)\) += (?P<result>-?\d+|\?)(?P<more>.*)")
_PATH = re.compile(r'<(/[^<>]*)>|"(/[^"]*)"')
_NAMELESS = re.compile(r"#\d+ ?(\(deleted\))?$")


@dataclass(frozen=True, slots=True)
class Call:
    """One call: its name, its arguments as strace writes them, and its result (None where it did not return)."""

    name: str
    said: str
    result: int | None

    def paths(self, below: Path) -> list[str]:
        """The paths of its arguments that lie in a folder."""
        found = (first or second for first, second in _PATH.findall(self.said))
        return [path for path in found if path.startswith(f"{below}/") or path == str(below)]


@dataclass(frozen=True, slots=True)
class Point:
    """The `number`-th call of this name on this path; on any file or socket where there is no path."""

    call: str
    path: str | None
    number: int

    def options(self, what: str, *, for_ever: bool = False) -> tuple[str, ...]:
        """What strace is told, to do `what` (signal=KILL, error=EIO) there, or there and at every later one."""
        on = ("-P", self.path) if self.path else ()
        when = f"{self.number}{'+' if for_ever else ''}"
        return ("-o", "/dev/null", *on, "-e", f"trace={self.call}", "-e", f"inject={self.call}:{what}:when={when}")


def recording(log: Path, *, whole: bool = False) -> tuple[str, ...]:
    """What strace is told, to write every call that changes files or sockets to `log`; `whole`: with what is written.

    Whole, also what moves the place in a file at which is written next.
    """
    places = ("lseek", "close", "sendto")
    calls = ",".join((*FILES, *(places if whole else SOCKETS)))
    return ("-y", "-o", str(log), "-e", f"trace={calls}", *(("-xx", "-s", "4000000") if whole else ()))


def calls(log: Path) -> Iterator[Call]:
    """The calls that were recorded, in order."""
    with log.open(encoding="latin-1") as lines:
        for line in lines:
            found = _LINE.match(line)
            if found:
                result = None if found["result"] == "?" else int(found["result"])
                yield Call(found["call"], found["said"], result)


def points(recorded: Iterable[Call], archive: Path) -> list[Point]:
    """The points of a command: its calls that change a file of the archive, and those on its sockets."""
    seen: Counter[tuple[str, str | None]] = Counter()
    found = []
    for call in recorded:
        if call.result is None:
            continue
        path = _place(call, archive)
        if path == "":
            continue
        seen[call.name, path] += 1
        if not _changes_nothing(call):
            found.append(Point(call.name, path, seen[call.name, path]))
    return found


def _place(call: Call, archive: Path) -> str | None:
    """The path by which the call is told from others; None for a socket, empty where it is not of the archive."""
    if call.name in SOCKETS:
        return None
    named = [path for path in call.paths(archive) if not _NAMELESS.search(path)]
    return named[0] if named else ""


def _changes_nothing(call: Call) -> bool:
    return call.name == "openat" and "O_CREAT" not in call.said


def spread(every: Sequence[Point], share: int, shares: int) -> Sequence[Point]:
    """One of so many parts, each with points from everywhere."""
    return every[share::shares]
