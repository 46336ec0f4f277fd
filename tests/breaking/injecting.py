"""Errors of a disk, at a call of a command or from it on, and a disk that is really full."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.breaking.operations import Operation
from tests.breaking.oracle import Acknowledged, failed_clearly, restarted
from tests.breaking.running import Ended
from tests.breaking.stage import Stage
from tests.breaking.tracing import NAMES, SOCKETS, SYNCS, WRITES, Point

FULL = ("ENOSPC", "EDQUOT")
FAILED = (0, 4, 8, 10, 12)  # as docs/commands.md has them: disk; and what is told of an account that went wrong
_SIX_TIMES = 5  # a signal may come often, but not for ever


@dataclass(frozen=True, slots=True)
class Injection:
    """An error at a point: there only, or from there on."""

    point: Point
    error: str
    for_ever: bool

    @property
    def options(self) -> tuple[str, ...]:
        """What strace is told."""
        what = f"error={self.error}"
        if self.error == "EINTR" and self.for_ever:
            number = self.point.number
            options = self.point.options(what)
            return (*options[:-1], f"{options[-1]}..{number + _SIX_TIMES}")
        return self.point.options(what, for_ever=self.for_ever)


def injections(points: Sequence[Point], seed: str, most: int) -> list[Injection]:
    """Every error that can come at a point, once and for ever; by chance as many of them as are wanted."""
    every = [
        Injection(point, error, for_ever) for point in points for error in _errors(point) for for_ever in (False, True)
    ]
    return random.Random(seed).sample(every, min(most, len(every)))


def _errors(point: Point) -> tuple[str, ...]:
    if point.call in SOCKETS:
        return ("EINTR",)
    if point.call in WRITES:
        return (*FULL, "EIO", "EINTR")
    if point.call in SYNCS:
        return ("EIO", "ENOSPC", "EINTR")
    if point.call in NAMES and point.call.startswith(("unlink", "rmdir")):
        return ("EIO",)
    return (*FULL, "EIO")


def tried(stage: Stage, operation: Operation, injection: Injection) -> Iterator[str]:
    """What does not hold of the command that meets the error, nor of the archive once the error is gone."""
    stage.world.place(stage.prepared(operation).base)
    ended = stage.run(operation.words, hours=operation.hours, strace=injection.options)
    yield from judged(stage, operation, ended)


def judged(stage: Stage, operation: Operation, ended: Ended) -> Iterator[str]:
    """The same of a command that has ended."""
    yield from failed_clearly(ended, FAILED)
    asked = stage.world.asked()
    done = ended.code == 0
    promised = Acknowledged(asked=tuple(asked if done else asked[:-1]), out=ended.out if done else "")
    yield from restarted(stage, operation, promised)
