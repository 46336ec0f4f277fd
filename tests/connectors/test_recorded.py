"""Every recorded reply of other projects goes through the connectors: read, or refused with a reason."""

from __future__ import annotations

import gzip
import re
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from archiver.errors import Unreadable
from archiver.model import Account, Connector, Fetch, Reply
from archiver.polling.registry import connector
from connectors.conformance import read_findings

ROOT = Path(__file__).parents[3] / "shared" / "fixtures"
RECEIVED = datetime(2026, 1, 5, tzinfo=UTC)
FEED = Account(id="a", platform="feed", handle="Feed", url="https://feeds.example/feed")
HOME = Account(id="a", platform="mastodon", handle="mastodonpy_test", url="http://localhost:3000", platform_id="any")
STREAMS = (
    (r"/accounts/(verify_credentials|lookup)$", "profile"),
    (r"/accounts/\d+/statuses$|/timelines/|/trends/statuses$|/favourites$|/quotes$", "posts"),
    (r"/v1/conversations/$", "messages"),
    (r"/v1/notifications$", "mentions"),
    (r"/context$", "comments"),
    (r"/history$", "history"),
)


def recorded(folder: str, pattern: str) -> list[Path]:
    """The recorded files of a folder; the test is skipped where they are not on this machine."""
    if not (ROOT / folder).is_dir():
        pytest.skip(f"no recorded files: {folder} is not beside this project")
    return sorted(path for path in (ROOT / folder).rglob(pattern) if path.is_file())


def outcome(reader: Connector, account: Account, fetch: Fetch, reply: Reply) -> Counter[str]:
    """What came of one reply, counted; the conformance suite must find nothing."""
    assert read_findings(reader, account, fetch, reply) == []
    try:
        page = reader.read(account, fetch, reply)
    except Unreadable as error:
        assert error.what
        return Counter({"replies refused": 1})
    assert all(part.reason for part in page.unread)
    return Counter({"replies read": 1, "items": len(page.items), "parts refused": len(page.unread)})


def report(folder: str, found: Counter[str], capsys: pytest.CaptureFixture[str]) -> None:
    """The counts, in the output of the tests."""
    with capsys.disabled():
        sys.stdout.write(f"\n{folder}: {', '.join(f'{number} {what}' for what, number in sorted(found.items()))}\n")


@pytest.mark.parametrize(("folder", "least"), [("blogs-feeds", 140), ("wordpress", 35)])
def test_every_recorded_feed_reads(folder: str, least: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Sound, broken and oddly encoded feeds, and WordPress's own export, which is RSS."""
    found: Counter[str] = Counter()
    files = recorded(folder, "*")
    for path in files:
        headers = (("Content-Type", "application/xml"),)
        reply = Reply(url=FEED.url, status=200, headers=headers, body=path.read_bytes(), received=RECEIVED)
        found += outcome(connector("feed"), FEED, Fetch(stream="posts", url=FEED.url), reply)
    report(folder, found, capsys)
    assert found["replies read"] + found["replies refused"] == len(files)
    assert found["replies refused"] <= 3  # channels of CDF, a format given up in 1999
    assert found["items"] >= least


def test_every_recorded_mastodon_reply_reads(capsys: pytest.CaptureFixture[str]) -> None:
    """Answers to everything a client asks, also to what we never ask: nothing fails without a reason."""
    found: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    for path in recorded("mastodon", "*.yaml"):
        for stream, reply in interactions(path):
            subject = "1" if stream in ("comments", "history") else None
            result = outcome(connector("mastodon"), HOME, Fetch(stream=stream, url=reply.url, subject=subject), reply)
            found += result
            if stream != "item":
                asked += result
    report("mastodon", found, capsys)
    assert (asked["replies read"], asked["replies refused"], asked["parts refused"]) == (77, 0, 0)
    assert asked["items"] >= 150


def interactions(path: Path) -> Iterator[tuple[str, Reply]]:
    """The replies of a cassette, each with the stream that its path belongs to."""
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for one in yaml.load(path.read_bytes(), Loader=loader)["interactions"]:
        url, code = one["request"]["uri"], one["response"]["status"]["code"]
        headers = tuple((name, values[0]) for name, values in one["response"]["headers"].items())
        body = one["response"]["body"]["string"]
        raw = body.encode() if isinstance(body, str) else body
        raw = gzip.decompress(raw) if raw.startswith(b"\x1f\x8b") else raw
        place = urlsplit(url).path
        ours = one["request"]["method"] == "GET" and 200 <= code < 300
        stream = next((name for pattern, name in STREAMS if ours and re.search(pattern, place)), "item")
        yield stream, Reply(url=url, status=code, headers=headers, body=raw, received=RECEIVED)
