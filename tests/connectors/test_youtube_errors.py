"""What YouTube means by an error, row by row; and how long to wait."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.model import Judged, Judging, Means, Pacing, Reply
from connectors.youtube import CONNECTOR
from connectors.youtube.quota import seconds_to_midnight
from tests.connectors.cases import case

NOW = datetime(2026, 11, 20, 18, tzinfo=UTC)  # ten in the morning in Seattle
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["quotaExceeded", "notFound"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["error", "errors", "reason", "status", "message", "items", "kind"]), inner)
    ),
)


def error(reason: str, code: int = 403, status: str = "", message: str = "Words") -> dict[str, Any]:
    """An error as the platform writes it."""
    rows = [{"domain": "youtube.x", "reason": reason, "message": message}]
    return {"error": {"code": code, "message": message, "errors": rows} | ({"status": status} if status else {})}


def answer(status: int, body: Any, *, url: str = "x") -> Reply:
    """A reply of this body."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(url=url, status=status, headers=(), body=raw, received=NOW)


def judged(status: int, body: Any, *, name: str = "youtube/comments") -> Judged | None:
    """What a reply to the request of a case means."""
    found = case(name)
    return CONNECTOR.judge(found.account, found.fetch, answer(status, body))


@pytest.mark.parametrize(
    ("reason", "code", "means", "wait"),
    [
        ("quotaExceeded", 403, Means.WAIT, 14 * 3600.0),
        ("dailyLimitExceeded", 403, Means.WAIT, 14 * 3600.0),
        ("rateLimitExceeded", 403, Means.WAIT, 60.0),
        ("userRateLimitExceeded", 403, Means.WAIT, 60.0),
        ("commentsDisabled", 403, Means.NOTHING, None),
        ("liveChatEnded", 403, Means.NOTHING, None),
        ("liveChatDisabled", 403, Means.NOTHING, None),
        ("liveChatNotFound", 404, Means.NOTHING, None),
        ("videoNotFound", 404, Means.ABSENT, None),
        ("channelNotFound", 404, Means.ABSENT, None),
        ("playlistNotFound", 404, Means.ABSENT, None),
        ("commentNotFound", 404, Means.ABSENT, None),
        ("commentThreadNotFound", 404, Means.ABSENT, None),
        ("captionNotFound", 404, Means.ABSENT, None),
        ("notFound", 404, Means.ABSENT, None),
        ("forbidden", 403, Means.REFUSED, None),
        ("insufficientPermissions", 403, Means.REFUSED, None),
        ("accessNotConfigured", 403, Means.REFUSED, None),
        ("playlistItemsNotAccessible", 403, Means.REFUSED, None),
        ("authError", 401, Means.AUTH, None),
        ("required", 401, Means.AUTH, None),
        ("keyInvalid", 400, Means.AUTH, None),
        ("keyExpired", 400, Means.AUTH, None),
        ("processingFailure", 400, Means.RETRY, None),
        ("backendError", 503, Means.RETRY, None),
        ("internalError", 500, Means.RETRY, None),
        ("invalidPageToken", 400, Means.RETRY, None),
    ],
)
def test_a_reason_means(reason: str, code: int, means: Means, wait: float | None) -> None:
    """Whatever the status; the platform's own words are told with it."""
    found = judged(code, error(reason, code))
    assert found is not None
    assert (found.means, found.wait_seconds) == (means, wait)
    assert found.detail.endswith(f"({reason}: Words)")


@pytest.mark.parametrize(
    ("status", "code", "means"),
    [
        ("UNAUTHENTICATED", 401, Means.AUTH),
        ("PERMISSION_DENIED", 403, Means.REFUSED),
        ("NOT_FOUND", 404, Means.ABSENT),
        ("RESOURCE_EXHAUSTED", 429, Means.WAIT),
        ("UNAVAILABLE", 503, Means.RETRY),
        ("INTERNAL", 500, Means.RETRY),
    ],
)
def test_a_reason_that_is_not_known_leaves_it_to_the_status_of_the_error(status: str, code: int, means: Means) -> None:
    """A refusal comes with the reason SERVICE_UNAVAILABLE, which is no outage."""
    found = judged(code, error("SERVICE_UNAVAILABLE", code, status))
    assert found is not None and found.means is means


