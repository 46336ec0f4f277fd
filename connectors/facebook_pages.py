"""The replies of the Graph API for a Facebook Page: what each holds, and what to ask next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from archiver.model import Account, Fetch, Kind, Media, Page, Reply, Snapshot, Unread
from connectors.facebook_account import profile, read_blocked, read_profile, read_token_days
from connectors.facebook_asking import beside, thread
from connectors.facebook_items import comment, photo, post, review, story, video
from connectors.fields import rows, text
from connectors.graph_asking import wanted
from connectors.graph_nodes import Found, drift_of, message, page_of, rows_of, unknown_kinds
from connectors.json_body import read_json

Read = Callable[[Account, Fetch, Reply], Page]
Readout = Callable[[Any, str], Snapshot | Unread]

_STATUS_TYPES = frozenset(
    {
        "added_photos", "added_video", "app_created_story", "approved_friend", "created_event", "created_group",
        "created_note", "mobile_status_update", "published_story", "shared_story", "tagged_in_photo", "wall_post",
    }
)  # fmt: skip


def _listing(kind: str, readout: Readout, *, walked: bool, theirs: bool = False) -> Read:
    """A listing of nodes of one kind, or a single one. What hangs on them is asked for, unless it is `theirs`."""

    def read(account: Account, fetch: Fetch, reply: Reply) -> Page:
        body = read_json(fetch, reply, expect=dict)
        single = fetch.subject is not None and "data" not in body.value
        nodes = [body.value] if single else rows_of(fetch, body.value)
        found = [readout(node, "" if single else f"/data/{n}") for n, node in enumerate(nodes)]
        drift = drift_of(kind, nodes) + unknown_kinds(kind, "status_type", _STATUS_TYPES, nodes)
        page = page_of(body, fetch, found, walked=walked and not single, drift=drift)
        alone = single or theirs
        asked = (one for node in nodes if not alone for one in beside(account, kind, node, reply))
        return replace(page, also=wanted(account, asked))

    return read


def _read_shared(_account: Account, fetch: Fetch, reply: Reply) -> Page:
    body = read_json(fetch, reply, expect=dict)
    return _single(post(body.value, "", context=True), body.flags)


def _read_comments(_account: Account, fetch: Fetch, reply: Reply) -> Page:
    body = read_json(fetch, reply, expect=dict)
    nodes = rows_of(fetch, body.value)
    found = [comment(node, f"/data/{n}", fetch.subject or "") for n, node in enumerate(nodes)]
    return page_of(body, fetch, found, walked=True, drift=drift_of("comment", nodes))


def _read_captions(_account: Account, fetch: Fetch, reply: Reply) -> Page:
    """The caption files of a video as one item, by language; no item where there are none."""
    body = read_json(fetch, reply, expect=dict)
    files = tuple(
        Media(id=f"{fetch.subject}:{text(one, 'locale')}", url=text(one, "uri"), type="captions", alt=_language(one))
        for one in rows_of(fetch, body.value)
        if text(one, "locale")
    )
    held = {one.id: one for one in files}
    item = Snapshot(
        kind=Kind.MEDIA,
        remote_id=f"captions:{fetch.subject}",
        parent=fetch.hint or None,
        thread=fetch.hint or None,
        media=tuple(held.values()),
        source="",
    )
    return Page(items=(item,) if held else (), flags=body.flags)


def _language(one: Any) -> str:
    return text(one, "locale_name") or text(one, "locale")


def _read_conversations(account: Account, fetch: Fetch, reply: Reply) -> Page:
    """The newest message of each conversation, and the whole of those in which something is new."""
    body = read_json(fetch, reply, expect=dict)
    nodes = rows_of(fetch, body.value)
    found = [
        message(one, f"/data/{n}/messages/data/{m}", text(node, "id"))
        for n, node in enumerate(nodes)
        for m, one in enumerate(rows(node, "messages", "data"))
    ]
    lost = [Unread(source=f"/data/{n}", reason=_NO_THREAD) for n, node in enumerate(nodes) if not text(node, "id")]
    page = page_of(body, fetch, [*found, *lost], walked=False, drift=drift_of("conversation", nodes))
    return replace(page, also=wanted(account, (thread(account, node) for node in nodes if text(node, "id"))))


_NO_THREAD = "a conversation without an id"


def _read_messages(_account: Account, fetch: Fetch, reply: Reply) -> Page:
    body = read_json(fetch, reply, expect=dict)
    nodes = rows_of(fetch, body.value)
    found: Found = [message(node, f"/data/{n}", fetch.subject) for n, node in enumerate(nodes)]
    return page_of(body, fetch, found, walked=True, drift=drift_of("message", nodes))


def _read_item(_account: Account, fetch: Fetch, reply: Reply) -> Page:
    """One node looked at directly; the hint of the fetch tells what it is."""
    body = read_json(fetch, reply, expect=dict)
    hint, _, under = fetch.hint.partition(" ")
    if hint == "comment":
        return _single(comment(body.value, "", under), body.flags)
    if hint == "message":
        return _single(message(body.value, "", under), body.flags)
    if hint == "page" and text(body.value, "id"):
        return _single(profile(body.value), body.flags)
    readout: Readout = _NODES.get(hint, post)
    return _single(readout(body.value, ""), body.flags)


def _single(found: Snapshot | Unread, flags: tuple[str, ...]) -> Page:
    if isinstance(found, Unread):
        return Page(unread=(found,), flags=flags)
    return Page(items=(found,), flags=flags)


def _reel(node: Any, source: str) -> Snapshot | Unread:
    return video(node, source, kind=Kind.POST)


def _story_video(node: Any, source: str) -> Snapshot | Unread:
    return video(node, source, kind=Kind.MEDIA)


_NODES: dict[str, Readout] = {"post": post, "reel": _reel, "photo": photo}

READERS: dict[str, Read] = {
    "profile": read_profile,
    "token": read_token_days,
    "posts": _listing("post", post, walked=True),
    "feed": _listing("post", post, walked=False),
    "reels": _listing("video", _reel, walked=True),
    "visitors": _listing("post", post, walked=True),
    "tagged": _listing("post", post, walked=False, theirs=True),
    "shared": _read_shared,
    "stories": _listing("story", story, walked=False),
    "photos": _listing("photo", photo, walked=True),
    "videos": _listing("video", _story_video, walked=False),
    "comments": _read_comments,
    "captions": _read_captions,
    "reviews": _listing("review", review, walked=False),
    "conversations": _read_conversations,
    "messages": _read_messages,
    "blocked": read_blocked,
    "item": _read_item,
}
