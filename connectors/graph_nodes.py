"""What Facebook and Instagram nodes have in common: people, files without an id, messages, drift, pages of items."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from archiver.errors import Unreadable
from archiver.model import Account, Author, Fetch, Kind, Media, Page, Reply, Snapshot, Unread, Visibility
from connectors.fields import at, pairs, rows, text, unique
from connectors.graph_asking import next_page
from connectors.graph_fields import names
from connectors.graph_usage import usage_notices, version_notices
from connectors.json_body import Body
from connectors.times import read_time

Found = Iterable[Snapshot | Unread]
_SHIM = ("l.facebook.com", "lm.facebook.com", "l.instagram.com")


def page_of(body: Body, fetch: Fetch, found: Found, *, walked: bool, drift: Counter[str] | None = None) -> Page:
    """A page of a listing, newest first, with what it could not read and the next page."""
    kept = list(found)
    more, lost = next_page(fetch, body.value)
    return Page(
        items=unique(one for one in kept if isinstance(one, Snapshot)),
        unread=(*(one for one in kept if isinstance(one, Unread)), *lost),
        more=more,
        newest_first=True,
        walked=walked,
        drift=dict(drift or {}),
        flags=body.flags,
    )


def drift_of(kind: str, nodes: Iterable[Any]) -> Counter[str]:
    """Fields of nodes that were not asked for and are not known, by name."""
    known = names(kind)
    found: Counter[str] = Counter()
    for node in nodes:
        found.update(f"{kind}.{name[:60]}" for name in node if name not in known) if isinstance(node, dict) else None
    return found


def unknown_kinds(kind: str, field: str, known: frozenset[str], nodes: Iterable[Any]) -> Counter[str]:
    """Values of a field of nodes that the connector has no meaning for, by name."""
    said = (text(node, field) for node in nodes)
    return Counter(f"{kind}.{field}={value[:60]}" for value in said if value and value not in known)


def author(who: Any) -> Author:
    """A person, page or account as an author; empty where the platform does not say who."""
    return Author(id=text(who, "id"), handle=text(who, "username"), name=text(who, "name"))


def file_name(url: str) -> str:
    """The name of a file on the platform's servers, which stays while the signed rest of its address changes."""
    try:
        return urlsplit(url).path.rpartition("/")[2]
    except ValueError:
        return ""


def unshimmed(url: str) -> str:
    """Where a link leads, without the platform's counting redirect around it, whose parameters change."""
    try:
        parts = urlsplit(url)
        return (parse_qs(parts.query).get("u") or [url])[0] if parts.hostname in _SHIM else url
    except ValueError:
        return url


def total(node: Any, edge: str) -> Any:
    """The count that a summary of an edge tells, beside a node as it was asked for."""
    return at(node, edge, "summary", "total_count")


def message(node: Any, source: str, thread: str | None) -> Snapshot | Unread:
    """A private message. Reactions are counted; who can read it are those it is addressed to."""
    if not text(node, "id"):
        return Unread(source=source, reason="a message without an id")
    created, raw = read_time(at(node, "created_time"))
    return Snapshot(
        kind=Kind.MESSAGE,
        remote_id=text(node, "id"),
        author=author(at(node, "from")),
        created=created,
        created_raw=raw,
        text=text(node, "message"),
        thread=thread or None,
        media=_message_media(node),
        visibility=Visibility.DIRECT,
        source=source,
        counters=_reactions(node),
        details=_message_details(node),
    )


def _message_details(node: Any) -> tuple[tuple[str, str], ...]:
    to = (text(who, "id") or text(who, "username") or text(who, "name") for who in rows(node, "to", "data"))
    shares = (text(one, "link") or text(one, "name") for one in rows(node, "shares", "data"))
    templates = (text(one, "generic_template", "title") for one in rows(node, "attachments", "data"))
    reply = at(node, "story", "reply_to")
    return (
        *(("recipient", one) for one in to if one),
        *(("shared", unshimmed(one)) for one in shares if one),
        *(("template", one) for one in templates if one),
        *pairs(answers_story=text(reply, "id"), mentions_in_story=text(node, "story", "mention", "id")),
        *pairs(unsupported="yes" if at(node, "is_unsupported") is True else ""),
    )


def _message_media(node: Any) -> tuple[Media, ...]:
    """The files of a message by the platform's id of each, or by message and position where it gives none."""
    found = [_attached(one, f"{text(node, 'id')}:{n}") for n, one in enumerate(rows(node, "attachments", "data"))]
    story = at(node, "story", "mention") or at(node, "story", "reply_to")
    for name, url in (("sticker", text(node, "sticker")), ("story", text(story, "link"))):
        if url:
            found.append(Media(id=f"{text(node, 'id')}:{name}", url=url, type="image" if name == "sticker" else ""))
    return tuple({one.id: one for one in found if one is not None}.values())


def _attached(one: Any, place: str) -> Media | None:
    image, video = at(one, "image_data"), at(one, "video_data")
    url = text(video, "url") or text(image, "url") or text(image, "animated_gif_url") or text(one, "file_url")
    if not url and not text(one, "id"):
        return None
    kind = text(one, "mime_type") or ("video" if video else "image" if image else "")
    return Media(
        id=text(one, "id") or place, url=url, type=kind, alt=text(one, "name") if text(one, "file_url") else ""
    )


def _reactions(node: Any) -> dict[str, int]:
    found: Counter[str] = Counter()
    for one in rows(node, "reactions", "data"):
        name = text(one, "reaction") or text(one, "emoji")
        found[f"reaction:{name}"] += max(len(rows(one, "users")) or len(rows(one, "users", "data")), 1)
    return dict(found)


def rows_of(fetch: Fetch, value: Any) -> list[Any]:
    """The rows of a listing. Raises Unreadable where the reply holds none, an empty list not among that."""
    found = at(value, "data")
    if isinstance(found, list):
        return found
    said = text(value, "error", "message")[:200]
    told = f": it says {said!r}" if said else ""
    raise Unreadable(f"The reply to '{fetch.stream}' holds no list of rows{told}.", do="Poll again; see the gap.")


def told_page(account: Account, reply: Reply, page: Page) -> Page:
    """The page with what the reply tells beside it: allowances nearly used, and in a profile the version too."""
    used = usage_notices(reply)
    if page.identity is not None:
        return replace(page, notices=(*page.notices, *used, *version_notices(account, reply)))
    pressing = tuple(notice for notice in used if notice.words)
    return replace(page, notices=(*page.notices, *pressing)) if pressing else page
