"""Times, scopes and observations in plain words. What was only not seen is never called by a stronger word."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo
from functools import lru_cache

from archiver.model import Coverage, DisclosedObservation, Gap, Method, Seen, Selector, iso

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_OBSERVED: Mapping[tuple[Seen, Method], str] = {
    (Seen.PRESENT, Method.LISTING): "seen present in the account's listing",
    (Seen.PRESENT, Method.DIRECT): "seen present when looked at directly",
    (Seen.PRESENT, Method.WEBHOOK): "seen present in a notice from the platform",
    (Seen.PRESENT, Method.TAKEOUT): "seen present in the platform's own export",
    (Seen.ABSENT, Method.LISTING): "not in the account's listing when that was looked at",
    (Seen.ABSENT, Method.DIRECT): "not there when looked at directly",
    (Seen.ABSENT, Method.WEBHOOK): "said by a notice from the platform to be no longer there",
    (Seen.ABSENT, Method.TAKEOUT): "not in the platform's own export",
}
_OTHERWISE: Mapping[Seen, str] = {
    Seen.PRESENT: "seen present",
    Seen.ABSENT: "not there when looked at",
    Seen.HIDDEN: "marked hidden by the platform when looked at",
    Seen.REFUSED: "the platform refused to show it when looked at",
    Seen.ERROR: "could not be looked at because of an error",
}


def day(moment: datetime) -> str:
    """A date as `Mar 3, 2026`, in the zone the time carries."""
    return f"{_MONTHS[moment.month - 1]} {moment.day}, {moment.year}"


@lru_cache(512)  # an item's times come several times over
def local(moment: datetime, zone: tzinfo) -> str:
    """A time in the agency's zone, with the zone's name: `Mar 3, 2026, 9:12:05 AM PST`."""
    here = moment.astimezone(zone)
    half = "AM" if here.hour < 12 else "PM"
    return f"{day(here)}, {here.hour % 12 or 12}:{here.minute:02d}:{here.second:02d} {half} {here.tzname()}"


def both(moment: datetime, zone: tzinfo) -> str:
    """A time in the agency's zone and in UTC."""
    return f"{local(moment, zone)} ({utc_words(moment)})"


@lru_cache(512)
def stamp(moment: datetime) -> str:
    """A time for programs: ISO 8601 in UTC, parts of a second only where there are any."""
    said = moment.isoformat()
    if said.endswith("+00:00"):  # as the archive's own times are
        return f"{said[:-6]}Z"
    return iso(moment).replace(".000000Z", "Z")


def utc_words(moment: datetime) -> str:
    """A time as `2026-03-03 17:12:05 UTC`."""
    said = stamp(moment)
    return f"{said[:10]} {said[11:19]} UTC"


def observed(observation: DisclosedObservation) -> str:
    """What a look showed, in words that claim no more than was seen."""
    return _OBSERVED.get((observation.seen, observation.method), _OTHERWISE[observation.seen])


def last_state(observations: tuple[DisclosedObservation, ...]) -> str:
    """What the last look showed; empty where nothing was recorded."""
    if not observations:
        return ""
    latest = observations[0] if len(observations) == 1 else max(observations, key=lambda look: look.last)
    word = observed(latest)
    return f"last {word}" if latest.seen is Seen.PRESENT else word


def scope(selector: Selector, zone: tzinfo, names: Mapping[str, str]) -> list[tuple[str, str]]:
    """What a selector asks for, one condition a line: name and words. `names` are those of the accounts, by id."""
    lists = (
        ("Accounts", tuple(names.get(account, account) for account in selector.accounts)),
        ("Kinds of item", selector.kinds),
        ("Authors", selector.authors),
        ("Conversations", selector.threads),
    )
    said = [(label, ", ".join(values)) for label, values in lists if values]
    if selector.words:
        said.append(("Words searched for", selector.words))
    bounds = (
        ("Dated from", selector.since),
        ("Dated before", selector.until),
        ("First seen by the archive before", selector.captured_until),
    )
    said += [(label, both(moment, zone)) for label, moment in bounds if moment]
    return said or [("Everything", "all accounts, kinds and dates in the archive")]


def interval(span: Coverage | Gap, zone: tzinfo) -> tuple[str, str]:
    """The two ends of an interval of coverage or of a gap, in words."""
    start = both(span.start, zone) if span.start else "the beginning"
    return start, both(span.end, zone) if span.end else "still going on"


def size(count: int) -> str:
    """A number of bytes in the unit a person would use."""
    amount, unit = float(count), "bytes"
    for larger in ("KB", "MB", "GB", "TB"):
        if amount < 1000:
            break
        amount, unit = amount / 1000, larger
    return f"{count:,} bytes" if unit == "bytes" else f"{amount:,.1f} {unit}"


def number_of(count: int, one: str, many: str = "") -> str:
    """A count with its noun."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
