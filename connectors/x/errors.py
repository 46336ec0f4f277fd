"""What X means by an error: problem documents, partial errors beside a status of 200, and the old numbered form."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archiver.model import Judged, Means, Reply, Unread
from connectors.fields import at, count, rows, text
from connectors.verdicts import body_of
from connectors.x.asks import DECLARED, is_expansion

_SPENT_SECONDS = 3600.0  # until money or a limit is looked for again; only a person can change either
_SPENT = ("usage-capped", "credits", "credits-depleted")


def judged(reply: Reply) -> Judged | None:
    """What a reply means beyond its status; None where its status says it, or it holds what was asked for."""
    body = body_of(reply)
    if reply.status < 300 and (at(body, "data") or at(body, "meta")):
        return None
    found = list(_found(body))
    first = next((one for one in found if one[1] is not Means.ABSENT), None)
    if first is None and found and len(found) >= len(rows(body, "errors")):
        first = found[0]  # absent only where X says so of everything that was asked for
    if first is None:
        return None
    name, means, said = first
    return Judged(means=means, detail=said, wait_seconds=_wait(name, reply) if means is Means.WAIT else None)


def unread(body: Any) -> Iterator[Unread]:
    """The parts of a reply that X could not show, but for what would have come along with a post."""
    for n, error in enumerate(rows(body, "errors")):
        if not is_expansion(text(error, "parameter")):
            yield Unread(source=f"/errors/{n}", reason=_words(error))


def is_short_of_context(body: Any) -> bool:
    """Whether a post that ours answer or quote, or its author, was not shown: removed, or not for us."""
    return any(is_expansion(text(error, "parameter")) for error in rows(body, "errors"))


def _found(body: Any) -> Iterator[tuple[str, Means, str]]:
    """Each known error of a body: its name, what it means, and X's words."""
    for error in (body, *rows(body, "errors")):
        name = text(error, "type").rpartition("/")[2]
        row = DECLARED.errors.get(name) or DECLARED.errors.get(str(count(error, "code") or ""))
        if row is not None:
            yield name, row.means, _words(error)


def _words(error: Any) -> str:
    said = [text(error, "title"), text(error, "detail") or text(error, "message")]
    number = count(error, "code")
    told = ": ".join(dict.fromkeys(part[:300] for part in said if part)) or "an error without words"
    return f"X says: {told}" + (f" (code {number})" if number is not None else "")


def _wait(name: str, reply: Reply) -> float | None:
    """Seconds until the window of the limit is over, where the reply tells. Money that is spent does not come back."""
    if name in _SPENT:
        return _SPENT_SECONDS
    reset = reply.header("x-rate-limit-reset") or ""
    if not (reset.isascii() and reset.isdigit() and len(reset) < 12):
        return None
    return max(int(reset) - reply.received.timestamp(), 1.0)
