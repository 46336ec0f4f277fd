"""The calendar of Washington: on which local day a moment falls, and when a local day begins."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

WASHINGTON = ZoneInfo("America/Los_Angeles")


def local_day(moment: datetime) -> date:
    """The day in Washington on which an aware moment falls. Raises ValueError for a time without a zone."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone has no local day")
    try:
        return moment.astimezone(WASHINGTON).date()
    except OverflowError:  # within hours of the first or the last day Python can count
        return moment.date()


def day_begins(day: date) -> datetime:
    """The UTC moment at which a day begins in Washington; moments before it fall on earlier days."""
    try:
        return datetime.combine(day, time.min, WASHINGTON).astimezone(UTC)
    except OverflowError:
        return datetime.combine(day, time.min, UTC)
