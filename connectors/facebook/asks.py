"""What to ask of a Facebook Page: its listings, what hangs on each node, and one item directly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archiver.model import Account, Fetch, ItemRef, Kind
from connectors.facebook.items import is_video, parts
from connectors.fields import another, at, count, text
from connectors.graph.asks import ask, limited, worth_asking
from connectors.graph.token import ask_about_token
from connectors.links import part
from connectors.reading import Reading
from connectors.shapes import said
from connectors.times import read_time

_LISTINGS = (  # they overlap, since each leaves out something
    ("posts", "published_posts", "post", ()),
    ("feed", "feed", "post", (("include_hidden", "true"),)),
    ("reels", "video_reels", "video", ()),
    ("visitors", "visitor_posts", "post", ()),
    ("tagged", "tagged", "post", ()),
    ("stories", "stories", "story", ()),
    ("photos", "photos", "photo", (("type", "uploaded"),)),
    ("reviews", "ratings", "review", ()),
    ("conversations", "conversations", "conversation", (("platform", "MESSENGER"),)),
)
_DIRECT = {  # the field set, and the hint
    Kind.POST: ("post", "post"),
    Kind.SHARE: ("post", "post"),
    Kind.COMMENT: ("comment", "comment"),
    Kind.MESSAGE: ("message", "message"),
    Kind.MEDIA: ("photo", "photo"),
    Kind.PROFILE: ("page", "page"),
}


def me(account: Account) -> Fetch:
    """Whom the token speaks for."""
    return ask(account, "profile", "me", kind="page")


def item(account: Account, item: ItemRef) -> Fetch | None:
    """A direct look at an item; None for reviews, stories, lists and captions, which have no address of their own."""
    number = item.remote_id.removeprefix("page:")
    kind, hint = _DIRECT.get(item.kind, ("", ""))
    if item.kind is Kind.POST and "_" not in number:
        kind, hint = "video", "reel"
    if not hint or ":" in number:
        return None
    under = f"{hint} {item.thread or item.parent or ''}" if hint in ("comment", "message") else hint
    return ask(account, "item", part(number), kind=kind, subject=item.remote_id, hint=under)


def listings(reading: Reading, page: str) -> Iterator[Fetch]:
    """What is asked in every run; the blocked people and the token once a day."""
    account, day = reading.account, f"{reading.reply.received:%Y-%m-%d}"
    yield ask_about_token(account, reading.reply, f"page:{page}")
    for stream, edge, kind, params in _LISTINGS:
        yield ask(account, stream, f"{part(page)}/{edge}", limited(), *params, kind=kind)
    yield ask(account, "blocked", f"{part(page)}/blocked", limited(), kind="blocked", token=day, hint=f"{page} 1")


def beside(reading: Reading, kind: str, node: Any) -> Iterator[Fetch]:
    """What hangs on a node: its comments, the captions of its videos, the post it shares, the file of a story."""
    account = reading.account
    if kind in ("post", "video") and text(node, "id"):
        yield from _comments(reading, node)
        yield from _captions(account, kind, node)
    if kind == "post":
        yield from _shared(account, node)
    if kind == "story" and text(node, "media_id") and text(node, "post_id"):
        stream, of = ("videos", "video") if text(node, "media_type") == "video" else ("photos", "photo")
        subject, held = f"story:{text(node, 'post_id')}", text(node, "media_id")
        yield ask(account, stream, part(held), kind=of, subject=subject, token=held)
    if kind == "review" and said(node, "open_graph_story.id"):
        yield from _comments(reading, at(node, "open_graph_story"))


def _comments(reading: Reading, node: Any) -> Iterator[Fetch]:
    """Once for each count of comments and each change the platform tells of; replies are among them."""
    number, subject = count(node, "comments", "summary", "total_count"), text(node, "id")
    if worth_asking(number, read_time(at(node, "created_time"))[0], reading.reply.received):
        token = f"{'' if number is None else number}:{text(node, 'updated_time')}"
        params = (limited(), ("filter", "stream"), ("order", "reverse_chronological"), ("summary", "true"))
        path = f"{part(subject)}/comments"
        yield ask(reading.account, "comments", path, *params, kind="comment", subject=subject, token=token)


def _captions(account: Account, kind: str, node: Any) -> Iterator[Fetch]:
    attached = (said(one, "target.id") for one in parts(node) if is_video(one))
    for number in dict.fromkeys([text(node, "id")] if kind == "video" else attached):
        if number:
            about = {"subject": number, "token": text(node, "updated_time"), "hint": text(node, "id")}
            yield ask(account, "captions", f"{part(number)}/captions", kind="captions", **about)


def _shared(account: Account, node: Any) -> Iterator[Fetch]:
    """The post of somebody else that a post passes on; the page's own are listed anyway."""
    shared = another(text(node, "parent_id"), text(node, "id"))
    if shared and not shared.startswith(f"{said(node, 'from.id') or '?'}_"):
        yield ask(account, "shared", part(shared), kind="post", subject=shared, token=text(node, "id"))


def thread(account: Account, node: Any) -> Fetch:
    """The messages of a conversation, once for each change of it."""
    number, token = text(node, "id"), f"{text(node, 'updated_time')}:{text(node, 'message_count')}"
    return ask(account, "messages", f"{part(number)}/messages", limited(), kind="message", subject=number, token=token)
