"""The Instagram connector: what the golden pairs do not say by themselves."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from archiver.errors import Unreadable
from archiver.model import (
    Account,
    Cause,
    Fetch,
    ItemRef,
    Judging,
    Kind,
    Pacing,
    Page,
    Prolonged,
    Proved,
    Reply,
    Snapshot,
    Visibility,
    auth_of,
)
from connectors.conformance import first_findings, read_findings
from connectors.instagram import CONNECTOR
from tests.connectors.cases import case
from tests.connectors.test_recorded import outcome, recorded, report

LOGIN = Account(
    id="a", platform="instagram", handle="@town", url="https://graph.instagram.com/v26.0", credential="file:/ig"
)
BY_PAGE = replace(LOGIN, url="https://graph.facebook.com/v26.0")
PINNED = replace(LOGIN, platform_id="17841")
NOW = datetime(2026, 11, 20, 18, tzinfo=UTC)
TOWN = {"id": "71", "user_id": "17841", "username": "town", "name": "Town"}
MEDIUM = {"id": "17", "media_type": "IMAGE", "timestamp": "2026-11-20T10:00:00+0000"}


def _reply(body: bytes) -> Reply:
    return Reply(url="x", status=200, headers=(("Content-Type", "application/json"),), body=body, received=NOW)


def read(fetch: Fetch, value: Any, *, account: Account = PINNED) -> Page:
    """The page of a JSON value that came as the answer to `fetch`; the conformance suite finds nothing in it."""
    reply = _reply(json.dumps(value).encode())
    assert read_findings(CONNECTOR, account, fetch, reply) == []
    return CONNECTOR.read(account, fetch, reply)


def asked(stream: str) -> Fetch:
    """The first fetch of a stream that follows from the profile."""
    return next(fetch for fetch in read(CONNECTOR.first(PINNED)[0], TOWN).also if fetch.stream == stream)


def only(page: Page) -> Snapshot:
    """The one item of a page."""
    assert len(page.items) == 1
    return page.items[0]


def ref(kind: Kind, remote_id: str, parent: str | None = None, thread: str | None = None) -> ItemRef:
    """What the catalogue knows of an item."""
    return ItemRef(kind=kind, remote_id=remote_id, link="", parent=parent, thread=thread)


@pytest.mark.parametrize(
    ("url", "options", "auth"),
    [
        ("https://graph.instagram.com/v26.0", {}, Prolonged),
        ("https://graph.facebook.com/v26.0", {}, Proved),
        ("http://127.0.0.1:8080", {}, Prolonged),
        ("http://127.0.0.1:8080", {"login": "facebook"}, Proved),
        ("https://graph.facebook.com/v26.0", {"login": "instagram"}, Prolonged),
    ],
)
def test_the_address_decides_on_the_log_in(url: str, options: dict[str, str], auth: type) -> None:
    """A page's token is not prolonged at Facebook; the other kind is, before its 60 days are over."""
    account = replace(LOGIN, url=url, options=options)
    found = auth_of(CONNECTOR, account)
    assert isinstance(found, auth)
    assert first_findings(CONNECTOR, account) == []
    assert isinstance(CONNECTOR, Judging)
    assert isinstance(CONNECTOR, Pacing)


def test_a_token_of_instagram_s_own_log_in_is_prolonged_with_room_to_spare() -> None:
    """One that has lapsed cannot be prolonged."""
    found = auth_of(CONNECTOR, LOGIN)
    assert found == Prolonged(
        path="/refresh_access_token", params=(("grant_type", "ig_refresh_token"),), days_before=20
    )


def test_both_log_ins_lead_to_the_same_account() -> None:
    """The number pinned by one is that of the other, and nothing but the way to ask differs."""
    pages = []
    for account, value in (
        (LOGIN, TOWN),
        (BY_PAGE, {"id": "205", "instagram_business_account": TOWN | {"id": "17841"}}),
    ):
        page = read(CONNECTOR.first(account)[0], value, account=account)
        pages.append(page)
    assert pages[0].identity == pages[1].identity
    assert pages[0].items[0].digest == pages[1].items[0].digest
    assert [[fetch.stream for fetch in page.also] for page in pages] == [
        ["stories", "posts", "mentions", "conversations"],
        ["token", "live", "stories", "posts", "mentions", "conversations"],
    ]


def test_a_page_without_an_instagram_account_is_told() -> None:
    """The token is good, and speaks for nothing of ours."""
    with pytest.raises(Unreadable, match="no Instagram professional account"):
        CONNECTOR.read(BY_PAGE, CONNECTOR.first(BY_PAGE)[0], _reply(b'{"id": "205", "name": "Town"}'))


