"""What a platform shows for a short time only, through the whole engine: kept while it is shown, and never missed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from archiver.model import Cause
from tests.platforms.graph import graph_time
from tests.platforms.instagram import THREAD, US, Instagram
from tests.platforms.world import Servers, Stage, staged

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


def medium(number: str, stage: Stage) -> dict[str, Any]:
    """A story or broadcast that begins now."""
    node: dict[str, Any] = {"id": number, "media_type": "IMAGE", "owner": US, "username": US["username"]}
    return node | {"timestamp": graph_time(stage.clock.now()), "media_url": f"{stage.servers.files.url}/a/{number}.png"}


@pytest.mark.parametrize("edge", ["stories", "live_media"])
def test_what_ends_by_itself_is_kept_and_its_end_is_neither_an_absence_nor_a_gap(
    edge: str, tmp_path: Path, servers: Servers
) -> None:
    """One that ended, a quiet day, and another one: each poll between saw that there was none."""
    site = Instagram(servers.platform.url, servers.files.url, by_page=edge == "live_media")
    with staged(tmp_path / "archive", servers, site) as stage:
        shown = [[], ["9001"], *[[]] * 25, ["9002"], []]
        for numbers in shown:
            site.passing[edge] = [medium(number, stage) for number in numbers]
            assert stage.finish(stage.id).finished
            stage.clock.move(HOUR)

        kept = stage.rows("SELECT remote_id, seen FROM items WHERE remote_id IN ('9001', '9002') ORDER BY remote_id")
        assert [tuple(row) for row in kept] == [("9001", "present"), ("9002", "present")]
        assert stage.gaps() == []


@pytest.mark.parametrize("new", [19, 21])
def test_messages_that_twenty_newer_ones_pushed_out_are_a_gap_that_stays(
    new: int, tmp_path: Path, servers: Servers
) -> None:
    """From the last message that was seen to the oldest that is still shown; no later answer repairs it."""
    site = Instagram(servers.platform.url, servers.files.url)
    with staged(tmp_path / "archive", servers, site) as stage:
        assert stage.finish(stage.id).finished
        last = site.told.messages[0]
        begun = stage.clock.now()
        for n in range(new):
            site.told.message(f"new {n}", begun + n * SECOND)
        stage.clock.move(HOUR)
        assert stage.finish(stage.id).finished
        site.told.message("one more", stage.clock.now())
        stage.clock.move(HOUR)
        assert stage.finish(stage.id).finished

        oldest = site.told.messages[20].at  # of those that were shown before one more came
        found = [(gap.stream, gap.subject, gap.cause, gap.start, gap.end, gap.closed) for gap in stage.all_gaps()]
        assert found == ([("messages", THREAD, Cause.WINDOW, last.at, oldest, None)] if new > 20 else [])
