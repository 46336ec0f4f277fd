"""The Bluesky connector: what errors mean, who is looked at and how, and what people are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from archiver.errors import Unreadable
from archiver.model import Fetch, ItemRef, Judged, Kind, Means, Reply
from connectors.bluesky import CONNECTOR
from tests.connectors.bluesky_replies import (
    ACCOUNT,
    CHAT,
    LISTED,
    LOOK,
    ME,
    OURS,
    PDS,
    POST,
    SIGNED,
    THEIRS,
    THREAD,
    answer,
    asks,
    read,
)

TABLE = [
    (400, "ExpiredToken", "posts", Means.AUTH),
    (400, "InvalidToken", "posts", Means.AUTH),
    (401, "AuthMissing", "profile", Means.AUTH),
    (401, "AuthenticationRequired", "profile", Means.AUTH),
    (401, "AuthFactorTokenRequired", "profile", Means.AUTH),
    (401, "AccountTakedown", "profile", Means.REFUSED),
    (400, "RepoTakendown", "posts", Means.REFUSED),
    (400, "RepoSuspended", "posts", Means.REFUSED),
    (400, "RepoDeactivated", "posts", Means.REFUSED),
    (400, "BlockedActor", "mentions", Means.REFUSED),
    (501, "MethodNotImplemented", "counts", Means.REFUSED),
    (400, "RecordNotFound", "item", Means.ABSENT),
    (400, "RepoNotFound", "profile", Means.ABSENT),
    (400, "NotFound", "item", Means.ABSENT),
    (400, "NotFound", "comments", Means.NOTHING),
    (400, "NotFound", "quotes", Means.NOTHING),
    (400, "InvalidConvo", "messages", Means.ABSENT),
    (429, "RateLimitExceeded", "posts", Means.WAIT),
    (502, "UpstreamFailure", "counts", None),
    (500, "InternalServerError", "messages", None),
    (400, "InvalidRequest", "posts", None),
    (400, "SomethingNew", "posts", None),
]


@pytest.mark.parametrize(("status", "name", "stream", "means"), TABLE)
def test_errors_mean_what_their_names_say(status: int, name: str, stream: str, means: Means | None) -> None:
    """The status of most is 400, whatever they are; what is not known is left to its status."""
    found = judged({"error": name, "message": "m"}, replace(LISTED, stream=stream), status)
    assert (found and found.means) == means
    assert found is None or name in found.detail


def judged(value: Any, fetch: Fetch, status: int) -> Judged | None:
    """What an answer is taken to mean."""
    return CONNECTOR.judge(ACCOUNT, fetch, answer(value, fetch, status))


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("Could not locate record: at://x", Means.ABSENT),
        ("Could not find repo: did:plc:x", Means.REFUSED),
        ("Could not find user info for account: did:plc:x", Means.REFUSED),
        ("Profile not found", Means.ABSENT),
        ("Error: limit must be at most 100", None),
    ],
)
def test_some_errors_are_told_apart_by_words_only(said: str, means: Means | None) -> None:
    """A server that hides a whole account says so for each record: none of them is absent for that."""
    found = judged({"error": "InvalidRequest", "message": said}, replace(LISTED, stream="item"), 400)
    assert (found and found.means) == means


def test_an_app_password_without_access_to_messages_is_explained() -> None:
    """The server says "Bad token method", which tells an owner nothing."""
    said = {"error": "InvalidToken", "message": "Bad token method"}
    found = judged(said, CHAT, 400)
    assert found is not None
    assert found.means is Means.REFUSED
    assert "make a new app password" in found.detail
    assert "Allow access to your direct messages" in found.detail


def test_a_post_that_is_looked_at_directly_may_be_missing_or_blocked_with_status_200() -> None:
    """Below a post of ours the same is only a part of the thread."""
    roots: tuple[dict[str, Any], ...] = ({"notFound": True}, {"blocked": True}, {"post": {}})
    found = [judged({"thread": root}, LOOK, 200) for root in roots]
    assert [one and one.means for one in found] == [Means.ABSENT, Means.REFUSED, None]
    assert judged({"thread": {"notFound": True}}, THREAD, 200) is None
    page = Reply(url=LOOK.url, status=400, headers=(), body=b"<html>", received=datetime(2026, 1, 5, tzinfo=UTC))
    assert CONNECTOR.judge(ACCOUNT, LOOK, page) is None


@pytest.mark.parametrize(
    ("remote_id", "method", "params"),
    [
        (OURS, "com.atproto.repo.getRecord", {"repo": ME, "collection": POST, "rkey": "3mbdvxfus2222"}),
        (THEIRS, "app.bsky.feed.getPostThread", {"uri": THEIRS, "depth": "0", "parentHeight": "0"}),
        ("convo:c1/m1", "", {}),
        (ME, "", {}),
        ("at://nonsense", "", {}),
    ],
)
def test_a_direct_look_asks_who_can_tell(remote_id: str, method: str, params: dict[str, str]) -> None:
    """The account's server for its own records, the application view for others'; nobody shows one message."""
    item = ItemRef(kind=Kind.POST, remote_id=remote_id, link="", parent=None, thread=None)
    found = CONNECTOR.check(SIGNED, item)
    assert (found and (found.url, dict(found.params), found.subject)) == (
        (f"{PDS}/xrpc/{method}", params, remote_id) if method else None
    )


@pytest.mark.parametrize(
    ("said", "topic", "words"),
    [
        ({"handleIsCorrect": False}, "handle", "The name mayor.example does not lead to this account"),
        ({"handle": "town.example"}, "handle", "The account is now called town.example; it is registered as mayor.ex"),
        (
            {"didDoc": {"service": [{"id": "#atproto_pds", "serviceEndpoint": "https://new.example"}]}},
            "server",
            "The acc",
        ),
        (
            {"didDoc": {"service": [{"id": "#atproto_pds", "serviceEndpoint": "http://[bad"}]}},
            "server",
            "The account is k",
        ),
        ({"didDoc": {"service": [{"id": "#atproto_pds", "serviceEndpoint": PDS + "/"}]}}, "server", ""),
        ({"didDoc": {"service": "none"}}, "server", ""),
    ],
)
def test_a_move_and_another_name_are_told(said: dict[str, Any], topic: str, words: str) -> None:
    """And withdrawn when they are over."""
    told = {"did": ME, "handle": "mayor.example", "handleIsCorrect": True} | said
    page = read(told, fetch=asks("com.atproto.repo.describeRepo"))
    found = {notice.topic: notice.words for notice in page.notices}
    assert found.pop(topic).startswith(words)
    assert (bool(words), set(found.values())) == (words != "", {""})


def test_behind_the_common_entrance_any_of_its_servers_is_right() -> None:
    """Accounts of bsky.social are kept on servers of many names."""
    service = {"id": "#atproto_pds", "serviceEndpoint": "https://morel.us-east.host.bsky.network"}
    told = {"did": ME, "handle": "mayor.example", "didDoc": {"service": [service]}}
    account = replace(ACCOUNT, url="https://bsky.social")
    page = read(told, fetch=asks("com.atproto.repo.describeRepo"), account=account)
    assert {notice.words for notice in page.notices} == {""}


@pytest.mark.parametrize("method", ["com.atproto.repo.describeRepo", "com.atproto.server.getSession"])
@pytest.mark.parametrize("told", [{}, {"did": 5}, {"did": "mayor"}, {"error": "x"}])
def test_a_reply_that_names_no_account_is_refused(method: str, told: Any) -> None:
    """Nothing may be pinned by it."""
    with pytest.raises(Unreadable, match="names no account"):
        CONNECTOR.read(ACCOUNT, asks(method), answer(told, asks(method)))
