"""A platform that refuses: tokens revoked amid a walk, limits, errors, login pages; and clocks that jump."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.polling.machine import PollingMachine
from tests.polling.machine_running import run


class Refusals(PollingMachine):
    """What the platform says instead of an answer, and time that goes by while it does."""

    taken, met = Counter(), Counter()

    kinds = ("500", "503", "429", "403", "login page", "empty body", "short body", "not gzip")
    poll_and_kill = None
    time_passes_again = PollingMachine.time_passes


@pytest.mark.timeout(900)
def test_whatever_a_platform_refuses_is_told_as_a_gap_and_had_later() -> None:
    """Each refusal has its gap, with its cause, from the last good walk on; it closes when everything is there."""
    run(Refusals, examples=72, at_least=5_000, must_meet={*Refusals.kinds, "revoked", "clock set back"})
