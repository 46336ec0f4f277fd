"""What the X connector asks for, and what becomes of a post, an edit, a reply and a message."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from archiver.errors import Unreadable
from archiver.model import Account, Cause, Fetch, ItemRef, Kind, Page, Reply, Visibility
from connectors.conformance import read_findings
from connectors.x import CONNECTOR
from tests.connectors.cases import case

ME = "2244000111"
ACCOUNT = Account(id="a", platform="x", handle="@PortExample", url="https://api.x.com")
NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
PROFILE = CONNECTOR.first(ACCOUNT)[0]


def read(body: Any, *, fetch: Fetch, account: Account = ACCOUNT) -> Page:
    """The page of a JSON body; the conformance suite must find nothing."""
    reply = Reply(url=fetch.url, status=200, headers=(), body=json.dumps(body).encode(), received=NOW)
    assert read_findings(CONNECTOR, account, fetch, reply) == []
    return CONNECTOR.read(account, fetch, reply)


def also(account: Account = ACCOUNT) -> dict[str, Fetch]:
    """The listings that follow from the profile, by stream."""
    page = read({"data": {"id": ME, "username": "PortExample", "name": "Port"}}, fetch=PROFILE, account=account)
    return {fetch.stream: fetch for fetch in page.also}


def post(number: int | str, *, by: str = ME, **more: Any) -> dict[str, Any]:
    """A post as the API writes it."""
    fields = {"id": str(number), "author_id": by, "text": "Hi", "created_at": "2026-01-05T07:00:00.000Z"}
    return fields | {"edit_history_tweet_ids": [str(number)], "conversation_id": str(number)} | more


def posts(*nodes: dict[str, Any], **more: Any) -> Page:
    """The page of our own posts."""
    return read({"data": list(nodes), "meta": {"result_count": len(nodes)}} | more, fetch=also()["posts"])


def test_everything_hangs_on_the_user_id_that_the_credential_tells() -> None:
    """Posts and mentions are asked by it, and what is ours is known by it, before the account is pinned and after."""
    found = also()
    assert PROFILE.url == "https://api.x.com/2/users/me"
    assert {name: fetch.url.removeprefix("https://api.x.com/2/") for name, fetch in found.items()} == {
        "posts": f"users/{ME}/tweets",
        "mentions": f"users/{ME}/mentions",
        "messages": "dm_events",
    }
    assert {fetch.hint for fetch in found.values()} == {ME}
    assert also(replace(ACCOUNT, platform_id=ME)) == found


def test_a_credential_of_somebody_else_is_not_pinned() -> None:
    """The first use of a wrong credential would archive another person's messages."""
    with pytest.raises(Unreadable) as caught:
        read({"data": {"id": "5", "username": "somebody"}}, fetch=PROFILE)
    assert (caught.value.cause, caught.value.what) == (
        Cause.IDENTITY,
        "X answers for @somebody, not for @PortExample.",
    )


def test_an_account_once_pinned_may_be_renamed() -> None:
    """From then on the id decides, which the engine compares."""
    page = read({"data": {"id": ME, "username": "NewName"}}, fetch=PROFILE, account=replace(ACCOUNT, platform_id=ME))
    assert page.identity is not None
    assert (page.identity.platform_id, page.identity.handle) == (ME, "NewName")


@pytest.mark.parametrize("name", ["posts", "mentions", "messages"])
def test_the_next_page_is_asked_from_where_this_one_ended(name: str) -> None:
    """Also behind a page that is empty; the end is where no cursor is told, or where it is the same again."""
    first = also()[name]
    second = read({"meta": {"result_count": 0, "next_token": "n2"}}, fetch=first).more
    assert second == replace(first, params=(*first.params, ("pagination_token", "n2")))
    assert read({"meta": {"result_count": 0, "next_token": "n2"}}, fetch=second).more is None
    third = read({"meta": {"result_count": 0, "next_token": "n3"}}, fetch=second).more
    assert third == replace(first, params=(*first.params, ("pagination_token", "n3")))
    assert read({"meta": {"result_count": 0, "previous_token": "n1"}}, fetch=second).more is None


