"""What others say on YouTube: threads and all their replies, who may see them, edits, live chat."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from archiver.model import Fetch, Kind, Visibility
from connectors.youtube import CONNECTOR
from tests.connectors.cases import case
from tests.connectors.test_youtube import BY_KEY, OWNER, WHO, asked, comment, only, read, ref, thread


def test_all_replies_are_asked_for_where_not_all_came_along() -> None:
    """As often as the threads of their video, so that a missing one is told from one not shown."""
    fetch = Fetch(stream="comments", url=f"{OWNER.url}/commentThreads", subject="v1", token="9")
    page = read(fetch, [thread("A", 2, 2), thread("B", 6, 5), thread("C")])
    assert [(one.subject, one.token, one.hint) for one in page.also] == [("B", "9:6", "v1")]
    assert page.walked
    listing = read(asked("discussion"), [thread("B", 6, 5)])
    assert [(one.subject, one.token) for one in listing.also] == [("B", "6")]
    assert not listing.walked  # it shows five of six


def test_a_reply_is_the_same_wherever_it_is_found() -> None:
    """In its thread, among all replies, and, but for who may see it, by itself."""
    fetch = Fetch(stream="comments", url=f"{OWNER.url}/commentThreads", subject="v1", token="9")
    page = read(fetch, [thread("B", 6, 1)])
    inlined = page.items[1]
    alone = only(read(page.also[0], [comment("B.0", parentId="B")]))
    look = CONNECTOR.check(BY_KEY, ref(Kind.COMMENT, "B.0", thread="v1"))
    assert look is not None
    direct = only(read(look, [comment("B.0")], account=BY_KEY))
    assert inlined.parent == alone.parent == direct.parent == "B"
    assert inlined.thread == alone.thread == direct.thread == "v1"
    assert inlined.digest == alone.digest == direct.digest


@pytest.mark.parametrize(
    ("state", "visibility"),
    [
        ("published", Visibility.PUBLIC),
        ("heldForReview", Visibility.HELD),
        ("likelySpam", Visibility.HIDDEN),
        ("rejected", Visibility.HIDDEN),
        ("somethingNew", Visibility.UNKNOWN),
    ],
)
def test_the_state_of_a_comment_is_its_visibility(state: str, visibility: Visibility) -> None:
    """A state that is not known is counted as drift, and not taken for public."""
    page = read(asked("discussion"), [thread("A", topLevelComment=comment("A", moderationStatus=state))])
    assert only(page).visibility is visibility
    assert dict(page.drift) == ({"comment.snippet.moderationStatus=somethingNew": 1} if "New" in state else {})


def test_a_held_comment_that_does_not_say_so_is_held_by_what_was_asked() -> None:
    """The two lists of what is not shown to everybody."""
    page = read(CONNECTOR.first(OWNER)[0], [WHO])
    lists = {one.hint: one for one in page.also if one.stream == "held"}
    found = {state: only(read(one, [thread("A", isPublic=False)])) for state, one in lists.items()}
    assert {state: one.visibility for state, one in found.items()} == {
        "heldForReview": Visibility.HELD,
        "likelySpam": Visibility.HIDDEN,
    }


def test_a_direct_look_does_not_make_a_held_comment_public() -> None:
    """A thread says whether everybody sees it; a reply does not, and the owner sees it in any case."""
    look = CONNECTOR.check(OWNER, ref(Kind.COMMENT, "A", thread="v1"))
    assert look is not None
    assert only(read(look, [thread("A", isPublic=False)])).visibility is Visibility.HIDDEN
    assert only(read(look, [thread("A")])).visibility is Visibility.PUBLIC
    look = CONNECTOR.check(OWNER, ref(Kind.COMMENT, "A.1", thread="v1"))
    assert look is not None
    assert only(read(look, [comment("A.1")])).visibility is Visibility.UNKNOWN


def test_an_edit_is_a_change_after_the_making() -> None:
    """`updatedAt` equals `publishedAt` until then."""
    times = {"publishedAt": "2026-11-20T10:00:00Z", "updatedAt": "2026-11-20T10:00:00Z"}
    fetch = Fetch(stream="comments", url=f"{OWNER.url}/comments", subject="A", token="1")
    unchanged = only(read(fetch, [comment("A.1", **times)]))
    edited = only(read(fetch, [comment("A.1", **times | {"updatedAt": "2026-11-20T11:00:00Z", "textDisplay": "u"})]))
    assert unchanged.edited is None
    assert edited.edited == datetime(2026, 11, 20, 11, tzinfo=UTC)
    assert unchanged.digest != edited.digest


def test_a_live_chat_is_followed_while_its_pages_are_full() -> None:
    """It names a next page for as long as it lasts; to follow that would never end."""
    fetch = case("youtube/chat").fetch
    message = {"kind": "youtube#liveChatMessage", "snippet": {"type": "textMessageEvent", "displayMessage": "m"}}
    full = [message | {"id": str(n)} for n in range(200)]
    page = read(fetch, full, nextPageToken="G2")
    assert page.more is not None and dict(page.more.params)["pageToken"] == "G2"
    assert read(fetch, full[:199], nextPageToken="G2").more is None
    assert not page.walked
