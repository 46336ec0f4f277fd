"""The Facebook connector: what the golden pairs do not say by themselves."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from archiver.errors import Unreadable
from archiver.model import (
    CREDENTIAL,
    Account,
    Cause,
    Fetch,
    ItemRef,
    Judging,
    Kind,
    Pacing,
    Page,
    Reply,
    Seen,
    Snapshot,
    Visibility,
    auth_of,
)
from connectors.conformance import read_findings
from connectors.facebook import CONNECTOR
from tests.connectors.cases import case

ACCOUNT = Account(
    id="a", platform="facebook", handle="town", url="https://graph.facebook.com/v26.0", credential="file:/page"
)
PINNED = replace(ACCOUNT, platform_id="205")
NOW = datetime(2026, 11, 20, 18, tzinfo=UTC)
TOWN = {"id": "205", "name": "Town of Roseburg", "username": "town"}
PROFILE = CONNECTOR.first(ACCOUNT)[0]


def reply_of(body: bytes) -> Reply:
    """An answer with this body."""
    return Reply(url="x", status=200, headers=(("Content-Type", "application/json"),), body=body, received=NOW)


def read(fetch: Fetch, value: Any, *, account: Account = PINNED, at: datetime = NOW) -> Page:
    """The page of a JSON value that came as the answer to `fetch`; the conformance suite finds nothing in it."""
    reply = Reply(url=fetch.url, status=200, headers=(), body=json.dumps(value).encode(), received=at)
    assert read_findings(CONNECTOR, account, fetch, reply) == []
    return CONNECTOR.read(account, fetch, reply)


def asked(stream: str) -> Fetch:
    """The first fetch of a stream that follows from the profile."""
    return next(fetch for fetch in read(PROFILE, TOWN).also if fetch.stream == stream)


def post(number: str, **more: Any) -> dict[str, Any]:
    """A post with as little as the platform may send."""
    return {"id": f"205_{number}", "created_time": "2026-11-20T10:00:00+0000"} | more


def only(page: Page) -> Snapshot:
    """The one item of a page."""
    assert len(page.items) == 1
    return page.items[0]


def ref(kind: Kind, remote_id: str, parent: str | None = None, thread: str | None = None) -> ItemRef:
    """What the catalogue knows of an item."""
    return ItemRef(kind=kind, remote_id=remote_id, link="", parent=parent, thread=thread)


def test_the_connector_judges_paces_and_sends_a_bearer_token() -> None:
    """The optional parts of the contract are there for the engine to find."""
    assert isinstance(CONNECTOR, Judging)
    assert isinstance(CONNECTOR, Pacing)
    assert auth_of(CONNECTOR, ACCOUNT) is CONNECTOR.auth


def test_every_stream_asked_for_is_declared_and_every_declared_one_is_asked_for() -> None:
    """The declaration promises what the code does."""
    found = {"profile", *(fetch.stream for fetch in read(PROFILE, TOWN).also)}
    for name in ("posts", "stories", "conversations"):
        kept = case(f"facebook/{name}")
        found |= {fetch.stream for fetch in CONNECTOR.read(kept.account, kept.fetch, kept.reply).also}
    assert found == {stream.name for stream in CONNECTOR.streams}


@pytest.mark.parametrize("handle", ["town", "@Town", "205", "town of roseburg"])
def test_the_page_is_known_by_its_name_user_name_or_number(handle: str) -> None:
    """However it was registered."""
    page = read(PROFILE, TOWN, account=replace(ACCOUNT, handle=handle))
    assert page.identity is not None
    assert page.identity.platform_id == "205"


def test_a_token_of_another_page_is_not_pinned() -> None:
    """The first use of a wrong token would archive another page's messages."""
    with pytest.raises(Unreadable) as caught:
        read(PROFILE, {"id": "9", "name": "Other"}, account=ACCOUNT)
    assert caught.value.cause is Cause.IDENTITY
    assert caught.value.what == "The token speaks for Other, not for town."
    assert read(PROFILE, {"id": "205", "name": "Renamed"}).identity is not None


def test_the_token_is_asked_about_once_a_day_without_being_in_the_request() -> None:
    """The transport fills it in, and only for the account's own origin."""
    about = asked("token")
    assert (about.params, about.token, about.subject) == ((("input_token", CREDENTIAL),), "2026-11-20", "page:205")
    tomorrow = read(PROFILE, TOWN, at=datetime(2026, 11, 21, tzinfo=UTC)).also[0]
    assert (tomorrow.key, tomorrow.token) == (about.key, "2026-11-21")


def test_days_left_are_told_for_the_token_and_for_its_data() -> None:
    """Data access ends although the token lives on; 0 stands for a token that never lapses."""
    about = asked("token")
    ends = int(datetime(2026, 12, 1, 18, tzinfo=UTC).timestamp())
    data = {"is_valid": True, "expires_at": ends, "data_access_expires_at": 0, "scopes": []}
    told = {notice.topic: notice for notice in read(about, {"data": data}).notices}
    assert told["token lapses"].words == "The access token lapses on 2026-12-01 (in 11 days): connect the account anew."
    assert told["token lapses"].until == datetime(2026, 12, 1, 18, tzinfo=UTC)
    assert [told[name].words for name in ("token", "data access ends", "permissions")] == ["", "", ""]


