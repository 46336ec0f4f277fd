"""The day's units of a YouTube project: the plan adds up, and is what is asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from archiver.model import Fetch, units_of
from connectors.youtube import CONNECTOR
from connectors.youtube.quota import UNITS_A_DAY, DailyPlan, daily_plan, day_ends
from tests.connectors.test_youtube import BY_KEY, OWNER, WHO, asked, read, upload


def test_the_plan_of_a_day_adds_up() -> None:
    """96 polls of 6 units, and a walk: the channel's list, two for each 50 videos, one for each video's threads."""
    plan = daily_plan(15, videos=120, threads=250)
    assert plan == DailyPlan(polls=96, units_a_poll=6, units_of_a_walk=1 + 6 + 120 + 3)
    assert (plan.units, plan.days_of_a_walk) == (706, 1)
    assert daily_plan(15, videos=120, threads=250, owner=False).units == 96 * 4 + 130


@pytest.mark.parametrize(
    ("interval", "videos", "fits", "days"), [(15, 20_000, False, 3), (1, 10, True, 1), (1, 3_000, False, 3)]
)
def test_a_plan_says_how_long_a_walk_takes(interval: int, videos: int, *, fits: bool, days: int) -> None:
    """Beside the polls, which come first."""
    plan = daily_plan(interval, videos, 0)
    assert (plan.units <= UNITS_A_DAY, plan.days_of_a_walk) == (fits, days)


def test_the_plan_is_shown_as_a_notice() -> None:
    """In `archiver status`, in the words of what a poll takes; with advice where it is more than there is."""
    page = read(CONNECTOR.first(OWNER)[0], [WHO])
    assert [one.topic for one in page.notices] == ["quota"]
    assert "96 polls of 6 units" in page.notices[0].words
    assert "more than there is" not in page.notices[0].words
    large = read(CONNECTOR.first(OWNER)[0], [WHO | {"statistics": {"videoCount": "20000"}}])
    assert "That is more than there is: such a walk takes 3 days" in large.notices[0].words


def test_the_units_of_each_poll_are_what_the_plan_counts() -> None:
    """The channel, its listings but for the daily one, and the videos of the first page."""
    for account in (OWNER, BY_KEY):
        page = read(CONNECTOR.first(account)[0], [WHO], account=account)
        each_time = [one for one in page.also if one.token is None]
        videos = read(asked("posts", account), [upload("v1")], account=account).also
        plan = daily_plan(15, 0, 0, owner=account is OWNER)
        assert plan.units_a_poll == 1 + len(each_time) + len(videos)


@pytest.mark.parametrize(
    ("path", "stream", "units"),
    [("videos", "posts", 1), ("captions", "captions", 50), ("captions/AUieDaY", "media", 200), ("", "media", 0)],
)
def test_each_request_takes_its_units_of_the_pace(path: str, stream: str, units: int) -> None:
    """The pace of the platform is in units: caption tracks are dear, pictures lie on another server."""
    root = "https://i.ytimg.example/vi/v1.jpg" if not path else f"{OWNER.url}/{path}"
    assert units_of(CONNECTOR, Fetch(stream=stream, url=root)) == units
    assert (CONNECTOR.pace.requests, CONNECTOR.pace.seconds) == (10_000, 86_400)


@pytest.mark.parametrize(
    ("now", "hours"),
    [
        (datetime(2026, 3, 8, 8, tzinfo=UTC), 23),
        (datetime(2026, 11, 1, 7, tzinfo=UTC), 25),
        (datetime(2026, 11, 2, 8, tzinfo=UTC), 24),
    ],
)
def test_a_day_in_which_the_clocks_are_changed_has_23_or_25_hours(now: datetime, hours: int) -> None:
    """From midnight to midnight in Pacific time, by the time that passes."""
    assert day_ends(now) - now == timedelta(hours=hours)
    assert day_ends(now - timedelta(microseconds=1)) == now
