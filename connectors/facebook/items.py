"""The nodes of a Facebook Page as items: posts, comments, reels, photos, stories, reviews, and the page itself.

What a node becomes depends on the node alone, never on the listing it was found in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

from archiver.model import Kind, Media, Snapshot, Unread, Visibility, canonical_json
from connectors.declared import declared
from connectors.fields import another, at, count, pairs, rows, text
from connectors.graph.nodes import file_name, unshimmed
from connectors.links import web_address
from connectors.shapes import said

DECLARED = declared(__package__)
SITE = "https://www.facebook.com/"


def _address(name: str) -> Callable[[Any], str]:
    return lambda node: web_address(SITE, text(node, name))


def parts(node: Any) -> Iterator[Any]:
    """The attachments of a post, those of an album in place of the album."""
    for one in rows(node, "attachments", "data"):
        yield from rows(one, "subattachments", "data") or [one]


def is_video(one: Any) -> bool:
    """Whether an attachment is a video, also where its file is withheld."""
    kinds = (text(one, "type"), text(one, "media_type"))
    return bool(said(one, "media.source")) or any(kind.startswith("video") for kind in kinds)


def _shared(node: Any) -> str:
    return another(text(node, "parent_id"), text(node, "id")) or ""


def _privacy(node: Any) -> Visibility:
    return Visibility.PUBLIC if said(node, "privacy.value") in ("", "EVERYONE") else Visibility.PRIVATE


def _visibility(node: Any) -> Visibility:
    if at(node, "is_hidden") is True or text(node, "timeline_visibility") == "hidden":
        return Visibility.HIDDEN
    draft = at(node, "is_published") is False or at(node, "published") is False
    return Visibility.DRAFT if draft else _privacy(node)


def _of_comment(node: Any) -> Visibility:
    if at(node, "is_hidden") is True:
        return Visibility.HIDDEN
    return Visibility.PRIVATE if at(node, "is_private") is True else Visibility.PUBLIC


def _link(one: Any) -> str:
    return unshimmed(said(one, "unshimmed_url|url"))


def _words(one: Any, own: str) -> tuple[tuple[str, str], ...]:
    """The words around an attachment, where they are more than the post's own."""
    link = "" if said(one, "target.id") else _link(one)
    told = text(one, "description")
    return pairs(link=link, attachment_title=text(one, "title"), attachment_text="" if told == own else told)


def _attached(one: Any, place: str) -> Iterator[Media]:
    """The files of an attachment by the id of what it shows; a link's picture by the link."""
    image, target = said(one, "media.image.src"), said(one, "target.id")
    if is_video(one):
        yield from _film(target or place, said(one, "media.source"), image)
    elif image:
        yield Media(id=target or (f"preview:{_link(one)}" if _link(one) else place), url=image, type="image")


def _film(number: str, source: str, picture: str) -> Iterator[Media]:
    yield Media(id=number, url=source, type="video")
    yield Media(id=f"{number}:preview", url=picture, type="image")


def _files(node: Any) -> Iterator[Media]:
    number, url = text(node, "id"), text(node, "full_picture")
    found = [medium for n, one in enumerate(parts(node)) for medium in _attached(one, f"{number}:{n}")]
    if not found and url:
        found = [Media(id=f"{number}:{file_name(url)}", url=url, type="image")]
    yield from found


def _largest(node: Any) -> Iterator[Media]:
    """A photo with the text for those who cannot see it: the owner's, else the platform's own."""
    image = max(rows(node, "images"), key=lambda image: count(image, "width") or 0, default=None)
    yield Media(
        id=text(node, "id"), url=text(image, "source"), type="image", alt=said(node, "alt_text_custom|alt_text")
    )


def _held(node: Any) -> Iterator[Media]:
    if held := text(node, "media_id"):
        yield Media(id=held, url="", type=text(node, "media_type"))


def _portraits(who: Any) -> Iterator[Media]:
    number, cover, picture = text(who, "id"), said(who, "cover.source"), said(who, "picture.data.url")
    if picture:
        yield Media(id=f"{number}:{file_name(picture)}", url=picture, type="image", alt="profile picture")
    if cover:
        named = said(who, "cover.id") or f"{number}:{file_name(cover)}"
        yield Media(id=named, url=cover, type="image", alt="cover")


POST = DECLARED.shape(
    "post",
    kind=lambda node: Kind.SHARE if _shared(node) else Kind.POST,
    link=_address("permalink_url"),
    media=_files,
    visibility=_visibility,
    details={
        "shared": _shared,
        "privacy": lambda node: said(node, "privacy.value") if _privacy(node) is Visibility.PRIVATE else "",
    },
    more=lambda node: dict.fromkeys(word for one in parts(node) for word in _words(one, text(node, "message"))),
)
REEL = DECLARED.shape(
    "video",
    link=_address("permalink_url"),
    media=lambda node: _film(text(node, "id"), text(node, "source"), text(node, "picture")),
    visibility=_visibility,
)
PHOTO = DECLARED.shape("photo", link=_address("link"), media=_largest)
STORY = DECLARED.shape("story", link=_address("url"), media=_held)
PAGE = DECLARED.shape(
    "page",
    text=lambda who: "\n\n".join(one for one in (text(who, "about"), text(who, "description")) if one),
    link=_address("link"),
    media=_portraits,
)
_COMMENT = DECLARED.shape(
    "comment",
    link=_address("permalink_url"),
    visibility=_of_comment,
    more=lambda node: _words(at(node, "attachment"), ""),
)
_REVIEW = DECLARED.shape("review", id=lambda node: said(node, "open_graph_story.id") or _by_writer(node))


def comment(node: Any, source: str, subject: str) -> Snapshot | Unread:
    """A comment or a reply to one; `subject` is the post it stands under."""
    remote_id, above = _comment_ids(node, subject)
    if not remote_id:
        return Unread(source=source, reason="a comment without an id (the token may not moderate the page)")
    return _COMMENT(
        node,
        source,
        remote_id=remote_id,
        parent=another(above, remote_id) or another(subject, remote_id),
        thread=another(subject, remote_id),
        media=tuple(_attached(at(node, "attachment"), f"{remote_id}:attachment")),
        flags=() if text(node, "id") else ("id-from-permalink",),
    )


def review(node: Any, source: str) -> Snapshot | Unread:
    """A recommendation or rating; comments may stand below its story."""
    if not said(node, "created_time|review_text"):
        return Unread(source=source, reason="a review without time and text")
    return _REVIEW(node, source, thread=said(node, "open_graph_story.id") or _by_writer(node))


def _by_writer(node: Any) -> str:
    """What a review without an id is known by: its writer, else its words."""
    words = canonical_json([text(node, "created_time"), text(node, "review_text")])
    return f"review:{said(node, 'reviewer.id') or hashlib.sha256(words).hexdigest()[:16]}"


def _comment_ids(node: Any, subject: str) -> tuple[str, str]:
    """A comment's own id and that of the comment it answers; from its address, where the platform leaves them out."""
    above = said(node, "parent.id")
    if text(node, "id"):
        return text(node, "id"), above
    try:
        asked = parse_qs(urlsplit(text(node, "permalink_url")).query)
    except ValueError:
        asked = {}
    first, reply = (asked.get(name, [""])[0] for name in ("comment_id", "reply_comment_id"))
    below = subject.rpartition("_")[2]
    if not below or not first:
        return "", above
    return (f"{below}_{reply}", above or f"{below}_{first}") if reply else (f"{below}_{first}", above)
