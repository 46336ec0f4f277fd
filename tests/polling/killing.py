"""Ends the work at its n-th step that changes a disk: before it, half through it, or just after it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from archiver.storage import files
from archiver.storage.database import Connection, Database
from archiver.storage.segments import Segment


class Killed(BaseException):
    """The process is gone. Not an error: nothing of ours may catch it and go on."""


class Steps:
    """Counts the steps that change a disk, and ends the work at one of them."""

    def __init__(self, end_at: int | None, *, end: Callable[[], None] | None = None) -> None:
        self.taken: list[str] = []
        self._end_at = end_at
        self._end = end or _raise
        self._when: Callable[[str], bool] = lambda _name: False

    def step(self, name: str) -> None:
        """One more."""
        self.taken.append(name)
        if self._end_at == len(self.taken) or self._when(name):
            self._when = lambda _name: False
            self._end()

    def end_when(self, condition: Callable[[str], bool]) -> None:
        """End at the first step for which this holds."""
        self._when = condition


@contextmanager
def ending_at(number: int | None, *, end: Callable[[], None] | None = None) -> Iterator[Steps]:
    """Within it, the step of this number (from 1) is the last. None: every step is taken, and counted."""
    steps = Steps(number, end=end)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Database, "transaction", _watched_transaction(steps))
        torn = _torn(steps, files.write_all)
        patch.setattr(files, "write_all", torn)
        patch.setattr("archiver.storage.warc.write_all", torn)
        for name in ("sync_file", "sync_directory", "link_or_copy"):
            patch.setattr(files, name, _around(steps, name, getattr(files, name)))
        for name in ("rename", "replace", "unlink"):
            patch.setattr(Path, name, _around(steps, name, getattr(Path, name)))
        patch.setattr(Segment, "_cut_back", _unless_killed(Segment._cut_back))
        yield steps


@contextmanager
def killed_when(condition: Callable[[str], bool]) -> Iterator[None]:
    """What is done within it ends at the first step for which the condition holds."""
    with pytest.raises(Killed), ending_at(None) as steps:
        steps.end_when(condition)
        yield


@contextmanager
def failing(owner: Any, name: str, error: Exception, *, after: int = 0, times: int = 10**9) -> Iterator[None]:
    """Calls of this function fail, from the one after so many on, so many times."""
    real, left = getattr(owner, name), [after, times]

    def fail(*arguments: Any, **options: Any) -> Any:
        if left[0] > 0:
            left[0] -= 1
        elif left[1] > 0:
            left[1] -= 1
            raise error
        return real(*arguments, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, name, fail)
        yield


def _raise() -> None:
    raise Killed


def _around(steps: Steps, name: str, do: Callable[..., Any]) -> Callable[..., Any]:
    def done(*arguments: Any, **options: Any) -> Any:
        steps.step(f"before {name}")
        result = do(*arguments, **options)
        steps.step(f"after {name}")
        return result

    return done


def _torn(steps: Steps, write: Callable[..., None]) -> Callable[..., None]:
    def written(file: Any, data: bytes) -> None:
        steps.step("before write")
        write(file, data[: len(data) // 2])
        steps.step("half written")
        write(file, data[len(data) // 2 :])
        steps.step("after write")

    return written


def _watched_transaction(steps: Steps) -> Callable[[Database], Any]:
    transaction = Database.transaction

    @contextmanager
    def watched(database: Database) -> Iterator[Connection]:
        steps.step("before begin")
        with transaction(database) as db:
            yield db
            steps.step("before commit")
        steps.step("after commit")

    return watched


def _unless_killed(cut_back: Callable[[Segment, int], None]) -> Callable[[Segment, int], None]:
    """What runs when a write fails does not run when the process is gone."""

    def cut(segment: Segment, end: int) -> None:
        if not isinstance(sys.exc_info()[1], Killed):
            cut_back(segment, end)

    return cut


def exit_now() -> None:
    """The end of a process, without any last word."""
    os._exit(9)
