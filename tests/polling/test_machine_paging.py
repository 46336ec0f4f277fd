"""Listings that shift, end in nothing, go round in circles, or hold what cannot be read."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.polling.machine import PollingMachine
from tests.polling.machine_running import run


class Paging(PollingMachine):
    """Long listings, and only what can be wrong with their pages."""

    taken, met = Counter(), Counter()

    kinds = ("cursor loop", "empty page with a next", "one unreadable", "cut body", "500")
    most_posts = 24
    poll_and_revoke_the_token = None
    clock_is_set_back = None


@pytest.mark.timeout(900)
def test_pages_that_shift_and_mislead_lose_and_double_nothing() -> None:
    """Posts push others on between two pages, cursors lead back, pages are empty, items cannot be read."""
    run(Paging, examples=72, at_least=5_000, must_meet={*Paging.kinds, "kill", "page shift"})
