"""Every reply of X that two client libraries recorded goes through the connector: read, or refused with a reason."""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from archiver.errors import Unreadable
from archiver.model import Account, Fetch, Reply
from connectors.conformance import read_findings
from connectors.x import CONNECTOR
from connectors.x.asks import ask

FOLDER = Path(__file__).parents[3] / "shared" / "fixtures" / "twitter"
ACCOUNT = Account(
    id="a", platform="x", handle="TweepyDev", url="https://api.twitter.com", platform_id="1072250532645998596"
)
ME = "1072250532645998596"
RECEIVED = datetime(2026, 1, 5, tzinfo=UTC)
REPLIES, OF_VERSION_1 = 161, 48
ITEMS = {"profile": 1, "posts": 210, "mentions": 5, "comments": 54, "messages": 5, "history": 19}
PLACES = (
    (r"/2/users/me$", ask(ACCOUNT, "profile")),
    (r"/2/users/\d+/(tweets|liked_tweets|bookmarks|timelines/\w+)$|timeline_tweets|bookmark|space/tweets", "posts"),
    (r"/2/users/\d+/mentions$|timeline_mentions", "mentions"),
    (
        r"/2/tweets/search/|/quote_tweets$|searches/",
        ask(ACCOUNT, "replies", {"query": "q"}, subject="1", token="1", hint=ME),
    ),
    (r"dm_events$|dm_events/events_by", "messages"),
    (r"/2/tweets$|tweets_resp|tweet_resp", ask(ACCOUNT, "versions", {"ids": "1"}, subject="1", token="9", hint=ME)),
)


def bodies() -> Iterator[tuple[str, str, str, int, bytes]]:
    """File, method, path, status and decoded body of each recorded reply; skipped where there are none."""
    if not FOLDER.is_dir():
        pytest.skip("no recorded files of X beside this project")
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for path in sorted((FOLDER / "tweepy--tweepy").rglob("*.*")):
        whole = yaml.load(path.read_bytes(), Loader=loader) if path.suffix == ".yaml" else json.loads(path.read_bytes())
        for one in whole["interactions"]:
            asked, told = one["request"], one["response"]
            body = told["body"]["string"]
            raw = body.encode() if isinstance(body, str) else body
            raw = gzip.decompress(raw) if raw.startswith(b"\x1f\x8b") else raw
            yield path.name, asked["method"], urlsplit(asked["uri"]).path, told["status"]["code"], raw
    for path in sorted((FOLDER / "sns-sdks--python-twitter").rglob("*.json")):
        yield path.name, "GET", path.relative_to(FOLDER).as_posix(), 200, path.read_bytes()


def fetch_for(method: str, place: str) -> Fetch:
    """The fetch of ours that such a reply answers; a direct look for what we never ask."""
    found = next((asked for pattern, asked in PLACES if method == "GET" and re.search(pattern, place)), None)
    if isinstance(found, str):
        return ask(ACCOUNT, found, {"me": ME}, hint=ME)
    return found or Fetch(stream="item", url="https://api.twitter.com/2/tweets", subject="1", hint=ME)


def outcome(fetch: Fetch, status: int, raw: bytes) -> Counter[str]:
    """What came of a reply, counted; the conformance suite finds nothing, and what is refused says why."""
    reply = Reply(url=fetch.url, status=status, headers=(), body=raw, received=RECEIVED)
    account = replace(ACCOUNT, platform_id=None)
    assert read_findings(CONNECTOR, account, fetch, reply) == []
    CONNECTOR.judge(account, fetch, reply)
    try:
        page = CONNECTOR.read(account, fetch, reply)
    except Unreadable as error:
        assert error.what
        return Counter({"replies refused": 1})
    assert all(part.reason for part in page.unread)
    return Counter({"replies read": 1, "items": len(page.items), "parts refused": len(page.unread)})


def test_every_recorded_reply_is_read_or_refused_with_a_reason(capsys: pytest.CaptureFixture[str]) -> None:
    """Version 2 by what it holds; version 1.1 is no input of this connector and is refused whole, each reply."""
    found: dict[str, Counter[str]] = {}
    for _, method, place, status, raw in bodies():
        fetch = fetch_for(method, place)
        kind = "1.1" if place.startswith("/1.1/") else fetch.stream if fetch.stream != "item" else "not asked"
        found.setdefault(kind, Counter()).update(outcome(fetch, status, raw))
    with capsys.disabled():
        for kind, counts in sorted(found.items()):
            told = ", ".join(f"{number} {what}" for what, number in sorted(counts.items()))
            sys.stdout.write(f"\ntwitter {kind}: {told}")
        sys.stdout.write("\n")
    assert sum(counts["replies read"] + counts["replies refused"] for counts in found.values()) == REPLIES
    assert (found["1.1"]["replies refused"], found["1.1"]["items"]) == (OF_VERSION_1, 0)
    assert {kind: counts["items"] for kind, counts in found.items() if kind not in ("1.1", "not asked")} == ITEMS
