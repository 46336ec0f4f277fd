"""What to ask of Instagram: who the account is by either log-in, its listings, and what hangs on each node."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from archiver.model import Account, Fetch, ItemRef, Kind
from connectors.fields import at, count, text
from connectors.graph.asks import ask, limited, worth_asking
from connectors.graph.token import ask_about_token
from connectors.links import part
from connectors.reading import Reading
from connectors.shapes import said
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


def listings(reading: Reading, number: str) -> Iterator[Fetch]:
    """Everything that is asked in every run, and the token once a day where it can be asked about."""
    account = reading.account
    if by_facebook(account):
        yield ask_about_token(account, reading.reply, f"account:{number}")
        yield ask(account, "live", f"{part(number)}/live_media", limited(), kind="ig_media")
    for stream, edge in (("stories", "stories"), ("posts", "media"), ("mentions", "tags")):
        yield ask(account, stream, f"{part(number)}/{edge}", limited(), kind="ig_media")
    platform = ("platform", "instagram")
    yield ask(account, "conversations", "me/conversations", limited(), platform, kind="ig_conversation")


def under_medium(reading: Reading, node: Any) -> Iterator[Fetch]:
    """The comments of a medium, once for each count of them."""
    number, medium = count(node, "comments_count"), text(node, "id")
    if medium and worth_asking(number, read_time(at(node, "timestamp"))[0], reading.reply.received):
        about = {"subject": medium, "token": "" if number is None else str(number)}
        yield ask(
            reading.account, "comments", f"{part(medium)}/comments", limited(COMMENTS), kind="ig_comment", **about
        )


def while_live(reading: Reading, node: Any) -> Iterator[Fetch]:
    """The comments below a broadcast, in every poll: there are none of them after its end."""
    if medium := text(node, "id"):
        yield ask(
            reading.account, "live", f"{part(medium)}/comments", limited(COMMENTS), kind="ig_comment", subject=medium
        )


def seen_how_often(reading: Reading, node: Any) -> Iterator[Fetch]:
    """A story with its numbers, once an hour."""
    if number := text(node, "id"):
        hour = f"{reading.reply.received:%Y-%m-%dT%H}"
        yield ask(reading.account, "insights", part(number), kind="ig_insights", subject=number, token=hour)


def more_replies(reading: Reading, node: Any) -> Iterator[Fetch]:
    """The replies to a comment from their own listing, where not all of them came with it; as often as the comments."""
    subject = text(node, "id")
    if subject and said(node, "replies.paging.next"):
        under = said(node, "media.id") or reading.subject
        about = {"subject": subject, "token": reading.fetch.token, "hint": under}
        yield ask(reading.account, "comments", f"{part(subject)}/replies", limited(COMMENTS), kind="ig_reply", **about)


def thread(account: Account, node: Any) -> Fetch:
    """A conversation's newest messages, once for each change of it."""
    number, token = text(node, "id"), f"{text(node, 'updated_time')}:{said(node, 'messages.data.0.id')}"
    return ask(account, "messages", part(number), kind="ig_thread", subject=number, token=token)


def item(account: Account, item: ItemRef) -> Fetch | None:
    """A direct look at an item; None for stories, which end, and messages, whose older ones answer as if removed."""
    kind, hint = {
        Kind.POST: ("ig_media", "medium"),
        Kind.COMMENT: ("ig_reply", f"comment {item.thread or ''} {item.parent or ''}"),
        Kind.PROFILE: ("ig_user", "account"),
    }.get(item.kind, ("", ""))
    path = part(item.remote_id.removeprefix("account:"))
    return ask(account, "item", path, kind=kind, subject=item.remote_id, hint=hint) if kind else None
