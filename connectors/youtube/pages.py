"""The replies of the YouTube Data API: what each holds, and what to ask next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from archiver.errors import Unreadable
from archiver.model import Fetch, Identity, Page, Unread
from connectors.fields import at, count, rows, text
from connectors.reading import Found, Reading, spoken_for, stepped
from connectors.shapes import said
from connectors.youtube import asks
from connectors.youtube.asks import DECLARED
from connectors.youtube.comments import CHAT_MESSAGE, comment, thread
from connectors.youtube.quota import plan_notice
from connectors.youtube.resources import CHANNEL, ENTRY, PLAYLIST, SHOWN_VIDEO, VIDEO, caption

Readout = Callable[[Reading, Any, str], Iterable[Found]]


def _profile(reading: Reading) -> Page:
    """Whom the reply speaks for, and everything that follows from it."""
    place, who = next(iter(_nodes(reading)), ("", None))
    uploads = said(who, "contentDetails.relatedPlaylists.uploads")
    lost = Unread(source=place, reason="a channel that does not name the playlist of its uploads")
    identity = _identity(reading, who)
    asked = asks.listings(reading.account, reading.reply, identity.platform_id, uploads)
    plan = plan_notice(reading.account, count(who, "statistics", "videoCount") or 0, 0)
    found = (CHANNEL(who, place), None if uploads else lost, *asked, plan)
    return _page(reading, found, identity=identity)


def _posts(reading: Reading) -> Page:
    """A page of the uploads only names its videos; they follow by their ids, and then the next page of uploads."""
    account, fetch = reading.account, reading.fetch
    if asks.resource(fetch) == "videos":
        step = asks.following_uploads(account, fetch)
        return _page(reading, _read(reading, _video), step, newest_first=True, walked=True)
    named = [(place, said(node, SHOWN_VIDEO)) for place, node in _nodes(reading)]
    lost = [Unread(source=place, reason="an upload that names no video") for place, one in named if not one]
    ids = list(dict.fromkeys(one for _, one in named if one))
    number = count(reading.value, "pageInfo", "totalResults")
    totals = {} if number is None else {"posts": number}
    if not ids:
        return _page(reading, lost, _step(reading), totals=totals)
    return _page(reading, (*lost, asks.videos(account, fetch, ids, reading.says("nextPageToken"))), totals=totals)


def _listing(readout: Readout, **said: Any) -> Callable[[Reading], Page]:
    """A listing of resources that are all read alike."""
    return lambda reading: _page(reading, _read(reading, readout), _step(reading), **said)


def _chat(reading: Reading) -> Page:
    """What a live chat still shows. It names a next page for as long as it lasts: only a full one leads on."""
    step = _step(reading) if len(_nodes(reading)) >= asks.FULL_CHAT else None
    return _page(reading, _read(reading, _message), step if isinstance(step, Fetch) else None)


def _item(reading: Reading) -> Page:
    """What was looked at directly; it says itself what it is."""
    return _page(reading, _read(reading, _any))


def _video(reading: Reading, node: Any, place: str) -> Iterator[Found]:
    yield VIDEO(node, place)
    yield from asks.beside(reading.account, node, reading.reply)


def _thread(reading: Reading, node: Any, place: str) -> Iterator[Found]:
    """A thread, or a comment in the list of all replies; they follow where not all came along."""
    if asks.resource(reading.fetch) == "comments":
        yield comment(reading, node, place)
    else:
        yield from thread(reading, node, place)
    yield asks.replies(reading.account, node, reading.fetch)


def _message(reading: Reading, node: Any, place: str) -> Iterator[Found]:
    yield CHAT_MESSAGE(node, place, parent=reading.subject, thread=reading.subject)


def _caption(reading: Reading, node: Any, place: str) -> Iterator[Found]:
    yield caption(reading.account, node, place)


def _playlist(reading: Reading, node: Any, place: str) -> Iterator[Found]:
    yield PLAYLIST(node, place)
    yield asks.entries(reading.account, node)


def _any(reading: Reading, node: Any, place: str) -> Iterator[Found]:
    kind = _kind(node)
    if shape := {"video": VIDEO, "channel": CHANNEL, "playlist": PLAYLIST, "playlistItem": ENTRY}.get(kind):
        yield shape(node, place)
    elif readout := {"commentThread": thread, "caption": _caption}.get(kind):
        yield from readout(reading, node, place)
    elif kind == "comment":
        yield comment(reading, node, place)
    else:
        yield Unread(source=place, reason=f"a resource of a kind that is not known: {kind[:60] or 'none'}")


READERS: dict[str, Callable[[Reading], Page]] = {
    "profile": _profile,
    "posts": _posts,
    # The channel's newest threads show only some of their replies: one that is missing there may well be there.
    "discussion": _listing(_thread, newest_first=True),
    **dict.fromkeys(("comments", "held"), _listing(_thread, newest_first=True, walked=True)),
    "chat": _chat,
    "captions": lambda reading: _page(reading, _read(reading, _caption)),
    "playlists": _listing(_playlist, walked=True),
    "entries": _listing(lambda _reading, node, place: (ENTRY(node, place),), walked=True),
    "item": _item,
}


def _nodes(reading: Reading) -> list[tuple[str, Any]]:
    """The resources with their places. An empty list may leave its rows out, but says what it is."""
    held = at(reading.value, "items")
    if isinstance(held, list):
        return [(f"/items/{n}", node) for n, node in enumerate(held)]
    if held is None and reading.says("kind").endswith("ListResponse"):
        return []
    raise Unreadable(
        f"The reply to '{reading.fetch.stream}' (status {reading.reply.status}) is JSON, but no list of the YouTube "
        "Data API.",
        do="Check the address of the account: https://www.googleapis.com/youtube/v3",
    )


def _read(reading: Reading, readout: Readout) -> Iterator[Found]:
    for place, node in _nodes(reading):
        yield from readout(reading, node, place)


def _page(
    reading: Reading, found: Iterable[Found], step: Fetch | Unread | None = None, *, walked: bool = False, **said: Any
) -> Page:
    page = reading.page(found, step=step, drift=_drift(node for _, node in _nodes(reading)), **said)
    return replace(page, walked=walked and not page.unread)


def _step(reading: Reading) -> Fetch | Unread | None:
    return stepped(reading.fetch, "pageToken", reading.says("nextPageToken"), source="/nextPageToken")


def _kind(node: Any) -> str:
    return text(node, "kind").removeprefix("youtube#")


def _drift(nodes: Iterable[Any]) -> Counter[str]:
    """What is not known of resources, and of the comments within threads."""
    found: Counter[str] = Counter()
    for node in nodes:
        inner = [at(node, "snippet", "topLevelComment"), *rows(node, "replies", "comments")]
        for one in (node, *(inner if _kind(node) == "commentThread" else ())):
            found.update(DECLARED.strange(_kind(one), one))
            found.update([f"kind={_kind(one)[:60]}"] if _kind(one) and _kind(one) not in DECLARED.known else [])
    return found


def _identity(reading: Reading, who: Any) -> Identity:
    told = Identity(platform_id=text(who, "id"), handle=said(who, "snippet.customUrl"), name=said(who, "snippet.title"))
    return spoken_for(
        reading.account,
        told,
        nobody="The reply to 'profile' names no channel.",
        other=f"YouTube answers for {told.handle or told.name or told.platform_id}",
        do="Give the consent of the registered channel's owner, or register the channel by its handle or id.",
        names=(told.platform_id, told.handle, told.name),
    )
