"""The nodes of a Facebook Page as snapshots: posts, comments, reels, photos, stories, reviews.

What a node becomes depends on the node alone, never on the listing it was found in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

from archiver.model import Kind, Media, Snapshot, Unread, Visibility, canonical_json
from connectors.fields import another, at, count, counters, pairs, rows, text
from connectors.graph_nodes import author, file_name, total, unshimmed
from connectors.links import web_address
from connectors.times import read_time

SITE = "https://www.facebook.com/"
_EVERYBODY = ("", "EVERYONE")


def post(node: Any, source: str, *, context: bool = False) -> Snapshot | Unread:
    """A post of the page, of a visitor, or of others who tag the page. A time of its last edit is not told."""
    if not text(node, "id"):
        return Unread(source=source, reason="a post without an id")
    created, raw = read_time(at(node, "created_time"))
    shared = another(text(node, "parent_id"), text(node, "id"))
    return Snapshot(
        kind=Kind.SHARE if shared else Kind.POST,
        remote_id=text(node, "id"),
        author=author(at(node, "from")),
        created=created,
        created_raw=raw,
        title=text(node, "story"),
        text=text(node, "message"),
        link=web_address(SITE, text(node, "permalink_url")),
        thread=text(node, "id"),
        media=_post_media(node),
        visibility=_post_visibility(node),
        source=source,
        counters=_counted(node, shares=at(node, "shares", "count"), reactions=total(node, "reactions")),
        details=_post_details(node, shared or ""),
        context=context,
    )


def comment(node: Any, source: str, subject: str) -> Snapshot | Unread:
    """A comment or a reply to one; `subject` is the post it stands under."""
    remote_id, above = _comment_ids(node, subject)
    if not remote_id:
        return Unread(source=source, reason="a comment without an id (the token may not moderate the page)")
    created, raw = read_time(at(node, "created_time"))
    return Snapshot(
        kind=Kind.COMMENT,
        remote_id=remote_id,
        author=author(at(node, "from")),
        created=created,
        created_raw=raw,
        text=text(node, "message"),
        link=web_address(SITE, text(node, "permalink_url")),
        parent=another(above, remote_id) or another(subject, remote_id),
        thread=another(subject, remote_id),
        media=tuple(_attached(at(node, "attachment"), f"{remote_id}:attachment")),
        visibility=_comment_visibility(node),
        source=source,
        counters=counters(node, {"replies": "comment_count", "likes": "like_count"}),
        details=_attachment_details(at(node, "attachment"), ""),
        flags=() if text(node, "id") else ("id-from-permalink",),
    )


def video(node: Any, source: str, *, kind: Kind) -> Snapshot | Unread:
    """A reel, or the video of a story."""
    if not text(node, "id"):
        return Unread(source=source, reason="a video without an id")
    created, raw = read_time(at(node, "created_time"))
    number = text(node, "id")
    return Snapshot(
        kind=kind,
        remote_id=number,
        author=author(at(node, "from")),
        created=created,
        created_raw=raw,
        title=text(node, "title"),
        text=text(node, "description"),
        link=web_address(SITE, text(node, "permalink_url")),
        thread=number,
        media=_video_files(number, text(node, "source"), text(node, "picture")),
        visibility=Visibility.DRAFT if at(node, "published") is False else _privacy(node),
        source=source,
        counters=_counted(node, likes=total(node, "likes"), views=at(node, "views")),
        details=pairs(place=text(node, "place", "name"), backdated=text(node, "backdated_time")),
    )


def photo(node: Any, source: str) -> Snapshot | Unread:
    """A photo with its caption and the text for those who cannot see it: the owner's, else the platform's own."""
    if not text(node, "id"):
        return Unread(source=source, reason="a photo without an id")
    created, raw = read_time(at(node, "created_time"))
    number = text(node, "id")
    largest = max(rows(node, "images"), key=lambda image: count(image, "width") or 0, default=None)
    alt = text(node, "alt_text_custom") or text(node, "alt_text")
    return Snapshot(
        kind=Kind.MEDIA,
        remote_id=number,
        author=author(at(node, "from")),
        created=created,
        created_raw=raw,
        text=text(node, "name"),
        link=web_address(SITE, text(node, "link")),
        thread=text(node, "page_story_id") or None,
        parent=another(text(node, "page_story_id"), number),
        media=(Media(id=number, url=text(largest, "source"), type="image", alt=alt),),
        source=source,
        details=pairs(album=text(node, "album", "name"), backdated=text(node, "backdated_time")),
    )


def story(node: Any, source: str) -> Snapshot | Unread:
    """A story; its file comes with the photo or video it names."""
    if not text(node, "post_id"):
        return Unread(source=source, reason="a story without an id")
    created, raw = read_time(at(node, "creation_time"))
    held = text(node, "media_id")
    return Snapshot(
        kind=Kind.STORY,
        remote_id=f"story:{text(node, 'post_id')}",
        created=created,
        created_raw=raw,
        link=web_address(SITE, text(node, "url")),
        media=(Media(id=held, url="", type=text(node, "media_type")),) if held else (),
        source=source,
    )


def review(node: Any, source: str) -> Snapshot | Unread:
    """A recommendation or rating. It has no id of its own: its story's, else its writer's, else its words'."""
    if not isinstance(node, dict) or not (text(node, "created_time") or text(node, "review_text")):
        return Unread(source=source, reason="a review without time and text")
    created, raw = read_time(at(node, "created_time"))
    words = canonical_json([text(node, "created_time"), text(node, "review_text")])
    own = text(node, "open_graph_story", "id")
    by_writer = text(node, "reviewer", "id") or hashlib.sha256(words).hexdigest()[:16]
    return Snapshot(
        kind=Kind.REVIEW,
        remote_id=own or f"review:{by_writer}",
        author=author(at(node, "reviewer")),
        created=created,
        created_raw=raw,
        text=text(node, "review_text"),
        thread=own or f"review:{by_writer}",
        source=source,
        details=pairs(recommendation=text(node, "recommendation_type"), rating=text(node, "rating")),
    )