def test_a_search_pages_by_a_word_of_its_own() -> None:
    """Its cursor goes into `next_token`."""
    search = case("x/comments").fetch
    more = read({"meta": {"result_count": 0, "next_token": "n2"}}, fetch=search).more
    assert more is not None and more.params[-1] == ("next_token", "n2")


def test_an_edited_post_keeps_the_id_of_its_first_version() -> None:
    """Each version has an id of its own, whose time is that of the edit; the earlier ones are asked for once."""
    first, second = "2008055862370762753", "2008058506376118273"
    before = posts(post(first, text="16:20", created_at="2026-01-05T06:00:00.000Z")).items[0]
    page = posts(
        post(second, text="15:20", created_at="2026-01-05T06:10:30.000Z", edit_history_tweet_ids=[first, second])
    )
    after = page.items[0]
    assert (before.remote_id, before.created, before.edited) == (first, datetime(2026, 1, 5, 6, tzinfo=UTC), None)
    assert (after.remote_id, after.created) == (first, before.created)
    assert after.edited == datetime(2026, 1, 5, 6, 10, 30, tzinfo=UTC)
    asked = [fetch for fetch in page.also if fetch.stream == "history"]
    assert [(f.subject, f.token, f.params[0]) for f in asked] == [(first, second, ("ids", first))]


def test_an_earlier_version_is_known_again_as_the_one_that_a_poll_saw() -> None:
    """Its content is the same; it is marked as told by the history and carries no edit time where it is the first."""
    first, second = "2008055862370762753", "2008058506376118273"
    parts: dict[str, Any] = {"text": "16:20", "attachments": {"media_keys": ["3_1"]}, "possibly_sensitive": True}
    around = {"includes": {"media": [{"media_key": "3_1", "alt_text": "Map", "url": "https://f.example/1"}]}}
    seen = posts(post(first, **parts), **around).items[0]
    edited = post(second, edit_history_tweet_ids=[first, second])
    history = next(fetch for fetch in posts(edited).also if fetch.stream == "history")
    told = read({"data": [post(first, **parts, edit_history_tweet_ids=[first, second])]} | around, fetch=history).items[
        0
    ]
    assert told.content_digest == seen.content_digest
    assert (told.historic, told.remote_id, told.edited) == (True, first, None)
    alone = read({"data": [post(first, **parts)]} | around, fetch=history).items[0]
    assert (alone.historic, alone.remote_id) == (True, first)


def test_a_post_that_tells_no_history_of_its_own_is_its_own_first_version() -> None:
    """Empty, foreign and broken lists are not believed."""
    for chain in ([], [""], ["77"], "x", None, [{"id": "1"}]):
        assert posts(post(9, edit_history_tweet_ids=chain)).items[0].remote_id == "9"


def test_old_and_new_field_names_give_the_same_post() -> None:
    """The platform renames its fields; both are understood, also side by side."""
    quoted = {"type": "quoted", "id": "5"}
    old = post(9, note_tweet={"text": "Whole"}, referenced_tweets=[quoted], public_metrics={"retweet_count": 4})
    new = post(9, note_post={"text": "Whole"}, referenced_posts=[quoted], public_metrics={"repost_count": 4})
    new["edit_history_post_ids"] = new.pop("edit_history_tweet_ids")
    other = post(5, by="7", text="Quoted")
    before = posts(old, includes={"tweets": [other]}).items
    after = posts(new, includes={"posts": [other]}).items
    assert [item.digest for item in before] == [item.digest for item in after]
    assert before[0].counters == after[0].counters == {"reposts": 4}
    assert (before[0].text, before[0].details, before[1].context) == ("Whole", (("quotes", "5"),), True)
    assert not posts(old).drift and not posts(new).drift


