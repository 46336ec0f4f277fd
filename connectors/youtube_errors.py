"""What YouTube means by an error: its reasons as data, and lists that answer 200 with nothing in them."""

from __future__ import annotations

import re
from typing import Any

from archiver.errors import Unreadable
from archiver.model import Fetch, Judged, Means, Reply
from connectors.fields import at, count, rows, text
from connectors.json_body import parse_json
from connectors.youtube_quota import seconds_to_midnight

_TOO_FAST = 60.0  # seconds; how long a rate limit lasts is not told
_SPENT = frozenset(("quotaExceeded", "dailyLimitExceeded"))

# Reasons that the reference names, and others of the same family, which are not confirmed.
REASONS: dict[str, tuple[Means, str]] = {
    **dict.fromkeys(_SPENT, (Means.WAIT, "the project's units for today are used up")),
    **dict.fromkeys(
        ("rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"), (Means.WAIT, "too many requests at once")
    ),
    "commentsDisabled": (Means.NOTHING, "comments are switched off"),
    **dict.fromkeys(
        ("liveChatEnded", "liveChatDisabled", "liveChatNotFound"), (Means.NOTHING, "the live chat is over or off")
    ),
    **dict.fromkeys(
        (
            "videoNotFound", "channelNotFound", "playlistNotFound", "commentNotFound", "commentThreadNotFound",
            "parentCommentNotFound", "playlistItemNotFound", "captionNotFound", "notFound",
        ),
        (Means.ABSENT, "not there, or not shown to us"),
    ),
    **dict.fromkeys(
        ("authError", "UNAUTHENTICATED", "authorizationRequired", "required", "expired", "youtubeSignupRequired"),
        (Means.AUTH, "the consent of the channel's owner is no longer good"),
    ),
    **dict.fromkeys(("keyInvalid", "keyExpired", "API_KEY_INVALID"), (Means.AUTH, "the API key is not good")),
    **dict.fromkeys(
        ("insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"),
        (Means.REFUSED, "the consent does not go far enough; comments and captions need youtube.force-ssl"),
    ),
    "accessNotConfigured": (Means.REFUSED, "the project has the YouTube Data API switched off"),
    **dict.fromkeys(
        ("forbidden", "channelForbidden", "playlistForbidden", "playlistItemsNotAccessible", "channelSuspended"),
        (Means.REFUSED, "it is not shown to us"),
    ),
    **dict.fromkeys(("processingFailure", "backendError", "internalError"), (Means.RETRY, "a fault of the platform")),
    "invalidPageToken": (Means.RETRY, "the next page is no longer known to the platform"),
}  # fmt: skip
STATUSES: dict[str, tuple[Means, str]] = {
    "UNAUTHENTICATED": REASONS["authError"],
    "PERMISSION_DENIED": REASONS["forbidden"],
    "NOT_FOUND": REASONS["notFound"],
    "RESOURCE_EXHAUSTED": REASONS["rateLimitExceeded"],
    "UNAVAILABLE": REASONS["backendError"],
    "INTERNAL": REASONS["backendError"],
}
_ADDRESS = re.compile(r"(https?://[^\s?]+)\?\S*")


def judged(fetch: Fetch, reply: Reply) -> Judged | None:
    """What a reply means beyond its status; None where its status says it, or it holds what was asked for."""
    if 200 <= reply.status < 300 and fetch.stream not in ("item", "profile") and b'"error"' not in reply.body:
        return None
    body = _body(reply)
    error = at(body, "error")
    if not isinstance(error, dict):
        return _nothing_there(fetch, reply, body)
    row = _row(error)
    if row is None:
        return None
    reason, means, words = row
    wait = _wait(reason, reply) if means is Means.WAIT else None
    return Judged(means=means, detail=f"{words} ({_detail(reason, error)})", wait_seconds=wait)


def pause(reply: Reply) -> float:
    """Seconds in which the project should ask nothing: units that are spent, or a chat that says how often to ask."""
    body = _body(reply) if reply.status >= 400 or reply.url.endswith("/liveChat/messages") else None
    reason = _row(at(body, "error"))
    if reason is not None and reason[0] in _SPENT:
        return seconds_to_midnight(reply.received)
    return min((count(body, "pollingIntervalMillis") or 0) / 1000.0, _TOO_FAST)


def _row(error: Any) -> tuple[str, Means, str] | None:
    """The first reason that has a meaning, else the status that the error names."""
    for one in (*rows(error, "errors"), *rows(error, "details")):
        if (reason := text(one, "reason")) in REASONS:
            return (reason, *REASONS[reason])
    status = text(error, "status")
    return (status, *STATUSES[status]) if status in STATUSES else None


def _wait(reason: str, reply: Reply) -> float:
    return seconds_to_midnight(reply.received) if reason in _SPENT else _TOO_FAST


def _nothing_there(fetch: Fetch, reply: Reply, body: Any) -> Judged | None:
    """A look at one thing by its id is answered with an empty list where it is not there, or not shown to us."""
    alone = fetch.stream in ("item", "profile") and 200 <= reply.status < 300
    if not alone or not text(body, "kind").endswith("ListResponse") or rows(body, "items"):
        return None
    return Judged(means=Means.ABSENT, detail="YouTube shows nothing of this id, handle or consent")


def _detail(reason: str, error: Any) -> str:
    """The reason and the platform's own sentence, addresses in it without their parameters."""
    said = _ADDRESS.sub(r"\1", text(error, "message"))[:200]
    return f"{reason}: {said}" if said else reason


def _body(reply: Reply) -> Any:
    try:
        return parse_json(reply.body).value
    except Unreadable:
        return None
