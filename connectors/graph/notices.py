"""What the Graph API tells beside its answers: how much of an allowance is used, its version, days left to a token."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from archiver.model import Account, Notice, Page, Reply
from connectors.fields import at, count, rows, text
from connectors.graph.asks import version_of
from connectors.graph.fields import CURRENT, ENDS
from connectors.reading import Reading
from connectors.times import read_time
from connectors.verdicts import value_of

SLOW_FROM = 75
STOP_FROM = 90

_PLAIN = {"X-App-Usage": "app", "X-Page-Usage": "page"}
_BY_BUSINESS = "X-Business-Use-Case-Usage"
_SHARES = ("call_count", "total_time", "total_cputime")
_UNTOLD = 900.0  # seconds to wait where the platform says that an allowance is used up, but not until when
_LAST_WEEKS = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Usage:
    """One allowance: which, how many percent of it are used, and the minutes until it is free again where told."""

    name: str
    percent: int
    minutes: int


def usages(reply: Reply) -> tuple[Usage, ...]:
    """Every allowance the headers of a reply tell of."""
    return tuple(
        Usage(
            name=name,
            percent=max(count(row, share) or 0 for share in _SHARES),
            minutes=count(row, "estimated_time_to_regain_access") or 0,
        )
        for name, row in _allowances(reply)
        if isinstance(row, dict)
    )


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


def notices(reading: Reading) -> Iterator[Notice]:
    """What any reply tells of allowances nearly used; that to the first question of a run also what is well again."""
    first = reading.fetch.stream == "profile"
    yield from (notice for notice in usage_notices(reading.reply) if notice.words or first)
    yield from version_notices(reading.account, reading.reply) if first else ()


def usage_notices(reply: Reply) -> tuple[Notice, ...]:
    """A notice for each allowance the headers tell of, withdrawn where less than 75 % of it are used."""
    return tuple(Notice(topic=f"usage of {one.name}", words=_words(one)) for one in usages(reply))


def version_notices(account: Account, reply: Reply) -> tuple[Notice, ...]:
    """Whether another version answers than the one asked, and whether the one asked ends soon or has ended.

    That the header names the version that answered is not confirmed; without it nothing is said of it.
    """
    asked, answered = version_of(account), reply.header("facebook-api-version") or ""
    other = f"Version {asked} of the Graph API was asked, and {answered[:20]} answered: {_NEWER}"
    ends, told = ENDS.get(asked), ""
    if ends is not None and ends - reply.received < _LAST_WEEKS:
        word = "ended" if ends <= reply.received else "ends"
        told = f"Version {asked} of the Graph API {word} on {ends:%Y-%m-%d}: {_NEWER}"
    return (
        Notice(topic="version that answers", words=other if answered and answered != asked else ""),
        Notice(topic="end of version", words=told, until=ends if told else None),
    )


_NEWER = f"name a newer one in the account's address (known to this archiver: up to {CURRENT})."


def token_page(reading: Reading, needed: Mapping[str, str]) -> Page:
    """Notices of what the platform says of the token; `needed` names what each permission is needed for."""
    data, now = at(reading.value, "data"), reading.reply.received
    invalid = at(data, "is_valid") is False
    lacking = [f"{scope} ({what})" for scope, what in needed.items() if scope not in rows(data, "scopes")]
    missing = f"The access token lacks {', '.join(lacking)}: that part cannot be read."
    said = text(data, "error", "message")[:200]
    dead = f"The platform says that the access token is not valid{said and f': {said}'}. Connect the account anew."
    return reading.page(
        (
            Notice(topic="token", words=dead if invalid else ""),
            _lapse("token lapses", "The access token lapses", at(data, "expires_at"), now),
            _lapse("data access ends", "Access to data by this token ends", at(data, "data_access_expires_at"), now),
            Notice(topic="permissions", words=missing if lacking and rows(data, "scopes") and not invalid else ""),
        )
    )


def _lapse(topic: str, words: str, when: object, now: datetime) -> Notice:
    """`when` in epoch seconds; 0 stands for never."""
    moment = read_time(when)[0] if count(when) else None
    if moment is None:
        return Notice(topic=topic, words="")
    days = (moment - now).days
    left = f"in {days} days" if days >= 0 else "which is over"
    return Notice(topic=topic, words=f"{words} on {moment:%Y-%m-%d} ({left}): connect the account anew.", until=moment)


def _words(one: Usage) -> str:
    if one.percent < SLOW_FROM and not one.minutes:
        return ""
    again = f"; free again in {one.minutes} minutes, by the platform's estimate" if one.minutes else ""
    doing = "waiting" if one.percent >= STOP_FROM or one.minutes else "asking more slowly"
    return f"{one.percent} % of the allowance of {one.name} is used: {doing}{again}."


def _allowances(reply: Reply) -> Iterator[tuple[str, Any]]:
    """What the headers tell of each allowance, by its name."""
    for header, name in _PLAIN.items():
        yield name, value_of((reply.header(header) or "").encode(errors="replace"))
    by_business = value_of((reply.header(_BY_BUSINESS) or "").encode(errors="replace"))
    for held in by_business.values() if isinstance(by_business, dict) else ():
        for row in held if isinstance(held, list) else ():
            yield text(row, "type") or "business", row