@pytest.mark.parametrize(
    ("more", "visibility", "seen"),
    [
        ({}, Visibility.PUBLIC, Seen.PRESENT),
        ({"is_hidden": True}, Visibility.HIDDEN, Seen.HIDDEN),
        ({"timeline_visibility": "hidden"}, Visibility.HIDDEN, Seen.HIDDEN),
        ({"timeline_visibility": "forced_allow"}, Visibility.PUBLIC, Seen.PRESENT),
        ({"is_published": False}, Visibility.DRAFT, Seen.PRESENT),
        ({"privacy": {"value": "SELF"}}, Visibility.PRIVATE, Seen.PRESENT),
        ({"privacy": {"value": "EVERYONE"}, "is_hidden": None}, Visibility.PUBLIC, Seen.PRESENT),
    ],
)
def test_who_can_see_a_post(more: dict[str, Any], visibility: Visibility, seen: Seen) -> None:
    """Hidden by a person, kept off the timeline, not yet published, or for some only."""
    item = only(read(asked("posts"), {"data": [post("1", **more)]}))
    assert (item.visibility, item.seen) == (visibility, seen)


def test_an_edit_shows_as_another_digest_and_nothing_else_does() -> None:
    """Counts, signed addresses, names and the time of the last comment change with every look."""
    attached = {"type": "photo", "media": {"image": {"src": "https://c.example/1.jpg?oh=1"}}, "target": {"id": "7"}}
    one = post("1", message="A", attachments={"data": [attached]}, updated_time="1", shares={"count": 1})
    again = json.loads(json.dumps(one).replace("oh=1", "oh=2")) | {"updated_time": "2", "shares": {"count": 9}}
    again["from"] = TOWN | {"name": "Renamed"}
    one["from"] = TOWN
    edited = again | {"message": "B"}
    looks = [only(read(asked("posts"), {"data": [node]})).digest for node in (one, again, edited)]
    assert (looks[0] == looks[1], looks[1] == looks[2]) == (True, False)


def test_a_link_s_counting_redirect_and_preview_make_no_versions() -> None:
    """Their parameters differ in every answer."""

    def shown(changing: str) -> Snapshot:
        url = f"https://l.facebook.com/l.php?u=https%3A%2F%2Fa.example%2Fx&h={changing}"
        preview = {"image": {"src": f"https://external.example/safe_image.php?d={changing}"}}
        attached = {"type": "share", "url": url, "target": {"url": url}, "media": preview}
        return only(read(asked("posts"), {"data": [post("1", attachments={"data": [attached]})]}))

    one, again = shown("AT1"), shown("AT2")
    assert one.digest == again.digest
    assert one.details == (("link", "https://a.example/x"),)
    assert [medium.id for medium in one.media] == ["preview:https://a.example/x"]


def test_a_post_is_read_alike_wherever_it_is_found() -> None:
    """Own listing, feed, visitors, tags and a direct look must not look like versions of one another."""
    node = post("1", message="Hi", **{"from": {"id": "9", "name": "Ann"}, "to": {"data": [TOWN]}})
    looks = [only(read(asked(name), {"data": [node]})) for name in ("posts", "feed", "visitors", "tagged")]
    check = CONNECTOR.check(PINNED, ref(Kind.POST, "205_1"))
    assert check is not None
    looks.append(only(read(check, node)))
    assert len({look.digest for look in looks}) == 1
    assert {look.context for look in looks} == {False}


def test_a_comment_is_read_alike_in_its_thread_and_alone() -> None:
    """A direct look does not say under which post; the hint does, and is not sent."""
    thread = Fetch(stream="comments", url="https://graph.facebook.com/v26.0/205_1/comments", subject="205_1")
    nodes = [{"id": "1_5", "message": "Yes"}, {"id": "1_6", "message": "No", "parent": {"id": "1_5"}}]
    listed = read(thread, {"data": nodes}).items
    assert [(item.parent, item.thread) for item in listed] == [("205_1", "205_1"), ("1_5", "205_1")]
    for item, node in zip(listed, nodes, strict=True):
        check = CONNECTOR.check(PINNED, ref(item.kind, item.remote_id, item.parent, item.thread))
        assert check is not None
        assert "205_1" not in (check.url, *dict(check.params).values())
        assert only(read(check, node)).digest == item.digest


def test_messages_are_read_alike_in_the_inbox_the_thread_and_alone() -> None:
    """The inbox shows the newest of each conversation."""
    node = {"id": "m_1", "message": "Hello", "from": {"id": "9", "name": "Ann"}, "to": {"data": [TOWN]}}
    inbox = read(asked("conversations"), {"data": [{"id": "t_7", "messages": {"data": [node]}}]})
    check = CONNECTOR.check(PINNED, ref(Kind.MESSAGE, "m_1", thread="t_7"))
    assert check is not None
    looks = (inbox.items[0], only(read(inbox.also[0], {"data": [node]})), only(read(check, node)))
    assert {(look.digest, look.thread, look.visibility) for look in looks} == {
        (looks[0].digest, "t_7", Visibility.DIRECT)
    }


