"""What YouTube means by an error: by its reason, whatever its status; and lists of 200 with nothing in them."""

from __future__ import annotations

from typing import Any

from archiver.model import Fetch, Judged, Means, Reply
from connectors.fields import at, count, rows, text
from connectors.verdicts import body_of, told
from connectors.youtube.asks import DECLARED
from connectors.youtube.quota import seconds_to_midnight

_TOO_FAST = 60.0  # seconds; how long a rate limit lasts is not told
_SPENT = ("quotaExceeded", "dailyLimitExceeded")


def judged(fetch: Fetch, reply: Reply) -> Judged | None:
    """What a reply means beyond its status; None where its status says it, or it holds what was asked for."""
    answered, alone = 200 <= reply.status < 300, fetch.stream in ("item", "profile")
    if answered and not alone and b'"error"' not in reply.body:
        return None
    body = body_of(reply)
    error = at(body, "error")
    if not isinstance(error, dict):  # a look at one thing by its id is answered with an empty list where it is not
        empty = text(body, "kind").endswith("ListResponse") and not rows(body, "items")
        words = "YouTube shows nothing of this id, handle or consent"
        return Judged(means=Means.ABSENT, detail=words) if answered and alone and empty else None
    if (reason := _reason(error)) not in DECLARED.errors:
        return None
    row = DECLARED.errors[reason]
    wait = seconds_to_midnight(reply.received) if reason in _SPENT else _TOO_FAST
    detail = told(row.words, reason, text(error, "message"))
    return Judged(means=row.means, detail=detail, wait_seconds=wait if row.means is Means.WAIT else None)


def pause(reply: Reply) -> float:
    """Seconds in which the project should ask nothing: units that are spent, or a chat that says how often to ask."""
    body = body_of(reply) if reply.status >= 400 or reply.url.endswith("/liveChat/messages") else None
    if _reason(at(body, "error")) in _SPENT:
        return seconds_to_midnight(reply.received)
    return min((count(body, "pollingIntervalMillis") or 0) / 1000.0, _TOO_FAST)


def _reason(error: Any) -> str:
    """The first reason that has a meaning, else the status that the error names."""
    told = (text(one, "reason") for one in (*rows(error, "errors"), *rows(error, "details")))
    return next((reason for reason in told if reason in DECLARED.errors), text(error, "status"))
