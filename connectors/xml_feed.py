"""RSS 0.9 to 2.0 and Atom, through feedparser; sound and broken ones."""

from __future__ import annotations

import hashlib
import io
import re
from collections import Counter
from dataclasses import replace
from typing import Any

import feedparser
from feedparser.encodings import convert_to_utf8
from lxml import etree

from archiver.errors import Unreadable
from archiver.model import Account, Author, Fetch, Identity, Kind, Media, Page, Reply, Snapshot, Unread, storable
from connectors.fields import another, at, count, rows, text, unique
from connectors.html_text import plain
from connectors.links import followed, web_address, without_scheme
from connectors.times import read_time

_MEDIA_RSS = "{http://search.yahoo.com/mrss/}"
_CHARACTER = re.compile(rb"&#(x[0-9a-fA-F]{1,8}|[0-9]{1,10});")
_ENTITY = re.compile(rb"<!ENTITY[^>]*>?")
_FAULTS = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
_OLDER = ("prev-archive", "next")  # RFC 5005: archived feeds, and paged feeds


def read(account: Account, fetch: Fetch, reply: Reply) -> Page:
    """The entries of an RSS or Atom document. Raises Unreadable where there is no feed in the body."""
    headers = {"content-type": reply.header("Content-Type") or ""}
    body, repaired = _without_impossible_characters(reply.body)
    body, headers, dropped = _without_entities(body, headers)
    parsed = _parsed(body, headers, reply)
    head, entries = dict(parsed.feed), [dict(entry) for entry in parsed.entries]
    alternatives = _alternative_texts(body)
    shared = _shared_ids(entries)
    found = [_entry(fetch, reply, entry, number, alternatives, shared) for number, entry in enumerate(entries, 1)]
    return Page(
        items=unique(item for item in found if isinstance(item, Snapshot)),
        unread=tuple(item for item in found if isinstance(item, Unread)),
        more=_older(fetch, reply, head),
        also=tuple(asked for entry in entries if (asked := _comments(reply, entry, shared))),
        newest_first=True,
        identity=_identity(account, head) if fetch.url == account.url else None,
        flags=repaired + dropped + (("not-well-formed",) if parsed.bozo else ()),
    )


