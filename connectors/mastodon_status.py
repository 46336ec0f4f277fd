"""One status of the Mastodon API as snapshots: itself, and the boosted or quoted one kept beside it.

What a status becomes depends on the status and the registered handle alone, never on where it was found: the same
status met in a thread, a notification and a listing must not look like three versions.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from archiver.model import Account, Author, Kind, Media, Snapshot, Unread, Visibility
from connectors.fields import another, at, count, counters, pairs, rows, text
from connectors.html_text import plain
from connectors.times import read_time

_SEEN_BY = {
    "public": Visibility.PUBLIC,
    "unlisted": Visibility.UNLISTED,
    "private": Visibility.PRIVATE,
    "direct": Visibility.DIRECT,
}
_COUNTS = {
    "replies": "replies_count",
    "reblogs": "reblogs_count",
    "favourites": "favourites_count",
    "quotes": "quotes_count",
}


def snapshots(
    account: Account, node: Any, source: str, *, thread: str | None = None, ours: bool = False
) -> Iterator[Snapshot | Unread]:
    """What one status node shows, with the status it boosts or quotes. `ours`: it stands in our own thread."""
    if not text(node, "id"):
        yield Unread(source=source, reason="a status without an id")
        return
    yield _status(account, node, source, thread=thread, ours=ours)
    for place, inner in _carried(node):
        if text(inner, "id"):
            yield _status(account, inner, f"{source}/{place}", thread=None, ours=False)


def version(node: Any, source: str, *, subject: str, first: Any) -> Snapshot | Unread:
    """One version from the server's own edit history; it tells neither parent nor visibility."""
    if not isinstance(node, dict):
        return Unread(source=source, reason="not a version of a status")
    created, raw = read_time(at(first, "created_at"))
    return Snapshot(
        kind=Kind.POST,
        remote_id=subject,
        author=author(at(node, "account")),
        created=created,
        created_raw=raw,
        edited=read_time(at(node, "created_at"))[0],
        text=plain(text(node, "content")),
        markup=text(node, "content"),
        media=media(node),
        visibility=Visibility.UNKNOWN,
        source=source,
        details=_content_details(node),
        historic=True,
    )


def is_own(account: Account, who: Any) -> bool:
    """Whether an account node is the registered account; a home server writes its own users with or without host."""
    name, _, host = account.handle.removeprefix("@").casefold().partition("@")
    said, _, at_host = (text(who, "acct") or text(who, "username")).casefold().partition("@")
    asked = urlsplit(account.url)
    return bool(said) and said == name and at_host in ("", host, asked.netloc.casefold(), asked.hostname)


def author(who: Any) -> Author:
    """An account node as an author."""
    return Author(id=text(who, "id"), handle=text(who, "acct"), name=text(who, "display_name"))


def media(node: Any) -> tuple[Media, ...]:
    """The attachments of a status; the description is the text for those who cannot see them."""
    found = [(text(part, "url") or text(part, "remote_url"), part) for part in rows(node, "media_attachments")]
    return tuple(
        Media(id=text(part, "id") or url, url=url, type=text(part, "type"), alt=text(part, "description"))
        for url, part in found
        if url
    )


def _status(account: Account, node: Any, source: str, *, thread: str | None, ours: bool) -> Snapshot:
    created, raw = read_time(at(node, "created_at"))
    boost = isinstance(at(node, "reblog"), dict)
    own, addressed = is_own(account, at(node, "account")), _addressed(account, node)
    parent = another(text(node, "in_reply_to_id"), text(node, "id"))
    return Snapshot(
        kind=_kind(node, own=own, boost=boost, answers=parent is not None or (addressed and not own)),
        remote_id=text(node, "id"),
        author=author(at(node, "account")),
        created=created,
        created_raw=raw,
        edited=read_time(at(node, "edited_at"))[0],
        text="" if boost else plain(text(node, "content")),
        markup="" if boost else text(node, "content"),
        link=text(node, "url") or text(node, "uri"),
        parent=parent,
        thread=thread or (text(node, "id") if own and not parent else None),
        media=() if boost else media(node),
        visibility=_SEEN_BY.get(text(node, "visibility"), Visibility.UNKNOWN),
        language=text(node, "language"),
        source=source,
        counters=counters(node, _COUNTS) | _votes(at(node, "poll")),
        details=_details(node, own=own, boost=boost),
        context=not (own or addressed or ours),
    )


def _kind(node: Any, *, own: bool, boost: bool, answers: bool) -> Kind:
    if boost:
        return Kind.SHARE
    if _is_message(node, own=own):
        return Kind.MESSAGE
    return Kind.COMMENT if answers else Kind.POST


def _is_message(node: Any, *, own: bool) -> bool:
    """Not public, and addressed to people by name; some servers have one word for direct and for followers only.

    They may not name us in what was sent to us: what is private and somebody else's was shown to us alone.
    """
    visibility = text(node, "visibility")
    return visibility == "direct" or (visibility == "private" and (not own or bool(rows(node, "mentions"))))


def _addressed(account: Account, node: Any) -> bool:
    return any(is_own(account, who) for who in rows(node, "mentions"))


def _carried(node: Any) -> Iterator[tuple[str, Any]]:
    """The status a boost passes on, and the one a quotation shows (in Mastodon's form, and in that of others)."""
    yield "reblog", at(node, "reblog")
    yield "quote/quoted_status", at(node, "quote", "quoted_status")
    yield "quote", at(node, "quote")


def _details(node: Any, *, own: bool, boost: bool) -> tuple[tuple[str, str], ...]:
    if boost:
        return pairs(boosted=text(node, "reblog", "uri") or text(node, "reblog", "id"))
    quoted = text(node, "quote", "quoted_status", "id") or text(node, "quote", "quoted_status_id")
    named = rows(node, "mentions") if _is_message(node, own=own) else []
    recipients = [("recipient", text(who, "acct")) for who in named if text(who, "acct")]
    more = pairs(quotes=quoted or text(node, "quote", "id"), poll_ends=text(node, "poll", "expires_at"))
    return _content_details(node) + more + tuple(recipients)


def _content_details(node: Any) -> tuple[tuple[str, str], ...]:
    """What belongs to the content and is told by the edit history too."""
    sensitive = "yes" if at(node, "sensitive") is True else ""
    options = tuple(("poll-option", text(option, "title")) for option in rows(node, "poll", "options"))
    return pairs(content_warning=text(node, "spoiler_text"), sensitive=sensitive) + options


def _votes(poll: Any) -> dict[str, int]:
    found = {f"votes:{text(option, 'title')}": count(option, "votes_count") for option in rows(poll, "options")}
    found["votes"] = count(poll, "votes_count")
    return {name: number for name, number in found.items() if number is not None}
