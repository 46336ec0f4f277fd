"""The day's units of a Google project: what polling a channel takes of them, and when they are whole again."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from archiver.model import Account, Day, Fetch, Notice
from connectors.youtube.asks import is_owner

UNITS_A_DAY = 10_000
"""Of a project by default; a list costs one. That they are whole again at midnight Pacific time is not confirmed."""

_TRACKS, _TRACK = 50, 200  # the caption tracks of a video, and the file of one; not confirmed
_PACIFIC = ZoneInfo("America/Los_Angeles")


def units(fetch: Fetch) -> int:
    """What a request takes of the day's units; pictures are no requests to the API."""
    *_, place, last = fetch.url.split("/")
    if last == "captions":
        return _TRACKS
    return _TRACK if place == "captions" else int(fetch.stream != "media")


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyPlan:
    """Units of a day: so many polls of so many, and at most one walk over all videos and threads."""

    polls: int
    units_a_poll: int
    units_of_a_walk: int

    @property
    def units(self) -> int:
        """Of the whole day, captions and what is new not counted."""
        return self.polls * self.units_a_poll + self.units_of_a_walk

    @property
    def days_of_a_walk(self) -> int:
        """Days that a walk over everything takes beside the polls; 0 where polls leave no room for it."""
        left = UNITS_A_DAY - self.polls * self.units_a_poll
        return math.ceil(self.units_of_a_walk / left) if left > 0 else 0


def daily_plan(interval_minutes: int, videos: int, threads: int, *, owner: bool = True) -> DailyPlan:
    """What a day takes: channel, newest uploads and their videos, newest threads; held and spam for the `owner`.

    A walk asks for each 50 videos twice, for the threads of each video, and for each 100 threads.
    """
    return DailyPlan(
        polls=math.ceil(24 * 60 / max(interval_minutes, 1)),
        units_a_poll=6 if owner else 4,
        units_of_a_walk=1 + 2 * math.ceil(videos / 50) + videos + math.ceil(threads / 100),
    )


def plan_notice(account: Account, videos: int, threads: int) -> Notice:
    """The plan of a channel in words, for `archiver status`."""
    plan = daily_plan(account.interval_minutes, videos, threads, owner=is_owner(account))
    words = (
        f"a day's plan: {plan.polls} polls of {plan.units_a_poll} units, and at least {plan.units_of_a_walk} for a "
        f"walk over all {videos} videos: {plan.units} of the {UNITS_A_DAY} units that a project has by default, shared "
        "by all channels asked with it"
    )
    if plan.units > UNITS_A_DAY:
        advice = f"such a walk takes {plan.days_of_a_walk} days" if plan.days_of_a_walk else "poll less often"
        words += f". That is more than there is: {advice}, or ask Google for more units"
    return Notice(topic="quota", words=words)


def day_ends(now: datetime) -> datetime:
    """The next midnight in Pacific time; a day in which the clocks are changed has 23 or 25 hours."""
    here = now.astimezone(_PACIFIC)
    return (here + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)


def seconds_to_midnight(now: datetime) -> float:
    """Seconds until the day ends."""
    return (day_ends(now) - now).total_seconds()


# Polls take 6, and what is new takes more: as long as none has shown it, as much again.
DAY = Day(ends=day_ends, words="midnight Pacific time, which is not confirmed", a_poll=12)
