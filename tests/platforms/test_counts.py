"""A platform that counts more posts than it shows: a gap for as long as that is so, whatever else is new."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.platforms.prepared import Prepared
from tests.polling.desk import QUARTER

COUNTING = ("instagram", "x", "youtube", "bluesky")  # a Facebook Page does not tell how many posts it has


@pytest.mark.parametrize("name", COUNTING)
def test_a_count_that_grew_alone_stays_a_gap_until_a_post_is_shown(
    name: str, prepared: Callable[[str], Prepared], tmp_path: Path
) -> None:
    """New comments are no answer to a post that is missing; the gap begins at the last walk before the count grew."""
    with prepared(name).stage(tmp_path / "archive") as stage:
        stage.site.told.unseen += 1
        for number in range(3):
            stage.site.told.comment(f"more {number}", -number)
            assert stage.finish_later(QUARTER).finished
        (known,) = stage.all_gaps(standing=True)
        assert (known.stream, known.cause.value) == ("posts", "shows less than it must")
        assert known.start is not None
        assert known.start <= prepared(name).now

        stage.site.told.unseen -= 1
        stage.site.told.post("shown late", stage.clock.now())
        assert stage.finish_later(timedelta(hours=25)).finished
        assert (stage.gaps(standing=True), stage.kept()) == ([], stage.truth())


@pytest.mark.parametrize("name", COUNTING)
def test_a_count_that_falls_back_ends_the_gap(name: str, prepared: Callable[[str], Prepared], tmp_path: Path) -> None:
    """The platform counted wrong, and says so."""
    with prepared(name).stage(tmp_path / "archive") as stage:
        stage.site.told.unseen += 1
        stage.finish_later(QUARTER)
        stage.site.told.unseen -= 1
        stage.finish_later(QUARTER)
        assert [known[2:] for known in stage.gaps()] == [("shows less than it must", True)]
