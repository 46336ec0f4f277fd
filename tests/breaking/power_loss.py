"""The disks that a command could leave if the power went while it worked."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from tests.breaking.disk import SECTOR, Disk, Fate, State, Step, Synced, Told, Written
from tests.breaking.operations import Operation
from tests.breaking.oracle import Acknowledged
from tests.breaking.replaying import Replay
from tests.breaking.stage import Stage

KINDS = ("none", "all", "some", "torn")  # what of the unsynced steps is there


@dataclass(frozen=True, slots=True)
class Moment:
    """The power goes after so many steps, and of what was not synced then this much is there."""

    step: int
    kind: str


@lru_cache(maxsize=4)
def recorded(stage: Stage, operation: Operation, planted: tuple[str, ...] = ()) -> Disk:
    """The steps of an operation. Replayed to their end they give what it really left, or this is an error."""
    prepared = stage.prepared(operation)
    calls = stage.record(operation, whole=True, planted=planted)
    disk = Replay(prepared.base, stage.world.archive, stage.world.folder / "out").follow(calls)
    wrong = disk.at(len(disk.steps), lambda _: True).differences(stage.world.archive)
    if wrong:
        raise ValueError(f"the replay is not what was left: {wrong}")
    return disk


def moments(disk: Disk, seed: str, most: int) -> list[Moment]:
    """Moments from everywhere, by chance, but for as many as are wanted."""
    every = [Moment(step, kind) for step in range(1, len(disk.steps) + 1) for kind in KINDS]
    return random.Random(seed).sample(every, min(most, len(every)))


def before_syncs(disk: Disk) -> list[Moment]:
    """The moments at which the most is at stake: just before a sync returns, just after something was told; the end."""
    last = len(disk.steps)
    before = {number for number, step in enumerate(disk.steps) if isinstance(step, Synced)}
    after = {number for number, step in enumerate(disk.steps, start=1) if isinstance(step, Told)}
    return [Moment(step, kind) for step in sorted((before | after | {last}) - {0}) for kind in KINDS]


def state(disk: Disk, moment: Moment) -> State:
    """The disk of a moment; the same each time."""
    return disk.at(moment.step, _fate(disk, moment))


def _fate(disk: Disk, moment: Moment) -> Fate:
    if moment.kind in ("none", "all"):
        return lambda _: moment.kind == "all"
    chance = random.Random(f"{moment.step} {moment.kind}")
    if moment.kind == "some":
        return lambda step: chance.choice((False, True, _torn(step, chance)))
    unsure = [one for one in disk.steps[: moment.step] if isinstance(one, Written) and one.lasting >= moment.step]
    last = unsure[-1] if unsure else None
    return lambda step: _torn(step, chance) if step is last else True


def _torn(step: Step, chance: random.Random) -> bytes | bool:
    if not isinstance(step, Written):
        return True
    return bytes(chance.choice((0, 1)) for _ in range(0, len(step.data), SECTOR))


def acknowledged(disk: Disk, moment: Moment) -> Acknowledged:
    """What had been told to anybody by then."""
    told = [one for one in disk.steps[: moment.step] if isinstance(one, Told)]
    asked = tuple(one.request for one in told if one.request)
    printed = "".join(one.printed for one in told)
    return Acknowledged(asked=asked if printed else asked[:-1], out=printed)


def distinct(disk: Disk, chosen: Sequence[Moment]) -> Iterator[tuple[Moment, State]]:
    """The moments whose disks, or acknowledgements, differ from those before."""
    seen = set()
    for moment in chosen:
        found, promised = state(disk, moment), acknowledged(disk, moment)
        if (key := (found.digest, promised.asked, promised.out)) not in seen:
            seen.add(key)
            yield moment, found
