"""The harness finds bugs of durability that were planted into the program: it can be believed where it finds none."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.breaking.operations import ACT, BUNDLE, PAGES, RECOVERY, SEAL, Operation
from tests.breaking.oracle import Acknowledged, restarted
from tests.breaking.power_loss import acknowledged, before_syncs, distinct, recorded
from tests.breaking.stage import Stage
from tests.breaking.tracing import WRITES

BY_POWER_LOSS = {
    "no sync of the WARC": PAGES,
    "synchronous=NORMAL": ACT,
    "no sync of folders": PAGES,
    "rows before the WARC": PAGES,
    "sealed without sync": SEAL,
    "bundle named before its sync": BUNDLE,
}
BY_KILLS = {"no cut-back of the torn tail": RECOVERY, "acknowledged before the commit": ACT}


@pytest.mark.parametrize("bug", BY_POWER_LOSS)
def test_a_bug_that_only_a_power_loss_shows_is_found(on_stage: Stage, bug: str) -> None:
    """On at least one of the disks, something that was acknowledged is not there or not whole."""
    operation = BY_POWER_LOSS[bug]
    disk = recorded(on_stage, operation, (bug,))
    for moment, state in distinct(disk, before_syncs(disk)):
        state.write(on_stage.world.archive)
        if restarted(on_stage, operation, acknowledged(disk, moment)):
            return
    pytest.fail(f"not found: {bug}")


@pytest.mark.parametrize("bug", BY_KILLS)
def test_a_bug_that_a_kill_shows_is_found(on_stage: Stage, bug: str) -> None:
    """At one point at least."""
    operation = BY_KILLS[bug]
    assert any(_broken(on_stage, operation, bug))


def _broken(stage: Stage, operation: Operation, bug: str) -> Iterator[bool]:
    prepared = stage.prepared(operation)
    for point in (point for point in prepared.points if point.call in WRITES):
        stage.world.place(prepared.base)
        ended = stage.run(operation.words, hours=operation.hours, strace=point.options("signal=KILL"), planted=(bug,))
        promised = Acknowledged(asked=tuple(stage.world.asked()[:-1]), out=ended.out)
        yield bool(restarted(stage, operation, promised, planted=(bug,)))
