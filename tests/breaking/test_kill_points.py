"""Killed before any call that changes a file or a socket, and started again: nothing is lost, doubled or left lying."""

from __future__ import annotations

import random

import pytest

from tests.breaking import choosing
from tests.breaking.operations import OPERATIONS
from tests.breaking.oracle import Acknowledged, restarted
from tests.breaking.stage import Stage

PARTS = 10
LEAST = 500  # points in all
THREADED = 100


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("number", range(PARTS))
@pytest.mark.parametrize("name", OPERATIONS)
def test_what_was_acknowledged_outlives_a_kill(on_stage: Stage, name: str, number: int) -> None:
    """At each point the process is really gone; the next start finishes what was begun."""
    operation = OPERATIONS[name]
    prepared = on_stage.prepared(operation)
    broken = []
    for point in choosing.part(choosing.some(prepared.points, name), number, PARTS):
        on_stage.world.place(prepared.base)
        ended = on_stage.run(operation.words, hours=operation.hours, strace=point.options("signal=KILL"))
        if ended.code != -9:
            broken.append(f"{point}: it was not killed but ended with {ended.code}")
        promised = Acknowledged(asked=tuple(on_stage.world.asked()[:-1]), out=ended.out)
        broken += [f"{point}: {problem}" for problem in restarted(on_stage, operation, promised)]
    assert broken == []


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", ["pages", "media"])
def test_the_same_holds_with_its_threads(on_stage: Stage, name: str) -> None:
    """Calls are counted in each thread by itself then: the first that comes so far ends them all."""
    operation = OPERATIONS[name]
    prepared = on_stage.prepared(operation)
    chosen = random.Random(choosing.SEED).sample(prepared.points, THREADED)
    broken, killed = [], 0
    for point in choosing.some(chosen, name):
        on_stage.world.place(prepared.base)
        strace = point.options("signal=KILL")
        ended = on_stage.run(operation.words, hours=operation.hours, strace=strace, threads=True)
        killed += ended.code == -9
        promised = Acknowledged(asked=tuple(on_stage.world.asked()[:-1]), out=ended.out)
        broken += [f"{point}: {problem}" for problem in restarted(on_stage, operation, promised)]
    assert broken == []
    assert killed > 0


@pytest.mark.parametrize("name", ["checkpoint", "bundle"])
def test_a_kill_is_not_called_tampering(on_stage: Stage, name: str) -> None:
    """Before anything was finished, the verification of the ledger has no findings."""
    operation = OPERATIONS[name]
    prepared = on_stage.prepared(operation)
    alarms = []
    for point in choosing.some(prepared.points, f"{name} verified"):
        on_stage.world.place(prepared.base)
        on_stage.run(operation.words, hours=operation.hours, strace=point.options("signal=KILL"))
        ended = on_stage.run(("ledger", "verify"), hours=operation.hours)
        alarms += [f"{point}: {ended.out or ended.err}"] if ended.code else []
    assert alarms == []


def test_there_are_enough_points(on_stage: Stage) -> None:
    """Every operation has some, with every kind of change among them."""
    found = [point for one in OPERATIONS.values() for point in on_stage.prepared(one).points]

    assert len(set(found)) >= LEAST
    assert {"write", "pwrite64", "fsync", "fdatasync", "ftruncate", "unlink", "rename", "link", "mkdir", "openat",
            "connect", "sendto", "recvfrom"} <= {point.call for point in found}  # fmt: skip
