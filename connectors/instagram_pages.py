"""The replies of the Graph API for an Instagram professional account: what each holds, and what to ask next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from archiver.errors import Unreadable
from archiver.model import Account, Author, Cause, Fetch, Identity, Kind, Media, Page, Reply, Snapshot, Unread
from connectors.fields import at, counters, pairs, rows, text
from connectors.graph_asking import wanted
from connectors.graph_nodes import drift_of, file_name, message, page_of, rows_of, unknown_kinds
from connectors.graph_token import read_token
from connectors.instagram_asking import by_facebook, listings, more_replies, thread, under_medium
from connectors.instagram_items import SITE, comment, comments, medium
from connectors.json_body import read_json

Read = Callable[[Account, Fetch, Reply], Page]

NEEDED = {
    "instagram_basic": "posts and stories",
    "instagram_manage_comments": "comments and mentions",
    "instagram_manage_messages": "private messages",
}
_FORMS = frozenset({"IMAGE", "VIDEO", "CAROUSEL_ALBUM"})
_PRODUCTS = frozenset({"FEED", "REELS", "STORY", "AD"})


def _read_profile(account: Account, fetch: Fetch, reply: Reply) -> Page:
    body = read_json(fetch, reply, expect=dict)
    place = "/instagram_business_account" if by_facebook(account) else ""
    node = at(body.value, "instagram_business_account") if place else body.value
    identity = _identity(account, node)
    return Page(
        items=(_profile(node, place),),
        also=wanted(account, listings(account, reply, identity.platform_id)),
        identity=identity,
        totals=counters(node, {"posts": "media_count"}),
        drift=drift_of("ig_user", [node]) if place else drift_of("ig_login", [node]),
        flags=body.flags,
    )


def _media(kind: Kind, *, walked: bool, ours: bool) -> Read:
    """A listing of media; comments are asked for below the account's own."""

    def read(account: Account, fetch: Fetch, reply: Reply) -> Page:
        body = read_json(fetch, reply, expect=dict)
        nodes = rows_of(fetch, body.value)
        found = [medium(node, f"/data/{n}", kind=kind) for n, node in enumerate(nodes)]
        page = page_of(body, fetch, found, walked=walked, drift=_drift(nodes))
        asked = (one for node in nodes if ours for one in under_medium(account, node, reply))
        return replace(page, also=wanted(account, asked))

    return read


def _drift(nodes: list[Any]) -> Counter[str]:
    forms = unknown_kinds("ig_media", "media_type", _FORMS, nodes)
    return drift_of("ig_media", nodes) + forms + unknown_kinds("ig_media", "media_product_type", _PRODUCTS, nodes)


def _read_comments(account: Account, fetch: Fetch, reply: Reply) -> Page:
    """The comments below a medium, or (the hint then names it) the replies to one comment."""
    body = read_json(fetch, reply, expect=dict)
    nodes, subject = rows_of(fetch, body.value), fetch.subject or ""
    if fetch.hint:
        replies = [comment(node, f"/data/{n}", fetch.hint, subject) for n, node in enumerate(nodes)]
        return page_of(body, fetch, replies, walked=True, drift=drift_of("ig_reply", nodes))
    found = [one for n, node in enumerate(nodes) for one in comments(node, f"/data/{n}", subject)]
    page = page_of(body, fetch, found, walked=True, drift=drift_of("ig_comment", nodes))
    return replace(page, also=wanted(account, (one for node in nodes for one in more_replies(account, node, fetch))))


def _read_conversations(account: Account, fetch: Fetch, reply: Reply) -> Page:
    """The newest message of each conversation, and the twenty newest of those in which something is new."""
    body = read_json(fetch, reply, expect=dict)
    nodes = rows_of(fetch, body.value)
    found = [one for n, node in enumerate(nodes) for one in _messages(node, f"/data/{n}")]
    lost = [Unread(source=f"/data/{n}", reason=_NO_THREAD) for n, node in enumerate(nodes) if not text(node, "id")]
    page = page_of(body, fetch, [*found, *lost], walked=False, drift=drift_of("ig_conversation", nodes))
    return replace(page, also=wanted(account, (one for node in nodes for one in thread(account, node))))


