"""The clock of a public records request counts Washington's business days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exports.business_days import (
    closure_warning,
    is_business_day,
    legal_holidays,
    response_due,
)

days = st.dates(min_value=date(2024, 1, 1), max_value=date(2100, 12, 31))
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-06-12", "2026-06-22"),
        ("2026-07-01", "2026-07-09"),
        ("2026-11-20", "2026-12-01"),
        ("2026-11-24", "2026-12-03"),
        ("2026-12-23", "2026-12-31"),
        ("2026-10-09", "2026-10-16"),
        ("2026-08-29", "2026-09-04"),
        ("2027-06-14", "2027-06-22"),
        ("2027-12-27", "2028-01-04"),
    ],
)
def test_the_answer_is_due_on_the_fifth_business_day(received: str, due: str) -> None:
    """Weekends, observed holidays and the turn of the year are stepped over; Columbus Day is counted."""
    assert response_due(date.fromisoformat(received)) == date.fromisoformat(due)


def test_the_holidays_of_2027_are_observed_on_these_days() -> None:
    """The whole list: Saturday holidays move to Friday, Sunday holidays to Monday."""
    assert sorted(legal_holidays(2027)) == [
        date(2027, 1, 1),
        date(2027, 1, 18),
        date(2027, 2, 15),
        date(2027, 5, 31),
        date(2027, 6, 18),
        date(2027, 7, 5),
        date(2027, 9, 6),
        date(2027, 11, 11),
        date(2027, 11, 25),
        date(2027, 11, 26),
        date(2027, 12, 24),
    ]


def test_a_new_year_on_a_saturday_closes_the_last_day_of_the_old_year() -> None:
    """January 1, 2028 is a Saturday, so December 31, 2027 is not counted, and January 3, 2028 is."""
    counted = [is_business_day(day) for day in (date(2027, 12, 31), date(2028, 1, 1), date(2028, 1, 3))]
    assert counted == [False, False, True]


def test_the_day_of_receipt_is_the_day_in_washington() -> None:
    """A request at 23:30 Pacific on Friday counts from Friday, though it is Saturday in UTC; one after midnight not."""
    late_friday = datetime(2026, 6, 13, 6, 30, tzinfo=UTC)
    assert (response_due(late_friday), response_due(late_friday + timedelta(hours=54))) == (
        date(2026, 6, 22),
        date(2026, 6, 23),
    )


def test_a_time_without_a_zone_is_refused() -> None:
    """Guessing a zone could move the deadline by a day."""
    with pytest.raises(ValueError, match="without a zone"):
        response_due(datetime(2026, 6, 12, 9))  # noqa: DTZ001


def test_a_closure_of_the_agency_moves_the_answer_and_warns() -> None:
    """An agency may choose not to count its own closures, and is told what the statute says without them."""
    closures = (date(2026, 6, 15),)
    received = date(2026, 6, 12)
    assert response_due(received, closures=closures) == date(2026, 6, 23)
    assert closure_warning(received, closures=closures) == (
        "The agency's own closures move the answer from 2026-06-22 to 2026-06-23. RCW 1.16.050 does not list them as "
        "legal holidays; an answer by 2026-06-22 is safe without them."
    )


def test_a_closure_that_changes_nothing_does_not_warn() -> None:
    """A closure on a legal holiday moves nothing."""
    assert closure_warning(date(2026, 6, 12), closures=(date(2026, 6, 19),)) is None


@given(days)
def test_five_business_days_lie_between_receipt_and_answer(received: date) -> None:
    """Counting the days one by one, the last of them included, gives exactly five, and the last is a business day."""
    due = response_due(received)
    between = [received + DAY * step for step in range(1, (due - received).days + 1)]
    assert (sum(is_business_day(day) for day in between), is_business_day(due)) == (5, True)


@given(days)
def test_no_answer_is_due_on_a_weekend_or_holiday(received: date) -> None:
    """The due day is Monday to Friday and in no year's list of observed holidays."""
    due = response_due(received)
    observed = set().union(*(legal_holidays(due.year + offset) for offset in (-1, 0, 1)))
    assert (due.weekday() < 5, due in observed) == (True, False)


@given(days, st.integers(min_value=0, max_value=40))
def test_a_later_request_is_never_due_earlier(received: date, later: int) -> None:
    """Receiving later never shortens the deadline."""
    assert response_due(received) <= response_due(received + DAY * later)


@given(days, st.lists(st.integers(min_value=0, max_value=20), max_size=8))
def test_closures_never_bring_the_answer_forward(received: date, offsets: list[int]) -> None:
    """Setting closures can only move the date back, and then there is a warning."""
    closures = {received + DAY * offset for offset in offsets}
    moved = response_due(received, closures=closures)
    warned = closure_warning(received, closures=closures) is not None
    assert (moved >= response_due(received), warned) == (True, moved != response_due(received))


@given(st.integers(min_value=2024, max_value=2200))
def test_eleven_holidays_are_observed_every_year_on_weekdays(year: int) -> None:
    """No two of the eleven fall together, and none is observed on a weekend."""
    observed = legal_holidays(year)
    assert (len(observed), {day.weekday() < 5 for day in observed}) == (11, {True})