def test_a_post_is_read_alike_wherever_it_is_found() -> None:
    """Mentions, a search, what came along and a direct look must not look like versions of one another."""
    node = post(61, by="77", text="@PortExample hi", entities={"mentions": [{"id": ME, "username": "PortExample"}]})
    node |= {"referenced_tweets": [{"type": "replied_to", "id": "50"}], "conversation_id": "50"}
    look = CONNECTOR.check(replace(ACCOUNT, platform_id=ME), ref("61"))
    assert look is not None
    looks = (
        read({"data": [node], "meta": {}}, fetch=also()["mentions"]).items[0],
        read({"data": [node], "meta": {}}, fetch=case("x/comments").fetch).items[0],
        posts(post(62), includes={"tweets": [node]}).items[1],
        read({"data": [node]}, fetch=look).items[0],
    )
    assert len({look.digest for look in looks}) == 1
    assert {(look.kind, look.context) for look in looks} == {(Kind.COMMENT, False)}


def test_a_reply_to_an_edited_version_answers_the_post() -> None:
    """Parent and conversation lead to the identity, whichever version was answered."""
    edited = post(52, edit_history_tweet_ids=["50", "52"], conversation_id="50")
    answer = post(61, by="77", conversation_id="52", referenced_tweets=[{"type": "replied_to", "id": "52"}])
    item = read({"data": [answer], "includes": {"tweets": [edited]}}, fetch=case("x/comments").fetch).items[0]
    assert (item.parent, item.thread) == ("50", "50")


def test_what_came_along_half_told_is_left_to_its_own_listing() -> None:
    """A post whose files are not told would look like another version of itself; ours come by our own timeline."""
    half = post(61, by="77", in_reply_to_user_id=ME, attachments={"poll_ids": ["1"]})
    page = posts(post(62), includes={"tweets": [half, post(60)]})
    assert [item.remote_id for item in page.items] == ["62"]


@pytest.mark.parametrize("body", [{"statuses": [], "search_metadata": {}}, {}, [{"id_str": "1"}], "x", None])
def test_what_is_not_of_version_2_is_refused(body: Any) -> None:
    """Version 1.1, which is no more, and anything else that is JSON."""
    with pytest.raises(Unreadable):
        read(body, fetch=also()["posts"])


def conversations(*nodes: dict[str, Any]) -> list[tuple[str, str | None, str | None]]:
    """Query, subject and token of the searches that follow from our posts."""
    return [(dict(f.params)["query"], f.subject, f.token) for f in posts(*nodes).also if f.stream == "comments"]


def test_replies_are_searched_for_once_for_each_number_of_them() -> None:
    """One search for each conversation we began; in one of others, for what is said to us."""
    begun = post(50, public_metrics={"reply_count": 3})
    second = post(51, conversation_id="50", public_metrics={"reply_count": 1})
    elsewhere = post(52, conversation_id="40", public_metrics={"reply_count": 2})
    assert conversations(begun, second) == [("conversation_id:50", "50", "3+1")]
    assert conversations(elsewhere) == [("conversation_id:40 to:PortExample", "40", "2")]


@pytest.mark.parametrize(
    ("more", "tokens"),
    [
        ({"public_metrics": {"reply_count": 0}}, []),
        ({}, [""]),
        ({"public_metrics": {"reply_count": "2"}}, ["2"]),
        ({"created_at": "2025-12-29T08:00:00.000Z", "public_metrics": {"reply_count": 2}}, ["2"]),
        ({"created_at": "2025-12-29T07:59:59.000Z", "public_metrics": {"reply_count": 2}}, []),
        ({"author_id": "77", "public_metrics": {"reply_count": 2}}, []),
        ({"referenced_tweets": [{"type": "retweeted", "id": "5"}], "public_metrics": {"reply_count": 2}}, []),
    ],
)
def test_only_recent_posts_of_ours_that_may_have_replies_are_searched_for(
    more: dict[str, Any], tokens: list[str]
) -> None:
    """The search goes back seven days."""
    assert [token for _, _, token in conversations(post(50, **more))] == tokens


