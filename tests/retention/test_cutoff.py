"""Periods end on calendar days of Washington, and one bound stands for all of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.model import Period, day_begins, local_day
from retention.cutoff import bound, due_on, period_ends, worded

periods = st.builds(Period, years=st.integers(0, 100), months=st.integers(0, 30)).filter(worded)
moments = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("begun", "period", "ends"),
    [
        (date(2024, 3, 10), Period(years=2), date(2026, 3, 10)),
        (date(2024, 2, 29), Period(years=2), date(2026, 3, 1)),
        (date(2024, 2, 29), Period(years=4), date(2028, 2, 29)),
        (date(2026, 1, 31), Period(months=1), date(2026, 3, 1)),
        (date(2026, 12, 31), Period(months=2), date(2027, 3, 1)),
        (date(2026, 11, 30), Period(months=1), date(2026, 12, 30)),
        (date(9999, 12, 31), Period(years=2), date(9999, 12, 30)),
    ],
)
def test_a_period_ends_on_the_same_day_of_its_last_month(begun: date, period: Period, ends: date) -> None:
    """Where that month has no such day it ends on the first of the next; what it covers is due the day after."""
    assert (period_ends(begun, period), due_on(begun, period)) == (ends, ends + timedelta(days=1))


def test_the_bound_is_midnight_in_washington() -> None:
    """On March 11, 2026 (daylight saving time) two years are over for what began before March 11, 2024, local time."""
    now = datetime(2026, 3, 11, 7, 0, tzinfo=UTC)
    assert (bound(now, Period(years=2)), bound(now - timedelta(seconds=1), Period(years=2))) == (
        datetime(2024, 3, 11, 7, 0, tzinfo=UTC),
        datetime(2024, 3, 10, 8, 0, tzinfo=UTC),
    )


@given(moments, periods, moments)
def test_the_bound_says_the_same_as_the_calendar(begun: datetime, period: Period, now: datetime) -> None:
    """A moment lies before the bound exactly when its period is over, whatever the day, leap year or clock change."""
    assert (begun < bound(now, period)) == (due_on(local_day(begun), period) <= local_day(now))


@given(st.dates(date(2023, 12, 1), date(2029, 3, 5)), periods, st.integers(-3, 3))
def test_the_bound_turns_on_the_very_day(begun: date, period: Period, days: int) -> None:
    """The same within three days of the end, from the first instant of the day, where one off would show."""
    today = due_on(begun, period) + timedelta(days=days)
    assert (day_begins(begun) < bound(day_begins(today), period)) == (due_on(begun, period) <= today)


@given(moments, moments, periods)
def test_a_bound_never_goes_back(first: datetime, second: datetime, period: Period) -> None:
    """A later time never has an earlier bound, so that what is due stays due."""
    early, late = sorted((first, second))
    assert bound(early, period) <= bound(late, period)


def test_periods_are_worded() -> None:
    """As people write them."""
    assert [worded(Period(years=1)), worded(Period(months=18)), worded(Period(years=2, months=1))] == [
        "1 year",
        "18 months",
        "2 years 1 month",
    ]


def test_days_at_the_ends_of_the_calendar_are_counted() -> None:
    """Nonsense dates from a platform do not stop a decision."""
    first, last = datetime(1, 1, 1, tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    assert (local_day(first), local_day(last), day_begins(date.min), bound(first, Period(years=2))) == (
        date(1, 1, 1),
        date(9999, 12, 31),
        datetime(1, 1, 1, 7, 52, 58, tzinfo=UTC),
        datetime(1, 1, 1, 7, 52, 58, tzinfo=UTC),
    )
