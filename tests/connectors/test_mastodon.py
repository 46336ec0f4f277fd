"""The Mastodon connector: what the golden pairs do not say by themselves."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from archiver.errors import Unreadable
from archiver.model import Account, Cause, Fetch, ItemRef, Kind, Page, Reply, Visibility
from connectors.mastodon import CONNECTOR
from tests.connectors.cases import case

ACCOUNT = Account(id="a", platform="mastodon", handle="@mayor@social.example", url="https://social.example")
SIGNED = replace(ACCOUNT, credential="env:MAYOR")
API = "https://social.example/api/v1"
POSTS = Fetch(stream="posts", url=f"{API}/accounts/109/statuses", params=(("limit", "40"),))
MAYOR = {"id": "109", "acct": "mayor", "username": "mayor"}
ANN = {"id": "220", "acct": "ann@other.example"}


def read(value: Any, *, fetch: Fetch = POSTS, account: Account = ACCOUNT) -> Page:
    """The page of a JSON value that came as the answer to `fetch`."""
    body = json.dumps(value).encode()
    reply = Reply(url=fetch.url, status=200, headers=(), body=body, received=datetime(2026, 1, 5, tzinfo=UTC))
    return CONNECTOR.read(account, fetch, reply)


def status(number: int, who: dict[str, str] = MAYOR, **more: Any) -> dict[str, Any]:
    """A status with as little as a server may send."""
    return {"id": str(number), "account": who, "visibility": "public"} | more


@pytest.mark.parametrize(
    ("handle", "acct"),
    [
        ("mayor", "mayor"),
        ("@mayor", "mayor"),
        ("@mayor@social.example", "mayor"),
        ("mayor@Social.Example", "mayor"),
        ("@mayor@example", "mayor@example"),
    ],
)
def test_without_a_credential_the_account_is_looked_up_by_its_public_name(handle: str, acct: str) -> None:
    """The host is left out only where it is the host that is asked."""
    first = CONNECTOR.first(replace(ACCOUNT, handle=handle))
    assert first == (Fetch(stream="profile", url=f"{API}/accounts/lookup", params=(("acct", acct),)),)


def test_with_a_credential_the_account_is_asked_who_it_is() -> None:
    """The credential itself tells whose it is."""
    assert CONNECTOR.first(SIGNED) == (Fetch(stream="profile", url=f"{API}/accounts/verify_credentials"),)


def test_a_credential_of_somebody_else_is_not_pinned() -> None:
    """The first use of a wrong credential would archive another person's messages."""
    fetch = CONNECTOR.first(SIGNED)[0]
    with pytest.raises(Unreadable) as caught:
        read({"id": "5", "acct": "someone"}, fetch=fetch, account=SIGNED)
    assert caught.value.cause is Cause.IDENTITY
    assert caught.value.what == "The server answers for @someone, not for @mayor@social.example."


def test_an_account_once_pinned_may_be_renamed() -> None:
    """From then on the id decides, which the engine compares."""
    page = read(
        {"id": "109", "acct": "newname"}, fetch=CONNECTOR.first(SIGNED)[0], account=replace(SIGNED, platform_id="109")
    )
    assert page.identity is not None
    assert page.identity.platform_id == "109"


def test_a_status_is_read_alike_wherever_it_is_found() -> None:
    """Listing, thread, notification and direct look must not look like versions of one another."""
    node = status(
        61, ANN, mentions=[MAYOR], content="<p>Hi</p>", in_reply_to_id="50", created_at="2026-01-05T08:00:00Z"
    )
    thread = Fetch(stream="comments", url=f"{API}/statuses/50/context", subject="50")
    looks = (
        read([status(1, reblog=node)]).items[1],
        read({"ancestors": [], "descendants": [node]}, fetch=thread).items[0],
        read({"ancestors": [node], "descendants": []}, fetch=thread).items[0],
        read([{"status": node}], fetch=replace(POSTS, stream="mentions")).items[0],
        read(node, fetch=replace(POSTS, stream="item", subject="61")).items[0],
    )
    assert len({look.digest for look in looks}) == 1
    assert {(look.kind, look.context) for look in looks} == {(Kind.COMMENT, False)}


def test_an_edit_history_gives_the_content_that_was_seen() -> None:
    """A version told by the server is known again as the one that a poll had seen."""
    content = {"content": "<p>Old</p>", "spoiler_text": "Careful", "sensitive": True}
    media = {"media_attachments": [{"id": "7", "type": "image", "url": "https://f.example/7", "description": "Map"}]}
    seen = read([status(50, **content, **media, created_at="2026-01-05T08:00:00Z")]).items[0]
    history = Fetch(stream="history", url=f"{API}/statuses/50/history", subject="50")
    told = read([content | media | {"created_at": "2026-01-05T08:00:00Z", "account": MAYOR}], fetch=history).items[0]
    assert told.content_digest == seen.content_digest
    assert (told.historic, told.remote_id, told.visibility) == (True, "50", Visibility.UNKNOWN)


