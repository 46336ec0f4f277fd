"""Replies of Bluesky's servers in as few words as they may have, and the pages they are read as."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from archiver.model import Account, Fetch, Page, Reply, Snapshot
from connectors.bluesky import CONNECTOR
from connectors.bluesky.asks import address
from connectors.conformance import read_findings

ME, ANN = "did:plc:mayor", "did:plc:ann"
PDS = "https://pds.example"
ACCOUNT = Account(id="a", platform="bluesky", handle="@mayor.example", url=PDS, platform_id=ME)
SIGNED = replace(ACCOUNT, credential="env:MAYOR")
POST = "app.bsky.feed.post"
OURS, THEIRS = f"at://{ME}/{POST}/3mbdvxfus2222", f"at://{ANN}/{POST}/3mbgggddk2222"
LISTED = Fetch(stream="posts", url=f"{PDS}/xrpc/com.atproto.repo.listRecords", params=(("repo", ME), ("limit", "100")))
THREAD = Fetch(stream="comments", url=f"{PDS}/xrpc/app.bsky.feed.getPostThread", subject=OURS)
LOOK = replace(THREAD, stream="item", subject=THEIRS)
CHAT = Fetch(stream="messages", url=f"{PDS}/xrpc/chat.bsky.convo.getMessages", subject="convo:c1")
WHEN = "2026-01-01T08:00:00Z"


def answer(value: Any, fetch: Fetch, status: int = 200) -> Reply:
    """A JSON value as the answer to a fetch."""
    body = json.dumps(value).encode()
    return Reply(url=fetch.url, status=status, headers=(), body=body, received=datetime(2026, 1, 5, tzinfo=UTC))


def read(value: Any, *, fetch: Fetch = LISTED, account: Account = ACCOUNT) -> Page:
    """The page of an answer, which keeps the rules of the conformance suite."""
    reply = answer(value, fetch)
    assert read_findings(CONNECTOR, account, fetch, reply) == []
    return CONNECTOR.read(account, fetch, reply)


def asks(name: str, **more: Any) -> Fetch:
    """A fetch of one method of the account's server."""
    return Fetch(stream="profile", url=f"{PDS}/xrpc/{name}", **more)


def record(uri: str = OURS, cid: str = "c1", **value: Any) -> dict[str, Any]:
    """A post as its server lists it."""
    return {"uri": uri, "cid": cid, "value": {"$type": POST, "text": "Hi", "createdAt": WHEN} | value}


def shown(listed: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The same post as the application view shows it."""
    author = {"did": address(listed["uri"])[0], "handle": "somebody.example", "displayName": "Somebody"}
    return {"uri": listed["uri"], "cid": listed["cid"], "author": author, "record": listed["value"]} | more


def only(page: Page) -> Snapshot:
    """The one item of a page."""
    (item,) = page.items
    return item