def parts(node: Any) -> Iterator[Any]:
    """The attachments of a post, those of an album in place of the album."""
    for one in rows(node, "attachments", "data"):
        inner = rows(one, "subattachments", "data")
        yield from inner or [one]


def is_video(one: Any) -> bool:
    """Whether an attachment is a video, also where its file is withheld."""
    kinds = (text(one, "type"), text(one, "media_type"))
    return bool(text(one, "media", "source")) or any(kind.startswith("video") for kind in kinds)


def _post_visibility(node: Any) -> Visibility:
    if at(node, "is_hidden") is True or text(node, "timeline_visibility") == "hidden":
        return Visibility.HIDDEN
    return Visibility.DRAFT if at(node, "is_published") is False else _privacy(node)


def _privacy(node: Any) -> Visibility:
    return Visibility.PUBLIC if text(node, "privacy", "value") in _EVERYBODY else Visibility.PRIVATE


def _comment_visibility(node: Any) -> Visibility:
    if at(node, "is_hidden") is True:
        return Visibility.HIDDEN
    return Visibility.PRIVATE if at(node, "is_private") is True else Visibility.PUBLIC


def _counted(node: Any, **told: Any) -> dict[str, int]:
    found = {"comments": total(node, "comments")} | told
    numbers = {name: count(value) for name, value in found.items()}
    return {name: number for name, number in numbers.items() if number is not None}


def _post_details(node: Any, shared: str) -> tuple[tuple[str, str], ...]:
    timeline, said = text(node, "timeline_visibility"), text(node, "message")
    named = pairs(
        shared=shared,
        timeline=timeline if timeline not in ("", "normal") else "",
        expired="yes" if at(node, "is_expired") is True else "",
        privacy=text(node, "privacy", "value") if _privacy(node) is Visibility.PRIVATE else "",
        place=text(node, "place", "name"),
        backdated=text(node, "backdated_time"),
        scheduled=text(node, "scheduled_publish_time"),
        staff=text(node, "admin_creator", "id"),
    )
    to = (("addressed", text(who, "id")) for who in rows(node, "to", "data") if text(who, "id"))
    words = (detail for one in parts(node) for detail in _attachment_details(one, said))
    return tuple(dict.fromkeys((*named, *to, *words)))


def _attachment_details(one: Any, said: str) -> tuple[tuple[str, str], ...]:
    """The words around an attachment, where they are more than the post's own."""
    described = text(one, "description")
    link = unshimmed(text(one, "unshimmed_url") or text(one, "url")) if _is_link(one) else ""
    return pairs(
        link=link,
        attachment_title=text(one, "title"),
        attachment_text="" if described == said else described,
    )


def _is_link(one: Any) -> bool:
    return not text(one, "target", "id")


def _post_media(node: Any) -> tuple[Media, ...]:
    number = text(node, "id")
    found = [medium for n, one in enumerate(parts(node)) for medium in _attached(one, f"{number}:{n}")]
    if not found and text(node, "full_picture"):
        url = text(node, "full_picture")
        found.append(Media(id=f"{number}:{file_name(url)}", url=url, type="image"))
    return tuple({medium.id: medium for medium in found}.values())


def _attached(one: Any, place: str) -> Iterator[Media]:
    """The files of an attachment by the id of what it shows; a link's picture by the link."""
    image, source = text(one, "media", "image", "src"), text(one, "media", "source")
    target = text(one, "target", "id")
    if is_video(one):
        yield from _video_files(target or place, source, image)
    elif image:
        link = unshimmed(text(one, "unshimmed_url") or text(one, "url"))
        yield Media(id=target or (f"preview:{link}" if link else place), url=image, type="image")


def _video_files(number: str, source: str, picture: str) -> tuple[Media, ...]:
    return (
        Media(id=number, url=source, type="video"),
        Media(id=f"{number}:preview", url=picture, type="image"),
    )


def _comment_ids(node: Any, subject: str) -> tuple[str, str]:
    """A comment's own id and that of the comment it answers; from its address, where the platform leaves them out."""
    above = text(node, "parent", "id")
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
