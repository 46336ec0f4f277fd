"""Conversations and messages of Bluesky's chat service."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from archiver.model import Author, Page, Snapshot, Unread, Visibility
from connectors.bluesky.asks import DECLARED, ask
from connectors.bluesky.records import content, snapshot
from connectors.bluesky.values import facets, leaves
from connectors.fields import at, rows, text
from connectors.reading import Found, Reading, stepped
from connectors.shapes import said


def conversations(reading: Reading) -> Page:
    """The conversations; the messages of each are asked for once for each of its revisions."""
    found: list[Found] = []
    for place, node in reading.rows("convos"):
        found.append(_CONVERSATION(node, place))
        if number := text(node, "id"):
            about = {"subject": f"convo:{number}", "token": text(node, "rev")}
            found.append(ask(reading.account, "messages", {"id": number}, **about))
    return reading.page(found, step=stepped(reading.fetch, "cursor", reading.says("cursor")))


def messages(reading: Reading) -> Page:
    """The messages of a conversation, and the posts they pass on."""
    nodes, known = reading.rows("messages"), DECLARED.known["message"]
    found = [_message(reading, node, place) for place, node in nodes]
    for place, node in nodes:
        if content(at(node, "embed", "record")) is not None:
            found.append(snapshot(reading.account, at(node, "embed", "record"), f"{place}/embed/record"))
    strange = Counter(f"message {text(node, '$type')}" for _, node in nodes if _type(node) not in known)
    step = stepped(reading.fetch, "cursor", reading.says("cursor"))
    return reading.page(found, step=step, walked=True, drift=strange)


def _message(reading: Reading, node: Any, source: str) -> Snapshot | Unread:
    conversation, answered = reading.subject, said(node, "replyTo.id")
    did, gone = said(node, "sender.did"), _type(node) == "deletedMessageView"
    who = next((one for one in rows(reading.value, "relatedProfiles")[::-1] if text(one, "did") == did), None)
    return _MESSAGE(
        node,
        source,
        remote_id=f"{conversation}/{text(node, 'id')}",
        author=Author(id=did, handle=text(who, "handle"), name=text(who, "displayName")),
        parent=f"{conversation}/{answered}" if answered else None,
        thread=conversation,
        visibility=Visibility.HIDDEN if gone else Visibility.DIRECT,
        details=(("state", "deleted, as the chat service says"),) if gone else tuple(_details(node)),
    )


def _members(node: Any) -> list[str]:
    return sorted(f"{text(one, 'did')} {text(one, 'handle')}".strip() for one in rows(node, "members"))


def _details(node: Any) -> Iterable[tuple[str, str]]:
    yield from facets(node)
    quoted = said(node, "embed.record.uri")
    yield from [("quotes", quoted)] if quoted else leaves(at(node, "embed"), "embed")
    for reaction in rows(node, "reactions"):
        yield "reaction", f"{text(reaction, 'value')} {said(reaction, 'sender.did')}"
    yield from leaves(at(node, "data"), "event")


def _type(node: Any) -> str:
    """The kind of a message; some services leave it out of plain ones."""
    return text(node, "$type").removeprefix("chat.bsky.convo.defs#") or "messageView"


_CONVERSATION = DECLARED.shape("conversation", details={"member": _members})
_MESSAGE = DECLARED.shape("message")
