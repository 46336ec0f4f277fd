"""A year of an agency's host: no poll is missed or doubled, whatever is done to its power and its clock."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import accumulate, pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.polling.desk import DAY, HOUR, OFFICE, START
from tests.simulated.events import clock_set, off, posted, restarted, summer_time, suspended
from tests.simulated.host import Event, Host, Poll, host_in
from tests.storage.warc_samples import no_waiting_for_the_disk

DAYS = 365
LATE = timedelta(seconds=3)  # that a tick may be
INTERVALS = {"often": 12 * HOUR, "odd": 17 * HOUR, "daily": DAY}
ACCOUNTS = tuple(
    replace(OFFICE, id=name, interval_minutes=int(every.total_seconds()) // 60) for name, every in INTERVALS.items()
)
OUTAGES = {40: 3 * DAY, 130: 9 * DAY, 290: 30 * HOUR}  # by day of the year
SLEEPS = {75: 2 * DAY, 200: 5 * HOUR, 310: 4 * DAY}


@pytest.fixture(params=["America/Los_Angeles", "UTC", "Australia/Lord_Howe"])
def zone(request: pytest.FixtureRequest) -> Iterator[ZoneInfo]:
    """The time zone of the host: the usual one, none, and one whose summer time is half an hour."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "TZ", request.param)
        time.tzset()
        yield ZoneInfo(request.param)
    time.tzset()


def _on(day: float) -> datetime:
    return START + day * DAY


def _events(zone: ZoneInfo) -> list[Event]:
    found = [*summer_time(zone, DAYS)]
    found += [restarted(_on(day) + 7 * HOUR) for day in range(5, DAYS, 9)]
    found += [restarted(_on(101) + timedelta(seconds=30 * number)) for number in range(240)]
    found += [off(_on(day), by) for day, by in OUTAGES.items()]
    found += [suspended(_on(day), by) for day, by in SLEEPS.items()]
    found += [clock_set(_on(160), 5 * HOUR), clock_set(_on(161), -5 * HOUR)]
    found += [
        clock_set(_on(254) + 8 * HOUR, -50 * HOUR),
        clock_set(_on(262), 50 * HOUR),
    ]  # from August to July and back
    found += [clock_set(_on(265), 20 * HOUR), clock_set(_on(266), -20 * HOUR, while_off=True)]
    found += [posted(_on(day)) for day in range(3, DAYS, 20)]
    return found


def test_a_year_misses_and_doubles_no_poll(tmp_path: Path, zone: ZoneInfo) -> None:
    """Restarts, outages, sleep, summer time, and clocks that are set: each account is polled at its interval."""
    with no_waiting_for_the_disk(), host_in(tmp_path, *ACCOUNTS) as host:
        host.events += _events(zone)
        host.live(_on(DAYS))

        for account in INTERVALS:
            polls = [poll for poll in host.polls if poll.account == account]
            _require_every_interval(host, polls, INTERVALS[account])
            _require_one_catch_up(host, polls, INTERVALS[account])
            _require_walks_back(host, polls, INTERVALS[account])
        _require_all_kept(host)


def _require_every_interval(host: Host, polls: list[Poll], interval: timedelta) -> None:
    """Waking time between polls is the interval, less what the clock leapt on; begun anew where it was set back."""
    assert polls[0].awake <= LATE
    assert host.clock.awake - polls[-1].awake <= interval + LATE
    for one, following in pairwise(polls):
        leaps = _leaps(host, one, following)
        waited = following.awake - one.awake
        back = any(leap < timedelta(0) for leap in leaps)
        assert waited <= (2 if back else 1) * interval + LATE, (one, following)
        assert waited >= interval - sum((max(leap, timedelta(0)) for leap in leaps), LATE), (one, following)


def _require_one_catch_up(host: Host, polls: list[Poll], interval: timedelta) -> None:
    """After each outage and sleep of an interval or longer: one poll at once, and the next an interval later."""
    long = [event for event in host.happened if event.leap >= interval]
    assert len(long) >= len(OUTAGES)
    for event in long:
        following = [poll.awake - event.awake for poll in polls if poll.number > event.after]
        assert following[0] <= LATE
        assert following[1] >= interval - LATE


def _require_walks_back(host: Host, polls: list[Poll], interval: timedelta) -> None:
    """The last weeks are walked again each day, the last year each week: no earlier, and an interval later at most.

    Where the clock was set back behind the last of them, at once: it is not known how long ago that was.
    """
    for every, depth in ((DAY, "rewalk"), (7 * DAY, "deep")):
        walks = [poll for poll in polls if poll.depth in ("first", "deep", depth)]
        assert walks[0] is polls[0]
        for one, following in pairwise(walks):
            leaps = _leaps(host, one, following)
            apart, wrong = following.true - one.true, sum((abs(leap) for leap in leaps), LATE)
            assert apart <= every + interval + wrong, (one, following)
            if following.depth == depth and not any(leap < timedelta(0) for leap in leaps):
                assert apart >= every - wrong, (one, following)


def _leaps(host: Host, one: Poll, following: Poll) -> list[timedelta]:
    return [event.leap for event in host.happened if event.leap and one.number <= event.after < following.number]


def _require_all_kept(host: Host) -> None:
    """Every post, comment and file; a gap for each time nothing was asked for too long, closed; each month sealed."""
    desk = host.desk
    assert desk.texts() == desk.platform.truth()
    for account, interval in INTERVALS.items():
        walls = [poll.wall for poll in host.polls if poll.account == account]
        pauses = [b for a, b in pairwise(accumulate(walls, max)) if b - a > 2 * interval + HOUR]
        assert desk.gaps(account=account) == [("posts", None, "archiver not running", True)] * len(pauses)
    months = desk.rows("SELECT DISTINCT month, state FROM segments ORDER BY 1")
    assert months == [(f"{at:%Y-%m}", "sealed") for at in _months()] + [(f"{host.clock.wall:%Y-%m}", "open")]
    assert len(host.polls) == desk.count("runs")


def _months() -> list[datetime]:
    return [START.replace(year=2026 + month // 12, month=month % 12 + 1) for month in range(10, 22)]
