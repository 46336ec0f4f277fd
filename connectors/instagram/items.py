"""The nodes of an Instagram professional account as items: media, stories, comments, the account itself.

What a node becomes depends on the node alone, never on the listing it was found in.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archiver.model import Kind, Media, Snapshot, Unread, Visibility
from connectors.declared import declared
from connectors.fields import another, at, count, rows, text
from connectors.graph.nodes import file_name
from connectors.shapes import said

DECLARED = declared(__package__)
SITE = "https://www.instagram.com/"
NUMBER = "user_id|id"


def _files(node: Any) -> Iterator[Media]:
    """The files of a medium, or those of its parts; by the platform's ids, since addresses are signed and lapse."""
    for one in rows(node, "children", "data") or [node]:
        number, url, alt = text(one, "id"), text(one, "media_url"), text(one, "alt_text")
        if number and text(one, "media_type") == "VIDEO":
            yield Media(id=number, url=url, type="video", alt=alt)
            yield Media(id=f"{number}:preview", url=text(one, "thumbnail_url"), type="image")
        elif number:
            yield Media(id=number, url=url, type="image", alt=alt)


def _picture(node: Any) -> Iterator[Media]:
    if url := text(node, "profile_picture_url"):
        yield Media(id=f"{said(node, NUMBER)}:{file_name(url)}", url=url, type="image")


MEDIUM = DECLARED.shape(
    "medium",
    kind=lambda node: Kind.STORY if text(node, "media_product_type") == "STORY" else Kind.POST,
    media=_files,
    details={"comments": lambda node: "off" if at(node, "is_comment_enabled") is False else ""},
)
ACCOUNT = DECLARED.shape(
    "account", link=lambda node: f"{SITE}{name}" if (name := text(node, "username")) else "", media=_picture
)
_COMMENT = DECLARED.shape(
    "comment", visibility=lambda node: Visibility.HIDDEN if at(node, "hidden") is True else Visibility.PUBLIC
)


def story(node: Any, source: str) -> Snapshot | Unread:
    """What the listing of stories shows."""
    return MEDIUM(node, source, kind=Kind.STORY)


def numbered_story(node: Any) -> Snapshot | Unread:
    """A story with the numbers of its insights, the newest value of each."""
    told = {text(one, "name"): count(rows(one, "values")[-1:], 0, "value") for one in rows(node, "insights", "data")}
    numbers = {name: number for name, number in told.items() if name and number is not None}
    return MEDIUM(node, "", kind=Kind.STORY, and_counters=numbers)


def comments(node: Any, source: str, medium_id: str) -> Iterator[Snapshot | Unread]:
    """A comment, and the replies to it that came along; `medium_id` is what it stands under, where it does not say."""
    yield comment(node, source, medium_id, "")
    for n, reply in enumerate(rows(node, "replies", "data")):
        yield comment(reply, f"{source}/replies/data/{n}", medium_id, text(node, "id"))


def comment(node: Any, source: str, medium_id: str, above: str) -> Snapshot | Unread:
    """A comment or a reply; `above` is the comment it answers, where it does not say."""
    under = said(node, "media.id") or medium_id
    parent, thread = text(node, "parent_id") or above or under, another(under, text(node, "id"))
    return _COMMENT(node, source, parent=parent, thread=thread)
