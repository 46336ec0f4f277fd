"""Times as the archive writes them: UTC, ISO 8601, microseconds only where there are any."""

from __future__ import annotations

from datetime import UTC, datetime


def iso(moment: datetime) -> str:
    """An aware time as text in UTC ending in Z; sorts as text in the order of time (within one precision)."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone cannot be archived")
    utc = moment.astimezone(UTC)
    return utc.strftime("%Y-%m-%dT%H:%M:%S") + (f".{utc.microsecond:06d}" if utc.microsecond else "") + "Z"


def parse_iso(text: str) -> datetime:
    """The aware UTC time that `iso` wrote. Raises ValueError for anything without a zone."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"a time without a zone: {text}")
    return moment.astimezone(UTC)


def epoch_second(moment: datetime) -> int:
    """Whole seconds since 1970, not below 0."""
    return max(0, int(moment.timestamp()))
