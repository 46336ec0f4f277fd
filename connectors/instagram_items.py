"""The nodes of an Instagram professional account as snapshots: media, stories, comments.

What a node becomes depends on the node alone, never on the listing it was found in.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archiver.model import Author, Kind, Media, Snapshot, Unread, Visibility
from connectors.fields import another, at, counters, pairs, rows, text
from connectors.times import read_time

SITE = "https://www.instagram.com/"
_COUNTS = {"likes": "like_count", "comments": "comments_count"}


def medium(node: Any, source: str, *, kind: Kind = Kind.POST) -> Snapshot | Unread:
    """A post, reel or story. When its caption was changed is not told."""
    if not text(node, "id"):
        return Unread(source=source, reason="a medium without an id")
    created, raw = read_time(at(node, "timestamp"))
    return Snapshot(
        kind=Kind.STORY if text(node, "media_product_type") == "STORY" else kind,
        remote_id=text(node, "id"),
        author=Author(id=text(node, "owner", "id"), handle=text(node, "username")),
        created=created,
        created_raw=raw,
        text=text(node, "caption"),
        link=text(node, "permalink"),
        thread=text(node, "id"),
        media=tuple({one.id: one for one in _files(node)}.values()),
        source=source,
        counters=counters(node, _COUNTS),
        details=_details(node),
    )


def comments(node: Any, source: str, medium_id: str) -> Iterator[Snapshot | Unread]:
    """A comment, and the replies to it that came along; `medium_id` is what it stands under, where it does not say."""
    yield comment(node, source, medium_id, "")
    for n, reply in enumerate(rows(node, "replies", "data")):
        yield comment(reply, f"{source}/replies/data/{n}", medium_id, text(node, "id"))


def comment(node: Any, source: str, medium_id: str, above: str) -> Snapshot | Unread:
    """A comment or a reply; `above` is the comment it answers, where it does not say."""
    number = text(node, "id")
    if not number:
        return Unread(source=source, reason="a comment without an id")
    created, raw = read_time(at(node, "timestamp"))
    under = text(node, "media", "id") or medium_id
    return Snapshot(
        kind=Kind.COMMENT,
        remote_id=number,
        author=_writer(node),
        created=created,
        created_raw=raw,
        text=text(node, "text"),
        parent=another(text(node, "parent_id") or above or under, number),
        thread=another(under, number),
        visibility=Visibility.HIDDEN if at(node, "hidden") is True else Visibility.PUBLIC,
        source=source,
        counters=counters(node, {"likes": "like_count"}),
    )


def _writer(node: Any) -> Author:
    """Who wrote a comment; the id only of those who may be known by one."""
    handle = text(node, "from", "username") or text(node, "username")
    return Author(id=text(node, "from", "id") or text(node, "user", "id"), handle=handle)


def _files(node: Any) -> Iterator[Media]:
    """The files of a medium, or those of its parts; by the platform's ids, since addresses are signed and lapse."""
    for one in rows(node, "children", "data") or [node]:
        number, url = text(one, "id"), text(one, "media_url")
        if number and text(one, "media_type") == "VIDEO":
            yield Media(id=number, url=url, type="video", alt=text(one, "alt_text"))
            yield Media(id=f"{number}:preview", url=text(one, "thumbnail_url"), type="image")
        elif number:
            yield Media(id=number, url=url, type="image", alt=text(one, "alt_text"))


def _details(node: Any) -> tuple[tuple[str, str], ...]:
    return pairs(
        form=text(node, "media_type"),
        product=text(node, "media_product_type"),
        comments="off" if at(node, "is_comment_enabled") is False else "",
        made_by_ai="yes" if at(node, "is_ai_generated") is True else "",
    )