def test_a_token_of_another_account_is_not_pinned() -> None:
    """The first use of a wrong token would archive another account's messages."""
    with pytest.raises(Unreadable) as caught:
        CONNECTOR.read(LOGIN, CONNECTOR.first(LOGIN)[0], _reply(json.dumps(TOWN | {"username": "other"}).encode()))
    assert caught.value.cause is Cause.IDENTITY
    assert caught.value.what == "The token speaks for @other, not for @town."


def test_every_stream_asked_for_is_declared_and_every_declared_one_is_asked_for() -> None:
    """The declaration promises what the code does."""
    found = {"profile"}
    for name in ("profile", "profile_by_facebook", "posts", "stories", "conversations"):
        kept = case(f"instagram/{name}")
        found |= {fetch.stream for fetch in CONNECTOR.read(kept.account, kept.fetch, kept.reply).also}
    assert found == {stream.name for stream in CONNECTOR.streams}


def test_an_edit_shows_as_another_digest_and_nothing_else_does() -> None:
    """Counts and signed addresses change with every look; alternative texts count as content."""
    one = MEDIUM | {"caption": "A", "media_url": "https://c.example/1.jpg?oh=1", "like_count": 1, "alt_text": "x"}
    again = one | {"media_url": "https://c.example/1.jpg?oh=2", "like_count": 5}
    looks = [
        only(read(asked("posts"), {"data": [node]})).digest
        for node in (one, again, again | {"caption": "B"}, again | {"alt_text": "y"})
    ]
    assert (looks[0] == looks[1], len(set(looks))) == (True, 3)


def test_a_withheld_file_is_still_a_part_of_its_post() -> None:
    """The address is missing where Instagram saw somebody's copyright; the same file with it is no other version."""
    withheld = MEDIUM | {"media_type": "VIDEO"}
    shown = withheld | {"media_url": "https://c.example/1.mp4", "thumbnail_url": "https://c.example/1.jpg"}
    items = [only(read(asked("posts"), {"data": [node]})) for node in (withheld, shown)]
    assert items[0].digest == items[1].digest
    assert [medium.id for medium in items[0].media] == ["17", "17:preview"]


def test_a_story_is_a_story_wherever_it_is_met() -> None:
    """And is never looked for after its day."""
    node = MEDIUM | {"media_product_type": "STORY"}
    items = [only(read(asked(stream), {"data": [node]})) for stream in ("stories", "posts")]
    assert {item.kind for item in items} == {Kind.STORY}
    assert only(read(asked("stories"), {"data": [MEDIUM]})).kind is Kind.STORY
    assert read(asked("stories"), {"data": [node]}).walked is False
    assert CONNECTOR.check(PINNED, ref(Kind.STORY, "17")) is None


def test_only_the_newest_messages_of_a_conversation_are_asked_for() -> None:
    """Older ones answer as removed: neither their page nor a direct look is asked for, and none is missed as absent."""
    messages = [{"id": f"m{n}", "message": str(n)} for n in range(20)]
    paging = {"cursors": {"after": "X"}, "next": "https://graph.instagram.com/x?access_token=MARK&after=X"}
    inbox = read(asked("conversations"), {"data": [{"id": "c7", "messages": {"data": messages[:1]}}]})
    page = read(inbox.also[0], {"id": "c7", "messages": {"data": messages, "paging": paging}})
    assert (len(page.items), page.more, page.walked) == (20, None, False)
    assert page.items[0].digest == inbox.items[0].digest
    assert {item.thread for item in page.items} == {"c7"}
    assert "messages.limit(20)" in dict(inbox.also[0].params)["fields"]
    assert CONNECTOR.check(PINNED, ref(Kind.MESSAGE, "m1", thread="c7")) is None


def test_a_conversation_is_asked_for_again_with_each_new_message() -> None:
    """Its time, or where that is missing its newest message, tells."""
    rows = [{"id": "c7", "messages": {"data": [{"id": name}]}} for name in ("m1", "m2")]
    found = [read(asked("conversations"), {"data": [row]}).also[0] for row in rows]
    assert [(fetch.stream, fetch.subject, fetch.token) for fetch in found] == [
        ("messages", "c7", ":m1"),
        ("messages", "c7", ":m2"),
    ]


def test_a_comment_is_read_alike_in_its_thread_and_alone() -> None:
    """Also where the platform leaves out under what it stands."""
    thread = Fetch(stream="comments", url="https://graph.instagram.com/v26.0/17/comments", subject="17", token="3")
    answer = {"id": "52", "text": "Yes"}
    node = {"id": "51", "text": "Open?", "hidden": True, "replies": {"data": [answer]}}
    listed = read(thread, {"data": [node]}).items
    assert [(item.parent, item.thread, item.visibility) for item in listed] == [
        ("17", "17", Visibility.HIDDEN),
        ("51", "17", Visibility.PUBLIC),
    ]
    for item, alone in zip(listed, (node, answer), strict=True):
        check = CONNECTOR.check(PINNED, ref(item.kind, item.remote_id, item.parent, item.thread))
        assert check is not None
        assert only(read(check, alone)).digest == item.digest


