"""Every reply of YouTube that a client library recorded goes through the connector; what is known is all there is."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from archiver.model import Account, Fetch, Means, Reply
from connectors.youtube import CONNECTOR
from connectors.youtube.asks import DECLARED
from connectors.youtube.comments import STATES
from connectors.youtube.resources import PRIVACY
from tests.connectors.test_recorded import outcome, recorded, report

FOLDER = "youtube/sns-sdks--python-youtube"
ACCOUNT = Account(
    id="a",
    platform="youtube",
    handle="@googledevelopers",
    url="https://www.googleapis.com/youtube/v3",
    credential="file:/yt",
    platform_id="any",
)
NOW = datetime(2026, 11, 20, tzinfo=UTC)
EXPECTED = {
    "replies read": 20,
    "replies refused": 4,  # answers to writing: one resource, not a list
    "items": 57,
    "parts refused": 1,  # a channel that was asked for without `contentDetails`
}
STREAMS = {
    "channels": ("profile", "channels"),
    "playlist_items": ("entries", "playlistItems"),
    "playlists": ("playlists", "playlists"),
    "videos": ("posts", "videos"),
    "comment_threads": ("discussion", "commentThreads"),
    "comments": ("comments", "comments"),
    "captions": ("captions", "captions"),
}


def bodies() -> list[tuple[Path, Any]]:
    """The recorded files that are JSON; skipped where there are none."""
    return [(path, json.loads(path.read_bytes())) for path in recorded(FOLDER, "*.json")]


def asked_of(path: Path) -> Fetch:
    """What a recorded reply would have answered."""
    stream, place = STREAMS.get(path.parent.name, ("item", "videos"))
    return Fetch(stream=stream, url=f"{ACCOUNT.url}/{place}", subject="1" if stream in ("comments", "item") else None)


def test_every_recorded_reply_reads(capsys: pytest.CaptureFixture[str]) -> None:
    """Also replies to what we never ask, single resources and errors: nothing fails without a reason."""
    found: Counter[str] = Counter()
    ours: Counter[str] = Counter()
    files = bodies()
    for path, _ in files:
        fetch = asked_of(path)
        reply = Reply(url=fetch.url, status=200, headers=(), body=path.read_bytes(), received=NOW)
        result = outcome(CONNECTOR, ACCOUNT, fetch, reply)
        found += result
        if path.parent.parent.name == "apidata" and fetch.stream != "item":
            ours += result
    report(FOLDER, found, capsys)
    assert found["replies read"] + found["replies refused"] == len(files)
    assert ours == Counter(EXPECTED)


def test_recorded_resources_have_no_field_that_is_not_known() -> None:
    """Drift would be counted from the first day on."""
    met: Counter[str] = Counter()
    for path, body in bodies():
        fetch = asked_of(path)
        if fetch.stream != "item" and isinstance(body, dict) and isinstance(body.get("items"), list):
            reply = Reply(url=fetch.url, status=200, headers=(), body=path.read_bytes(), received=NOW)
            met += CONNECTOR.read(ACCOUNT, fetch, reply).drift
    assert met == Counter()


def test_recorded_errors_are_judged() -> None:
    """A key that is not valid, and a refusal that calls itself an outage."""
    found = {}
    for path, body in bodies():
        if isinstance(body, dict) and "error" in body:
            fetch = replace(asked_of(path), stream="posts")
            reply = Reply(url="x", status=body["error"]["code"], headers=(), body=path.read_bytes(), received=NOW)
            verdict = CONNECTOR.judge(ACCOUNT, fetch, reply)
            found[path.name] = verdict.means if verdict else None
    assert found == {"error_response.json": Means.AUTH, "error_permission_resp.json": Means.REFUSED}


def test_the_known_fields_and_values_are_those_of_the_discovery_document() -> None:
    """Revision 20261104: nothing it names is taken for drift."""
    (path,) = recorded("youtube/googleapis--discovery", "*.json")
    schemas = json.loads(path.read_bytes())["schemas"]
    named = {"playlistItem": "PlaylistItem", "commentThread": "CommentThread", "liveChatMessage": "LiveChatMessage"}
    for place, names in DECLARED.known.items():
        kind, _, part = place.partition(".")
        known = schemas[named.get(kind, kind.capitalize()) + (part[:1].upper() + part[1:])]["properties"]
        assert (place, set(known) - names) == (place, set())
    chat = schemas["LiveChatMessageSnippet"]["properties"]["type"]["enum"]
    assert set(chat) - {"invalidType"} == DECLARED.values["liveChatMessage.snippet.type"]
    states = schemas["CommentSnippet"]["properties"]["moderationStatus"]["enum"]
    assert set(states) == set(STATES) == DECLARED.values["comment.snippet.moderationStatus"]
    assert set(schemas["VideoStatus"]["properties"]["privacyStatus"]["enum"]) == set(PRIVACY) - {""}
