"""What X's errors mean: problem documents, the old numbered form, and errors under a status of 200."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.model import Judged, Means, Reply
from connectors.x import CONNECTOR
from tests.connectors.cases import case

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
RESET = str(int(NOW.timestamp()) + 600)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["errors", "code", "type"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["errors", "code", "type"]), inner),
)


def judged(status: int, body: Any, *, reset: str | None = RESET, name: str = "x/one_post") -> Judged | None:
    """What a reply means."""
    found = case(name)
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = (("X-Rate-Limit-Reset", reset),) if reset is not None else ()
    reply = Reply(url=found.fetch.url, status=status, headers=headers, body=raw, received=NOW)
    return CONNECTOR.judge(found.account, found.fetch, reply)


def problem(name: str, status: int, *, host: str = "api.x.com") -> dict[str, Any]:
    """A problem document as the platform writes it."""
    return {"title": "T", "detail": "D", "type": f"https://{host}/2/problems/{name}", "status": status}


@pytest.mark.parametrize("host", ["api.x.com", "api.twitter.com"])
@pytest.mark.parametrize(
    ("name", "status", "means", "wait"),
    [
        ("resource-not-found", 404, Means.ABSENT, None),
        ("not-authorized-for-resource", 403, Means.REFUSED, None),
        ("not-authorized-for-field", 403, Means.REFUSED, None),
        ("client-forbidden", 403, Means.REFUSED, None),
        ("resource-unavailable", 403, Means.REFUSED, None),
        ("disallowed-resource", 403, Means.REFUSED, None),
        ("unsupported-authentication", 403, Means.AUTH, None),
        ("rate-limit-exceeded", 429, Means.WAIT, 600.0),
        ("usage-capped", 429, Means.WAIT, 3600.0),
        ("credits", 402, Means.WAIT, 3600.0),
        ("credits-depleted", 402, Means.WAIT, 3600.0),
    ],
)
def test_a_problem_document_means(name: str, status: int, means: Means, wait: float | None, host: str) -> None:
    """By the last part of its type, on both hosts."""
    expected = Judged(means=means, detail="X says: T: D", wait_seconds=wait)
    assert judged(status, problem(name, status, host=host)) == expected


@pytest.mark.parametrize(
    ("codes", "means"),
    [
        ((88,), Means.WAIT),
        ((32, 64, 89, 99, 135, 215, 326), Means.AUTH),
        ((17, 34, 50, 144), Means.ABSENT),
        ((63, 87, 93, 179, 220, 453), Means.REFUSED),
        ((130, 131), Means.RETRY),
    ],
)
def test_a_numbered_error_means(codes: tuple[int, ...], means: Means) -> None:
    """The form of version 1.1, which some edges of the platform still answer with."""
    for code in codes:
        found = judged(400, {"errors": [{"code": code, "message": "Words"}]})
        wait = 600.0 if means is Means.WAIT else None
        assert found == Judged(means=means, detail=f"X says: Words (code {code})", wait_seconds=wait)


@pytest.mark.parametrize(("reset", "wait"), [(None, None), ("soon", None), ("9" * 30, None), ("0", 1.0), ("²", None)])
def test_a_wait_without_a_sound_time_leaves_it_to_the_archive(reset: str | None, wait: float | None) -> None:
    """A time that is past is a second from now."""
    found = judged(429, problem("rate-limit-exceeded", 429), reset=reset)
    assert found is not None and found.wait_seconds == wait


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"}),
        (403, {"title": "Forbidden", "type": "about:blank", "status": 403, "detail": "Forbidden"}),
        (400, problem("invalid-request", 400)),
        (503, {"title": "Service Unavailable", "type": "about:blank", "status": 503, "detail": "Service Unavailable"}),
        (503, b"<html>over capacity</html>"),
        (500, b""),
        (429, b"Too Many Requests"),
        (404, {"errors": "none"}),
        (404, []),
        (200, {}),
        (200, {"data": [], "meta": {"result_count": 0}}),
    ],
)
def test_what_is_told_by_the_status_is_left_to_it(status: int, body: Any) -> None:
    """No words of its own, or no problem at all."""
    assert judged(status, body) is None


def test_a_lookup_that_finds_nothing_under_a_good_status_means_absent() -> None:
    """X answers 200 for a post that is not there."""
    account, fetch, reply = (found := case("x/one_post_absent")).account, found.fetch, found.reply
    verdict = CONNECTOR.judge(account, fetch, reply)
    assert verdict is not None and verdict.means is Means.ABSENT
    assert verdict.detail.startswith("X says: Not Found Error: Could not find tweet with ids: [")
    assert CONNECTOR.read(account, fetch, reply).items == ()


@pytest.mark.parametrize(
    ("names", "means"),
    [
        (("resource-not-found", "resource-not-found"), Means.ABSENT),
        (("resource-not-found", "not-authorized-for-resource"), Means.REFUSED),
        (("resource-not-found", "something-new"), None),
        (("something-new",), None),
    ],
)
def test_errors_alone_mean_absent_only_where_all_of_them_say_so(names: tuple[str, ...], means: Means | None) -> None:
    """A protected account, a suspension and a new kind of error are no absence."""
    found = judged(200, {"errors": [problem(name, 200) for name in names]})
    assert (found.means if found else None) is means


@pytest.mark.parametrize("name", ["posts", "posts_partial_errors", "posts_end", "history", "one_post"])
def test_errors_beside_what_was_asked_for_are_no_failure(name: str) -> None:
    """They are parts of the page that could not be shown."""
    found = case(f"x/{name}")
    assert CONNECTOR.judge(found.account, found.fetch, found.reply) is None


def test_a_suspended_account_is_not_an_empty_timeline() -> None:
    """Errors alone under a status of 200, for a listing: judged, and not read as a page that shows everything."""
    body = {"errors": [problem("not-authorized-for-resource", 200)]}
    found = judged(200, body, name="x/posts")
    assert found is not None and found.means is Means.REFUSED


@given(status=st.sampled_from([200, 400, 401, 403, 429, 503]), body=JSON)
def test_no_body_makes_judging_fail(status: int, body: Any) -> None:
    """Whatever stands where an error is expected."""
    judged(status, body)


@given(raw=st.binary(max_size=60))
def test_no_bytes_make_judging_fail(raw: bytes) -> None:
    """Also what is not JSON at all."""
    judged(429, raw)
