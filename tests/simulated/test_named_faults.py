"""The named faults of time: crash loops, clock changes, sleep, and times that do not go with the order of things."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from archiver.storage.run_rows import Depth
from tests.polling.desk import DAY, HOUR, OFFICE, QUARTER, START, desk_in
from tests.simulated.events import restarted, suspended
from tests.simulated.host import Event, Host, host_in
from tests.storage.warc_samples import no_waiting_for_the_disk

PACIFIC = ZoneInfo("America/Los_Angeles")
HOURLY = replace(OFFICE, id="hourly", interval_minutes=60)
DAILY = replace(OFFICE, interval_minutes=24 * 60)


def test_a_host_restarted_every_30_seconds_for_a_day_polls_as_if_it_were_not(tmp_path: Path) -> None:
    """A18: the interval is counted from stored time; a poll that is cut off goes on, and is the same one."""

    def cut(host: Host) -> None:
        host.cut_at = 12

    with (
        no_waiting_for_the_disk(),
        host_in(tmp_path, OFFICE, HOURLY) as host,
    ):
        host.desk.platform.post("one")
        host.events = [restarted(START + number * timedelta(seconds=30)) for number in range(1, 2880)]
        host.events += [Event(at=START + number * HOUR - timedelta(minutes=1), happen=cut) for number in range(1, 24)]
        host.live(START + DAY)

        assert host.cuts == 2879 + 23
        begun = {
            account: [poll.wall for poll in host.polls if poll.account == account] for account in ("office", "hourly")
        }
        assert {account: len(times) for account, times in begun.items()} == {"office": 96, "hourly": 24}
        for account, interval in (("office", QUARTER), ("hourly", HOUR)):
            waits = [later - earlier for earlier, later in pairwise(begun[account])]
            assert all(interval <= wait <= interval + timedelta(minutes=2) for wait in waits), account
        assert host.desk.count("runs") == 96 + 24
        assert host.desk.texts() == host.desk.platform.truth()
        assert host.desk.gaps() == []


@pytest.mark.parametrize(
    ("begin", "times"),
    [
        (datetime(2027, 3, 12, 2, 30), ["12 02:30 PST", "13 02:30 PST", "14 03:30 PDT", "15 03:30 PDT"]),  # noqa: DTZ001
        (datetime(2027, 11, 5, 1, 30), ["05 01:30 PDT", "06 01:30 PDT", "07 01:30 PDT", "08 00:30 PST"]),  # noqa: DTZ001
    ],
    ids=["C1 spring forward", "C2 fall back"],
)
def test_what_is_polled_daily_is_polled_once_on_days_of_23_and_25_hours(
    tmp_path: Path, begin: datetime, times: list[str]
) -> None:
    """At an hour that does not exist on one of the days, or comes twice: 24 hours after the last time."""
    start = begin.replace(tzinfo=PACIFIC).astimezone(START.tzinfo)
    with no_waiting_for_the_disk(), host_in(tmp_path, DAILY, start=start) as host:
        host.live(start + 4 * DAY - HOUR)
        assert [f"{poll.wall.astimezone(PACIFIC):%d %H:%M %Z}" for poll in host.polls] == times


def test_a_host_asleep_for_three_days_makes_one_catch_up_for_each_account_and_tells_the_gap(tmp_path: Path) -> None:
    """C5: 288 and 72 polls were missed; one of each is made when it wakes, and the pause is a gap that then closes."""
    with (
        no_waiting_for_the_disk(),
        host_in(tmp_path, OFFICE, HOURLY) as host,
    ):
        host.events = [suspended(START + HOUR + timedelta(minutes=5), 3 * DAY)]
        woken = START + 3 * DAY + HOUR + timedelta(minutes=5)
        host.live(woken + timedelta(minutes=14))
        after = sorted((poll.account, poll.wall - woken) for poll in host.polls if poll.wall >= woken)
        assert after == [("hourly", timedelta(seconds=1)), ("office", timedelta(seconds=1))]
        assert host.desk.gaps() == [("posts", None, "archiver not running", True)] * 2


def test_equal_and_backward_times_keep_the_order_of_what_was_shown(tmp_path: Path) -> None:
    """C4: a leap second, a clock that is slewed or stepped back: versions and captures are ordered by their numbers."""
    with no_waiting_for_the_disk(), desk_in(tmp_path) as desk:
        post = desk.platform.post("0")
        texts = ["0"]
        for number, step in enumerate([0, 0, -1, 0, 1, -30, 0, 31]):
            desk.poll()
            desk.clock.move(timedelta(seconds=step))
            texts.append(str(number + 1))
            desk.platform.edit(post, texts[-1])
        desk.poll()

        shown = desk.rows(
            "SELECT text FROM versions WHERE item = (SELECT id FROM items WHERE remote_id = ?)"
            " AND NOT historic ORDER BY number",
            post.id,
        )
        assert [row[0] for row in shown] == texts
        listed = desk.rows("SELECT number FROM captures WHERE stream = 'posts' ORDER BY number")
        assert len(listed) == len(texts)


def test_posts_whose_times_do_not_go_with_their_order_are_met(tmp_path: Path) -> None:
    """C7: what appears behind what is known is met by the overlap of three days, or by the daily walk back."""
    with no_waiting_for_the_disk(), desk_in(tmp_path) as desk:
        for number in range(9):
            desk.platform.post(f"post {number}")
            desk.clock.move(DAY)
        desk.finish()
        for days_ago in (2, 6):
            at = desk.clock.now() - timedelta(days=days_ago, hours=5)
            late = desk.platform.post(f"of {days_ago} days ago")
            late.created = f"{at:%Y-%m-%dT%H:%M:%S+00:00}"
            desk.platform.posts.sort(key=lambda post: post.created)
            desk.later(HOUR, depth=Depth.POLL if days_ago == 2 else Depth.REWALK)
            assert desk.texts()[late.id] == late.text
        assert desk.texts() == desk.platform.truth()
        assert desk.gaps() == []