def test_replies_beyond_those_that_came_along_are_asked_for_as_often_as_the_comments() -> None:
    """By the stream that every re-walk asks again; and read alike in both places."""
    thread = Fetch(stream="comments", url="https://graph.instagram.com/v26.0/17/comments", subject="17", token="60")
    inner = {"data": [{"id": "52", "text": "Yes"}], "paging": {"next": "https://graph.instagram.com/x?access_token=M"}}
    page = read(thread, {"data": [{"id": "51", "replies": inner}]})
    more = page.also[0]
    assert (more.stream, more.subject, more.token, more.hint) == ("comments", "51", "60", "17")
    replies = read(more, {"data": [{"id": "52", "text": "Yes"}, {"id": "53"}]})
    assert replies.items[0].digest == page.items[1].digest
    assert {(item.parent, item.thread) for item in replies.items} == {("51", "17")}


@pytest.mark.parametrize(
    ("more", "tokens"),
    [
        ({"comments_count": 3}, ["3"]),
        ({"comments_count": 0}, ["0"]),
        ({"comments_count": 0, "timestamp": "2020-01-01T00:00:00+0000"}, []),
        ({}, [""]),
    ],
)
def test_comments_are_asked_for_once_for_each_number_of_them(more: dict[str, Any], tokens: list[str]) -> None:
    """Below the account's own media only."""
    assert [fetch.token for fetch in read(asked("posts"), {"data": [MEDIUM | more]}).also] == tokens
    assert read(asked("mentions"), {"data": [MEDIUM | more]}).also == ()


def test_a_direct_look_asks_for_the_item_by_its_id() -> None:
    """By its own way to ask for each kind."""
    found = [
        CONNECTOR.check(PINNED, item)
        for item in (ref(Kind.POST, "1/7"), ref(Kind.PROFILE, "account:17841"), ref(Kind.MEDIA, "1"))
    ]
    assert [(fetch.url, fetch.hint) if fetch else None for fetch in found] == [
        ("https://graph.instagram.com/v26.0/1%2F7", "medium"),
        ("https://graph.instagram.com/v26.0/17841", "account"),
        None,
    ]
    assert found[1] is not None
    assert only(read(found[1], {"id": "17841", "username": "town"})).remote_id == "account:17841"


def test_permissions_that_lack_are_told_by_what_they_are_needed_for() -> None:
    """A token may be good and still see only a part."""
    about = case("instagram/token").fetch
    told = {notice.topic: notice.words for notice in read(about, {"data": {"scopes": ["instagram_basic"]}}).notices}
    assert told["permissions"] == (
        "The access token lacks instagram_manage_comments (comments and mentions), instagram_manage_messages "
        "(private messages): that part cannot be read."
    )


PLACES = {
    "medias_p1.json": "posts",
    "medias_p2.json": "posts",
    "tagged_medias.json": "mentions",
    "stories.json": "stories",
    "comments_p1.json": "comments",
    "comments_p2.json": "comments",
    "replies.json": "comments",
    "children.json": "mentions",
    "live_medias.json": "posts",
    "user_fields.json": "profile",
    "ig_user.json": "profile",
}


def test_every_recorded_reply_of_instagram_reads(capsys: pytest.CaptureFixture[str]) -> None:
    """Listings are read whole; what we never ask for, statistics and sets of nodes, is refused in words."""
    found: Counter[str] = Counter()
    listed: Counter[str] = Counter()
    files = recorded("instagram", "*.json")
    for path in files:
        stream = PLACES.get(path.name, "item")
        body = path.read_bytes()
        hint = "17" if path.name == "replies.json" else ""
        fetch = Fetch(stream=stream, url="https://graph.instagram.com/v26.0/x", subject="5", hint=hint)
        result = outcome(CONNECTOR, replace(PINNED, platform_id="any"), fetch, _reply(body))
        found += result
        value = json.loads(body)
        if path.name in PLACES and stream != "profile" and isinstance(value.get("data"), list):
            listed += result
            assert len(value["data"]) <= result["items"]
    report("instagram", found, capsys)
    assert found["replies read"] + found["replies refused"] == len(files)
    assert (listed["replies refused"], listed["parts refused"]) == (0, 0)
    assert listed["items"] == 19
    assert (found["replies refused"], found["parts refused"]) == (1, 18)
