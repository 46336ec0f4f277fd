"""Runs a target's child process, and tells what came of its inputs: `python -m tests.fuzz.running` runs all of them.

`ARCHIVER_FUZZ_INPUTS` says how many inputs each target gets, `ARCHIVER_FUZZ_SEED` where the numbers begin; an input
that failed is read again by `python -m tests.fuzz.running TARGET SEED NUMBER`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.fuzz.child import MEGABYTES, SECONDS

_PROJECT = Path(__file__).parents[2]
INPUTS = int(os.environ.get("ARCHIVER_FUZZ_INPUTS", "20000"))
SEED = int(os.environ.get("ARCHIVER_FUZZ_SEED", "1"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What came of a run: inputs by outcome, faults with their number, the slowest input, the highest memory.

    `ended` is not 0 where the process was ended at input `at`, by the kernel or by itself.
    """

    name: str
    outcomes: dict[str, int]
    faults: tuple[str, ...]
    slowest: float
    peak_megabytes: int
    ended: int
    at: int
    seconds: float

    @property
    def inputs(self) -> int:
        """How many inputs were read to an end."""
        return sum(self.outcomes.values())

    @property
    def summary(self) -> str:
        """In one line."""
        return (
            f"{self.name}: {self.inputs} inputs, {self.outcomes}, {self.peak_megabytes} MB, "
            f"slowest {self.slowest:.2f} s, all {self.seconds:.0f} s"
        )

    def wrong(self) -> list[str]:
        """What must not be: faults, an end before the end, more memory or time than allowed."""
        ended = [f"{self.name}: ended by signal {-self.ended} at input {self.at}"] if self.ended else []
        large = [f"{self.name}: {self.peak_megabytes} MB"] if self.peak_megabytes > MEGABYTES else []
        slow = [f"{self.name}: {self.slowest:.1f} s for one input"] if self.slowest > SECONDS else []
        return [*ended, *self.faults, *large, *slow]


def require_sound(name: str) -> None:
    """Fails unless every one of the inputs was read or refused, within the bounds."""
    ran = run(name)
    print(ran.summary)  # noqa: T201
    assert ran.wrong() == []
    assert ran.inputs == INPUTS
    assert ran.outcomes.get("read", 0) > INPUTS / 100, "hardly an input was read: the changes are too coarse"


def run(name: str, *, seed: int = SEED, first: int = 0, count: int = INPUTS, child: str = "tests.fuzz.child") -> Ran:
    """Read `count` inputs of a target in a process of its own."""
    with tempfile.NamedTemporaryFile() as mark:
        mark.write(b"0" * 20)
        mark.flush()
        words = [sys.executable, "-m", child, name, str(seed), str(first), str(count), mark.name]
        started = time.monotonic()
        done = subprocess.run(words, cwd=_PROJECT, capture_output=True, text=True, check=False)
        seconds = time.monotonic() - started
        at = int(Path(mark.name).read_bytes())
    if done.returncode:
        said: dict[str, Any] = {"outcomes": {}, "slowest": 0.0, "peak_megabytes": 0}
        faults = (done.stderr[-2000:],) if done.stderr else ()
    else:
        said = json.loads(done.stdout.splitlines()[-1])
        faults = tuple(f"{name} {seed} {fault['number']}: {fault['trace']}" for fault in said.pop("faults"))
    return Ran(name=name, faults=faults, ended=done.returncode, at=at, seconds=seconds, **said)


def main(words: list[str]) -> int:
    """Run every target, some, or one input of one; print what came of it."""
    from tests.fuzz.targets import TARGETS

    if len(words) == 3 and words[1].isdigit():
        return _told(run(words[0], seed=int(words[1]), first=int(words[2]), count=1))
    return max(_told(run(name)) for name in words or TARGETS)


def _told(ran: Ran) -> int:
    print(*(wrong.strip() for wrong in ran.wrong()), ran.summary, sep="\n", flush=True)  # noqa: T201
    return bool(ran.wrong())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