def test_a_hidden_reply_is_hidden() -> None:
    """Where the post carries the flag."""
    fetch = case("x/comments").fetch
    shown = [
        read({"data": [post(1, by="7", hidden=flag)]}, fetch=fetch).items[0].visibility for flag in (True, False, 1)
    ]
    assert shown == [Visibility.HIDDEN, Visibility.PUBLIC, Visibility.PUBLIC]


def test_ids_tell_the_time_where_the_reply_does_not() -> None:
    """Ids from before November 2010, and what is no id, tell none."""
    bare = [{"id": one, "text": "x"} for one in ("1364275610764201984", "20", "abc", "²", "9" * 30)]
    times = [item.created for item in posts(*bare).items]
    assert times == [datetime(2021, 2, 23, 18, 7, 7, tzinfo=UTC), None, None, None, None]


def test_a_direct_look_asks_for_the_newest_version() -> None:
    """Its id ends the address of the item; ids never become part of the path's structure."""
    plain = CONNECTOR.check(ACCOUNT, ref("50"))
    edited = CONNECTOR.check(ACCOUNT, replace(ref("50"), link="https://x.com/PortExample/status/52"))
    user = CONNECTOR.check(ACCOUNT, ref("user:a/../b?c", kind=Kind.PROFILE))
    assert plain is not None and edited is not None and user is not None
    assert (plain.params[0], edited.params[0], edited.subject) == (("ids", "50"), ("ids", "52"), "50")
    assert user.url == "https://api.x.com/2/users/a%2F..%2Fb%3Fc"


def test_what_is_unknown_is_counted_by_its_name() -> None:
    """New fields, kinds of reference, of message and of included object; known ones are not."""
    page = posts(
        post(1, glow=1, referenced_tweets=[{"type": "echoed", "id": "5"}]),
        post(2, glow=2),
        includes={"songs": []},
        ads=1,
    )
    assert page.drift == {"post.glow": 2, "reference.echoed": 1, "includes.songs": 1, "reply.ads": 1}
    assert CONNECTOR.read(*parts_of("x/messages")).drift == {"message.reaction": 1, "event.ReactionCreate": 1}


def test_a_page_with_a_part_that_could_not_be_shown_does_not_stand_for_everything() -> None:
    """What is missing from it may be that part. A quoted post that is gone is no part of ours."""
    gone = {"parameter": "referenced_tweets.id", "title": "Not Found Error", "detail": "gone"}
    part = {"parameter": "id", "title": "Oh", "detail": "no"}
    whole, less = posts(post(1), errors=[gone]), posts(post(1), errors=[gone, part])
    assert (whole.walked, whole.unread, whole.flags) == (True, (), ("context-not-shown",))
    assert (less.walked, [part.reason for part in less.unread]) == (False, ["X says: Oh: no"])


def ref(remote_id: str, *, kind: Kind = Kind.POST) -> ItemRef:
    """What the catalogue knows of an item."""
    return ItemRef(kind=kind, remote_id=remote_id, link="", parent=None, thread=None)


def parts_of(name: str) -> tuple[Account, Fetch, Reply]:
    """Account, fetch and reply of a golden case."""
    found = case(name)
    return found.account, found.fetch, found.reply


def test_posts_older_than_the_search_reaches_are_told_by_the_time_of_the_reply_alone() -> None:
    """Reading asks no clock: a rebuild asks for the same."""
    account, fetch, reply = parts_of("x/posts")
    later = replace(reply, received=reply.received + timedelta(days=30))
    streams = [{asked.stream for asked in CONNECTOR.read(account, fetch, one).also} for one in (reply, later)]
    assert streams == [{"history", "comments"}, {"history"}]
