"""What others say below a video: threads of comments with their replies, and the messages of a live chat."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from archiver.model import Author, Fetch, Snapshot, Unread, Visibility
from connectors.fields import another, at, count, rows, text
from connectors.html_text import plain
from connectors.reading import Reading
from connectors.shapes import said
from connectors.times import read_time
from connectors.youtube.asks import DECLARED, HTML, ask, is_owner, resource

STATES = {word: Visibility(seen) for word, seen in DECLARED.more["moderation"].items()}
"""Who sees a comment, by its state."""


def _edited(node: Any) -> datetime | None:
    """When a comment was last edited: its change, where that lies after its making."""
    made, changed = (read_time(at(node, "snippet", name))[0] for name in ("publishedAt", "updatedAt"))
    return changed if changed and (made is None or changed > made) else None


def _named(number: str, name: str) -> Author:
    """Somebody by channel id; what is shown as their name is mostly their handle."""
    return Author(id=number, handle=name if name.startswith("@") else "", name=name)


_COMMENT = DECLARED.shape(
    "comment",
    author=lambda node: _named(said(node, "snippet.authorChannelId.value"), said(node, "snippet.authorDisplayName")),
    edited=_edited,
    text=lambda node: (
        plain(shown) if (shown := said(node, "snippet.textDisplay")) else said(node, "snippet.textOriginal")
    ),
)
MESSAGE = DECLARED.shape(
    "message",
    author=lambda node: _named(
        said(node, "authorDetails.channelId|snippet.authorChannelId"), said(node, "authorDetails.displayName")
    ),
)


def thread(reading: Reading, node: Any, source: str) -> Iterator[Snapshot | Unread]:
    """The comment that began a thread, and the replies that came along."""
    held, under = reading.fetch.stream == "held", _stands_under(node)
    public = at(node, "snippet", "isPublic") is not False
    unsaid = STATES.get(reading.fetch.hint if held else "", Visibility.HIDDEN)
    first = at(node, "snippet", "topLevelComment")
    if isinstance(first, dict):
        shown = Visibility.PUBLIC if public and not held else unsaid
        yield _comment(first, f"{source}/snippet/topLevelComment", under, "", shown)
    else:
        yield Unread(source=source, reason="a thread without the comment that began it")
    above = text(node, "id") or text(first, "id")
    for n, reply in enumerate(rows(node, "replies", "comments")):
        yield _comment(reply, f"{source}/replies/comments/{n}", under, above, Visibility.PUBLIC if public else unsaid)


def more_replies(reading: Reading, node: Any) -> Fetch | None:
    """All replies of a thread of which not all came along: as often as its video's threads are asked."""
    total, comment, asked = count(node, "snippet", "totalReplyCount"), text(node, "id"), reading.fetch.token
    if not comment or total is None or total <= len(rows(node, "replies", "comments")):
        return None
    token = str(total) if asked is None else f"{asked}:{total}"
    chosen = (("parentId", comment), ("maxResults", "100"), HTML)
    about = {"subject": comment, "token": token, "hint": _stands_under(node)}
    return ask(reading.account, "comments", "comments", *chosen, **about)


def comment(reading: Reading, node: Any, source: str) -> Snapshot | Unread:
    """A comment or reply by itself. Looked at directly, its owner is not told who else may see it."""
    fetch = reading.fetch
    direct = fetch.stream == "item" and is_owner(reading.account)
    above = reading.subject if fetch.stream == "comments" and resource(fetch) == "comments" else ""
    return _comment(node, source, fetch.hint, above, Visibility.UNKNOWN if direct else Visibility.PUBLIC)


def _stands_under(node: Any) -> str:
    """What a thread stands under: a video, or else the channel."""
    video, channel = said(node, "snippet.videoId"), said(node, "snippet.channelId")
    return video or (f"channel:{channel}" if channel else "")


def _comment(node: Any, source: str, under: str, above: str, unsaid: Visibility) -> Snapshot | Unread:
    """`under`: what the thread stands under; `above`: the comment it answers; `unsaid`: if no state is told."""
    number, state = text(node, "id"), said(node, "snippet.moderationStatus")
    place = said(node, "snippet.videoId") or under
    answered = said(node, "snippet.parentId") or above or number.partition(".")[0]  # a reply is named PARENT.REPLY
    on_video = place and not place.startswith("channel:")
    return _COMMENT(
        node,
        source,
        link=f"https://www.youtube.com/watch?v={place}&lc={number}" if on_video else "",
        parent=another(answered, number) or another(place, number),
        thread=another(place, number),
        visibility=STATES.get(state, Visibility.UNKNOWN) if state else unsaid,
    )
