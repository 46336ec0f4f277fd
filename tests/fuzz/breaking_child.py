"""As `child`, with targets of which input 7 breaks a rule: they show that the bounds hold."""

from __future__ import annotations

import os
import signal
import sys

from archiver.errors import ConfigError
from tests.fuzz import child
from tests.fuzz.seeds import Seed
from tests.fuzz.targets import Change, Target

BAD = 7


def _number(rng: object, data: bytes, _others: object) -> bytes:
    """The seed as it is: what happens hangs on how many were read."""
    return data


def _slow() -> None:
    signal.pause()  # in the C library, as a parser that does not come back


def _large() -> None:
    bytearray(child.MEGABYTES << 20)


def _failing() -> None:
    _ = 1 // 0


def _leaving() -> None:
    sys.exit(3)


def _speechless() -> None:
    raise ConfigError("")


def _dying() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


DOES = {
    "slow": _slow,
    "large": _large,
    "failing": _failing,
    "leaving": _leaving,
    "speechless": _speechless,
    "dying": _dying,
}


def target(name: str) -> Target:
    """A target whose input 7 breaks the rule of this name."""
    read: list[bytes] = []

    def reads(_seed: Seed, data: bytes) -> None:
        read.append(data)
        if len(read) == BAD + 1:
            DOES[name]()

    change: Change = _number
    return Target(seeds=lambda: (Seed(data=b"x"),), change=change, read=reads, may_raise=ConfigError)


if __name__ == "__main__":
    child.SECONDS = 0.5
    child.TARGETS |= {name: target(name) for name in DOES}
    child.main(sys.argv[1:])