def test_a_conversation_is_asked_for_again_when_something_is_new_in_it() -> None:
    """Once for each time of change and number of messages."""
    rows = [{"id": "t_7", "updated_time": "T1", "message_count": 3}, {"id": "t_7", "updated_time": "T1"}]
    found = [read(asked("conversations"), {"data": [row]}).also[0] for row in rows]
    assert [fetch.token for fetch in found] == ["T1:3", "T1:"]
    assert {fetch.stream for fetch in found} == {"messages"}  # which the engine asks again in every re-walk


@pytest.mark.parametrize(
    ("more", "tokens"),
    [
        ({}, [":"]),
        ({"comments": {"summary": {"total_count": 4}}, "updated_time": "T"}, ["4:T"]),
        ({"comments": {"summary": {"total_count": 0}}, "updated_time": "T"}, ["0:T"]),
        ({"comments": {"summary": {"total_count": 0}}, "created_time": "2020-01-01T00:00:00+0000"}, []),
        ({"comments": {"summary": {"total_count": "many"}}}, [":"]),
    ],
)
def test_comments_are_asked_for_once_for_each_state_of_a_post(more: dict[str, Any], tokens: list[str]) -> None:
    """With all replies among them, hidden ones too."""
    found = read(asked("posts"), {"data": [post("1", **more)]}).also
    assert [fetch.token for fetch in found] == tokens
    assert all(("filter", "stream") in fetch.params for fetch in found)


def test_the_video_of_an_album_brings_its_captions() -> None:
    """Asked once for each change of the post; none is no item."""
    inner = {"type": "video", "target": {"id": "702"}, "media": {"source": "https://v.example/702.mp4?oh=1"}}
    album = {"type": "album", "target": {"id": "205"}, "subattachments": {"data": [inner]}}
    page = read(asked("posts"), {"data": [post("1", attachments={"data": [album]}, updated_time="T")]})
    captions = page.also[1]
    assert (captions.stream, captions.subject, captions.token, captions.hint) == ("captions", "702", "T", "205_1")
    assert [medium.id for medium in page.items[0].media] == ["702", "702:preview"]
    assert read(captions, {"data": []}).items == ()


def test_a_shared_post_of_somebody_else_is_kept_as_context() -> None:
    """The page's own posts are listed anyway."""
    nodes = [post("1", parent_id="406_2"), post("2", parent_id="205_9", **{"from": TOWN})]
    page = read(asked("posts"), {"data": nodes})
    shared = [fetch for fetch in page.also if fetch.stream == "shared"]
    assert [(item.kind, dict(item.details)["shared"]) for item in page.items] == [
        (Kind.SHARE, "406_2"),
        (Kind.SHARE, "205_9"),
    ]
    assert [fetch.subject for fetch in shared] == ["406_2"]
    assert only(read(shared[0], {"id": "406_2"})).context is True


def test_nothing_is_asked_below_posts_that_only_tag_the_page() -> None:
    """What hangs on them is somebody else's, and mostly not shown."""
    assert read(asked("tagged"), {"data": [post("1", parent_id="406_2")]}).also == ()


def test_the_list_of_blocked_people_goes_on_in_parts() -> None:
    """Its order does not make a version."""
    people = [{"id": "2", "name": "B"}, {"id": "1", "name": "A"}]
    paging = {"cursors": {"after": "X"}, "next": "https://graph.facebook.com/x?access_token=MARK"}
    first = read(asked("blocked"), {"data": people, "paging": paging})
    again = read(asked("blocked"), {"data": people[::-1]})
    assert only(first).digest == only(again).digest
    assert first.more is not None
    assert only(read(first.more, {"data": []})).remote_id == "blocked:205:2"


def test_a_listing_without_rows_is_not_an_empty_one() -> None:
    """A log-in page in JSON, an error with status 200, or another object."""
    for value in ({}, {"id": "205"}, {"data": None}, {"error": {"message": "Not now", "code": 2}}):
        with pytest.raises(Unreadable, match="holds no list of rows"):
            CONNECTOR.read(
                PINNED, asked("posts"), replace(case("facebook/posts").reply, body=json.dumps(value).encode())
            )


def test_reading_does_not_hang_on_what_was_pinned_meanwhile() -> None:
    """A rebuild knows the platform id from the start, the first poll did not."""
    for name in ("posts", "comments", "messages", "reviews", "blocked"):
        found = case(f"facebook/{name}")
        pinned = replace(found.account, platform_id="205")
        assert CONNECTOR.read(pinned, found.fetch, found.reply) == CONNECTOR.read(
            found.account, found.fetch, found.reply
        )
