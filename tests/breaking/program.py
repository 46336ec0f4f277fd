"""The program in processes of its own: a server that has everything imported forks one for each command.

What runs is the program's own command line. Its threads are taken out, so that its calls come in the same order each
time (unless it is asked to keep them); its clock begins at the moment it is told; and a bug may be planted in it.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn, Self

import pytest

from archiver.clock import SetClock

COMMANDS = ("accounts", "gaps", "init", "ledger", "poll", "rebuild", "requests", "verify")
_PARENT_DEATH_SIGNAL = 1  # of prctl
_LATER = (
    "cli.frame",
    "acts.bundling",
    "checks.rebuild",
    "checks.verify",
    "logs",
    "polling.capturing",
    "storage.schema",
)


class TickingClock(SetClock):
    """A clock that moves by a millisecond with every look at it."""

    def now(self) -> datetime:
        """The time, a little later than before."""
        self.move(timedelta(milliseconds=1))
        return super().now()


class OneAfterTheOther:
    """Stands in for a pool of threads: what is submitted is done at once."""

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def submit(self, do: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Do it."""
        done: Future[Any] = Future()
        done.set_result(do(*arguments))
        return done


def _prepare() -> pytest.MonkeyPatch:
    """Import what the commands use, and take the threads out; what is returned can put them back."""
    from archiver.cli import table
    from archiver.polling import registry, writer
    from archiver.polling import round as rounds

    for module in (*(table.COMMANDS[name][0] for name in COMMANDS), *(f"archiver.{name}" for name in _LATER)):
        importlib.import_module(module)
    registry.connectors()
    patch = pytest.MonkeyPatch()
    patch.setattr(rounds, "ThreadPoolExecutor", OneAfterTheOther)
    patch.setattr(rounds, "as_completed", iter)
    patch.setattr(writer.CaptureWriter, "start", lambda _: None)
    return patch


def _run(task: dict[str, Any]) -> NoReturn:
    from archiver.cli.frame import archiver
    from archiver.cli.session import Session
    from tests.breaking import planted

    for number, name in enumerate(("/dev/null", task["stdout"], task["stderr"])):
        opened = os.open(name, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    if task["wait"]:
        with Path(task["wait"]).open("rb") as begin:
            begin.read(1)
    resource.setrlimit(resource.RLIMIT_FSIZE, (task["largest"] or -1, -1))
    for bug in task["planted"]:
        planted.plant(bug)
    os.environ.update(task["environ"])
    session = Session(clock=TickingClock(datetime.fromisoformat(task["at"])))
    code: Any = 1
    try:
        archiver.main(task["words"], obj=session)
    except SystemExit as ended:
        code = ended.code
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 1)


def _end_with_parent() -> None:
    """Whoever interrupts the tests leaves no process behind."""
    ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, int(signal.SIGKILL))


def _serve(lines: Iterable[str], without_threads: pytest.MonkeyPatch) -> None:
    for line in lines:
        child = os.fork()
        if child == 0:
            _end_with_parent()
            signal.signal(signal.SIGINT, signal.default_int_handler)
            task = json.loads(line)
            if task["threads"]:
                without_threads.undo()
            _run(task)
        print(json.dumps(child), flush=True)  # noqa: T201
        _, status, used = os.wait4(child, 0)
        print(json.dumps([os.waitstatus_to_exitcode(status), used.ru_maxrss]), flush=True)  # noqa: T201


if __name__ == "__main__":
    _end_with_parent()
    _serve(sys.stdin, _prepare())
