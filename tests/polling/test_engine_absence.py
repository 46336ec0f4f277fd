"""What is not shown any more: looked at directly, and told as what was seen, never as more."""

from __future__ import annotations

from datetime import timedelta

import pytest

from archiver.storage.run_rows import Depth
from tests.polling.desk import DAY, Desk
from tests.polling.replies import LOGIN_PAGE, said


def _posts(desk: Desk, count: int, *, apart: timedelta = timedelta(minutes=1)) -> None:
    for number in range(count):
        desk.platform.post(f"post {number}")
        desk.clock.move(apart)


def test_a_removed_post_is_absent_after_the_direct_look(desk: Desk) -> None:
    """It is missing from the listing, is looked at directly, and only that answer says absent."""
    _posts(desk, 3)
    desk.poll()
    gone = desk.platform.posts[1]
    gone.removed = True
    desk.platform.lines()

    desk.later()

    assert f"/posts/{gone.id}" in desk.platform.lines()
    assert desk.seen(gone.id) == "absent"
    assert desk.looks(gone.id) == [("absent", "direct")]
    assert desk.versions(gone.id) == ["post 1"]


def test_a_removed_comment_is_absent_after_the_direct_look(desk: Desk) -> None:
    """The count fell, the thread is asked for, the comment is missing from it and is looked at."""
    post = desk.platform.post("discussed", comments=3)
    desk.poll()
    post.comments[1].removed = True

    desk.later()

    assert [desk.seen(comment.id) for comment in post.comments] == ["present", "absent", "present"]
    assert desk.looks(post.comments[1].id) == [("absent", "direct")]


def test_an_item_missing_from_a_feed_is_not_absent_by_that_alone(desk: Desk) -> None:
    """A post that is not listed any more but still there is present, and is not asked for at every poll."""
    _posts(desk, 3)
    desk.poll()
    unlisted = desk.platform.posts[1]
    unlisted.listed = False

    for _ in range(4):
        desk.later()

    assert desk.seen(unlisted.id) == "present"
    assert desk.platform.lines().count(f"/posts/{unlisted.id}") == 1


def test_a_post_that_reappears_is_present_again(desk: Desk) -> None:
    """Absent, then shown by the listing: both are on record, in order."""
    _posts(desk, 3)
    desk.poll()
    post = desk.platform.posts[1]
    post.removed = True
    desk.later()
    post.removed = False

    desk.later()

    assert desk.seen(post.id) == "present"
    assert desk.looks(post.id) == [("absent", "direct"), ("present", "listing")]
    assert desk.rows("SELECT absent_since, absent_checks FROM items WHERE remote_id = ?", post.id) == [(None, 0)]


def test_a_hidden_post_is_hidden_and_not_absent(desk: Desk) -> None:
    """The platform shows it to us as hidden: an observation and a version of its visibility."""
    post = desk.platform.post("shown")
    desk.poll()
    post.visibility = "hidden"
    desk.later()
    post.visibility = "public"

    desk.later()

    assert desk.looks(post.id) == [("hidden", "listing"), ("present", "listing")]
    shown = "SELECT v.visibility FROM versions v JOIN items i ON i.id = v.item WHERE i.remote_id = ? ORDER BY v.number"
    assert desk.rows(shown, post.id) == [("public",), ("hidden",), ("public",)]


@pytest.mark.parametrize("status", [401, 403, 451])
def test_a_refused_direct_look_is_refused_and_not_absent(desk: Desk, status: int) -> None:
    """The platform does not show it to us: that is all we know, and it is asked again a day later only."""
    _posts(desk, 3)
    desk.poll()
    post = desk.platform.posts[1]
    post.listed = False
    desk.platform.fail(f"/posts/{post.id}", said({}, status))
    desk.platform.lines()

    for _ in range(3):
        desk.later()

    assert desk.looks(post.id) == [("refused", "direct")]
    assert desk.seen(post.id) == "refused"
    assert desk.platform.lines().count(f"/posts/{post.id}") == 1


def test_a_login_page_on_a_direct_look_is_no_verdict(desk: Desk) -> None:
    """Status 200 and no post in it: the item stays as it was, the failed look is on record and in the gaps."""
    _posts(desk, 3)
    desk.poll()
    post = desk.platform.posts[1]
    post.removed = True
    desk.platform.fail(f"/posts/{post.id}", LOGIN_PAGE)

    desk.later()

    assert desk.looks(post.id) == [("error", "direct")]
    assert desk.seen(post.id) == "present"
    assert desk.gaps() == [("item", post.id, "unreadable", False)]

    desk.platform.heal()
    desk.later(DAY)
    assert desk.seen(post.id) == "absent"
    assert [gap for gap in desk.gaps() if gap[0] == "item"] == [("item", post.id, "unreadable", True)]


def test_absence_is_confirmed_in_another_run_only(desk: Desk) -> None:
    """One look in one run counts once; the second comes with the next walk back, and then no more are made."""
    _posts(desk, 3)
    desk.poll()
    post = desk.platform.posts[1]
    post.removed = True
    desk.later()
    desk.later()
    assert desk.rows("SELECT absent_checks FROM items WHERE remote_id = ?", post.id) == [(1,)]
    first = desk.rows("SELECT absent_since FROM items WHERE remote_id = ?", post.id)

    desk.later(DAY)
    desk.later(DAY)
    desk.later(DAY)

    assert desk.rows("SELECT absent_checks FROM items WHERE remote_id = ?", post.id) == [(2,)]
    assert desk.rows("SELECT absent_since FROM items WHERE remote_id = ?", post.id) == first
    assert desk.looks(post.id) == [("absent", "direct"), ("absent", "direct")]


def test_a_first_look_in_a_walk_back_counts_once(desk: Desk) -> None:
    """Removed just before a re-walk: it is looked at once in that run, not twice."""
    _posts(desk, 3)
    desk.poll()
    post = desk.platform.posts[1]
    post.removed = True

    desk.later(depth=Depth.REWALK)

    assert desk.rows("SELECT absent_checks FROM items WHERE remote_id = ?", post.id) == [(1,)]


def test_many_removed_posts_are_all_looked_at_within_few_runs(desk: Desk) -> None:
    """Seventy posts go at once: fifty direct looks in one run, the rest in the next."""
    _posts(desk, 70)
    desk.poll()
    for post in desk.platform.posts:
        post.removed = True

    desk.later()
    assert desk.rows("SELECT count(*) FROM items WHERE seen = 'absent'") == [(50,)]

    desk.later()
    assert desk.rows("SELECT count(*) FROM items WHERE seen = 'absent'") == [(70,)]


def test_a_comment_under_a_removed_post_is_looked_at_with_it(desk: Desk) -> None:
    """A thread that cannot be had any more tells nothing of its comments by itself."""
    post = desk.platform.post("discussed", comments=1)
    desk.poll()
    post.removed = True

    desk.later()

    assert desk.seen(post.id) == "absent"
    assert desk.seen(post.comments[0].id) == "present"
