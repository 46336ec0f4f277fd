"""What to ask of YouTube: a channel, its uploads, the videos by their ids, threads, replies, captions, playlists."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from archiver.model import Account, Fetch, ItemRef, Kind, Reply
from connectors.declared import declared
from connectors.fields import at, count, rows, text
from connectors.reading import stepped
from connectors.times import read_time

FULL_CHAT = 200  # messages: the smallest page size that may be asked for, so that a page below it was the last
DECLARED = declared(__package__)
_SIZES = {"playlists": 50, "playlistItems": 50, "commentThreads": 100, "comments": 100, "liveChat/messages": 2000}
_DIRECT = {
    Kind.POST: "videos",
    Kind.PROFILE: "channels",
    Kind.PAGE: "playlists",
    Kind.SHARE: "playlistItems",
    Kind.COMMENT: "commentThreads",
}
_NEWEST_FIRST = ("order", "time")
_YOUNG = timedelta(days=30)


def by_key(account: Account) -> bool:
    """Whether the credential is an API key, which shows what everybody may see, and not the owner's consent."""
    return account.options.get("login", "") == "key"


def is_owner(account: Account) -> bool:
    """Whether what only the owner may see can be asked for."""
    return bool(account.credential) and not by_key(account)


def ask(account: Account, stream: str, resource: str, *chosen: tuple[str, str], **about: Any) -> Fetch:
    """A request for a resource of the API: all its parts, as many at once as there can be."""
    sized = resource in _SIZES and chosen[0][0] != "id"
    size = (("maxResults", str(_SIZES[resource])),) if sized else ()
    form = (("textFormat", "html"),) if resource.startswith("comment") else ()
    params = (("part", DECLARED.more["parts"][resource]), *chosen, *size, *form)
    return Fetch(stream=stream, url=f"{account.url.rstrip('/')}/{resource}", params=params, **about)


def resource(fetch: Fetch) -> str:
    """The last part of the address: which kind of list was asked for."""
    return fetch.url.rpartition("/")[2]


def channel(account: Account) -> Fetch:
    """Whom the credential speaks for; without the owner's, the channel by its id, or by its handle at first."""
    name = account.handle.removeprefix("@")
    chosen = ("forHandle", name)
    if account.platform_id or (len(name) == 24 and name.startswith("UC")):
        chosen = ("id", account.platform_id or name)
    return ask(account, "profile", "channels", ("mine", "true") if is_owner(account) else chosen)


def listings(account: Account, reply: Reply, channel_id: str, uploads: str) -> Iterator[Fetch]:
    """What is asked in every run; the playlists once a day."""
    owner, about = is_owner(account), ("allThreadsRelatedToChannelId", channel_id)
    if uploads:
        yield ask(account, "posts", "playlistItems", ("playlistId", uploads))
    yield ask(account, "discussion", "commentThreads", about, _NEWEST_FIRST)
    for state in ("heldForReview", "likelySpam") if owner else ():
        only = (about, ("moderationStatus", state), _NEWEST_FIRST)
        yield ask(account, "held", "commentThreads", *only, subject=f"channel:{channel_id}", hint=state)
    own = ("mine", "true") if owner else ("channelId", channel_id)
    yield ask(account, "playlists", "playlists", own, token=f"{reply.received:%Y-%m-%d}")


def videos(account: Account, fetch: Fetch, ids: list[str], following: str) -> Fetch:
    """The videos of one page of the uploads; `hint` says where the uploads go on after it."""
    hint = f"{dict(fetch.params).get('playlistId', '')} {following}"
    return ask(account, "posts", "videos", ("id", ",".join(ids)), hint=hint)


def following_uploads(account: Account, fetch: Fetch) -> Fetch | None:
    """The page of the uploads after the one whose videos these are."""
    uploads, _, following = fetch.hint.partition(" ")
    step = stepped(ask(account, "posts", "playlistItems", ("playlistId", uploads)), "pageToken", following)
    return step if uploads and isinstance(step, Fetch) else None


def beside(account: Account, node: Any, reply: Reply) -> Iterator[Fetch]:
    """What hangs on a video: its threads, its captions, its chat while it is live."""
    video, number = text(node, "id"), count(node, "statistics", "commentCount")
    if not video:
        return
    if number != 0:
        token = "" if number is None else str(number)
        yield ask(account, "comments", "commentThreads", ("videoId", video), _NEWEST_FIRST, subject=video, token=token)
    if is_owner(account) and text(node, "contentDetails", "caption") == "true":
        week = _caption_week(read_time(at(node, "snippet", "publishedAt"))[0], reply.received)
        yield ask(account, "captions", "captions", ("videoId", video), subject=video, token=week)
    if chat := text(node, "liveStreamingDetails", "activeLiveChatId"):
        yield ask(account, "chat", "liveChat/messages", ("liveChatId", chat), subject=video)


def _caption_week(published: datetime | None, now: datetime) -> str:
    """Once for a video that has captions, and each week while it is young: asking for tracks is dear."""
    young = published is not None and now - published < _YOUNG
    return f"week {now.isocalendar().year}-{now.isocalendar().week}" if young else "once"


def stands_under(node: Any) -> str:
    """What a thread stands under: a video, or else the channel."""
    video, channel_id = text(node, "snippet", "videoId"), text(node, "snippet", "channelId")
    return video or (f"channel:{channel_id}" if channel_id else "")


def replies(account: Account, node: Any, fetch: Fetch) -> Fetch | None:
    """All replies to a thread's comment, where not all came with it: as often as its video's threads are asked."""
    total, comment = count(node, "snippet", "totalReplyCount"), text(node, "id")
    if not comment or total is None or total <= len(rows(node, "replies", "comments")):
        return None
    token = str(total) if fetch.token is None else f"{fetch.token}:{total}"
    about = {"subject": comment, "token": token, "hint": stands_under(node)}
    return ask(account, "comments", "comments", ("parentId", comment), **about)


def entries(account: Account, node: Any) -> Fetch | None:
    """The entries of a playlist, once for each state of it."""
    playlist, token = text(node, "id"), f"{text(node, 'contentDetails', 'itemCount')}:{text(node, 'etag')}"
    if not playlist:
        return None
    return ask(account, "entries", "playlistItems", ("playlistId", playlist), subject=playlist, token=token)


def item(account: Account, item: ItemRef) -> Fetch | None:
    """A direct look at an item by its id; None for chat messages and caption tracks, which have no such list."""
    one, comment = item.remote_id, item.kind is Kind.COMMENT
    if item.kind not in _DIRECT or (comment and one.startswith("chat:")):
        return None
    path = "comments" if comment and "." in one else _DIRECT[item.kind]
    hint = item.thread or "" if comment else ""
    return ask(account, "item", path, ("id", one.removeprefix("channel:")), subject=one, hint=hint)
