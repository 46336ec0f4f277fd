"""What a status means for what to do next, and how long to wait: one table for every platform."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum

from archiver.model.coverage import Cause

LONGEST_WAIT = 3600.0
SHORTEST_WAIT = 1.0
_FIRST_BACKOFF = 2.0
_EPOCH_FROM = 1e8  # smaller numbers are seconds from now
_MILLISECONDS_FROM = 1e11
_NUMBER = re.compile(r"[0-9]{1,20}(\.[0-9]{1,20})?")
_RESET_HEADERS = (
    "x-ratelimit-reset-after",
    "x-ratelimit-reset",
    "ratelimit-reset",
    "x-rate-limit-reset",
    "x-app-rate-limit-reset",
)
_ALLOWED_HEADERS = ("x-ratelimit-limit", "ratelimit-limit", "x-rate-limit-limit")
_REMAINING_HEADERS = ("x-ratelimit-remaining", "ratelimit-remaining", "x-rate-limit-remaining")

Headers = Iterable[tuple[str, str]]


class Action(StrEnum):
    """What to do next with a fetch."""

    KEEP = "keep"  # read the reply
    UNCHANGED = "unchanged"  # the reply equals the one whose validators were sent
    MOVED = "moved"  # follow Location, within limits and without credentials for another origin
    ABSENT = "absent"  # not there now; cause GONE where the platform says for good
    REFUSED = "refused"  # the platform does not show it to us
    AUTH = "auth"  # the credential is missing or no longer good
    WAIT = "wait"  # ask again after the wait
    RETRY = "retry"  # ask again after a back-off
    ERROR = "error"  # asking again will not help
    ODD = "odd"  # a status that answers nothing we asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What to do next; `wait_seconds` None: the platform named no time. `cause` is what a gap of it is called."""

    action: Action
    wait_seconds: float | None = None
    cause: Cause | None = None


_TABLE: dict[int, tuple[Action, Cause | None]] = {
    204: (Action.ODD, Cause.UNREADABLE),
    205: (Action.ODD, Cause.UNREADABLE),
    206: (Action.ODD, Cause.UNREADABLE),
    301: (Action.MOVED, None),
    302: (Action.MOVED, None),
    303: (Action.MOVED, None),
    307: (Action.MOVED, None),
    308: (Action.MOVED, None),
    401: (Action.AUTH, Cause.AUTH),
    403: (Action.REFUSED, Cause.FORBIDDEN),
    404: (Action.ABSENT, Cause.MISSING),
    408: (Action.RETRY, Cause.TIMEOUT),
    410: (Action.ABSENT, Cause.GONE),
    425: (Action.RETRY, Cause.SERVER),
    429: (Action.WAIT, Cause.RATE_LIMIT),
    451: (Action.REFUSED, Cause.FORBIDDEN),
}
_BY_HUNDRED: dict[int, tuple[Action, Cause | None]] = {
    1: (Action.ODD, Cause.UNREADABLE),
    2: (Action.KEEP, None),
    3: (Action.ERROR, Cause.UNREADABLE),
    4: (Action.ERROR, Cause.UNREADABLE),
    5: (Action.RETRY, Cause.SERVER),
}


def verdict(status: int, headers: Headers, now: datetime, *, conditional: bool) -> Verdict:
    """What to do next after a reply. `conditional`: validators were sent, so that 304 is an answer."""
    headers = tuple(headers)
    action, cause = _TABLE.get(status) or _BY_HUNDRED.get(status // 100, (Action.ODD, Cause.UNREADABLE))
    if status == 304:
        return Verdict(action=Action.UNCHANGED) if conditional else Verdict(action=Action.ODD, cause=Cause.UNREADABLE)
    if action is Action.MOVED and not _first(headers, ("location",)):
        return Verdict(action=Action.ERROR, cause=Cause.UNREADABLE)
    if status == 503 and _first(headers, ("retry-after",)) is not None:
        action = Action.WAIT
    if action is not Action.WAIT:
        return Verdict(action=action, cause=cause)
    seconds = _retry_after(_first(headers, ("retry-after",)), now)
    return Verdict(
        action=action, wait_seconds=_within(reset_seconds(headers, now) if seconds is None else seconds), cause=cause
    )


def reset_seconds(headers: Headers, now: datetime) -> float | None:
    """Seconds until the platform's quota is whole again, from the usual headers; None where none can be read."""
    return _moment(_first(headers, _RESET_HEADERS), now)


def remaining(headers: Headers) -> int | None:
    """Requests left of the platform's quota, from the usual headers; None where none can be read."""
    return _whole(_first(headers, _REMAINING_HEADERS))


def allowed(headers: Headers) -> int | None:
    """How many requests the platform's quota is, from the usual headers; None where none can be read."""
    return _whole(_first(headers, _ALLOWED_HEADERS))


def _whole(said: str | None) -> int | None:
    found = re.match(r"\s*([0-9]{1,9})(?:\.[0-9]*)?\s*(?:[;,]|$)", said or "")
    return int(found[1]) if found else None


def backoff(attempt: int, jitter: float) -> float:
    """Seconds before attempt number `attempt` (from 1) is repeated: doubling, capped; `jitter` 0..1 halves at most."""
    doubled = min(_FIRST_BACKOFF * 2.0 ** min(max(attempt, 1) - 1, 30), LONGEST_WAIT)
    return doubled * (1.0 - jitter / 2.0)


def spread(seconds: float, jitter: float) -> float:
    """A wait the platform named, made up to a tenth longer by `jitter` (0..1): never shorter, and not all at once."""
    return seconds * (1.0 + jitter / 10.0)


def _within(seconds: float | None) -> float | None:
    return None if seconds is None else min(max(seconds, SHORTEST_WAIT), LONGEST_WAIT)


def _first(headers: Headers, names: tuple[str, ...]) -> str | None:
    found = {key.lower(): value for key, value in reversed(tuple(headers))}
    return next((found[name] for name in names if name in found), None)


def _retry_after(said: str | None, now: datetime) -> float | None:
    """Seconds, or seconds until an HTTP date (RFC 9110 section 10.2.3); None for nonsense."""
    text = (said or "").strip()
    return float(text) if _NUMBER.fullmatch(text) else _until(_date(text), now)


def _moment(said: str | None, now: datetime) -> float | None:
    """Seconds from now to a moment told as seconds, epoch seconds or milliseconds, HTTP date or ISO 8601."""
    text = (said or "").strip()
    if not _NUMBER.fullmatch(text):
        return _until(_date(text), now)
    number = float(text)
    if number < _EPOCH_FROM:
        return number
    return max((number / 1000.0 if number >= _MILLISECONDS_FROM else number) - now.timestamp(), 0.0)


def _until(moment: datetime | None, now: datetime) -> float | None:
    return None if moment is None else max((moment - now).total_seconds(), 0.0)


def _date(text: str) -> datetime | None:
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(text)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None
