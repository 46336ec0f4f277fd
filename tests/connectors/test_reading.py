"""What every reader of a JSON platform leans on: rows with their places, pages, next pages, whom a reply speaks for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from archiver.errors import Unreadable
from archiver.model import Account, Cause, Fetch, Identity, Kind, Notice, Reply, Snapshot, Unread
from connectors.reading import Reading, reading, spoken_for, stepped

ACCOUNT = Account(id="a", platform="p", handle="@Town", url="https://p.example")
FETCH = Fetch(stream="posts", url="https://p.example/posts", params=(("limit", "9"), ("cursor", "one")))
NOW = datetime(2026, 11, 20, tzinfo=UTC)
ITEM = Snapshot(kind=Kind.POST, remote_id="1")


def read(body: bytes) -> Reading:
    """A body as the answer to the fetch."""
    return reading(ACCOUNT, FETCH, Reply(url="x", status=200, headers=(), body=body, received=NOW))


def test_rows_have_their_places_and_a_missing_list_is_no_empty_one() -> None:
    """An empty list is there, and empty."""
    assert read(b'{"data": [{"n": 1}, 2], "none": []}').rows("data") == [("/data/0", {"n": 1}), ("/data/1", 2)]
    assert read(b'{"none": []}').rows("none") == []
    with pytest.raises(Unreadable, match="The reply to 'posts' holds no list of data"):
        read(b'{"data": {}}').rows("data")
    for complaint in (b'{"error": {"message": "Not now"}}', b'{"error": "Not now", "message": "what a node may say"}'):
        with pytest.raises(Unreadable, match=r"holds no list of rows: it says 'Not now'\.$"):
            read(complaint).rows("data", "rows")


def test_a_page_is_what_was_found_each_in_its_place() -> None:
    """Items once, what to ask, what people should know, what could not be read, and the next page."""
    lost, notice = Unread(source="/1", reason="r"), Notice(topic="t", words="w")
    page = read(b'{"x": "\\u0000"}').page([ITEM, None, FETCH, ITEM, lost, notice], step=FETCH, walked=True)
    assert (page.items, page.also, page.notices, page.unread) == ((ITEM,), (FETCH,), (notice,), (lost,))
    assert (page.more, page.walked, page.flags) == (FETCH, True, ("nul-replaced",))
    assert read(b"{}").page([lost], step=lost).unread == (lost, lost)


def test_a_next_page_is_the_same_request_from_elsewhere() -> None:
    """One that names itself is told, and never asked."""
    more = stepped(FETCH, "cursor", "two")
    assert isinstance(more, Fetch)
    assert more.params == (("limit", "9"), ("cursor", "two"))
    assert stepped(FETCH, "cursor", "") is None
    assert stepped(FETCH, "cursor", "one", source="/next") == Unread(
        source="/next", reason="the next page named is this page itself"
    )


@pytest.mark.parametrize(
    ("told", "pinned", "cause"),
    [
        (Identity(platform_id="7", handle="town"), None, None),
        (Identity(platform_id="town", handle="x"), None, None),
        (Identity(platform_id="7", handle="village"), None, Cause.IDENTITY),
        (Identity(platform_id="", handle="town"), None, Cause.UNREADABLE),
        (Identity(platform_id="7", handle="renamed"), "7", None),
    ],
)
def test_a_credential_of_somebody_else_is_not_pinned(told: Identity, pinned: str | None, cause: Any) -> None:
    """Once the account is pinned its number decides, whatever it is called by then."""
    account = Account(id="a", platform="p", handle="@Town", url="https://p.example", platform_id=pinned)
    names = (told.platform_id, told.handle)
    if cause is None:
        assert spoken_for(account, told, nobody="n", other="o", do="d", names=names) is told
        return
    with pytest.raises(Unreadable) as caught:
        spoken_for(account, told, nobody="n", other="o", do="d", names=names)
    assert caught.value.cause is cause
