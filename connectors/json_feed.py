"""JSON Feed 1.0 and 1.1, which feedparser does not read."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

from archiver.errors import Unreadable
from archiver.model import Account, Author, Fetch, Identity, Kind, Media, Page, Reply, Snapshot, Unread
from connectors.fields import at, pairs, rows, text, unique
from connectors.html_text import plain
from connectors.json_body import read_json
from connectors.links import followed, web_address, without_scheme
from connectors.times import read_time


def read(account: Account, fetch: Fetch, reply: Reply) -> Page:
    """The items of a JSON Feed. Raises Unreadable where the body is another JSON document."""
    body = read_json(fetch, reply, expect=dict)
    feed = body.value
    if "jsonfeed.org" not in text(feed, "version") and not isinstance(feed.get("items"), list):
        raise Unreadable(
            f"The reply (status {reply.status}) is JSON, but not a JSON Feed.",
            do="Check the feed's address; it may be one of an API.",
        )
    read_items = [_item(reply, node, index) for index, node in enumerate(rows(feed, "items"))]
    return Page(
        items=unique(item for item in read_items if isinstance(item, Snapshot)),
        unread=tuple(item for item in read_items if isinstance(item, Unread)),
        more=_older(fetch, reply, feed),
        newest_first=True,
        identity=_identity(account, feed) if fetch.url == account.url else None,
        flags=body.flags,
    )


def _item(reply: Reply, node: Any, index: int) -> Snapshot | Unread:
    source = f"/items/{index}"
    remote_id = _remote_id(node)
    if not remote_id:
        return Unread(source=source, reason="an item without id, address, title, date and text")
    created, raw = read_time(at(node, "date_published") or at(node, "date_modified"))
    edited = read_time(at(node, "date_modified"))[0]
    markup = text(node, "content_html")
    return Snapshot(
        kind=Kind.POST,
        remote_id=remote_id,
        author=_author(node),
        created=created,
        created_raw=raw,
        edited=edited if created and edited and edited > created else None,
        title=text(node, "title"),
        text=plain(markup) if markup else _words(node),
        markup=markup,
        link=web_address(reply.url, text(node, "url")),
        media=_media(reply, node),
        language=text(node, "language"),
        source=source,
        details=pairs(external_url=text(node, "external_url"))
        + tuple(("category", tag) for tag in rows(node, "tags") if isinstance(tag, str)),
    )


def _remote_id(node: Any) -> str:
    given = text(node, "id") or text(node, "url")
    told = (text(node, "title") + "\n" + text(node, "date_published")).strip() or _words(node)
    return given or ("sha256:" + hashlib.sha256(told.encode()).hexdigest() if told else "")


def _words(node: Any) -> str:
    return text(node, "content_html") or text(node, "content_text") or text(node, "summary")


def _author(node: Any) -> Author:
    found = at(node, "authors", 0) or at(node, "author")
    return Author(id=text(found, "url"), name=text(found, "name"))


def _media(reply: Reply, node: Any) -> tuple[Media, ...]:
    attached = [(text(part, "url"), part) for part in rows(node, "attachments")]
    pictures = [(text(node, name), None) for name in ("image", "banner_image")]
    found = {web_address(reply.url, url): part for url, part in attached + pictures}
    return tuple(
        Media(id=url, url=url, type=text(part, "mime_type"), alt=text(part, "title"))
        for url, part in found.items()
        if url
    )


def _older(fetch: Fetch, reply: Reply, feed: Any) -> Fetch | None:
    url = followed(reply.url, text(feed, "next_url"))
    return replace(fetch, url=url, params=()) if url and url != fetch.url else None


def _identity(account: Account, feed: Any) -> Identity:
    told = text(feed, "feed_url") or text(feed, "home_page_url") or account.url
    return Identity(platform_id=without_scheme(told), handle=account.handle, name=text(feed, "title"))
