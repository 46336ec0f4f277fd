"""The clock of a public records request, in Washington's business days.

The day of receipt, Saturdays, Sundays and legal holidays are not counted (RCW 1.12.040, WAC 44-14-040); legal holidays
and the days they are observed on are those of RCW 1.16.050 as read in its text of July 2025. School breaks, Columbus
Day and other recognised days are counted: they are no legal holidays.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from types import MappingProxyType

from archiver.model import local_day

RESPONSE_DAYS = 5  # RCW 42.56.520(1)

_DAY = timedelta(days=1)
_SATURDAY, _SUNDAY = 5, 6
_FIXED = (
    (1, 1, "New Year's Day"),
    (6, 19, "Juneteenth"),
    (7, 4, "Independence Day"),
    (11, 11, "Veterans Day"),
    (12, 25, "Christmas Day"),
)


@cache
def legal_holidays(year: int) -> Mapping[date, str]:
    """The days on which the legal holidays of a year are observed; New Year may fall on December 31 before it."""
    thanksgiving = _weekday_of(year, month=11, weekday=3, number=4)
    observed = {_observed(date(year, month, day)): name for month, day, name in _FIXED}
    observed |= {
        _weekday_of(year, month=1, weekday=0, number=3): "Martin Luther King Jr. Day",
        _weekday_of(year, month=2, weekday=0, number=3): "Presidents' Day",
        _last_monday_of_may(year): "Memorial Day",
        _weekday_of(year, month=9, weekday=0, number=1): "Labor Day",
        thanksgiving: "Thanksgiving Day",
        thanksgiving + _DAY: "Native American Heritage Day",
    }
    return MappingProxyType(observed)


def is_business_day(day: date, *, closures: Collection[date] = ()) -> bool:
    """Whether a day is counted: no Saturday, Sunday, legal holiday, or closure the agency has set."""
    holiday = day in legal_holidays(day.year) or day in legal_holidays(day.year + 1)
    return day.weekday() < _SATURDAY and not holiday and day not in closures


def business_days_after(day: date, count: int, *, closures: Collection[date] = ()) -> date:
    """The `count`-th business day after a day, which is itself not counted."""
    while count:
        day += _DAY
        count -= is_business_day(day, closures=closures)
    return day


def response_due(received: datetime | date, *, closures: Collection[date] = ()) -> date:
    """The last day to answer a request: the fifth business day after the day of receipt in Washington.

    `closures` are days the agency chooses not to count; the statute does not name them, see `closure_warning`.
    """
    return business_days_after(_day_of(received), RESPONSE_DAYS, closures=closures)


def closure_warning(received: datetime | date, *, closures: Collection[date]) -> str | None:
    """What to tell an agency whose own closures make an answer due later than the statute does; None otherwise."""
    by_statute = response_due(received)
    by_agency = response_due(received, closures=closures)
    if by_agency == by_statute:
        return None
    return (
        f"The agency's own closures move the answer from {by_statute} to {by_agency}. RCW 1.16.050 does not list "
        f"them as legal holidays; an answer by {by_statute} is safe without them."
    )


def _day_of(moment: datetime | date) -> date:
    return local_day(moment) if isinstance(moment, datetime) else moment


def _observed(holiday: date) -> date:
    """A holiday on a Sunday is observed on Monday, one on a Saturday on the Friday before (RCW 1.16.050(5))."""
    shift = {_SATURDAY: -1, _SUNDAY: 1}.get(holiday.weekday(), 0)
    return holiday + shift * _DAY


def _weekday_of(year: int, *, month: int, weekday: int, number: int) -> date:
    """The first, second … such weekday of a month (Monday is 0)."""
    first = date(year, month, 1)
    return first + ((weekday - first.weekday()) % 7 + 7 * (number - 1)) * _DAY


def _last_monday_of_may(year: int) -> date:
    last = date(year, 5, 31)
    return last - last.weekday() * _DAY
