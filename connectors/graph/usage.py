"""What the Graph API tells beside its answers: how much of each allowance is used, and which version answered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from archiver.errors import Unreadable
from archiver.model import Account, Notice, Reply
from connectors.fields import count
from connectors.graph.asks import version_of
from connectors.graph.fields import CURRENT, ENDS
from connectors.json_body import parse_json

SLOW_FROM = 75
STOP_FROM = 90

_PLAIN = ("X-App-Usage", "X-Page-Usage")
_BY_BUSINESS = "X-Business-Use-Case-Usage"
_SHARES = ("call_count", "total_time", "total_cputime")
_UNTOLD = 900.0  # seconds to wait where the platform says that an allowance is used up, but not until when
_LAST_WEEKS = timedelta(days=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """One allowance: which, how many percent of it are used, and the minutes until it is free again where told."""

    name: str
    percent: int
    minutes: int = 0


def usages(reply: Reply) -> tuple[Usage, ...]:
    """Every allowance the headers of a reply tell of."""
    return (*(found for header in _PLAIN for found in _plain(reply, header)), *_by_business(reply))


def pause(reply: Reply) -> float:
    """Seconds in which nothing more should be asked: none below 75 %, a few more with each percent, long from 90 %."""
    told = usages(reply)
    used = max((one.percent for one in told), default=0)
    minutes = max((one.minutes for one in told), default=0)
    if used >= STOP_FROM or minutes:
        return max(minutes * 60.0, _UNTOLD if used >= 100 else _UNTOLD / 3)
    return 2.0 * (used - SLOW_FROM + 1) if used >= SLOW_FROM else 0.0


def regained_after(reply: Reply) -> float:
    """Seconds to wait after a refusal for too much use."""
    return max((one.minutes for one in usages(reply)), default=0) * 60.0 or _UNTOLD


def usage_notices(reply: Reply) -> tuple[Notice, ...]:
    """A notice for each allowance the headers tell of, withdrawn where less than 75 % of it are used."""
    return tuple(Notice(topic=f"usage of {one.name}", words=_words(one)) for one in usages(reply))


def version_notices(account: Account, reply: Reply) -> tuple[Notice, ...]:
    """Whether another version answers than the one asked, and whether the one asked ends soon or has ended.

    That the header names the version that answered is not confirmed; without it nothing is said of it.
    """
    asked, answered = version_of(account), reply.header("facebook-api-version") or ""
    other = f"Version {asked} of the Graph API was asked, and {answered[:20]} answered: {_NEWER}"
    ends = ENDS.get(asked)
    told = ""
    if ends is not None and ends - reply.received < _LAST_WEEKS:
        word = "ended" if ends <= reply.received else "ends"
        told = f"Version {asked} of the Graph API {word} on {ends:%Y-%m-%d}: {_NEWER}"
    return (
        Notice(topic="version that answers", words=other if answered and answered != asked else ""),
        Notice(topic="end of version", words=told, until=ends if told else None),
    )


_NEWER = f"name a newer one in the account's address (known to this archiver: up to {CURRENT})."


def _words(one: Usage) -> str:
    if one.percent < SLOW_FROM and not one.minutes:
        return ""
    again = f"; free again in {one.minutes} minutes, by the platform's estimate" if one.minutes else ""
    doing = "waiting" if one.percent >= STOP_FROM or one.minutes else "asking more slowly"
    return f"{one.percent} % of the allowance of {one.name} is used: {doing}{again}."


def _plain(reply: Reply, header: str) -> Iterator[Usage]:
    found = _parsed(reply, header)
    if isinstance(found, dict):
        yield Usage(name=header.removeprefix("X-").removesuffix("-Usage").lower(), percent=_percent(found))


def _by_business(reply: Reply) -> Iterator[Usage]:
    found = _parsed(reply, _BY_BUSINESS)
    for rows in found.values() if isinstance(found, dict) else ():
        for row in rows if isinstance(rows, list) else ():
            kind = row.get("type") if isinstance(row, dict) else None
            minutes = count(row, "estimated_time_to_regain_access") or 0
            yield Usage(name=kind if isinstance(kind, str) else "business", percent=_percent(row), minutes=minutes)


def _percent(row: Any) -> int:
    return max(count(row, share) or 0 for share in _SHARES)


def _parsed(reply: Reply, header: str) -> Any:
    said = reply.header(header)
    try:
        return parse_json(said.encode(errors="replace")).value if said else None
    except Unreadable:
        return None