_NO_THREAD = "a conversation without an id"


def _read_messages(_account: Account, fetch: Fetch, reply: Reply) -> Page:
    """Twenty at most: the next page that stands beside them answers as if removed, and is not asked for."""
    body = read_json(fetch, reply, expect=dict)
    if not text(body.value, "id"):
        raise Unreadable("The reply to 'messages' is no conversation.", do="Poll again; see the gap.")
    return page_of(body, fetch, _messages(body.value, ""), walked=False, drift=drift_of("ig_thread", [body.value]))


def _messages(node: Any, place: str) -> list[Snapshot | Unread]:
    found = rows(node, "messages", "data")
    return [message(one, f"{place}/messages/data/{n}", text(node, "id")) for n, one in enumerate(found)]


def _read_token(_account: Account, fetch: Fetch, reply: Reply) -> Page:
    return read_token(fetch, reply, NEEDED)


def _read_item(_account: Account, fetch: Fetch, reply: Reply) -> Page:
    """One node looked at directly; the hint of the fetch tells what it is."""
    body = read_json(fetch, reply, expect=dict)
    hint, _, under = fetch.hint.partition(" ")
    found: Snapshot | Unread
    if hint == "comment":
        media_id, _, above = under.partition(" ")
        found = comment(body.value, "", media_id, above)
    elif hint == "account" and text(body.value, "id"):
        found = _profile(body.value, "")
    else:
        found = medium(body.value, "")
    if isinstance(found, Unread):
        return Page(unread=(found,), flags=body.flags)
    return Page(items=(found,), flags=body.flags)


def _identity(account: Account, node: Any) -> Identity:
    """Whom the token speaks for. A token of another account must not be pinned by its first use."""
    told = Identity(platform_id=_number(node), handle=text(node, "username"), name=text(node, "name"))
    if not told.platform_id:
        raise Unreadable(
            "The token speaks for no Instagram professional account.",
            do="Connect the account to its Facebook Page, or by Instagram's own log-in, and get a new token.",
        )
    expected = account.handle.removeprefix("@").casefold()
    if account.platform_id is None and expected not in (told.handle.casefold(), told.platform_id):
        raise Unreadable(
            f"The token speaks for @{told.handle or told.platform_id}, not for {account.handle}.",
            cause=Cause.IDENTITY,
            do="Give the token of the registered account, or correct its handle.",
        )
    return told


def _number(node: Any) -> str:
    """The number of the account: with Instagram's own log-in `id` belongs to the app, and `user_id` to the account."""
    return text(node, "user_id") or text(node, "id")


def _profile(node: Any, source: str) -> Snapshot:
    picture = text(node, "profile_picture_url")
    return Snapshot(
        kind=Kind.PROFILE,
        remote_id=f"account:{_number(node)}",
        author=Author(id=_number(node), handle=text(node, "username"), name=text(node, "name")),
        title=text(node, "name"),
        text=text(node, "biography"),
        link=f"{SITE}{text(node, 'username')}" if text(node, "username") else "",
        media=(Media(id=f"{_number(node)}:{file_name(picture)}", url=picture, type="image"),) if picture else (),
        source=source,
        counters=counters(node, {"followers": "followers_count", "following": "follows_count", "posts": "media_count"}),
        details=pairs(username=text(node, "username"), website=text(node, "website")),
    )


READERS: dict[str, Read] = {
    "profile": _read_profile,
    "token": _read_token,
    "posts": _media(Kind.POST, walked=True, ours=True),
    "stories": _media(Kind.STORY, walked=False, ours=False),
    "mentions": _media(Kind.POST, walked=False, ours=False),
    "comments": _read_comments,
    "conversations": _read_conversations,
    "messages": _read_messages,
    "item": _read_item,
}
