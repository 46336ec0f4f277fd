"""Fuzzing led by coverage, for long runs before a release: the same targets and changes, steered by Atheris.

`pip install atheris`, then `python -m tests.fuzz.guided TARGET -max_total_time=3600 -rss_limit_mb=512 -timeout=10`
(the options are libFuzzer's). It is not locked and not part of CI, where the same inputs must come in every run.
"""

from __future__ import annotations

import sys
from random import Random

import atheris

with atheris.instrument_imports(include=["archiver", "connectors", "retention"]):
    from tests.fuzz.targets import TARGETS


def main(words: list[str]) -> None:
    """Fuzz the target that is named first; ends with the first fault."""
    target = TARGETS[words[1]]
    seeds = target.seeds()
    others = [seed.data for seed in seeds]

    def read(data: bytes) -> None:
        try:
            target.read(seeds[len(data) % len(seeds)], data)
        except target.may_raise:
            pass

    def change(data: bytes, most: int, number: int) -> bytes:
        rng = Random(number)
        return target.change(rng, data if len(data) > 1 else rng.choice(others), others)[:most]

    atheris.Setup([words[0], *words[2:]], read, custom_mutator=change)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv)
