"""Conversations and messages of Bluesky's chat service."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from archiver.model import Account, Author, Fetch, Kind, Page, Reply, Snapshot, Unread, Visibility
from connectors.bluesky_paging import listed, page
from connectors.bluesky_records import content, snapshot
from connectors.bluesky_requests import PAGED, chat
from connectors.bluesky_values import facets, leaves
from connectors.fields import another, at, rows, text
from connectors.json_body import read_json
from connectors.times import read_time

_DEFS = "chat.bsky.convo.defs#"
_KNOWN = frozenset({"messageView", "deletedMessageView", "systemMessageView"})


def read_conversations(account: Account, fetch: Fetch, reply: Reply) -> Page:
    """The conversations; the messages of each are asked for once for each of its revisions."""
    body = read_json(fetch, reply, expect=dict)
    nodes = listed(fetch, body, "convos")
    found = [_conversation(node, f"/convos/{n}") for n, node in enumerate(nodes)]
    also = tuple(_messages(account, node) for node in nodes if text(node, "id"))
    return page(fetch, body, found, also=also)


def read_messages(account: Account, fetch: Fetch, reply: Reply) -> Page:
    """The messages of a conversation, and the posts they pass on."""
    body = read_json(fetch, reply, expect=dict)
    nodes = listed(fetch, body, "messages")
    who = {text(one, "did"): one for one in rows(body.value, "relatedProfiles")}
    found = [_message(node, f"/messages/{n}", fetch.subject or "", who) for n, node in enumerate(nodes)]
    for n, node in enumerate(nodes):
        if content(at(node, "embed", "record")) is not None:
            found.append(snapshot(account, at(node, "embed", "record"), f"/messages/{n}/embed/record"))
    strange = Counter(f"message {text(node, '$type')}" for node in nodes if _type(node) not in _KNOWN)
    return page(fetch, body, found, walked=True, drift=dict(strange))


def _messages(account: Account, node: Any) -> Fetch:
    params = (("convoId", text(node, "id")), *PAGED)
    method, subject = "chat.bsky.convo.getMessages", f"convo:{text(node, 'id')}"
    return chat(account, method, params, subject=subject, token=text(node, "rev"))


def _conversation(node: Any, source: str) -> Snapshot | Unread:
    if not text(node, "id"):
        return Unread(source=source, reason="a conversation without an id")
    created, raw = read_time(at(node, "kind", "createdAt"))
    members = [("member", f"{text(one, 'did')} {text(one, 'handle')}".strip()) for one in rows(node, "members")]
    states = [("status", text(node, "status")), ("lock", text(node, "kind", "lockStatus"))]
    return Snapshot(
        kind=Kind.MESSAGE,
        remote_id=f"convo:{text(node, 'id')}",
        created=created,
        created_raw=raw,
        title=text(node, "kind", "name"),
        thread=f"convo:{text(node, 'id')}",
        visibility=Visibility.DIRECT,
        source=source,
        details=(*sorted(members), *(state for state in states if state[1])),
    )


def _message(node: Any, source: str, conversation: str, who: Mapping[str, Any]) -> Snapshot | Unread:
    if not text(node, "id"):
        return Unread(source=source, reason="a message without an id")
    created, raw = read_time(at(node, "sentAt"))
    did, gone = text(node, "sender", "did"), _type(node) == "deletedMessageView"
    remote_id, answered = f"{conversation}/{text(node, 'id')}", text(node, "replyTo", "id")
    return Snapshot(
        kind=Kind.MESSAGE,
        remote_id=remote_id,
        author=Author(id=did, handle=text(who.get(did), "handle"), name=text(who.get(did), "displayName")),
        created=created,
        created_raw=raw,
        text=text(node, "text"),
        parent=another(f"{conversation}/{answered}" if answered else None, remote_id),
        thread=conversation,
        visibility=Visibility.HIDDEN if gone else Visibility.DIRECT,
        source=source,
        details=(("state", "deleted, as the chat service says"),) if gone else tuple(_details(node)),
    )


def _details(node: Any) -> Iterable[tuple[str, str]]:
    yield from facets(node)
    quoted = text(node, "embed", "record", "uri")
    yield from [("quotes", quoted)] if quoted else leaves(at(node, "embed"), "embed")
    for reaction in rows(node, "reactions"):
        yield "reaction", f"{text(reaction, 'value')} {text(reaction, 'sender', 'did')}"
    yield from leaves(at(node, "data"), "event")


def _type(node: Any) -> str:
    """The kind of a message; some services leave it out of plain ones."""
    return text(node, "$type").removeprefix(_DEFS) or "messageView"
