"""From the calls that strace recorded to the steps of a disk: which bytes went where, and what made them last."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from tests.breaking.disk import FOLDER, NEVER, Cut, Disk, Named, Step, Synced, Told, Written
from tests.breaking.tracing import Call

_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_OPEN = re.compile(r"(\d+)<((?:\\x[0-9a-f]{2})*)>")
_IGNORED = ("connect", "recvfrom", "chmod", "fchmod")


class Replay:
    """Follows the calls of one process on the files below `archive`; `out` is where it prints."""

    def __init__(self, base: Path, archive: Path, out: Path) -> None:
        self.disk = Disk.of(base)
        self._names: dict[str, int] = dict(self.disk.names)
        self._sizes = {number: len(data) for number, data in self.disk.files.items()}
        self._places: dict[int, tuple[int, int]] = {}  # open files by descriptor: number, place
        self._archive = f"{archive}/"
        self._out = str(out)
        self._waiting: dict[int | str, list[Step]] = {}  # what is not lasting yet, by file or folder
        self._do: dict[str, Callable[[Call], None]] = {
            "openat": self._opened,
            "close": self._closed,
            "lseek": self._moved,
            "write": self._written,
            "pwrite64": self._written_at,
            "ftruncate": self._cut,
            "fsync": self._synced,
            "fdatasync": self._synced,
            "unlink": self._unlinked,
            "rename": self._renamed,
            "link": self._linked,
            "mkdir": self._made,
            "sendto": self._sent,
        }

    def follow(self, calls: Iterable[Call]) -> Disk:
        """All calls, in order. ValueError for one on the archive that is not understood."""
        for call in calls:
            if call.result is None or call.result < 0:
                continue
            if call.name in self._do:
                self._do[call.name](call)
            elif call.name not in _IGNORED and any(self._inside(path) for path in _texts(call)):
                raise ValueError(f"{call.name} is not understood")
        return self.disk

    def _step(self, step: Step, *waits_for: int | str) -> None:
        self.disk.steps.append(step)
        for what in waits_for:
            self._waiting.setdefault(what, []).append(step)

    def _inside(self, path: str) -> str:
        """The path as the disk names it; empty for one that is not of the archive, or does not last."""
        name = path.removeprefix(self._archive) if path.startswith(self._archive) else ""
        return "" if name.endswith(("-shm", "(deleted)")) else name

    def _opened(self, call: Call) -> None:
        path, descriptor = _texts(call)[0], call.result or 0
        name = self._inside(path)
        self._places.pop(descriptor, None)
        if not name or "O_DIRECTORY" in call.said or "O_TMPFILE" in call.said:
            return
        number = self._names.get(name)
        if number is None:
            number = self._new(name)
        if number == FOLDER:
            return
        if "O_TRUNC" in call.said and self._sizes[number]:
            self._step(Cut(file=number, length=0), number)
            self._sizes[number] = 0
        self._places[descriptor] = (number, 0)

    def _new(self, name: str) -> int:
        number = 1 + max(self._sizes, default=0)
        self._sizes[number] = 0
        self._name((name, number))
        return number

    def _name(self, *names: tuple[str, int | None]) -> None:
        for name, number in names:
            if number is None:
                self._names.pop(name, None)
            else:
                self._names[name] = number
        self._step(Named(names=names), _folder(names[-1][0]))

    def _closed(self, call: Call) -> None:
        self._places.pop(_descriptor(call)[0], None)

    def _moved(self, call: Call) -> None:
        descriptor, _ = _descriptor(call)
        if descriptor in self._places:
            self._places[descriptor] = (self._places[descriptor][0], call.result or 0)

    def _written(self, call: Call) -> None:
        descriptor, path = _descriptor(call)
        data = _bytes(call)[: call.result]
        if path == self._out:
            self._step(Told(printed=data.decode()))
        elif descriptor in self._places:
            number, place = self._places[descriptor]
            self._put(number, place, data)
            self._places[descriptor] = (number, place + len(data))

    def _written_at(self, call: Call) -> None:
        descriptor, _ = _descriptor(call)
        if descriptor in self._places:
            place = int(call.said.rpartition(", ")[2])
            self._put(self._places[descriptor][0], place, _bytes(call)[: call.result])

    def _put(self, number: int, place: int, data: bytes) -> None:
        self._step(Written(file=number, at=place, data=data), number)
        self._sizes[number] = max(self._sizes[number], place + len(data))

    def _cut(self, call: Call) -> None:
        descriptor, _ = _descriptor(call)
        if descriptor in self._places:
            number, length = self._places[descriptor][0], int(call.said.rpartition(", ")[2])
            self._step(Cut(file=number, length=length), number)
            self._sizes[number] = length

    def _synced(self, call: Call) -> None:
        descriptor, path = _descriptor(call)
        folder = path == self._archive.rstrip("/") or self._names.get(self._inside(path)) == FOLDER
        if not folder and descriptor not in self._places:
            return
        what: int | str = self._inside(path) if folder else self._places[descriptor][0]
        for step in self._waiting.pop(what, ()):
            step.lasting = len(self.disk.steps) if step.lasting == NEVER else step.lasting
        self._step(Synced())

    def _unlinked(self, call: Call) -> None:
        if name := self._inside(_texts(call)[0]):
            self._name((name, None))

    def _renamed(self, call: Call) -> None:
        old, new = (self._inside(path) for path in _texts(call))
        if old and new:
            self._name((old, None), (new, self._names[old]))

    def _linked(self, call: Call) -> None:
        old, new = (self._inside(path) for path in _texts(call))
        self._name((new, self._names[old]))

    def _made(self, call: Call) -> None:
        if name := self._inside(_texts(call)[0]):
            self._name((name, FOLDER))

    def _sent(self, call: Call) -> None:
        line = _bytes(call).split(b"\r\n")[0].decode().split(" ")
        if len(line) == 3 and line[0] == "GET":
            target = urlsplit(line[1])
            query = "&".join(f"{name}={value}" for name, value in parse_qsl(target.query, keep_blank_values=True))
            self._step(Told(request=f"{target.path}?{query}"))


def _folder(name: str) -> str:
    return name.rpartition("/")[0]


def _unhexed(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))


def _texts(call: Call) -> list[str]:
    return [_unhexed(found).decode("utf-8", "replace") for found in _TEXT.findall(call.said)]


def _bytes(call: Call) -> bytes:
    found = _TEXT.search(call.said)
    return _unhexed(found[1]) if found else b""


def _descriptor(call: Call) -> tuple[int, str]:
    found = _OPEN.match(call.said)
    return (int(found[1]), _unhexed(found[2]).decode("utf-8", "replace")) if found else (-1, "")
