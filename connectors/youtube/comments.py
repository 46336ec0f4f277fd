"""What others say below a video: threads of comments with their replies, and the messages of a live chat."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from archiver.model import Author, Media, Snapshot, Unread, Visibility
from connectors.fields import another, at, rows, text
from connectors.html_text import plain
from connectors.reading import Reading
from connectors.shapes import said
from connectors.times import read_time
from connectors.youtube.asks import DECLARED, is_owner, resource, stands_under
from connectors.youtube.resources import watch

STATES = {
    "published": Visibility.PUBLIC,
    "heldForReview": Visibility.HELD,
    "likelySpam": Visibility.HIDDEN,
    "rejected": Visibility.HIDDEN,
}


def _edited(node: Any) -> datetime | None:
    """When a comment was last edited: its change, where that lies after its making."""
    made, changed = (read_time(at(node, "snippet", name))[0] for name in ("publishedAt", "updatedAt"))
    return changed if changed and (made is None or changed > made) else None


def _image(node: Any) -> Iterator[Media]:
    if url := said(node, "snippet.imageUrl"):
        yield Media(id=f"{text(node, 'id')}:image", url=url, type="image")


def _named(number: str, name: str) -> Author:
    """Somebody by channel id; what is shown as their name is mostly their handle."""
    return Author(id=number, handle=name if name.startswith("@") else "", name=name)


_SHOWN = "snippet.textDisplay"
_REMOVED = "snippet.messageDeletedDetails.deletedMessageId|snippet.messageRetractedDetails.retractedMessageId"
_COMMENT = DECLARED.shape(
    "comment",
    author=lambda node: _named(said(node, "snippet.authorChannelId.value"), said(node, "snippet.authorDisplayName")),
    edited=_edited,
    text=lambda node: plain(shown) if (shown := said(node, _SHOWN)) else said(node, "snippet.textOriginal"),
    media=_image,
)
CHAT_MESSAGE = DECLARED.shape(
    "message",
    author=lambda node: _named(
        said(node, "authorDetails.channelId|snippet.authorChannelId"), said(node, "authorDetails.displayName")
    ),
    visibility=lambda node: Visibility.HIDDEN if said(node, "snippet.type") == "tombstone" else Visibility.PUBLIC,
    details={"removes": lambda node: f"chat:{removed}" if (removed := said(node, _REMOVED)) else ""},
)


def thread(reading: Reading, node: Any, source: str) -> Iterator[Snapshot | Unread]:
    """The comment that began a thread, and the replies that came along."""
    held, under = reading.fetch.stream == "held", stands_under(node)
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


def comment(reading: Reading, node: Any, source: str) -> Snapshot | Unread:
    """A comment or reply by itself. Looked at directly, its owner is not told who else may see it."""
    fetch = reading.fetch
    direct = fetch.stream == "item" and is_owner(reading.account)
    above = reading.subject if fetch.stream == "comments" and resource(fetch) == "comments" else ""
    return _comment(node, source, fetch.hint, above, Visibility.UNKNOWN if direct else Visibility.PUBLIC)


def _comment(node: Any, source: str, under: str, above: str, unsaid: Visibility) -> Snapshot | Unread:
    """`under`: what the thread stands under; `above`: the comment it answers; `unsaid`: if no state is told."""
    number, state = text(node, "id"), said(node, "snippet.moderationStatus")
    place = said(node, "snippet.videoId") or under
    answered = said(node, "snippet.parentId") or above or number.partition(".")[0]  # a reply is named PARENT.REPLY
    return _COMMENT(
        node,
        source,
        link="" if not place or place.startswith("channel:") else watch(place, number),
        parent=another(answered, number) or another(place, number),
        thread=another(place, number),
        visibility=STATES.get(state, Visibility.UNKNOWN) if state else unsaid,
    )
