"""The process that reads the inputs of one target, within bounds that the kernel enforces.

`python -m tests.fuzz.child TARGET SEED FIRST COUNT MARK`: the number of the input at hand stands in the file MARK, so
that it is known also where the kernel ends this process; what came of it all is printed as JSON. An input follows from
the target, the seed and its number alone.
"""

from __future__ import annotations

import json
import mmap
import resource
import signal
import sys
import time
import traceback
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

from tests.fuzz.seeds import Seed
from tests.fuzz.targets import TARGETS, Target

MEGABYTES = 512
SECONDS = 10.0
_MOST_FAULTS = 10
_DIGITS = 20


def inputs_of(target: Target, seed: int, number: int, seeds: tuple[Seed, ...]) -> tuple[Seed, bytes]:
    """Input `number`: what it is given with, and its bytes."""
    rng = Random((seed << 40) + number)
    chosen = rng.choice(seeds)
    return chosen, target.change(rng, chosen.data, [one.data for one in seeds])


def bounded() -> None:
    """From here on: no more memory than allowed, whatever it is used for; a time-out ends the process."""
    allowed = MEGABYTES << 20
    resource.setrlimit(resource.RLIMIT_DATA, (allowed, allowed))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)  # not a handler: it must end a library that does not come back too


def run(target: Target, seed: int, first: int, count: int, mark: Path) -> dict[str, Any]:
    """Read `count` inputs from number `first` on; stops after ten faults."""
    seeds = target.seeds()
    outcomes: Counter[str] = Counter()
    faults: list[dict[str, Any]] = []
    slowest = 0.0
    with mark.open("r+b") as file, mmap.mmap(file.fileno(), _DIGITS) as at_hand:
        for number in range(first, first + count):
            at_hand[:] = b"%020d" % number
            given, data = inputs_of(target, seed, number, seeds)
            outcome, seconds = _read(target, given, data)
            slowest = max(slowest, seconds)
            outcomes[outcome.partition("\n")[0]] += 1
            if "\n" in outcome:
                faults.append({"number": number, "trace": outcome.partition("\n")[2]})
            if len(faults) == _MOST_FAULTS:
                break
    return {"outcomes": dict(outcomes), "faults": faults, "slowest": slowest, "peak_megabytes": _peak_megabytes()}


def _peak_megabytes() -> int:
    """The highest memory of this process alone: `ru_maxrss` begins with that of the process that started it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def _read(target: Target, given: Seed, data: bytes) -> tuple[str, float]:
    """What came of one input, in a word (behind which stands the trace of a fault), and the seconds it took."""
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    started = time.perf_counter()
    try:
        target.read(given, data)
        outcome = "read"
    except target.may_raise as error:
        outcome = type(error).__name__ if error.what else "fault\nan error that does not say what is wrong"
    except BaseException:  # noqa: BLE001 - whatever it is, it must be told with its number
        outcome = "fault\n" + traceback.format_exc(limit=-4)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return outcome, time.perf_counter() - started


def main(words: list[str]) -> None:
    """Read what the words say, and print what came of it."""
    name, seed, first, count, mark = words
    bounded()
    print(json.dumps(run(TARGETS[name], int(seed), int(first), int(count), Path(mark))))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
