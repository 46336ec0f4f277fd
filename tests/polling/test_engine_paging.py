"""Pages that shift, repeat, lead in circles, are short or empty: nothing lost, nothing doubled, an end in any case."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import count
from typing import Any

from archiver.storage.run_rows import Depth
from tests.polling.desk import DAY, START, Desk
from tests.polling.platform import Asked
from tests.polling.published import PAGE
from tests.polling.replies import said


def _posts(desk: Desk, number: int, *, apart: timedelta = timedelta(minutes=1)) -> None:
    for one in range(number):
        desk.platform.post(f"post {one}")
        desk.clock.move(apart)


def _page(desk: Desk, number: int) -> dict[str, Any]:
    asked = Asked(
        host="platform.example",
        path="/posts",
        query={"page": str(number)},
        authorization=f"Bearer {desk.platform.token}",
        if_none_match=None,
        at=START,
    )
    found: dict[str, Any] = json.loads(desk.platform.honestly(asked).partition(b"\r\n\r\n")[2])
    return found


def _items(desk: Desk) -> list[str]:
    return [row[0] for row in desk.rows("SELECT remote_id FROM items WHERE kind = 'post' ORDER BY id")]


def test_a_page_that_names_itself_as_the_next_is_a_gap(desk: Desk) -> None:
    """A to A: read once, a gap, and the run ends in part."""
    _posts(desk, 12)
    desk.platform.fail("/posts?page=2", said(_page(desk, 2) | {"next": 2}))

    polled = desk.poll()

    assert not polled.finished
    assert desk.platform.lines().count("/posts?page=2") == 1
    assert desk.gaps() == [("posts", None, "paging loop", False)]
    assert len(_items(desk)) == 8
    assert "posts" not in desk.covered()


def test_pages_that_name_each_other_are_a_gap_that_closes_with_a_whole_walk(desk: Desk) -> None:
    """A to B to A: each read once, a gap; the next walk that comes to the end closes it."""
    _posts(desk, 12)
    desk.platform.fail("/posts?page=3", said(_page(desk, 3) | {"next": 2}))
    desk.poll()
    assert desk.gaps() == [("posts", None, "paging loop", False)]
    desk.platform.heal()

    desk.later()

    assert desk.texts() == desk.platform.truth()
    assert desk.gaps() == [("posts", None, "paging loop", True)]


def test_ever_new_next_pages_without_anything_new_come_to_an_end(desk: Desk) -> None:
    """The last page again and again under new names: after twenty of them that is a loop."""
    _posts(desk, 6)
    pages = count(2)
    desk.platform.fail("/posts?page=", lambda _asked: said(_page(desk, 2) | {"next": next(pages) + 1}))

    desk.poll()

    assert desk.gaps() == [("posts", None, "paging loop", False)]
    assert 20 <= len(desk.platform.lines()) <= 30
    assert len(_items(desk)) == 6


def test_ever_new_empty_pages_come_to_an_end(desk: Desk) -> None:
    """Empty pages, each with a next one."""
    pages = count(2)
    desk.platform.fail("/posts", lambda _asked: said({"items": [], "next": next(pages)}))

    desk.poll()

    assert desk.gaps() == [("posts", None, "paging loop", False)]
    assert len(desk.platform.lines()) <= 30


def test_an_empty_page_with_a_next_one_is_not_the_end(desk: Desk) -> None:
    """Only the absence of a next page ends a list."""
    _posts(desk, 10)
    desk.platform.fail("/posts?page=2", said({"items": [], "next": 3}))

    polled = desk.poll()

    assert polled.finished
    assert _items(desk) == ["p1", "p2", "p7", "p8", "p9", "p10"]


def test_a_page_shorter_than_the_limit_is_not_the_end(desk: Desk) -> None:
    """One item where there is room for four, and more behind it."""
    _posts(desk, 10)
    first = _page(desk, 1)
    desk.platform.fail("/posts", said(first | {"items": first["items"][:1]}), times=1)

    desk.poll()

    assert _items(desk) == ["p1", "p2", "p3", "p4", "p5", "p6", "p10"]
    desk.later()
    assert desk.texts() == desk.platform.truth()


def test_the_same_page_twice_doubles_nothing(desk: Desk) -> None:
    """Page two says what page one said; what it hid comes with the next walk."""
    _posts(desk, 10)
    desk.platform.fail("/posts?page=2", said(_page(desk, 1) | {"next": 3}))

    desk.poll()

    assert _items(desk) == ["p1", "p2", "p7", "p8", "p9", "p10"]
    assert desk.count("versions") == desk.count("items")
    desk.platform.heal()
    desk.later()
    assert desk.texts() == desk.platform.truth()


def test_posts_that_shift_the_pages_during_the_walk_double_nothing(desk: Desk) -> None:
    """Each time a page is asked for, a new post pushes an item over to the next one."""
    _posts(desk, 12)

    def push(page: int) -> None:
        desk.platform.post(f"while page {page}")

    desk.platform.on_page = push

    desk.poll()
    desk.platform.on_page = lambda _page: None
    desk.later()

    assert desk.texts() == desk.platform.truth()
    assert desk.count("versions") == desk.count("items")


def test_a_removal_during_the_walk_hides_an_item_until_the_next_poll_only(desk: Desk) -> None:
    """An item slips from page two to page one after page one was read: it comes with the overlap."""
    _posts(desk, 12)

    def remove(page: int) -> None:
        if page == 2:
            desk.platform.posts[-1].removed = True

    desk.platform.on_page = remove
    desk.poll()
    assert "p8" not in _items(desk)

    desk.later()

    assert set(desk.platform.truth()) <= set(desk.texts())
    assert desk.seen("p12") == "absent"


def test_an_item_that_slips_between_pages_is_present_after_a_direct_look(desk: Desk) -> None:
    """Known, and missed by this walk for the same reason: looked at directly, found, nothing concluded."""
    _posts(desk, 12)
    desk.poll()
    desk.platform.on_page = lambda page: desk.platform.posts.insert(0, desk.platform.posts.pop()) if page == 2 else None

    desk.later()

    assert {desk.seen(post.id) for post in desk.platform.posts} == {"present"}


def test_items_without_times_do_not_end_a_walk(desk: Desk) -> None:
    """Ten posts without any time, five of them new on top: every page that shows a new one is followed."""
    _posts(desk, 5)
    desk.poll()
    _posts(desk, 8)
    for post in desk.platform.posts[-8:]:
        post.created = None  # type: ignore[assignment]

    desk.later(DAY * 4, depth=Depth.POLL)

    assert desk.texts() == desk.platform.truth()


def test_a_pinned_old_post_on_top_does_not_end_a_walk(desk: Desk) -> None:
    """One item of last year before the new ones: only a page that is old as a whole ends it."""
    _posts(desk, 1)
    desk.clock.move(DAY * 300)
    _posts(desk, 2)
    desk.poll()
    desk.clock.move(DAY * 10)
    _posts(desk, PAGE + 1)
    desk.platform.posts.append(desk.platform.posts.pop(0))

    desk.later()

    assert desk.texts() == desk.platform.truth()


def test_a_listing_that_no_longer_reaches_what_is_known_is_a_gap_with_its_bounds(desk: Desk) -> None:
    """The platform lists the newest five, and nine came: a hole between the last known and the oldest shown."""
    desk.platform.window = 5
    _posts(desk, 5)
    known = desk.clock.now() - timedelta(minutes=1)
    desk.poll()
    _posts(desk, 9)
    oldest = desk.clock.now() - timedelta(minutes=5)

    desk.later()

    (gap,) = desk.all_gaps()
    assert (gap.stream, gap.cause.value, gap.start, gap.end) == (
        "posts",
        "older than the platform shows",
        known,
        oldest,
    )
    assert (gap.last_known, gap.closed) == ("p5", None)

    desk.later(DAY)
    assert desk.all_gaps(standing=True) == (gap,)


def test_a_listing_that_still_reaches_what_is_known_is_no_gap(desk: Desk) -> None:
    """The platform lists the newest five, and four came."""
    desk.platform.window = 5
    _posts(desk, 5)
    desk.poll()
    _posts(desk, 4)

    desk.later()

    assert desk.gaps() == []


def test_a_gap_does_not_close_by_a_walk_that_does_not_reach_it(desk: Desk) -> None:
    """An unreadable item of three weeks ago: polls of the newest days leave its gap open, the re-walk closes it."""
    _posts(desk, 21, apart=DAY)
    desk.poll()
    broken = _page(desk, 5)
    broken["items"][1] = "not an item"
    desk.platform.fail("/posts?page=5", said(broken))
    desk.later(DAY)
    assert ("posts", None, "unreadable", False) in desk.gaps()
    desk.platform.heal()

    desk.later()
    assert desk.gaps(standing=True) == [("posts", None, "unreadable", False)]

    desk.later(DAY)
    assert desk.gaps(standing=True) == []


def test_what_is_older_than_a_walk_looks_back_but_was_never_shown_is_walked_past(desk: Desk) -> None:
    """The first walk was shown its last page only: the next one goes on to what is known, however old all of it is."""
    _posts(desk, 3 * PAGE)
    desk.clock.move(10 * DAY)
    for page in (1, 2):
        desk.platform.fail("/posts", said(_page(desk, page) | {"items": []}), times=1)
    desk.poll()
    before = len(desk.texts())

    desk.later()

    assert (before, len(desk.texts())) == (PAGE + 1, 3 * PAGE + 1)
    assert desk.gaps() == []
