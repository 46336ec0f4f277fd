"""Times as the archive writes them: UTC, ISO 8601, always to the microsecond, so that text sorts as time."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache


@lru_cache(1024)  # the time of a reply is written many times over
def iso(moment: datetime) -> str:
    """An aware time as text in UTC: `2026-11-21T22:01:24.000000Z`. Raises ValueError without a zone."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone cannot be archived")
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


@lru_cache(1024)
def parse_iso(text: str) -> datetime:
    """The aware UTC time that `iso` wrote. Raises ValueError for anything without a zone."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"a time without a zone: {text}")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:  # the first and last days that can be written, in a zone where UTC is beyond them
        raise ValueError(f"a time that is none in UTC: {text}") from error


def month_of(moment: datetime) -> str:
    """The calendar month in UTC: `2026-11`."""
    return f"{moment.astimezone(UTC):%Y-%m}"


def epoch_second(moment: datetime) -> int:
    """Whole seconds since 1970, not below 0."""
    return max(0, int(moment.timestamp()))
