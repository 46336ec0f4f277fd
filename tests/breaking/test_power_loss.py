"""The power goes: of what was not synced anything may be missing or torn, and what was acknowledged is there."""

from __future__ import annotations

import pytest

from tests.breaking import choosing
from tests.breaking.operations import OPERATIONS
from tests.breaking.oracle import restarted
from tests.breaking.power_loss import Moment, acknowledged, distinct, moments, recorded, state
from tests.breaking.stage import Stage

PARTS = 10
MOST = 160  # moments of each operation
LEAST = 500  # different disks in all


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("number", range(PARTS))
@pytest.mark.parametrize("name", OPERATIONS)
def test_what_was_acknowledged_outlives_a_power_loss(on_stage: Stage, name: str, number: int) -> None:
    """On each disk that the recorded writes and syncs allow, the next start finishes what was begun."""
    operation = OPERATIONS[name]
    disk = recorded(on_stage, operation)
    chosen = choosing.part(choosing.some(moments(disk, choosing.SEED, MOST), name), number, PARTS)
    broken = []
    for moment, left in distinct(disk, chosen):
        left.write(on_stage.world.archive)
        problems = restarted(on_stage, operation, acknowledged(disk, moment))
        broken += [f"{moment}: {problem}" for problem in problems]
    assert broken == []


@pytest.mark.parametrize("name", OPERATIONS)
def test_when_it_has_ended_everything_lasts(on_stage: Stage, name: str) -> None:
    """What it did not sync does not matter any more, and nothing comes back that nobody would look for."""
    operation = OPERATIONS[name]
    disk = recorded(on_stage, operation)
    end = Moment(len(disk.steps), "none")
    state(disk, end).write(on_stage.world.archive)

    assert restarted(on_stage, operation, acknowledged(disk, end)) == []


@pytest.mark.timeout(3600)
def test_there_are_enough_disks(on_stage: Stage) -> None:
    """As many different ones as are promised, or the part of them that is tried."""
    found = 0
    for name, operation in OPERATIONS.items():
        disk = recorded(on_stage, operation)
        found += len(list(distinct(disk, choosing.some(moments(disk, choosing.SEED, MOST), name))))

    assert found >= (LEAST if choosing.EVERYTHING else LEAST // choosing.TENTH)
