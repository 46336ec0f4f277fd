"""What to ask of a Facebook Page: its listings, what hangs on each node, and one item directly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archiver.model import Account, Fetch, ItemRef, Kind, Reply
from connectors.facebook_items import is_video, parts
from connectors.fields import another, at, count, text
from connectors.graph_asking import ask, limited, part, worth_asking
from connectors.graph_nodes import total
from connectors.graph_token import ask_about_token
from connectors.times import read_time

_STREAM = ("filter", "stream")
_KINDS = {"reel": "video"}  # hints that are not the name of their field set
_HINTS = {
    Kind.POST: "post",
    Kind.SHARE: "post",
    Kind.COMMENT: "comment",
    Kind.MESSAGE: "message",
    Kind.MEDIA: "photo",
    Kind.PROFILE: "page",
}


def item_fetch(account: Account, item: ItemRef) -> Fetch | None:
    """A direct look at an item; None for reviews, stories, lists and captions, which have no address of their own."""
    hint = _HINTS.get(item.kind, "")
    if item.kind is Kind.POST and "_" not in item.remote_id:
        hint = "reel"
    if not hint or ":" in item.remote_id.removeprefix("page:"):
        return None
    path = part(item.remote_id.removeprefix("page:"))
    under = f"{hint} {item.thread or item.parent or ''}" if hint in ("comment", "message") else hint
    return ask(account, "item", path, kind=_KINDS.get(hint, hint), subject=item.remote_id, hint=under)


def listings(account: Account, reply: Reply, page: str) -> Iterator[Fetch]:
    """Overlapping listings, since each leaves out something; the blocked people and the token once a day."""
    yield ask_about_token(account, reply, f"page:{page}")
    for stream, edge, kind, *params in (
        ("posts", "published_posts", "post"),
        ("feed", "feed", "post", ("include_hidden", "true")),
        ("reels", "video_reels", "video"),
        ("visitors", "visitor_posts", "post"),
        ("tagged", "tagged", "post"),
        ("stories", "stories", "story"),
        ("photos", "photos", "photo", ("type", "uploaded")),
        ("reviews", "ratings", "review"),
        ("conversations", "conversations", "conversation", ("platform", "MESSENGER")),
    ):
        yield ask(account, stream, f"{part(page)}/{edge}", limited(), *params, kind=kind)
    day = f"{reply.received:%Y-%m-%d}"
    yield ask(account, "blocked", f"{part(page)}/blocked", limited(), kind="blocked", token=day, hint=f"{page} 1")


def beside(account: Account, kind: str, node: Any, reply: Reply) -> Iterator[Fetch]:
    """What hangs on a node: its comments, the captions of its videos, the post it shares, the file of a story."""
    if kind in ("post", "video") and text(node, "id"):
        yield from _comments(account, node, reply)
        yield from _captions(account, kind, node)
    if kind == "post":
        yield from _shared(account, node)
    if kind == "story" and text(node, "media_id") and text(node, "post_id"):
        stream, of = ("videos", "video") if text(node, "media_type") == "video" else ("photos", "photo")
        subject, held = f"story:{text(node, 'post_id')}", text(node, "media_id")
        yield ask(account, stream, part(held), kind=of, subject=subject, token=held)
    if kind == "review" and text(node, "open_graph_story", "id"):
        yield from _comments(account, at(node, "open_graph_story"), reply)


def _comments(account: Account, node: Any, reply: Reply) -> Iterator[Fetch]:
    """Once for each count of comments and each change the platform tells of; replies are among them."""
    number, subject = count(total(node, "comments")), text(node, "id")
    if worth_asking(number, read_time(at(node, "created_time"))[0], reply.received):
        token = f"{'' if number is None else number}:{text(node, 'updated_time')}"
        order = ("order", "reverse_chronological")
        params = (limited(), _STREAM, order, ("summary", "true"))
        yield ask(
            account, "comments", f"{part(subject)}/comments", *params, kind="comment", subject=subject, token=token
        )


def _captions(account: Account, kind: str, node: Any) -> Iterator[Fetch]:
    attached = (text(one, "target", "id") for one in parts(node) if is_video(one))
    for number in dict.fromkeys([text(node, "id")] if kind == "video" else attached):
        if number:
            token = text(node, "updated_time")
            path = f"{part(number)}/captions"
            yield ask(account, "captions", path, kind="captions", subject=number, token=token, hint=text(node, "id"))


def _shared(account: Account, node: Any) -> Iterator[Fetch]:
    """The post of somebody else that a post passes on; the page's own are listed anyway."""
    shared = another(text(node, "parent_id"), text(node, "id"))
    if shared and not shared.startswith(f"{text(node, 'from', 'id') or '?'}_"):
        yield ask(account, "shared", part(shared), kind="post", subject=shared, token=text(node, "id"))


def thread(account: Account, node: Any) -> Fetch:
    token = f"{text(node, 'updated_time')}:{text(node, 'message_count')}"
    path = f"{part(text(node, 'id'))}/messages"
    return ask(account, "messages", path, limited(), kind="message", subject=text(node, "id"), token=token)
