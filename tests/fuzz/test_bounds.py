"""The bounds of the fuzzing are really kept: what breaks them is found, with the number of its input."""

from __future__ import annotations

import signal

import pytest

from tests.fuzz.running import Ran, run

CHILD = "tests.fuzz.breaking_child"


def broken(name: str, count: int = 20) -> Ran:
    """What came of a target that breaks a rule."""
    return run(name, count=count, child=CHILD)


def test_an_input_that_takes_too_long_ends_the_process_and_is_named() -> None:
    """By the kernel's own timer, also where a library does not come back to Python."""
    ran = broken("slow")
    assert (ran.ended, ran.at, ran.inputs) == (-signal.SIGALRM, 7, 0)
    assert ran.wrong() == ["slow: ended by signal 14 at input 7"]


def test_an_input_that_takes_too_much_memory_is_a_fault() -> None:
    """The limit is the process's own, so that nothing of it is left out."""
    ran = broken("large")
    assert ran.outcomes == {"read": 19, "fault": 1}
    assert "large 1 7: " in ran.faults[0]
    assert "MemoryError" in ran.faults[0]


def test_the_memory_of_the_process_that_starts_it_is_not_counted() -> None:
    """Tests may be large: what the kernel hands on as a child's highest use is theirs."""
    held = b"." * (600 << 20)
    assert broken("failing").peak_megabytes < len(held) >> 21


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("failing", "ZeroDivisionError"),
        ("leaving", "SystemExit"),
        ("speechless", "an error that does not say what is wrong"),
    ],
)
def test_an_error_that_is_not_the_documented_answer_is_a_fault(name: str, told: str) -> None:
    """Any other class, one that would end the program, and the right class without a word."""
    ran = broken(name)
    assert ran.outcomes == {"read": 19, "fault": 1}
    assert (f"{name} 1 7: " in ran.faults[0], told in ran.faults[0]) == (True, True)


def test_a_process_that_dies_is_a_fault() -> None:
    """As a library that runs into memory that is not there."""
    ran = broken("dying")
    assert (ran.ended, ran.at) == (-signal.SIGSEGV, 7)


def test_the_same_number_is_the_same_input() -> None:
    """So that what CI found is found again."""
    whole = run("rules", count=300)
    halves = [run("rules", first=first, count=150) for first in (0, 150)]
    assert sum(half.outcomes.get("read", 0) for half in halves) == whole.outcomes["read"]
    assert whole.inputs == 300
