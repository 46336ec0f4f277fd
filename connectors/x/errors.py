"""What X means by an error: problem documents, partial errors beside a status of 200, and the old numbered form."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archiver.model import Fetch, Judged, Means, Reply, Unread
from connectors.fields import at, count, rows, text
from connectors.verdicts import body_of
from connectors.x.asks import DECLARED

_SPENT_SECONDS = 3600.0  # until money or a limit is looked for again; only a person can change either
_SPENT = ("usage-capped", "credits", "credits-depleted")
_EXPANDED = frozenset(f"{DECLARED.more['fields']['post_expansions']},sender_id".split(","))


def judged(_fetch: Fetch, reply: Reply) -> Judged | None:
    """What a reply means beyond its status; None where its status says it, or it holds what was asked for."""
    body = body_of(reply)
    if reply.status < 300 and (at(body, "data") or at(body, "meta")):
        return None
    known = [(one, name) for one in (body, *rows(body, "errors")) if (name := _name(one)) in DECLARED.errors]
    others = [one for one in known if DECLARED.errors[one[1]].means is not Means.ABSENT]
    error, name = next(iter((*others, *known)), (None, ""))
    if error is None or (not others and len(known) < len(rows(body, "errors"))):
        return None  # absent only where X says so of everything that was asked for
    means = DECLARED.errors[name].means
    return Judged(means=means, detail=_words(error), wait_seconds=_wait(name, reply) if means is Means.WAIT else None)


def unread(body: Any) -> Iterator[Unread]:
    """The parts of a reply that X could not show, but for what would have come along with a post."""
    for n, error in enumerate(rows(body, "errors")):
        if not _is_context(error):
            yield Unread(source=f"/errors/{n}", reason=_words(error))


def short_of_context(body: Any) -> Iterator[str]:
    """A flag where a post that ours answer or quote, or its author, was not shown: removed, or not for us."""
    if any(_is_context(error) for error in rows(body, "errors")):
        yield "context-not-shown"


def _is_context(error: Any) -> bool:
    """Whether the parameter that an error names asked for what comes along with a post, not for the post."""
    return text(error, "parameter") in _EXPANDED


def _name(error: Any) -> str:
    """The name of a known error: the last part of its type, or its number."""
    kind = text(error, "type").rpartition("/")[2]
    return kind if kind in DECLARED.errors else str(count(error, "code") or "")


def _words(error: Any) -> str:
    said = [text(error, "title"), text(error, "detail") or text(error, "message")]
    number = count(error, "code")
    told = ": ".join(dict.fromkeys(part[:300] for part in said if part)) or "an error without words"
    return f"X says: {told}" + (f" (code {number})" if number is not None else "")


def _wait(name: str, reply: Reply) -> float | None:
    """Seconds until the window of the limit is over, where the reply tells. Money that is spent does not come back."""
    if name in _SPENT:
        return _SPENT_SECONDS
    reset = count(reply.header("x-rate-limit-reset"))
    return max(reset - reply.received.timestamp(), 1.0) if reset is not None and reset < 10**11 else None
