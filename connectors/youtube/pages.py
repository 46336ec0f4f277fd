"""The replies of the YouTube Data API: what each holds, and what to ask next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from archiver.errors import Unreadable
from archiver.model import Fetch, Page, Unread
from connectors.fields import at, count, rows, text
from connectors.reading import Found, Reading, stepped
from connectors.shapes import Shape, said
from connectors.times import read_time
from connectors.youtube.asks import DECLARED, EDGES, following_uploads, is_owner, resource, videos
from connectors.youtube.comments import MESSAGE, comment, more_replies, thread
from connectors.youtube.quota import plan_notice
from connectors.youtube.resources import CHANNEL, ENTRY, PLAYLIST, VIDEO, caption

FULL_CHAT = 200  # messages: the smallest page size that may be asked for, so that a page below it was the last
_YOUNG = timedelta(days=30)
_NEWEST_FIRST = ("posts", "discussion", "comments", "held")
# The channel's newest threads show only some of their replies: one that is missing there may well be there.
_WALKED = ("posts", "comments", "held", "playlists", "entries")


def _profile(reading: Reading) -> Page:
    """Whom the reply speaks for, and everything that follows from it."""
    place, who = next(iter(_nodes(reading)), ("", None))
    identity = DECLARED.identity(reading.account, who)
    uploads = said(who, "contentDetails.relatedPlaylists.uploads")
    found = (
        CHANNEL(who, place),
        None if uploads else Unread(source=place, reason="a channel that does not name the playlist of its uploads"),
        *EDGES.beside(reading, "channel", who),
        *EDGES.beside(reading, "own-channel" if is_owner(reading.account) else "shown-channel", who),
        plan_notice(reading.account, count(who, "statistics", "videoCount") or 0, 0),
    )
    return reading.page(found, identity=identity, drift=_drift(reading))


def _uploads(reading: Reading) -> Page:
    """A page of the uploads only names its videos; they follow by their ids, and then the next page of uploads."""
    named = [
        (place, said(node, "contentDetails.videoId|snippet.resourceId.videoId")) for place, node in _nodes(reading)
    ]
    lost = [Unread(source=place, reason="an upload that names no video") for place, one in named if not one]
    ids = list(dict.fromkeys(one for _, one in named if one))
    number = count(reading.value, "pageInfo", "totalResults")
    follow = [videos(reading.account, reading.fetch, ids, reading.says("nextPageToken"))] if ids else []
    return reading.page(
        (*lost, *follow),
        step=None if ids else _step(reading),
        totals={} if number is None else {"posts": number},
        drift=_drift(reading),
    )


def _resources(reading: Reading) -> Page:
    """Any other list: what its resources are, and, but for what was looked at directly, what is asked of them."""
    stream, kind = reading.fetch.stream, resource(reading.fetch)
    shows, asks = _SHOWS.get(kind, _unknown), _ASKS.get(kind) if stream != "item" else None
    found: list[Found] = []
    for place, node in _nodes(reading):
        found += [*shows(reading, node, place), *(asks(reading, node) if asks else ())]
    page = reading.page(found, step=_step(reading), newest_first=stream in _NEWEST_FIRST, drift=_drift(reading))
    return replace(page, walked=stream in _WALKED and not page.unread)


def _beside_video(reading: Reading, node: Any) -> Iterator[Fetch]:
    """What hangs on a video: its threads, its captions, its chat while it is live."""
    if count(node, "statistics", "commentCount") != 0:
        yield from EDGES.beside(reading, "video-with-comments", node)
    if is_owner(reading.account):
        yield from EDGES.beside(reading, "video-of-ours", node, week=_caption_week(reading, node))
    yield from EDGES.beside(reading, "video", node)


def _caption_week(reading: Reading, node: Any) -> str:
    """Once for a video that has captions, and each week while it is young: asking for tracks is dear."""
    now, published = reading.reply.received, read_time(at(node, "snippet", "publishedAt"))[0]
    young = published is not None and now - published < _YOUNG
    return f"week {now.isocalendar().year}-{now.isocalendar().week}" if young else "once"


def _each(shape: Shape) -> Callable[[Reading, Any, str], Iterable[Found]]:
    return lambda _reading, node, place: (shape(node, place),)


def _unknown(_reading: Reading, _node: Any, place: str) -> Iterable[Found]:
    return (Unread(source=place, reason="a resource of a kind that is not known"),)


_SHOWS: dict[str, Callable[[Reading, Any, str], Iterable[Found]]] = {
    "channels": _each(CHANNEL),
    "videos": _each(VIDEO),
    "playlists": _each(PLAYLIST),
    "playlistItems": _each(ENTRY),
    "commentThreads": thread,
    "comments": lambda reading, node, place: (comment(reading, node, place),),
    "captions": lambda reading, node, place: (caption(reading.account, node, place),),
    "messages": lambda near, node, place: (MESSAGE(node, place, parent=near.subject, thread=near.subject),),
}
_ASKS: dict[str, Callable[[Reading, Any], Iterable[Found]]] = {
    "videos": _beside_video,
    "playlists": lambda reading, node: EDGES.beside(reading, "playlist", node),
    "commentThreads": lambda reading, node: (more_replies(reading, node),),
}
READERS: dict[str, Callable[[Reading], Page]] = {"profile": _profile, "uploads": _uploads, "item": _resources}


def reader_of(fetch: Fetch) -> str:
    """The stream; but the uploads only name the videos that its pages hold."""
    return "uploads" if fetch.stream == "posts" and resource(fetch) == "playlistItems" else fetch.stream


def _nodes(reading: Reading) -> list[tuple[str, Any]]:
    """The resources with their places. An empty list may leave its rows out, but says what it is."""
    if at(reading.value, "items") is None and reading.says("kind").endswith("ListResponse"):
        return []
    if not isinstance(at(reading.value, "items"), list):
        raise Unreadable(
            f"The reply to '{reading.fetch.stream}' (status {reading.reply.status}) is JSON, but no list of the "
            "YouTube Data API.",
            do="Check the address of the account: https://www.googleapis.com/youtube/v3",
        )
    return reading.rows("items")


def _step(reading: Reading) -> Fetch | Unread | None:
    """The next page. A chat names one for as long as it lasts: only a full page of it leads on."""
    fetch = reading.fetch
    if resource(fetch) == "videos":
        return following_uploads(reading.account, fetch)
    if fetch.stream == "chat" and len(_nodes(reading)) < FULL_CHAT:
        return None
    return stepped(fetch, "pageToken", reading.says("nextPageToken"), source="/nextPageToken")


def _drift(reading: Reading) -> Counter[str]:
    """What is not known of resources, and of the comments within threads."""
    found: Counter[str] = Counter()
    for _, node in _nodes(reading):
        for one in (node, at(node, "snippet", "topLevelComment"), *rows(node, "replies", "comments")):
            kind = text(one, "kind").removeprefix("youtube#")
            found.update(DECLARED.strange(kind, one))
            found.update([f"kind={kind[:60]}"] if kind and kind not in DECLARED.known else [])
    return found
