"""Posts, pages, media, comments and revisions of the WordPress REST API as snapshots."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from archiver.model import Author, Kind, Media, Snapshot, Unread, Visibility
from connectors.fields import another, at, pairs, text
from connectors.html_text import plain
from connectors.times import read_time

_KINDS = {"post": Kind.POST, "page": Kind.PAGE}
_PREFIXES = {"attachment": "media"}  # where WordPress's name of a type is not the one in our ids
_SEEN_BY = {
    "publish": Visibility.PUBLIC,
    "inherit": Visibility.PUBLIC,
    "approved": Visibility.PUBLIC,
    "future": Visibility.DRAFT,
    "draft": Visibility.DRAFT,
    "auto-draft": Visibility.DRAFT,
    "pending": Visibility.DRAFT,
    "private": Visibility.PRIVATE,
    "trash": Visibility.TRASH,
    "post-trashed": Visibility.TRASH,
    "hold": Visibility.HELD,
    "spam": Visibility.HIDDEN,
}


def content(node: Any, source: str) -> Snapshot | Unread:
    """A post or a page, as visitors are shown it."""
    kind = text(node, "type") or "post"
    if not text(node, "id") or kind not in _KINDS:
        return Unread(source=source, reason="not a post or page with a number")
    created, raw = _time(node, "date")
    changed, _ = _time(node, "modified")
    markup = text(node, "content", "rendered")
    featured = text(node, "featured_media").strip("0")
    return Snapshot(
        kind=_KINDS[kind],
        remote_id=f"{kind}:{text(node, 'id')}",
        author=_author(node),
        created=created,
        created_raw=raw,
        edited=changed if created and changed and changed > created else None,
        title=plain(text(node, "title", "rendered")),
        text=plain(markup),
        markup=markup,
        link=text(node, "link"),
        parent=another(_reference(kind, node, "parent"), f"{kind}:{text(node, 'id')}"),
        visibility=_visibility(node),
        source=source,
        details=pairs(featured_media=f"media:{text(node, 'featured_media')}" if featured else ""),
        flags=("password-protected",) if at(node, "content", "protected") is True else (),
    )


def medium(node: Any, source: str) -> Snapshot | Unread:
    """An entry of the media library, with its file."""
    if not text(node, "id"):
        return Unread(source=source, reason="a media entry without a number")
    created, raw = _time(node, "date")
    changed, _ = _time(node, "modified")
    remote_id, url = f"media:{text(node, 'id')}", text(node, "source_url")
    caption, alt = text(node, "caption", "rendered"), text(node, "alt_text")
    file = Media(id=remote_id, url=url, type=text(node, "mime_type"), alt=alt)
    attached = text(node, "post")
    return Snapshot(
        kind=Kind.MEDIA,
        remote_id=remote_id,
        author=_author(node),
        created=created,
        created_raw=raw,
        edited=changed if created and changed and changed > created else None,
        title=plain(text(node, "title", "rendered")),
        text="\n".join(part for part in (plain(caption), alt) if part),
        markup=caption,
        link=text(node, "link"),
        media=(file,) if url else (),
        visibility=_visibility(node),
        source=source,
        details=pairs(
            description=plain(text(node, "description", "rendered")).removeprefix(f"[{alt}]").strip(),
            attached_to=attached if attached.strip("0") else "",
        ),
    )


def comment(node: Any, source: str) -> Snapshot | Unread:
    """A comment; its thread is the post or page it stands under."""
    if not text(node, "id"):
        return Unread(source=source, reason="a comment without a number")
    created, raw = _time(node, "date")
    markup = text(node, "content", "rendered")
    under = text(node, "_links", "up", 0, "post_type") or "post"
    thread = _reference(_PREFIXES.get(under, under), node, "post")
    kind = text(node, "type")
    return Snapshot(
        kind=Kind.COMMENT,
        remote_id=f"comment:{text(node, 'id')}",
        author=Author(id=text(node, "author").removeprefix("0"), name=text(node, "author_name")),
        created=created,
        created_raw=raw,
        text=plain(markup),
        markup=markup,
        link=text(node, "link"),
        parent=another(_reference("comment", node, "parent"), f"comment:{text(node, 'id')}") or thread,
        thread=thread,
        visibility=_visibility(node),
        source=source,
        details=pairs(type=kind if kind != "comment" else "", author_url=text(node, "author_url")),
    )


def revision(node: Any, source: str, *, subject: str) -> Snapshot | Unread:
    """An earlier version of a post or page; the revision's own date is the time of that change."""
    if not isinstance(node, dict):
        return Unread(source=source, reason="not a revision")
    markup = text(node, "content", "rendered")
    return Snapshot(
        kind=_KINDS.get(subject.partition(":")[0], Kind.POST),
        remote_id=subject,
        author=_author(node),
        edited=_time(node, "date")[0],
        title=plain(text(node, "title", "rendered")),
        text=plain(markup),
        markup=markup,
        visibility=Visibility.UNKNOWN,
        source=source,
        historic=True,
    )


def _time(node: Any, name: str) -> tuple[datetime | None, str]:
    """The UTC form of a time, written without a zone; where only the local one is told, it is kept raw."""
    moment, raw = read_time(at(node, f"{name}_gmt"))
    return moment, raw or ("" if moment else text(node, name))


def _author(node: Any) -> Author:
    who = at(node, "_embedded", "author", 0)
    return Author(id=text(node, "author"), handle=text(who, "slug"), name=text(who, "name"))


def _visibility(node: Any) -> Visibility:
    return _SEEN_BY.get(text(node, "status"), Visibility.UNKNOWN)


def _reference(kind: str, node: Any, name: str) -> str | None:
    number = text(node, name)
    return f"{kind}:{number}" if number.strip("0") else None
