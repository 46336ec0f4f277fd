"""Direct messages and users of X as snapshots."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archiver.model import Author, Kind, Media, Snapshot, Unread, Visibility
from connectors.fields import at, pairs, rows, text
from connectors.times import read_time
from connectors.x_around import Around, created, links, metrics, unknown, written
from connectors.x_posts import withheld
from connectors.x_requests import EVENT_FIELDS, USER_FIELDS

_EVENTS = {"MessageCreate": "", "ParticipantsJoin": "participants join", "ParticipantsLeave": "participants leave"}
_KNOWN_OF_MESSAGES = frozenset((*EVENT_FIELDS.split(","), "referenced_posts"))
_KNOWN_OF_USERS = frozenset((*USER_FIELDS.split(","), "id", "pinned_post_id"))
_COUNTS = {
    "followers_count": "followers",
    "following_count": "following",
    "tweet_count": "posts",
    "post_count": "posts",
    "listed_count": "listed",
}


def read_message(near: Around, node: Any, source: str) -> Snapshot | Unread:
    """An event of a conversation: what was written, or who joined or left it."""
    if not text(node, "id"):
        return Unread(source=source, reason="a message without an id")
    when, raw = created(node, text(node, "id"))
    conversation, sender = text(node, "dm_conversation_id"), text(node, "sender_id")
    kind = text(node, "event_type")
    pair = conversation.split("-") if conversation.count("-") == 1 else []
    concerned = [one for one in rows(node, "participant_ids") if isinstance(one, str)] or pair
    shared = rows(node, "referenced_tweets") or rows(node, "referenced_posts")
    return Snapshot(
        kind=Kind.MESSAGE,
        remote_id=f"dm:{text(node, 'id')}",
        author=near.author(sender),
        created=when,
        created_raw=raw,
        text=written(text(node, "text")),
        thread=conversation or None,
        media=near.files(node),
        visibility=Visibility.DIRECT,
        source=source,
        details=(
            *pairs(event=_EVENTS.get(kind, kind)),
            *(("recipient" if not _EVENTS.get(kind) else "participant", one) for one in concerned if one != sender),
            *(("shares", text(one, "id")) for one in shared if text(one, "id")),
            *links(node),
        ),
    )


def read_profile(node: Any, source: str) -> Snapshot | Unread:
    """A user as their profile shows them."""
    if not text(node, "id"):
        return Unread(source=source, reason="a user without an id")
    when, raw = read_time(at(node, "created_at"))
    address = text(node, "entities", "url", "urls", 0, "expanded_url") or text(node, "url")
    pictures = [(name, text(node, f"profile_{name}_url")) for name in ("image", "banner")]
    return Snapshot(
        kind=Kind.PROFILE,
        remote_id=f"user:{text(node, 'id')}",
        author=Author(id=text(node, "id"), handle=text(node, "username"), name=text(node, "name")),
        created=when,
        created_raw=raw,
        title=text(node, "name"),
        text=written(text(node, "description")),
        link=f"https://x.com/{text(node, 'username') or 'i'}",
        media=tuple(Media(id=url, url=url, type="image", alt=name) for name, url in pictures if url),
        visibility=Visibility.PUBLIC,
        source=source,
        counters=metrics(node, _COUNTS),
        details=pairs(
            handle=text(node, "username"),
            location=text(node, "location"),
            address=address,
            pinned=text(node, "pinned_tweet_id") or text(node, "pinned_post_id"),
            protected="yes" if at(node, "protected") is True else "",
            verified=text(node, "verified_type") if at(node, "verified") is True else "",
            withheld=withheld(node),
        ),
    )


def drift_of_message(node: Any) -> Iterator[str]:
    """What a message tells that this connector does not know."""
    yield from unknown("message", node, _KNOWN_OF_MESSAGES)
    if text(node, "event_type") not in _EVENTS:
        yield f"event.{text(node, 'event_type')[:60] or 'without a type'}"


def drift_of_profile(node: Any) -> Iterator[str]:
    """What a user tells that this connector does not know."""
    yield from unknown("user", node, _KNOWN_OF_USERS)


def totals(node: Any) -> dict[str, int]:
    """The platform's own count of the account's posts."""
    return {name: number for name, number in metrics(node, _COUNTS).items() if name == "posts"}
