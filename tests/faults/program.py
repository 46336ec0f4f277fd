"""The program in a process of its own over an archive of feeds, with whatever is done to that process."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.checks.damage import verified
from tests.cli.calling import Caller

PROJECT = Path(__file__).parents[2]
PATIENCE = 60.0  # seconds, for what happens in another process
_CONFIG = """[agency]
name = "Tamarack Hollow School District"
[archive]
directory = "archive"
reserve_megabytes = {reserve}
[network]
allow_loopback = true
[polling]
threads = {threads}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """The lines of an error: what, means, do."""
        return self.err.splitlines()[-3:]


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Commands on the archive below `folder`; `python` are options of the interpreter."""

    folder: Path
    python: tuple[str, ...] = ()

    @property
    def archive(self) -> Path:
        """The archive's directory."""
        return self.folder / "archive"

    def configure(self, *, reserve: int = 0, threads: int = 16) -> None:
        """Write the configuration."""
        (self.folder / "archiver.toml").write_text(_CONFIG.format(reserve=reserve, threads=threads))

    def begin(self, *urls: str) -> None:
        """A new archive with an account for each feed, named by the end of its address; in this process."""
        call = Caller(folder=self.folder)
        assert call("init").code == 0
        for url in urls:
            assert call("accounts", "add", "feed", "--id", url.rpartition("/")[2], "--url", url).code == 0
        self.configure()

    def words(self, *words: str) -> list[str]:
        """The whole command."""
        config = str(self.folder / "archiver.toml")
        return [sys.executable, *self.python, "-m", "archiver.cli", "--config", config, "--actor", "Rhea Quist", *words]

    def run(self, *words: str, wrap: Sequence[str] = (), **how: Any) -> Ended:
        """One command to its end; `wrap` is what stands before it."""
        done = subprocess.run(
            [*wrap, *self.words(*words)],
            **{"cwd": PROJECT, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "timeout": PATIENCE} | how,
            check=False,
        )
        told = [(data or b"").decode(errors="replace") for data in (done.stdout, done.stderr)]
        return Ended(code=done.returncode, out=told[0], err=told[1])

    def must(self, *words: str) -> Ended:
        """One command that ends well."""
        ended = self.run(*words)
        assert ended.code == 0, (words, ended)
        return ended

    @contextmanager
    def started(self, *words: str, **how: Any) -> Iterator[subprocess.Popen[bytes]]:
        """A command under way; killed where a test leaves it running."""
        process = subprocess.Popen(self.words(*words), cwd=PROJECT, **{"stderr": subprocess.PIPE} | how)
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.communicate()

    def rows(self, query: str) -> list[Any]:
        """Rows of the catalogue; of one column, its values."""
        with closing(sqlite3.connect(self.archive / "catalogue.sqlite")) as db:
            return [row[0] if len(row) == 1 else tuple(row) for row in db.execute(query)]

    def kept(self) -> list[str]:
        """The ids of the items kept, in order."""
        return sorted(self.rows("SELECT remote_id FROM items"))

    def require_sound(self, truth: set[str]) -> None:
        """Everything once, no gap, nothing outstanding, and a verification without findings."""
        assert self.kept() == sorted(truth)
        assert self.rows("SELECT id FROM gaps WHERE closed IS NULL") == []
        assert self.rows("SELECT fetch FROM frontier") == []
        assert self.rows("SELECT count(*) FROM versions") == [len(truth)]
        assert verified(self.archive, jobs=1).findings == ()


def wait_for(condition: Any, *, seconds: float = PATIENCE) -> None:
    """Until it is so."""
    until, never = time.monotonic() + seconds, threading.Event()
    while not condition():
        assert time.monotonic() < until, "it did not happen"
        never.wait(0.02)


def environment(**changes: str | None) -> dict[str, str]:
    """The environment, with changes; None takes a variable away."""
    return {name: value for name, value in {**os.environ, **changes}.items() if value is not None}
