"""How much is tried: in CI and by `make test` a seeded part, by `make break` everything that was asked for."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

EVERYTHING = bool(os.environ.get("BREAK_EVERYTHING"))
SEED = os.environ.get("BREAK_SEED", "2026-11")
TENTH = 10


def some(every: Sequence[T], name: str) -> list[T]:
    """A tenth by chance, the same each time; all of it where everything is tried. `name` says of what."""
    if EVERYTHING:
        return list(every)
    return random.Random(f"{SEED} {name}").sample(every, -(-len(every) // TENTH))


def part(every: Sequence[T], number: int, parts: int) -> Sequence[T]:
    """One of so many parts, each with what comes from everywhere."""
    return every[number::parts]
