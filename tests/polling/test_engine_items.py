"""Items as platforms should not send them: kept as far as they go, flagged, and never in the way of a neighbour."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.polling.desk import DAY, Desk
from tests.polling.replies import said, wire

ONE = {"id": "p1", "kind": "post", "created": "2026-11-20T11:00:00+00:00", "text": "one", "comments": 0}
TWO = ONE | {"id": "p2", "text": "two"}


def _listed(desk: Desk, *items: Any) -> None:
    desk.platform.fail("/posts", wire(200, json.dumps({"items": items}).encode()))


@pytest.mark.parametrize(
    "broken",
    [None, "a string", 7, [], {}, {"id": "x"}, {"text": "no id"}, ONE | {"created": "yesterday"}, ONE | {"files": 3}],
)
def test_an_item_that_cannot_be_read_is_a_gap_and_its_neighbours_are_kept(desk: Desk, broken: Any) -> None:
    """One of three: the page is kept, two items are, the run is done, the stream is covered but for the gap."""
    _listed(desk, TWO, broken, ONE | {"id": "p3"})

    polled = desk.poll()

    assert polled.finished
    assert set(desk.texts()) == {"account:42", "p2", "p3"}
    assert desk.gaps() == [("posts", None, "unreadable", False)]
    assert "posts" in desk.covered()


def test_an_item_that_cannot_be_read_is_one_gap_however_it_moves_on_the_page(desk: Desk) -> None:
    """New posts push it down: it is the same gap, not another one for each place."""
    for number in range(4):
        _listed(desk, *(ONE | {"id": f"n{n}"} for n in range(number)), "broken", TWO)
        desk.platform.faults = desk.platform.faults[-1:]
        desk.later()

    assert desk.gaps() == [("posts", None, "unreadable", False)]


def test_the_gap_of_an_unreadable_item_closes_when_it_is_read(desk: Desk) -> None:
    """The platform mends it; the next walk over the same days closes the gap."""
    _listed(desk, TWO, "broken")
    desk.poll()
    desk.platform.faults.clear()
    _listed(desk, TWO, ONE)

    desk.later()

    assert desk.texts()["p1"] == "one"
    assert desk.gaps() == [("posts", None, "unreadable", True)]


def test_the_gap_of_an_unreadable_item_reaches_back_to_the_oldest_of_its_page(desk: Desk) -> None:
    """What else could be there is not known; an older page with another one takes the gap further back."""
    _listed(desk, ONE | {"created": "2026-11-20T10:00:00+00:00"}, "broken")
    desk.poll()
    assert [str(gap.start) for gap in desk.all_gaps()] == ["2026-11-20 10:00:00+00:00"]
    desk.platform.faults.clear()
    _listed(desk, TWO | {"created": "2026-11-19T10:00:00+00:00"}, "broken too")

    desk.later()

    (gap,) = (gap for gap in desk.all_gaps() if gap.stream == "posts")
    assert gap.start is not None
    assert gap.start.isoformat() == "2026-11-19T10:00:00+00:00"


def test_an_unreadable_comment_is_a_gap_of_its_page(desk: Desk) -> None:
    """Its neighbours are kept; it closes when the page is read whole."""
    post = desk.platform.post("discussed", comments=2)
    path = f"/posts/{post.id}/comments"
    desk.platform.fail(path, said({"items": ["broken", {"id": "c9", "kind": "comment", "text": "kept"}]}))
    desk.poll()
    assert desk.texts()["c9"] == "kept"
    ((stream, subject, cause, closed),) = desk.gaps()
    assert (stream, cause, closed) == ("comments", "unreadable", False)
    assert subject is not None
    assert subject.startswith(f"{post.id}#")
    desk.platform.heal()

    desk.later(DAY)

    assert [gap[3] for gap in desk.gaps() if gap[0] == "comments"] == [True]


def test_one_id_twice_on_a_page_is_one_item(desk: Desk) -> None:
    """The same twice: one item, one version."""
    _listed(desk, ONE, ONE)

    desk.poll()
    desk.later()

    assert desk.versions("p1") == ["one"]


def test_one_id_twice_with_other_words_is_one_item_and_grows_no_further(desk: Desk) -> None:
    """The first is what it is now, the other is kept beside it; polls that show the same add nothing."""
    _listed(desk, ONE, ONE | {"text": "also one"})
    desk.poll()
    captures = desk.count("captures")

    for _ in range(3):
        desk.later()

    assert desk.versions("p1") == ["one", "also one"]
    assert desk.texts()["p1"] == "one"
    assert desk.count("captures") == captures


@pytest.mark.parametrize("likes", [2**63 - 1, 2**63, 10**400, -(2**63), -(2**63) - 1])
def test_a_counter_of_any_size_stops_nothing(desk: Desk, likes: int) -> None:
    """What fits is kept as a counter; what does not is flagged; the bytes are in the archive in any case."""
    body = json.dumps({"items": [ONE | {"likes": 0}, TWO]}).replace('"likes": 0', f'"likes": {likes}')
    desk.platform.fail("/posts", wire(200, body.encode()))

    desk.poll()

    assert {"p1", "p2"} <= set(desk.texts())
    assert desk.likes("p1") == ([likes] if abs(likes) < 2**63 else [])


@pytest.mark.parametrize("text", ["a\x00b", "half \ud83d an emoji", "\udc00", "\u202eevil", "e\u0301" * 10_000])
def test_text_that_cannot_be_stored_as_it_is_is_flagged_and_kept(desk: Desk, text: str) -> None:
    """NUL and lone surrogates are replaced and flagged, everything else is as it was sent."""
    _listed(desk, ONE | {"text": text}, TWO)

    desk.poll()
    desk.later()

    kept = text.replace("\x00", "\ufffd").replace("\ud83d", "\ufffd").replace("\udc00", "\ufffd")
    assert desk.versions("p1") == [kept]
    assert bool(desk.rows("SELECT flags FROM versions WHERE text = ? AND flags <> ''", kept)) == (kept != text)
    assert desk.texts()["p2"] == "two"


def test_a_remote_id_that_cannot_be_stored_as_it_is_stays_one_item(desk: Desk) -> None:
    """An id with NUL in it: the same item at each poll."""
    _listed(desk, ONE | {"id": "p\x00"}, TWO)

    desk.poll()
    desk.later()

    assert set(desk.texts()) == {"account:42", "p\ufffd", "p2"}
    assert desk.count("versions") == 3


def test_an_unknown_kind_is_kept_as_a_post(desk: Desk) -> None:
    """A new sort of item is not dropped."""
    _listed(desk, ONE | {"kind": "hologram"})

    desk.poll()

    assert desk.rows("SELECT kind FROM items WHERE remote_id = 'p1'") == [("post",)]


@pytest.mark.parametrize(
    "created", ["0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00", "1969-12-31T23:00:00+00:00"]
)
def test_a_time_out_of_the_ordinary_is_kept(desk: Desk, created: str) -> None:
    """The beginning and the end of time, and before 1970."""
    _listed(desk, ONE | {"created": created}, TWO)

    desk.poll()

    assert desk.rows("SELECT created FROM items WHERE remote_id = 'p1'")[0][0].startswith(created[:19])
    assert desk.gaps() == []


def test_a_thread_a_hundred_wide_is_kept_whole(desk: Desk) -> None:
    """Twenty-five pages of comments under one post."""
    desk.platform.post("discussed", comments=100)

    desk.poll()

    assert desk.texts() == desk.platform.truth()