def _parsed(body: bytes, headers: dict[str, str], reply: Reply) -> Any:
    """What feedparser finds. Only bytes in memory are handed over: a text might be taken for a path or an address."""
    try:
        parsed = feedparser.parse(
            io.BytesIO(body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except _FAULTS as error:
        raise Unreadable(f"The feed cannot be read ({type(error).__name__}).", do=_DO) from None
    if parsed.get("version") or parsed.entries:
        return parsed
    raise Unreadable(f"The reply (status {reply.status}) is not a feed: no RSS, Atom or JSON Feed in it.", do=_DO)


_DO = "Open the feed's address in a browser; if it has moved, change the account's address."


def _entry(
    fetch: Fetch, reply: Reply, entry: dict[str, Any], number: int, alternatives: dict[str, str], shared: set[str]
) -> Snapshot | Unread:
    source = f"(//*[local-name()='item' or local-name()='entry' or local-name()='product'])[{number}]"
    remote_id = _remote_id(entry, shared)
    if not remote_id:
        return Unread(source=source, reason="an entry without id, link, title, date and text")
    created, raw = read_time(entry.get("published") or entry.get("updated") or entry.get("created"))
    edited = read_time(entry.get("updated"))[0]
    markup = _markup(entry)
    thread = fetch.subject if fetch.stream == "comments" else None
    parent = another(_storable(entry, "thr_in-reply-to", "ref") or thread, remote_id)
    return Snapshot(
        kind=Kind.COMMENT if parent else Kind.POST,
        remote_id=remote_id,
        author=_author(entry),
        created=created,
        created_raw=storable(raw)[0],
        edited=edited if created and edited and edited > created else None,
        title=_plain(entry, "title"),
        text=markup if _is_text(entry, "content", 0) else plain(markup),
        markup="" if _is_text(entry, "content", 0) else markup,
        link=_link(reply, entry),
        parent=parent,
        thread=thread or parent,
        media=_media(reply, entry, alternatives),
        language=_storable(entry, "content", 0, "language") or _storable(entry, "language"),
        source=source,
        details=tuple(("category", term) for tag in rows(entry, "tags") if (term := _storable(tag, "term"))),
        flags=("id-not-unique",) if text(entry, "id") in shared else (),
    )


def _shared_ids(entries: list[dict[str, Any]]) -> set[str]:
    """Ids that different entries of one page claim: some sites give every entry the address of the site."""
    different = {(text(entry, "id"), *_told(entry)) for entry in entries}
    return {key for key, times in Counter(found[0] for found in different).items() if key and times > 1}


def _told(entry: dict[str, Any]) -> tuple[str, ...]:
    when = text(entry, "published") or dict.get(entry, "updated") or ""
    return text(entry, "link"), text(entry, "title"), str(when)


def _remote_id(entry: dict[str, Any], shared: set[str]) -> str:
    """The id the feed gives, else the link, else a digest of title and date, else one of the text."""
    given, link, title, when = _storable(entry, "id"), *_told(entry)
    if given and text(entry, "id") not in shared:
        return given
    if link and not given:
        return storable(link)[0]
    told = storable("\n".join((given, link, title, when)))[0].strip() or _markup(entry)
    return "sha256:" + hashlib.sha256(told.encode()).hexdigest() if told else ""


def _markup(entry: dict[str, Any]) -> str:
    return _storable(entry, "content", 0, "value") or _storable(entry, "summary")


def _link(reply: Reply, entry: dict[str, Any]) -> str:
    """The entry's page. A bare number as guid counts as a link by RSS's default, and is none."""
    link = _storable(entry, "link")
    by_default = entry.get("guidislink") is True and link == _storable(entry, "id") and "/" not in link
    return "" if by_default else web_address(reply.url, link)


def _author(entry: dict[str, Any]) -> Author:
    detail = entry.get("author_detail")
    name = _storable(detail, "name") or _storable(entry, "author")
    return Author(id=_storable(detail, "href"), handle=_storable(detail, "email"), name=name)


def _media(reply: Reply, entry: dict[str, Any], alternatives: dict[str, str]) -> tuple[Media, ...]:
    enclosed = [link | {"url": link.get("href")} for link in rows(entry, "links") if link.get("rel") == "enclosure"]
    found: dict[str, Media] = {}
    for part in enclosed + rows(entry, "media_content"):
        url = web_address(reply.url, text(part, "url"))
        if url:
            alt = alternatives.get(text(part, "url"), "")
            found.setdefault(url, Media(id=url, url=url, type=_storable(part, "type"), alt=alt))
    return tuple(found.values())


def _alternative_texts(body: bytes) -> dict[str, str]:
    """What Media RSS says each file shows, by the address as written; feedparser does not keep the two together."""
    if b"search.yahoo.com/mrss" not in body:
        return {}
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True)
    try:
        tree = etree.fromstring(body, parser)
    except etree.XMLSyntaxError:
        return {}
    found = [] if tree is None else tree.iter(_MEDIA_RSS + "content")
    return {part.get("url", ""): plain(part.findtext(_MEDIA_RSS + "description") or "") for part in found}


def _comments(reply: Reply, entry: dict[str, Any], shared: set[str]) -> Fetch | None:
    """The feed of an entry's comments, asked once for each comment count where the entry tells it."""
    link = next((link for link in rows(entry, "links") if link.get("rel") == "replies"), None)
    threaded = text(link, "href") if "html" not in text(link, "type") else ""
    url = followed(reply.url, text(entry, "wfw_commentrss") or threaded)
    replies = count(entry, "slash_comments")
    replies = count(link, "thr:count") if replies is None else replies
    if not url or replies == 0:
        return None
    token = None if replies is None else str(replies)
    return Fetch(stream="comments", url=url, subject=_remote_id(entry, shared) or None, token=token)


def _older(fetch: Fetch, reply: Reply, head: dict[str, Any]) -> Fetch | None:
    links = {text(link, "rel"): text(link, "href") for link in rows(head, "links")}
    target = next((links[rel] for rel in _OLDER if links.get(rel)), "")
    url = followed(reply.url, target)
    return replace(fetch, url=url, params=()) if url and url != fetch.url else None


def _identity(account: Account, head: dict[str, Any]) -> Identity:
    told = _storable(head, "id") or _storable(head, "link") or account.url
    own = without_scheme(told) if told.startswith(("http://", "https://")) else told
    return Identity(platform_id=own or without_scheme(account.url), handle=account.handle, name=_plain(head, "title"))


def _without_entities(body: bytes, headers: dict[str, str]) -> tuple[bytes, dict[str, str], tuple[str, ...]]:
    """The body without entities of its own: a few hundred bytes of them can stand for gigabytes.

    feedparser drops the dangerous ones, but only where each begins a line.
    """
    try:
        whole = convert_to_utf8(headers, body, {})  # as feedparser will: they may hide in any encoding
    except _FAULTS:
        return body, headers, ()
    if b"<!ENTITY" not in whole:
        return body, headers, ()
    told = {"content-type": "application/xml; charset=utf-8"}
    return _ENTITY.sub(b"", whole), told, ("entities-dropped",)


def _without_impossible_characters(body: bytes) -> tuple[bytes, tuple[str, ...]]:
    """The body without references to NUL, surrogates and what lies beyond Unicode: one of them stops the parser."""
    fixed = _CHARACTER.sub(lambda found: found[0] if _possible(found[1]) else b"&#xFFFD;", body)
    return fixed, ("impossible-character-replaced",) if fixed != body else ()


def _possible(written: bytes) -> bool:
    code = int(written[1:], 16) if written.startswith(b"x") else int(written)
    return 0 < code < 0xD800 or 0xDFFF < code < 0x110000


def _is_text(entry: dict[str, Any], *path: str | int) -> bool:
    return text(at(entry, *path), "type") == "text/plain"


def _plain(node: dict[str, Any], name: str) -> str:
    value = _storable(node, name)
    return value if _is_text(node, f"{name}_detail") else plain(value)


def _storable(node: Any, *path: str | int) -> str:
    return storable(text(node, *path))[0]