@pytest.mark.parametrize(
    ("more", "tokens"),
    [
        ({"replies_count": 0}, []),
        ({"replies_count": 2}, ["2:"]),
        ({}, [":"]),
        ({"replies_count": "3", "edited_at": "T"}, ["3:T", "T"]),
        ({"replies_count": 0, "in_reply_to_id": "5", "in_reply_to_account_id": "109"}, []),
        ({"replies_count": 0, "in_reply_to_id": "5", "in_reply_to_account_id": "220"}, ["0:"]),
        ({"replies_count": 4, "reblog": {"id": "9", "replies_count": 4}}, []),
    ],
)
def test_a_thread_is_asked_for_once_for_each_state_of_it(more: dict[str, Any], tokens: list[str]) -> None:
    """Where there are answers, or may be, or where the account answers somebody else; not for what it boosts."""
    assert [fetch.token for fetch in read([status(50, **more)]).also] == tokens


def test_a_server_that_does_not_page_is_not_asked_for_more() -> None:
    """It shows everything at once or its newest only: a full page without links is not taken for the whole."""
    full = read([status(n) for n in range(40)])
    short = read([status(n) for n in range(39)])
    assert (full.more, full.walked, short.more, short.walked) == (None, False, None, True)


def test_a_thread_shows_everything_only_within_what_the_server_shows_a_stranger() -> None:
    """A missing answer deserves a direct look only where it should have been there."""
    thread = Fetch(stream="comments", url=f"{API}/statuses/1/context", subject="1")
    answers = [status(n, ANN, in_reply_to_id="1") for n in range(2, 30)]
    reply = {"ancestors": [], "descendants": answers}
    assert read(reply, fetch=thread).walked is False
    assert read(reply, fetch=thread, account=SIGNED).walked is True


@pytest.mark.parametrize(
    ("visibility", "mentions", "kind", "seen_by"),
    [
        ("direct", [ANN], Kind.MESSAGE, Visibility.DIRECT),
        ("direct", [], Kind.MESSAGE, Visibility.DIRECT),
        ("private", [ANN], Kind.MESSAGE, Visibility.PRIVATE),
        ("private", [], Kind.POST, Visibility.PRIVATE),
        ("unlisted", [ANN], Kind.POST, Visibility.UNLISTED),
    ],
)
def test_what_is_not_public_and_names_people_is_a_message(
    visibility: str, mentions: list[dict[str, str]], kind: Kind, seen_by: Visibility
) -> None:
    """Some servers call a direct message private; a followers-only post names nobody."""
    item = read([status(1, visibility=visibility, mentions=mentions)]).items[0]
    assert (item.kind, item.visibility) == (kind, seen_by)


def test_what_somebody_else_sent_us_in_private_is_a_message_though_it_names_nobody() -> None:
    """snac2 tells neither that a message is direct nor to whom it went."""
    item = read([status(1, ANN, visibility="private")]).items[0]
    assert (item.kind, item.visibility, item.details) == (Kind.MESSAGE, Visibility.PRIVATE, ())


@pytest.mark.parametrize("acct", ["mayor", "Mayor", "mayor@social.example", "mayor@127.0.0.1:8080"])
def test_the_account_is_known_with_and_without_its_host(acct: str) -> None:
    """Some servers write the host of their own users, the port with it."""
    here = replace(ACCOUNT, url="http://127.0.0.1:8080")
    assert read([status(1, {"id": "109", "acct": acct})], account=here).items[0].context is False


@pytest.mark.parametrize("acct", ["ann", "mayor@other.example", "", "mayor2"])
def test_a_namesake_elsewhere_is_somebody_else(acct: str) -> None:
    """The same name on another server is another person."""
    assert read([status(1, {"id": "1", "acct": acct})]).items[0].context is True


def test_a_direct_look_asks_for_the_item_by_its_id() -> None:
    """Ids are opaque, and never become part of the path's structure."""
    item = ItemRef(kind=Kind.POST, remote_id="a/../b?c", link="", parent=None, thread=None)
    profile = replace(item, kind=Kind.PROFILE, remote_id="account:109")
    expected = Fetch(stream="item", url=f"{API}/statuses/a%2F..%2Fb%3Fc", subject="a/../b?c")
    assert CONNECTOR.check(ACCOUNT, item) == expected
    assert CONNECTOR.check(ACCOUNT, profile) == Fetch(stream="item", url=f"{API}/accounts/109", subject="account:109")


def test_reading_does_not_hang_on_what_was_pinned_meanwhile() -> None:
    """A rebuild knows the platform id from the start, the first poll did not."""
    for name in ("posts", "thread", "conversations", "mentions"):
        found = case(f"mastodon/{name}")
        pinned = replace(found.account, platform_id="109")
        before = CONNECTOR.read(found.account, found.fetch, found.reply)
        assert CONNECTOR.read(pinned, found.fetch, found.reply) == before
