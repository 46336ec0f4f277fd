"""The replies of the YouTube Data API: what each holds, and what to ask next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from archiver.errors import Unreadable
from archiver.model import Account, Cause, Fetch, Identity, Page, Reply, Snapshot, Unread
from connectors.fields import at, count, text, unique
from connectors.json_body import Body, read_json
from connectors.youtube_asking import (
    FULL_CHAT,
    beside,
    entries,
    following_uploads,
    listings,
    lost_page,
    next_page,
    replies,
    resource,
    videos,
)
from connectors.youtube_comments import chat_message, comment, thread
from connectors.youtube_fields import drift, kind_of
from connectors.youtube_items import caption, channel, entry, playlist, shown_video, video
from connectors.youtube_quota import plan_notice

Read = Callable[[Account, Fetch, Reply], Page]
Found = Iterable[Snapshot | Unread]


def _read_profile(account: Account, fetch: Fetch, reply: Reply) -> Page:
    """Whom the reply speaks for, and everything that follows from it."""
    body, found = _list(fetch, reply)
    who = found[0][1] if found else None
    identity = _identity(account, who)
    uploads = text(who, "contentDetails", "relatedPlaylists", "uploads")
    page = _page(body, found, [channel(who, found[0][0])] if found else [])
    if not uploads:
        lost = Unread(source=found[0][0], reason="a channel that does not name the playlist of its uploads")
        page = replace(page, unread=(*page.unread, lost))
    asked = tuple(
        one for one in listings(account, reply, identity.platform_id, uploads) if uploads or one.stream != "posts"
    )
    notice = plan_notice(account, count(who, "statistics", "videoCount") or 0, 0)
    return replace(page, identity=identity, also=asked, notices=(notice,))


def _read_posts(account: Account, fetch: Fetch, reply: Reply) -> Page:
    """A page of the uploads only names its videos; they follow by their ids, and then the next page of uploads."""
    body, found = _list(fetch, reply)
    if resource(fetch) == "videos":
        page = _page(body, found, (video(node, place) for place, node in found))
        also = tuple(one for _, node in found for one in beside(account, node, reply))
        more = following_uploads(account, fetch)
        return replace(page, also=also, more=more, newest_first=True, walked=not page.unread)
    named = [(place, shown_video(node)) for place, node in found]
    lost = [Unread(source=place, reason="an upload that names no video") for place, one in named if not one]
    ids = list(dict.fromkeys(one for _, one in named if one))
    lost += () if ids else lost_page(fetch, body.value)  # else the page after its videos would be this one again
    number = count(body.value, "pageInfo", "totalResults")
    page = replace(_page(body, found, lost), totals={} if number is None else {"posts": number})
    if not ids:
        return replace(page, more=next_page(fetch, body.value))
    return replace(page, also=(videos(account, fetch, ids, text(body.value, "nextPageToken")),))


def _read_threads(account: Account, fetch: Fetch, reply: Reply) -> Page:
    """Threads, newest first, of the channel or of one video; all replies follow where not all came along."""
    body, found = _list(fetch, reply)
    if resource(fetch) == "comments":
        shown: Found = (comment(account, node, place, fetch) for place, node in found)
    else:
        shown = (one for place, node in found for one in thread(node, place, fetch))
    page = _page(body, found, (*shown, *lost_page(fetch, body.value)))
    also = tuple(asked for _, node in found if (asked := replies(account, node, fetch)))
    # The channel's newest threads show only some of their replies: one that is missing there may well be there.
    walked = fetch.stream != "discussion" and not page.unread
    return replace(page, also=also, more=next_page(fetch, body.value), newest_first=True, walked=walked)


def _read_chat(_account: Account, fetch: Fetch, reply: Reply) -> Page:
    """What a live chat still shows. It names a next page for as long as it lasts: only a full one leads on."""
    body, found = _list(fetch, reply)
    page = _page(body, found, (chat_message(node, place, fetch.subject or "") for place, node in found))
    return replace(page, more=next_page(fetch, body.value) if len(found) >= FULL_CHAT else None)


def _read_captions(account: Account, fetch: Fetch, reply: Reply) -> Page:
    body, found = _list(fetch, reply)
    return _page(body, found, (caption(account, node, place) for place, node in found))


def _read_playlists(account: Account, fetch: Fetch, reply: Reply) -> Page:
    body, found = _list(fetch, reply)
    shown = (playlist(node, place) for place, node in found)
    page = _page(body, found, (*shown, *lost_page(fetch, body.value)))
    also = tuple(asked for _, node in found if (asked := entries(account, node)))
    return replace(page, also=also, more=next_page(fetch, body.value), walked=not page.unread)


def _read_entries(_account: Account, fetch: Fetch, reply: Reply) -> Page:
    body, found = _list(fetch, reply)
    shown = (entry(node, place) for place, node in found)
    page = _page(body, found, (*shown, *lost_page(fetch, body.value)))
    return replace(page, more=next_page(fetch, body.value), walked=not page.unread)


def read_item(account: Account, fetch: Fetch, reply: Reply) -> Page:
    """One thing looked at directly; it says itself what it is."""
    body, found = _list(fetch, reply)
    return _page(body, found, (one for place, node in found for one in _any(account, node, place, fetch)))


READERS: dict[str, Read] = {
    "profile": _read_profile,
    "posts": _read_posts,
    "discussion": _read_threads,
    "comments": _read_threads,
    "held": _read_threads,
    "chat": _read_chat,
    "captions": _read_captions,
    "playlists": _read_playlists,
    "entries": _read_entries,
    "item": read_item,
}


def _any(account: Account, node: Any, place: str, fetch: Fetch) -> Iterator[Snapshot | Unread]:
    kind = kind_of(node)
    simple = {"video": video, "channel": channel, "playlist": playlist, "playlistItem": entry}
    if kind in simple:
        yield simple[kind](node, place)
    elif kind == "commentThread":
        yield from thread(node, place, fetch)
    elif kind == "comment":
        yield comment(account, node, place, fetch)
    elif kind == "caption":
        yield caption(account, node, place)
    else:
        yield Unread(source=place, reason=f"a resource of a kind that is not known: {kind[:60] or 'none'}")


def _list(fetch: Fetch, reply: Reply) -> tuple[Body, list[tuple[str, Any]]]:
    """The body, and its resources with their places. An empty list may leave its rows out, but says what it is."""
    body = read_json(fetch, reply, expect=dict)
    held = at(body.value, "items")
    if isinstance(held, list):
        return body, [(f"/items/{n}", node) for n, node in enumerate(held)]
    if held is None and text(body.value, "kind").endswith("ListResponse"):
        return body, []
    raise Unreadable(
        f"The reply to '{fetch.stream}' (status {reply.status}) is JSON, but no list of the YouTube Data API.",
        do="Check the address of the account: https://www.googleapis.com/youtube/v3",
    )


def _page(body: Body, held: list[tuple[str, Any]], found: Found) -> Page:
    kept = list(found)
    return Page(
        items=unique(one for one in kept if isinstance(one, Snapshot)),
        unread=tuple(one for one in kept if isinstance(one, Unread)),
        drift=drift(node for _, node in held),
        flags=body.flags,
    )


def _identity(account: Account, who: Any) -> Identity:
    """Whom the reply speaks for. A consent for another channel must not be pinned by its first use."""
    told = Identity(
        platform_id=text(who, "id"), handle=text(who, "snippet", "customUrl"), name=text(who, "snippet", "title")
    )
    if not told.platform_id:
        raise Unreadable("The reply to 'profile' names no channel.", do="Check the handle, and whose consent is used.")
    names = {one.removeprefix("@").casefold() for one in (told.platform_id, told.handle, told.name) if one}
    if account.platform_id is None and account.handle.removeprefix("@").casefold() not in names:
        raise Unreadable(
            f"YouTube answers for {told.handle or told.name or told.platform_id}, not for {account.handle}.",
            cause=Cause.IDENTITY,
            do="Give the consent of the registered channel's owner, or register the channel by its handle or id.",
        )
    return told
