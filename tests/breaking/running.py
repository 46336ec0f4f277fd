"""Runs a command of the program in a process of its own, under strace where something is to be done to it."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, AnyStr

ROOT = Path(__file__).parents[2]
DEADLINE = 60.0  # seconds; nothing here takes five
HUNG = -99  # the exit code of a command that did not end within them
_FIXED = {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONWARNINGS": "ignore"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command ended: its exit code (negative: the signal), what it printed, and its memory (KiB)."""

    code: int
    out: str
    err: str
    kibibytes: int = 0

    @property
    def answer(self) -> dict[str, Any]:
        """What it said on standard output; empty where it said nothing."""
        said: dict[str, Any] = json.loads(self.out) if self.out.strip() else {}
        return said


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A command: its words, and the moment at which its clock begins."""

    words: tuple[str, ...]
    at: datetime
    environ: Mapping[str, str]
    planted: tuple[str, ...] = ()
    largest: int = 0  # bytes a file may have; 0: any number
    threads: bool = False


class Program:
    """The server that forks the commands, and what strace is to do to them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._out, self._err, self._begin = (folder / name for name in ("out", "err", "begin"))
        os.mkfifo(self._begin)
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.breaking.program"],
            cwd=ROOT,
            env=os.environ | _FIXED,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,  # so that what can be read is not yet in a buffer
        )

    def run(self, task: Task, strace: Sequence[str] = ()) -> Ended:
        """Run it to its end. `strace` are the options of what is to be done to it; none: it runs alone."""
        for path in (self._out, self._err):
            path.unlink(missing_ok=True)
        pid = self._forked(task, waiting=bool(strace))
        if strace:
            with _tracer(pid, strace), self._begin.open("wb") as begin:
                begin.write(b".")
        code, kibibytes = self._said(pid)
        out, err = (path.read_text() if path.exists() else "" for path in (self._out, self._err))
        return Ended(code=code, out=out, err=err, kibibytes=kibibytes)

    def close(self) -> None:
        """End the server."""
        _pipe(self._server.stdin).close()
        self._server.wait()
        _pipe(self._server.stdout).close()

    def _forked(self, task: Task, *, waiting: bool) -> int:
        said = {
            "words": task.words,
            "at": task.at.isoformat(),
            "environ": dict(task.environ),
            "planted": task.planted,
            "largest": task.largest,
            "threads": task.threads,
            "stdout": os.fspath(self._out),
            "stderr": os.fspath(self._err),
            "wait": os.fspath(self._begin) if waiting else "",
        }
        _pipe(self._server.stdin).write(json.dumps(said).encode() + b"\n")
        return int(_pipe(self._server.stdout).readline())

    def _said(self, pid: int) -> tuple[int, int]:
        answers = _pipe(self._server.stdout)
        hung = not select.select([answers], [], [], DEADLINE)[0]
        if hung:
            os.kill(pid, 9)
        code, kibibytes = json.loads(answers.readline())
        return HUNG if hung else code, kibibytes


@contextmanager
def _tracer(pid: int, options: Sequence[str]) -> Iterator[None]:
    """Strace at work on a process; it has ended when the process has."""
    command = ["strace", "-f", "-e", "signal=none", *options, "-p", str(pid)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as tracer:
        heard = _pipe(tracer.stderr).readline()
        if "attached" not in heard:
            raise RuntimeError(f"strace: {heard}")
        yield
        _pipe(tracer.stderr).read()


def _pipe(stream: IO[AnyStr] | None) -> IO[AnyStr]:
    if stream is None:
        raise RuntimeError("there is no pipe")
    return stream


@contextmanager
def program(folder: Path) -> Iterator[Program]:
    """The program, ready to run commands."""
    made = Program(folder)
    try:
        yield made
    finally:
        made.close()
