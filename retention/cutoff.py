"""Calendar-exact ends of periods, in days of Washington.

A period that begins on a day ends at the end of the same day of its last year or month, so what it covers is due on
the day after. Where that month has no such day (February 29 and two years), it ends with the first of the next month:
the longer reading.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from archiver.model import Period, day_begins, local_day

_DAY = timedelta(days=1)


def period_ends(begun: date, period: Period) -> date:
    """The last day of a period that begins on `begun`. Capped one day before the last day Python can count."""
    months = begun.year * 12 + begun.month - 1 + period.years * 12 + period.months
    year, month = divmod(months, 12)
    if year >= date.max.year:
        return date.max - _DAY
    try:
        return date(year, month + 1, begun.day)
    except ValueError:  # no such day in that month
        return date(year, month + 2, 1)


def due_on(begun: date, period: Period) -> date:
    """The first day on which a period that begins on `begun` is over."""
    return period_ends(begun, period) + _DAY


def bound(now: datetime, period: Period) -> datetime:
    """The UTC moment before which a period must have begun to be over at `now`."""
    today = local_day(now)
    day = _about(today, period)
    while due_on(day, period) <= today:
        day += _DAY
    return day_begins(day)


def worded(period: Period) -> str:
    """A period in words: "2 years", "1 year 6 months"."""
    parts = ((period.years, "year"), (period.months, "month"))
    return " ".join(f"{count} {unit}{'s' if count > 1 else ''}" for count, unit in parts if count)


def _about(today: date, period: Period) -> date:
    """A day, a few days early at most, on which a period over today may have begun."""
    year, month = divmod(today.year * 12 + today.month - 1 - period.years * 12 - period.months, 12)
    if year < 1:
        return date.min
    return date(year, month + 1, min(today.day, 25)) - timedelta(days=3) if year > 1 else date.min
