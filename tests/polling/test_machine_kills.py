"""An archiver that is killed and started again and again, while the platform works."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.polling.machine import PollingMachine
from tests.polling.machine_running import run


class Kills(PollingMachine):
    """Hardly a poll comes to its end; what fails besides is only a connection that breaks."""

    taken, met = Counter(), Counter()

    kinds = ("cut body", "no answer")
    poll_and_revoke_the_token = None
    poll_again_and_kill = PollingMachine.poll_and_kill
    restart_again = PollingMachine.restart


@pytest.mark.timeout(900)
def test_an_archiver_killed_at_any_step_of_any_poll_loses_and_doubles_nothing() -> None:
    """Before, half through and after every change of a disk, in any state that changes on the platform led to."""
    run(Kills, examples=72, at_least=5_000, must_meet={*Kills.kinds, "kill", "page shift"})
