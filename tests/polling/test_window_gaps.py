"""A listing that shows only its newest items: what was pushed out of it unseen is a gap, each time it happens."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from archiver.model import Cause, parse_iso
from tests.polling.desk import HOUR, Desk


def test_each_time_something_is_pushed_out_is_a_gap_of_its_own(tmp_path: Path) -> None:
    """The first is never repaired, and the second is told beside it, each with its own bounds."""
    desk = Desk(tmp_path / "archive")
    desk.platform.window = 3
    desk.platform.post("Known")
    desk.finish()
    missed = []
    for _ in range(2):
        desk.clock.move(HOUR)
        for _ in range(5):
            desk.clock.move(timedelta(minutes=1))
            missed.append(desk.platform.post("News"))
        desk.finish()
    found = [gap for gap in desk.all_gaps(standing=True) if gap.cause is Cause.WINDOW]
    created = [parse_iso(post.created) for post in missed]
    desk.close()
    desk.archive.close()

    assert [(gap.end, gap.last_known) for gap in found] == [
        (created[2], desk.platform.posts[0].id),
        (created[7], missed[4].id),
    ]
    assert len({gap.id for gap in found}) == 2