def test_a_reason_outranks_the_status_of_its_error() -> None:
    """Spent units come as PERMISSION_DENIED or RESOURCE_EXHAUSTED; switched-off comments as the former."""
    spent = judged(429, error("quotaExceeded", 429, "RESOURCE_EXHAUSTED"))
    assert spent is not None and spent.wait_seconds == 14 * 3600.0
    off = judged(403, error("commentsDisabled", 403, "PERMISSION_DENIED"))
    assert off is not None and off.means is Means.NOTHING


def test_reasons_in_the_newer_form_are_read_too() -> None:
    """`details` beside the message."""
    body = {"error": {"code": 400, "message": "m", "details": [{"reason": "API_KEY_INVALID"}, {"reason": "x"}]}}
    found = judged(400, body)
    assert found is not None and found.means is Means.AUTH


def test_an_error_s_words_carry_no_parameters_of_addresses() -> None:
    """They may hold a key."""
    found = judged(403, error("forbidden", message="See https://api.example/v3/x?key=SECRET now"))
    assert found is not None and found.detail == "it is not shown to us (forbidden: See https://api.example/v3/x now)"


def test_an_empty_list_for_one_thing_means_that_it_is_not_there() -> None:
    """YouTube answers 200; for a listing an empty page is an empty page."""
    body = {"kind": "youtube#videoListResponse", "items": []}
    for name in ("youtube/one_video", "youtube/profile"):
        found = judged(200, body, name=name)
        assert found is not None and found.means is Means.ABSENT
    without = judged(200, {"kind": "youtube#channelListResponse"}, name="youtube/profile_by_key")
    assert without is not None and without.means is Means.ABSENT
    assert judged(200, body, name="youtube/playlists") is None
    assert judged(200, {"kind": "youtube#videoListResponse", "items": [{}]}, name="youtube/one_video") is None


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (503, b"<html>busy</html>"),
        (500, b""),
        (404, {"error": "none"}),
        (403, {"error": {"code": 403, "message": "new", "errors": [{"reason": "somethingNew"}]}}),
        (404, []),
        (200, {"items": [{"error": "a word in a comment"}]}),
    ],
)
def test_what_is_told_by_the_status_is_left_to_it(status: int, body: Any) -> None:
    """No error object, or none whose words are known."""
    assert judged(status, body) is None


@pytest.mark.parametrize(
    ("now", "hours"),
    [
        (datetime(2026, 11, 20, 18, tzinfo=UTC), 14.0),
        (datetime(2026, 7, 1, 18, tzinfo=UTC), 13.0),
        (datetime(2026, 11, 20, 7, 59, tzinfo=UTC), 1 / 60),
        (datetime(2026, 11, 20, 8, tzinfo=UTC), 24.0),
        (datetime(2026, 3, 8, 8, 30, tzinfo=UTC), 22.5),  # the day that has 23 hours
    ],
)
def test_midnight_is_that_of_the_pacific_coast(now: datetime, hours: float) -> None:
    """In winter and in summer."""
    assert seconds_to_midnight(now) == pytest.approx(hours * 3600.0)


def test_spent_units_and_live_chats_make_the_archive_pause() -> None:
    """All channels share the units; a chat says in milliseconds how often it may be asked."""
    assert isinstance(CONNECTOR, Judging)
    assert isinstance(CONNECTOR, Pacing)
    assert CONNECTOR.pause(answer(403, error("quotaExceeded"))) == 14 * 3600.0
    assert CONNECTOR.pause(answer(403, error("commentsDisabled"))) == 0.0
    chat = replace(case("youtube/chat").reply, received=NOW)
    assert CONNECTOR.pause(chat) == 5.0
    assert CONNECTOR.pause(replace(chat, body=b'{"pollingIntervalMillis": 99999999}')) == 60.0
    assert CONNECTOR.pause(replace(chat, url="https://x.example/videos")) == 0.0


@given(
    status=st.sampled_from([200, 400, 401, 403, 404, 429, 503]),
    body=JSON,
    url=st.sampled_from(["x", "/liveChat/messages"]),
)
def test_no_body_makes_judging_fail(status: int, body: Any, url: str) -> None:
    """Whatever stands where an error is expected."""
    judged(status, body, name="youtube/one_video")
    assert CONNECTOR.pause(answer(status, body, url=url)) >= 0.0


@given(raw=st.binary(max_size=60))
def test_no_bytes_make_judging_fail(raw: bytes) -> None:
    """Also what is not JSON at all."""
    judged(403, raw)
    CONNECTOR.pause(answer(403, raw))
