"""The platforms the operations ask, on loopback, with all they ever showed known; and where an archive stands."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archiver.demo import posts
from archiver.demo.images import picture
from archiver.demo.server import DemoDistrict

START = datetime(2026, 9, 21, 12, tzinfo=UTC)
TOKEN = "marked-token-0c4e7a91d2f6"
ENVIRON = {"BREAK_TOKEN": TOKEN}
_MEMORY = Path("/dev/shm")
_TALK_OF = ("buses", "c3", "c3a", "c3b", "c3c", "boundary", "c4", "c4a")
_OWN = 9000  # pictures of these numbers are on no other district's
_LARGE = 1_300_000  # more than what is kept in memory while it arrives

CONFIG = """[agency]
name = "Tamarack Hollow School District"

[archive]
directory = "{archive}"
reserve_megabytes = 0
segment_megabytes = 1

[network]
allow_loopback = true

[polling]
threads = 1

[logging]
format = "json"
"""


@dataclass(frozen=True, kw_only=True)
class World:
    """Two servers, and a folder whose paths are the same for every try, so that calls can be told by them."""

    folder: Path
    talk: DemoDistrict
    pictures: DemoDistrict

    @property
    def archive(self) -> Path:
        """Where the archive under test lies."""
        return self.folder / "archive"

    @property
    def config(self) -> Path:
        """The configuration of every command."""
        return self.folder / "archiver.toml"

    def place(self, base: Path) -> None:
        """Put a copy of this archive where the operation works; forget what was asked so far."""
        shutil.rmtree(self.archive, ignore_errors=True)
        copy_tree(base, self.archive)
        self.forget()

    def forget(self) -> None:
        """Nothing was asked yet."""
        for server in (self.talk, self.pictures):
            server.forget_requests()

    def asked(self) -> list[str]:
        """What the platforms were asked since then and answered, in order; the two are never asked side by side."""
        return [
            f"{one.path}?{'&'.join('='.join(pair) for pair in one.params)}"
            for server in (self.talk, self.pictures)
            for one in server.requests
        ]


def copy_tree(source: Path, target: Path) -> None:
    """A copy in which files that were one file under two names still are."""
    seen: dict[int, Path] = {}
    for folder, _, names in os.walk(source):
        there = target / Path(folder).relative_to(source)
        there.mkdir(mode=0o700)
        for name in names:
            path = Path(folder) / name
            inode = path.stat().st_ino
            if inode in seen:
                (there / name).hardlink_to(seen[inode])
            else:
                seen[inode] = Path(shutil.copy2(path, there / name))


@contextmanager
def world() -> Iterator[World]:
    """Both servers at work, and an empty folder: in memory, where the machine has such a place."""
    where = _MEMORY if os.access(_MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="breaking-", dir=where) as folder, ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr("archiver.demo.server.picture", _drawn)
        talk = stack.enter_context(_showing(_talk()))
        pictures = stack.enter_context(_showing(_pictures()))
        made = World(folder=Path(folder), talk=talk, pictures=pictures)
        made.config.write_text(CONFIG.format(archive=made.archive))
        yield made


def _showing(statuses: tuple[posts.Told, ...]) -> DemoDistrict:
    with pytest.MonkeyPatch.context() as patch:  # only while it is made: tests of this process have districts too
        patch.setattr("archiver.demo.district.STATUSES", statuses)
        return DemoDistrict(START, token=TOKEN, rate_limit=10**9)


def _talk() -> tuple[posts.Told, ...]:
    """Two pages of posts, two threads, one conversation; no pictures."""
    plain = [one for one in posts.STATUSES if not one.to and not one.pictures and one.visibility == "public"]
    threads = [one for one in posts.STATUSES if one.key in _TALK_OF and one.to]
    return (*plain, *threads, *(one for one in posts.STATUSES if one.key in ("d1", "d2")))


def _pictures() -> tuple[posts.Told, ...]:
    shown = [one for one in posts.STATUSES if one.key in ("picnic", "mural")]
    return tuple(replace(one, pictures=tuple(_own(drawn) for drawn in one.pictures)) for one in shown)


def _own(drawn: posts.Picture) -> posts.Picture:
    return replace(drawn, seed=_OWN + drawn.seed)


def _drawn(seed: int) -> bytes:
    """A picture; the first of our own is too large to be kept in memory."""
    return picture(seed) + (random.Random(seed).randbytes(_LARGE) if seed == _OWN + 1 else b"")
