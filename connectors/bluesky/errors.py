"""What Bluesky's servers mean by their errors, most of which come with status 400, and a missing post with 200."""

from __future__ import annotations

from archiver.model import Fetch, Judged, Means, Reply
from connectors.bluesky.asks import DECLARED
from connectors.fields import at, text
from connectors.verdicts import body_of, told


def judged(fetch: Fetch, reply: Reply) -> Judged | None:
    """What a reply means beyond its status; None where the status says it all."""
    if reply.status < 400:
        return _of_thread(reply) if fetch.stream == "item" and fetch.url.endswith("getPostThread") else None
    body = body_of(reply)
    said, message = text(body, "error"), text(body, "message")
    if fetch.stream == "messages" and said == "InvalidToken" and "method" in message.lower():
        return Judged(means=Means.REFUSED, detail=DECLARED.more["no_chat"])
    begins = DECLARED.more["words"].items() if said == "InvalidRequest" else ()
    row = DECLARED.errors.get(next((name for words, name in begins if message.startswith(words)), said))
    if row is None:
        return None
    # A thread or quotation that was found a moment ago: it was taken away since.
    gone = row.means is Means.ABSENT and fetch.stream in ("comments", "quotes")
    return Judged(means=Means.NOTHING if gone else row.means, detail=told(row.words, said))


def _of_thread(reply: Reply) -> Judged | None:
    """A post looked at directly: its absence and its blocking come with status 200."""
    root = at(body_of(reply), "thread")
    if at(root, "notFound") is True:
        return Judged(means=Means.ABSENT, detail="the application view does not show the post")
    if at(root, "blocked") is True:
        return Judged(means=Means.REFUSED, detail="its author and the account block one another")
    return None
