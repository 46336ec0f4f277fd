"""What to ask of Instagram: who the account is by either log-in, its listings, and what hangs on each node."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from archiver.model import Account, Fetch, ItemRef, Kind, Reply
from connectors.fields import at, count, text
from connectors.graph_asking import ask, limited, part, worth_asking
from connectors.graph_token import ask_about_token
from connectors.times import read_time

COMMENTS = 50
"""The most comments Instagram gives at once; that it is 50 is not confirmed."""


def by_facebook(account: Account) -> bool:
    """Whether the credential is the token of the Facebook Page that the account belongs to."""
    chosen = account.options.get("login", "")
    host = urlsplit(account.url).hostname or ""
    return chosen == "facebook" or (not chosen and host.startswith("graph.facebook."))


def who(account: Account) -> Fetch:
    """Whom the token speaks for."""
    return ask(account, "profile", "me", kind="ig_page" if by_facebook(account) else "ig_login")


def listings(account: Account, reply: Reply, number: str) -> Iterator[Fetch]:
    """Everything that is asked in every run, and the token once a day where it can be asked about."""
    if by_facebook(account):
        yield ask_about_token(account, reply, f"account:{number}")
    for stream, edge in (("stories", "stories"), ("posts", "media"), ("mentions", "tags")):
        yield ask(account, stream, f"{part(number)}/{edge}", limited(), kind="ig_media")
    platform = ("platform", "instagram")
    yield ask(account, "conversations", "me/conversations", limited(), platform, kind="ig_conversation")


def under_medium(account: Account, node: Any, reply: Reply) -> Iterator[Fetch]:
    """The comments of a medium, once for each count of them."""
    number, medium = count(node, "comments_count"), text(node, "id")
    if medium and worth_asking(number, read_time(at(node, "timestamp"))[0], reply.received):
        token = "" if number is None else str(number)
        path = f"{part(medium)}/comments"
        yield ask(account, "comments", path, limited(COMMENTS), kind="ig_comment", subject=medium, token=token)


def more_replies(account: Account, node: Any, fetch: Fetch) -> Iterator[Fetch]:
    """The replies to a comment from their own listing, where not all of them came with it; as often as the comments."""
    subject = text(node, "id")
    if subject and text(node, "replies", "paging", "next"):
        path = f"{part(subject)}/replies"
        under = text(node, "media", "id") or fetch.subject or ""
        size, token = limited(COMMENTS), fetch.token
        yield ask(account, "comments", path, size, kind="ig_reply", subject=subject, token=token, hint=under)


def thread(account: Account, node: Any) -> Iterator[Fetch]:
    """A conversation's newest messages, once for each change of it."""
    if text(node, "id"):
        subject, newest = text(node, "id"), text(node, "messages", "data", 0, "id")
        token = f"{text(node, 'updated_time')}:{newest}"
        yield ask(account, "messages", part(subject), kind="ig_thread", subject=subject, token=token)


def item_fetch(account: Account, item: ItemRef) -> Fetch | None:
    """A direct look at an item; None for stories, which end, and messages, whose older ones answer as if removed."""
    if item.kind is Kind.POST:
        return ask(account, "item", part(item.remote_id), kind="ig_media", subject=item.remote_id, hint="medium")
    if item.kind is Kind.COMMENT:
        hint = f"comment {item.thread or ''} {item.parent or ''}"
        return ask(account, "item", part(item.remote_id), kind="ig_reply", subject=item.remote_id, hint=hint)
    if item.kind is Kind.PROFILE:
        path = part(item.remote_id.removeprefix("account:"))
        return ask(account, "item", path, kind="ig_user", subject=item.remote_id, hint="account")
    return None
