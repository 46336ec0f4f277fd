"""Anything in any order: everything that people, platforms and hosts do, in thousands of steps."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.polling.machine import PollingMachine
from tests.polling.machine_running import run


class Anything(PollingMachine):
    """Every rule and every fault; each fault for sure in one of the other parts."""

    taken, met = Counter(), Counter()


@pytest.mark.timeout(900)
def test_anything_in_any_order_is_held_once_or_told_as_a_gap() -> None:
    """People post, edit, hide and remove; the platform fails in every way; the archiver is killed and started again."""
    run(Anything, examples=72, at_least=5_000, must_meet={"revoked", "kill", "page shift", "clock set back"})
