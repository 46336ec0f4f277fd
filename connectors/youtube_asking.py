"""What to ask of YouTube: a channel, its uploads, the videos by their ids, threads, replies, captions, playlists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from archiver.model import Account, Fetch, ItemRef, Kind, Reply, Unread
from connectors.fields import at, count, rows, text
from connectors.times import read_time

MOST_IDS = 50  # in one answer of videos or playlist entries
FULL_CHAT = 200  # messages: the smallest page size that may be asked for, so that a page below it was the last
CHANNEL = ("part", "snippet,contentDetails,statistics,status,brandingSettings,localizations")
VIDEO = (
    "part",
    "snippet,contentDetails,status,statistics,liveStreamingDetails,recordingDetails,localizations,"
    "paidProductPlacementDetails",
)
PLAYLIST = ("part", "snippet,status,contentDetails,localizations")
ENTRY = ("part", "snippet,status,contentDetails")
THREAD = ("part", "snippet,replies")
SNIPPET = ("part", "snippet")
_MESSAGE = ("part", "snippet,authorDetails")
_TEXT = ("textFormat", "html")
_FIFTY = ("maxResults", str(MOST_IDS))
_HUNDRED = ("maxResults", "100")
_YOUNG = timedelta(days=30)


def by_key(account: Account) -> bool:
    """Whether the credential is an API key, which shows what everybody may see, and not the owner's consent."""
    return account.options.get("login", "") == "key"


def is_owner(account: Account) -> bool:
    """Whether what only the owner may see can be asked for."""
    return bool(account.credential) and not by_key(account)


def ask(
    account: Account,
    stream: str,
    resource: str,
    *params: tuple[str, str],
    subject: str | None = None,
    token: str | None = None,
    hint: str = "",
) -> Fetch:
    """A request for a resource of the API."""
    url = f"{account.url.rstrip('/')}/{resource}"
    return Fetch(stream=stream, url=url, params=params, subject=subject, token=token, hint=hint)


def resource(fetch: Fetch) -> str:
    """The last part of the address: which kind of list was asked for."""
    return fetch.url.rpartition("/")[2]


def channel(account: Account) -> Fetch:
    """Whom the credential speaks for; without the owner's, the channel by its id, or by its handle at first."""
    name = account.handle.removeprefix("@")
    chosen = ("forHandle", name)
    if account.platform_id or (len(name) == 24 and name.startswith("UC")):
        chosen = ("id", account.platform_id or name)
    return ask(account, "profile", "channels", CHANNEL, ("mine", "true") if is_owner(account) else chosen)


def listings(account: Account, reply: Reply, channel_id: str, uploads: str) -> Iterator[Fetch]:
    """What is asked in every run; the playlists once a day."""
    about = ("allThreadsRelatedToChannelId", channel_id)
    yield ask(account, "posts", "playlistItems", ENTRY, ("playlistId", uploads), _FIFTY)
    yield ask(account, "discussion", "commentThreads", THREAD, about, ("order", "time"), _HUNDRED, _TEXT)
    if is_owner(account):
        subject = f"channel:{channel_id}"
        for state in ("heldForReview", "likelySpam"):
            only = (about, ("moderationStatus", state), ("order", "time"), _HUNDRED, _TEXT)
            yield ask(account, "held", "commentThreads", THREAD, *only, subject=subject, hint=state)
    day = f"{reply.received:%Y-%m-%d}"
    own = ("mine", "true") if is_owner(account) else ("channelId", channel_id)
    yield ask(account, "playlists", "playlists", PLAYLIST, own, _FIFTY, token=day)


def videos(account: Account, fetch: Fetch, ids: list[str], following: str) -> Fetch:
    """The videos of one page of the uploads; `hint` says where the uploads go on after it."""
    hint = f"{dict(fetch.params).get('playlistId', '')} {following}"
    return ask(account, "posts", "videos", VIDEO, ("id", ",".join(ids)), hint=hint)


def following_uploads(account: Account, fetch: Fetch) -> Fetch | None:
    """The page of the uploads after the one whose videos these are."""
    uploads, _, following = fetch.hint.partition(" ")
    if not uploads or not following:
        return None
    params = (ENTRY, ("playlistId", uploads), _FIFTY, ("pageToken", following))
    return ask(account, "posts", "playlistItems", *params)


def next_page(fetch: Fetch, body: Any) -> Fetch | None:
    """The same request from where the page ended; None where it was the last, or names itself."""
    cursor = text(body, "nextPageToken")
    kept = tuple((name, value) for name, value in fetch.params if name != "pageToken")
    page = replace(fetch, params=(*kept, ("pageToken", cursor)))
    return page if cursor and page.key != fetch.key else None


def lost_page(fetch: Fetch, body: Any) -> Iterator[Unread]:
    """A next page that names itself, so that the end of the reply is not taken for the end of the list."""
    if text(body, "nextPageToken") and next_page(fetch, body) is None:
        yield Unread(source="/nextPageToken", reason="the next page named is this page itself")


def beside(account: Account, node: Any, reply: Reply) -> Iterator[Fetch]:
    """What hangs on a video: its threads, its captions, its chat while it is live."""
    video = text(node, "id")
    number = count(node, "statistics", "commentCount")
    if video and number != 0:
        token = "" if number is None else str(number)
        params = (THREAD, ("videoId", video), ("order", "time"), _HUNDRED, _TEXT)
        yield ask(account, "comments", "commentThreads", *params, subject=video, token=token)
    if video and is_owner(account) and text(node, "contentDetails", "caption") == "true":
        token = _caption_week(read_time(at(node, "snippet", "publishedAt"))[0], reply.received)
        yield ask(account, "captions", "captions", SNIPPET, ("videoId", video), subject=video, token=token)
    chat = text(node, "liveStreamingDetails", "activeLiveChatId")
    if video and chat:
        size = ("maxResults", "2000")
        yield ask(account, "chat", "liveChat/messages", _MESSAGE, ("liveChatId", chat), size, subject=video)


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
    under = stands_under(node)
    token = str(total) if fetch.token is None else f"{fetch.token}:{total}"
    params = (SNIPPET, ("parentId", comment), _HUNDRED, _TEXT)
    return ask(account, "comments", "comments", *params, subject=comment, token=token, hint=under)


def entries(account: Account, node: Any) -> Fetch | None:
    """The entries of a playlist, once for each state of it."""
    playlist = text(node, "id")
    if not playlist:
        return None
    token = f"{text(node, 'contentDetails', 'itemCount')}:{text(node, 'etag')}"
    params = (ENTRY, ("playlistId", playlist), _FIFTY)
    return ask(account, "entries", "playlistItems", *params, subject=playlist, token=token)


def item_fetch(account: Account, item: ItemRef) -> Fetch | None:
    """A direct look at an item by its id; None for chat messages and caption tracks, which have no such list."""
    one = item.remote_id
    if item.kind is Kind.COMMENT:
        if one.startswith("chat:"):
            return None
        part, path = (SNIPPET, "comments") if "." in one else (THREAD, "commentThreads")
        return ask(account, "item", path, part, ("id", one), _TEXT, subject=one, hint=item.thread or "")
    kinds = {
        Kind.POST: (VIDEO, "videos"),
        Kind.PROFILE: (CHANNEL, "channels"),
        Kind.PAGE: (PLAYLIST, "playlists"),
        Kind.SHARE: (ENTRY, "playlistItems"),
    }
    if item.kind not in kinds:
        return None
    part, path = kinds[item.kind]
    return ask(account, "item", path, part, ("id", one.removeprefix("channel:")), subject=one)
