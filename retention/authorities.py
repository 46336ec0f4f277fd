"""Disposition authorities as dated data: read strictly, periods understood only where they are plain."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from archiver.errors import ConfigError
from archiver.model import DispositionAuthority, Period, Standing, TriggerEvent

FORMAT = "archiver-authorities/1"

_TEXTS = ("edition", "revision", "title", "trigger", "disposition", "archival")
_REQUIRED = ("dan", "schedule", "source", "retrieved", "status", "verified_fields")
_OPTIONAL = (*_TEXTS, "period", "counts_from")
_STATED = ("dan", "revision", "title", "trigger", "period", "disposition", "archival")
_PLAIN_PERIOD = re.compile(r"([1-9]\d{0,2}) (year|month)s?")


def parse_period(text: str) -> Period | None:
    """The period of a text such as "2 years" or "6 months"; None for anything else, which means: retain."""
    found = _PLAIN_PERIOD.fullmatch(text.strip())
    if found is None:
        return None
    count = int(found[1])
    return Period(years=count) if found[2] == "year" else Period(months=count)


def read_authorities(text: str, *, name: str) -> dict[str, DispositionAuthority]:
    """The authorities of a file, by DAN. `name` is the file's, for messages. Raises ConfigError naming the entry."""
    found: dict[str, DispositionAuthority] = {}
    for number, entry in enumerate(_entries(text, name), start=1):
        try:
            authority = _authority(entry)
            if authority.dan in found:
                raise ValueError("this DAN stands in the file twice")
        except ValueError as error:
            raise _refused(f"{name}: authority {number} ({_called(entry)}): {error}") from error
        found[authority.dan] = authority
    return found


def named(authority: DispositionAuthority) -> str:
    """An authority as people are shown it: number, revision and title, as far as they were verified."""
    number = " ".join(part for part in (authority.dan, authority.revision) if part)
    return f"{number} ({authority.title or 'title not verified'})"


def read_in(authority: DispositionAuthority) -> str:
    """Where an authority was read, as a clause: schedule and edition."""
    return f"{authority.schedule}, {authority.edition or 'edition not stated by the source'}"


def _entries(text: str, name: str) -> list[Any]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _refused(f"{name}: not JSON: {error}") from error
    if not isinstance(data, dict) or set(data) != {"format", "authorities"} or data["format"] != FORMAT:
        raise _refused(f'{name}: not a file of authorities; it must hold "format": "{FORMAT}" and "authorities"')
    if not isinstance(data["authorities"], list):
        raise _refused(f'{name}: "authorities" is not a list')
    return data["authorities"]


def _authority(entry: Any) -> DispositionAuthority:
    _check_fields(entry)
    period_text = _text(entry, "period")
    authority = DispositionAuthority(
        dan=_needed(entry, "dan"),
        schedule=_needed(entry, "schedule"),
        source=_needed(entry, "source"),
        retrieved=_day(_needed(entry, "retrieved")),
        status=_standing(_needed(entry, "status")),
        verified_fields=_names(entry["verified_fields"]),
        counts_from=_event(_text(entry, "counts_from")),
        period_text=period_text,
        period=parse_period(period_text) if period_text else None,
        **{field: _text(entry, field) for field in _TEXTS},
    )
    _check_verified(authority, entry)
    return authority


def _check_fields(entry: Any) -> None:
    if not isinstance(entry, dict):
        raise ValueError("not an object")
    if unknown := sorted(set(entry) - {*_REQUIRED, *_OPTIONAL}):
        raise ValueError(f"unknown field {unknown[0]!r}; known are {', '.join((*_REQUIRED, *_OPTIONAL))}")
    if missing := [field for field in _REQUIRED if field not in entry]:
        raise ValueError(f"{missing[0]!r} is missing")


def _check_verified(authority: DispositionAuthority, entry: Mapping[str, Any]) -> None:
    """What was not verified in the named source must be null; an agency vouches for the whole of its own entries."""
    if authority.status is not Standing.VERIFIED:
        return
    for field in _STATED:
        if entry.get(field) is not None and field not in authority.verified_fields:
            raise ValueError(f"{field!r} has a value but is not among verified_fields")


def _text(entry: Mapping[str, Any], field: str) -> str | None:
    value = entry.get(field)
    if value is not None and not (isinstance(value, str) and value.strip()):
        raise ValueError(f"{field!r} must be a text or null")
    return value


def _needed(entry: Mapping[str, Any], field: str) -> str:
    value = _text(entry, field)
    if value is None:
        raise ValueError(f"{field!r} must not be null")
    return value


def _names(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(name in _STATED for name in value):
        raise ValueError(f"'verified_fields' must be a list of: {', '.join(_STATED)}")
    return tuple(value)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"'retrieved' must be a date like 2026-11-21, not {text!r}") from None


def _standing(text: str) -> Standing:
    if text not in list(Standing):
        raise ValueError(f"status {text!r}: only {' or '.join(Standing)} may be relied on")
    return Standing(text)


def _event(text: str | None) -> TriggerEvent | None:
    if text is not None and text not in list(TriggerEvent):
        raise ValueError(f"counts_from {text!r} is unknown; known: {', '.join(TriggerEvent)}, or null")
    return TriggerEvent(text) if text else None


def _called(entry: Any) -> str:
    return str(entry.get("dan", "without a DAN")) if isinstance(entry, dict) else "not an object"


def _refused(what: str) -> ConfigError:
    return ConfigError(
        what,
        means="No schedule was loaded from this file, so nothing is shown as due by it. Nothing was lost.",
        do="Correct the entry; docs/retention.md lists the fields.",
    )
