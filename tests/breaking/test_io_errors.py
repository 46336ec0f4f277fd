"""A disk that is full or fails, once or for ever: a clear end, nothing said to be done, and all is well afterwards."""

from __future__ import annotations

import random

import pytest

from tests.breaking import choosing
from tests.breaking.full_disk import disk_of, make_room
from tests.breaking.injecting import injections, judged, tried
from tests.breaking.operations import OPERATIONS
from tests.breaking.stage import Stage

PARTS = 5
MOST = 100  # injections into each operation
SIZES = 20  # of a disk that becomes full, and of the largest file
PAGE = 4096


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("number", range(PARTS))
@pytest.mark.parametrize("name", OPERATIONS)
def test_an_error_of_the_disk_is_told_and_heals(on_stage: Stage, name: str, number: int) -> None:
    """ENOSPC, EDQUOT, EIO and EINTR at one call, or at it and all that follow on the same file."""
    operation = OPERATIONS[name]
    chosen = injections(on_stage.prepared(operation).points, f"{choosing.SEED} {name}", MOST)
    broken = []
    for injection in choosing.part(choosing.some(chosen, name), number, PARTS):
        broken += [f"{injection}: {problem}" for problem in tried(on_stage, operation, injection)]
    assert broken == []


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", OPERATIONS)
def test_a_disk_that_is_really_full_is_told_and_heals(on_stage: Stage, name: str) -> None:
    """The kernel itself takes a part of what is written, then nothing; later there is room again."""
    operation = OPERATIONS[name]
    prepared = on_stage.prepared(operation)
    broken = []
    for room in choosing.some(_sizes(name, prepared.grows), name):
        on_stage.world.forget()
        with disk_of(on_stage.world.archive, prepared.base, room):
            ended = on_stage.run(operation.words, hours=operation.hours)
            make_room(on_stage.world.archive)
            broken += [f"{room} bytes left: {problem}" for problem in judged(on_stage, operation, ended)]
    assert broken == []


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", OPERATIONS)
def test_a_file_that_may_not_grow_is_told_and_heals(on_stage: Stage, name: str) -> None:
    """EFBIG, after a write of which a part was taken."""
    operation = OPERATIONS[name]
    prepared = on_stage.prepared(operation)
    broken = []
    for largest in choosing.some(_sizes(name, prepared.grows), name):
        on_stage.world.place(prepared.base)
        ended = on_stage.run(operation.words, hours=operation.hours, largest=largest)
        broken += [f"at most {largest} bytes: {problem}" for problem in judged(on_stage, operation, ended)]
    assert broken == []


def _sizes(name: str, most: int) -> list[int]:
    chance = random.Random(f"{choosing.SEED} {name}")
    return [chance.randrange(most + PAGE) for _ in range(SIZES)]


@pytest.mark.parametrize("name", OPERATIONS)
def test_short_writes_do_no_harm(on_stage: Stage, name: str) -> None:
    """Every unbuffered write takes half of what it is given."""
    operation = OPERATIONS[name]
    on_stage.world.place(on_stage.prepared(operation).base)
    ended = on_stage.run(operation.words, hours=operation.hours, planted=("short writes",))

    assert (ended.code, list(judged(on_stage, operation, ended))) == (0, [])
