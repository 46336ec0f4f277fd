"""Every recorded reply of Facebook goes through the connector: read, or refused with a reason."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import pytest

from archiver.model import Fetch
from connectors.facebook import CONNECTOR
from tests.connectors.test_facebook import ACCOUNT, PINNED, reply_of
from tests.connectors.test_recorded import outcome, recorded, report

STREAMS = {
    "posts": "posts",
    "groups": "feed",
    "comments": "comments",
    "conversations": "conversations",
    "messages": "messages",
    "photos": "photos",
    "videos": "reels",
    "live_videos": "reels",
    "pages": "profile",
    "users": "profile",
    "base": "token",
}


def test_every_recorded_reply_of_facebook_reads(capsys: pytest.CaptureFixture[str]) -> None:
    """Listings are read; single nodes and sets of nodes, which we never ask for in that place, are refused in words."""
    found: Counter[str] = Counter()
    listed: Counter[str] = Counter()
    account = replace(ACCOUNT, platform_id="any")
    files = recorded("facebook", "*.json")
    for path in files:
        stream = STREAMS.get(path.parent.name, "item")
        body = path.read_bytes()
        subject = "19292868552_10158407654328553" if stream in ("comments", "messages", "item") else None
        fetch = Fetch(stream=stream, url="https://graph.facebook.com/v26.0/x", subject=subject)
        result = outcome(CONNECTOR, account, fetch, reply_of(body))
        found += result
        value = json.loads(body)
        if path.parent.name in ("posts", "comments", "groups") and isinstance(value.get("data"), list):
            listed += result
            assert len(value["data"]) == result["items"] + result["parts refused"]
    report("facebook", found, capsys)
    assert found["replies read"] + found["replies refused"] == len(files)
    assert (listed["replies refused"], listed["parts refused"]) == (0, 0)
    assert listed["items"] == 31
    assert (found["replies refused"], found["parts refused"]) == (20, 7)


def test_recorded_comments_without_ids_are_known_by_their_addresses() -> None:
    """Recorded without the right to moderate: replies find the comment they answer."""
    folder = recorded("facebook", "comments_p*.json")
    fetch = Fetch(stream="comments", url="https://graph.facebook.com/v26.0/x", subject="19292868552_10158407654328553")
    items = [item for path in folder for item in CONNECTOR.read(PINNED, fetch, reply_of(path.read_bytes())).items]
    known = {item.remote_id for item in items}
    assert len(known) == len(items)
    replies = [item for item in items if item.parent != fetch.subject]
    assert replies
    assert all(item.parent in known for item in replies)
