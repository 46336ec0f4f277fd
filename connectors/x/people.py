"""Direct messages and users of X as items."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archiver.model import Media, Snapshot, Unread
from connectors.fields import rows, text
from connectors.shapes import said
from connectors.x.around import Around, created, links, strange, withheld, written
from connectors.x.asks import DECLARED

_EVENTS = {"MessageCreate": "", "ParticipantsJoin": "participants join", "ParticipantsLeave": "participants leave"}


def _pictures(node: Any) -> Iterator[Media]:
    for name in ("image", "banner"):
        if url := text(node, f"profile_{name}_url"):
            yield Media(id=url, url=url, type="image", alt=name)


USER = DECLARED.shape(
    "user",
    text=lambda node: written(said(node, "description")),
    link=lambda node: f"https://x.com/{said(node, 'username') or 'i'}",
    media=_pictures,
    details={
        "verified": lambda node: said(node, "verified_type") if node.get("verified") is True else "",
        "withheld": withheld,
    },
)
_MESSAGE = DECLARED.shape(
    "message",
    created=lambda node: created(node, text(node, "id")),
    text=lambda node: written(said(node, "text")),
    more=lambda node: (*_details(node), *links(node)),
)


def message(near: Around, node: Any, source: str) -> Snapshot | Unread:
    """An event of a conversation: what was written, or who joined or left it."""
    return _MESSAGE(node, source, author=near.author(text(node, "sender_id")), media=near.files(node))


def _details(node: Any) -> Iterator[tuple[str, str]]:
    conversation, sender, kind = (text(node, name) for name in ("dm_conversation_id", "sender_id", "event_type"))
    if event := _EVENTS.get(kind, kind):
        yield "event", event
    pair = conversation.split("-") if conversation.count("-") == 1 else []
    concerned = [one for one in rows(node, "participant_ids") if isinstance(one, str)] or pair
    role = "participant" if _EVENTS.get(kind) else "recipient"
    yield from ((role, one) for one in concerned if one != sender)
    shared = rows(node, "referenced_tweets") or rows(node, "referenced_posts")
    yield from (("shares", text(one, "id")) for one in shared if text(one, "id"))


def drift_of_message(node: Any) -> Iterator[str]:
    """What a message tells that this connector does not know."""
    yield from strange("message", node)
    if text(node, "event_type") not in _EVENTS:
        yield f"event.{text(node, 'event_type')[:60] or 'without a type'}"
