"""Times as platforms write them; what cannot be read is kept as written, never guessed."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_tz
from typing import Any

from dateutil import parser as any_form
from dateutil.tz import tzoffset

EARLIEST_YEAR = 1000  # below it stand "no date" values such as 0001-01-01

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DIGITS = re.compile(r"-?\d{10}|-?\d{13}")
_MILLISECONDS_FROM = 100_000_000_000
_MAIL_DATE = re.compile(r"(?:[A-Za-z]{3,9},?\s+)?\d{1,2}\s+[A-Za-z]{3,9}\s+\d{2,4}\s+\d{1,2}:\d{2}(?::\d{2})?(\s+\S+)?")
_WORDY_DATE = re.compile(r"(?=.*\d{4})[\w ,:+\-./]{8,64}", re.ASCII)
_DEFAULTS = (datetime(2000, 1, 1), datetime(2004, 2, 2))  # noqa: DTZ001 - stand-ins for fields the text leaves out
_US_ZONES = {"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}
_ZONES = dict.fromkeys(("UTC", "GMT", "Z", "UT"), UTC) | {
    name: timezone(timedelta(hours=hours)) for name, hours in _US_ZONES.items()
}


def read_time(value: Any, *, zone: tzinfo = UTC) -> tuple[datetime | None, str]:
    """The time in UTC, and an empty string; or None and the value as written, where it cannot be read.

    `zone` is what the platform documents for times that name none.
    """
    moment = _in_utc(_moment(value), zone)
    return (moment, "") if moment is not None or value is None else (None, str(value)[:100])


def _moment(value: Any) -> datetime | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _from_epoch(value)
    if not isinstance(value, str):
        return None
    return _from_text(" ".join(value.split()))


def _from_text(text: str) -> datetime | None:
    if _EPOCH_DIGITS.fullmatch(text):
        return _from_epoch(int(text))
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError:
        found = _MAIL_DATE.fullmatch(text)
        return _from_mail_date(text, zoned=found[1] is not None) if found else _from_wordy_date(text)


def _from_epoch(number: float) -> datetime | None:
    """Seconds, or milliseconds where the number is too large for seconds before the year 5138."""
    unit = timedelta(milliseconds=1) if abs(number) >= _MILLISECONDS_FROM else timedelta(seconds=1)
    try:
        return _EPOCH + number * unit
    except (OverflowError, ValueError):
        return None


def _from_mail_date(text: str, *, zoned: bool) -> datetime | None:
    """RFC 822 and its successors, two-digit years and zone names among them."""
    parts = parsedate_tz(text)
    if parts is None:
        return None
    try:
        return datetime(*parts[:6], tzinfo=timezone(timedelta(seconds=parts[9] or 0)) if zoned else None)
    except (ValueError, OverflowError):
        return None


def _from_wordy_date(text: str) -> datetime | None:
    """Other written forms, but only where they name a whole day: the two defaults then give the same."""
    if not _WORDY_DATE.fullmatch(text):
        return None
    try:
        found = {any_form.parse(text, default=default, tzinfos=_zone) for default in _DEFAULTS}
    except (ValueError, OverflowError, TypeError, LookupError, ArithmeticError):
        return None
    return found.pop() if len(found) == 1 else None


def _zone(name: str | None, offset: int | None) -> tzinfo | None:
    return tzoffset(name, offset) if offset is not None else _ZONES.get(name or "")


def _in_utc(moment: datetime | None, zone: tzinfo) -> datetime | None:
    if moment is None:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    try:
        utc = aware.astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    return utc if utc.year >= EARLIEST_YEAR else None
