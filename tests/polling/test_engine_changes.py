"""Later polls: what is new, edited, gone and back again, noticed once and told as what was seen."""

from __future__ import annotations

from datetime import timedelta

import pytest

from archiver.storage.run_rows import Depth
from tests.polling.desk import Desk
from tests.polling.platform import LOGIN_PAGE, PAGE, said

DAY = timedelta(days=1)


def _posts(desk: Desk, count: int, *, apart: timedelta = timedelta(minutes=1)) -> None:
    for number in range(count):
        desk.platform.post(f"post {number}")
        desk.clock.move(apart)


def test_a_second_poll_asks_only_for_the_first_pages(desk: Desk) -> None:
    """Forty days of posts over ten pages: the next poll stops at the page that is older than the overlap."""
    _posts(desk, 40, apart=DAY)
    desk.poll()
    desk.platform.lines()

    desk.later()

    assert desk.platform.lines() == ["/profile", "/posts", "/messages", "/posts?page=2"]


def test_the_overlap_is_walked_again(desk: Desk) -> None:
    """Posts of the last three days are on the pages asked, and the first page that is older ends the walk."""
    _posts(desk, 40, apart=timedelta(hours=8))
    desk.poll()
    desk.platform.lines()

    desk.later()

    assert desk.platform.lines() == [
        "/profile",
        "/posts",
        "/messages",
        "/posts?page=2",
        "/posts?page=3",
        "/posts?page=4",
    ]


def test_a_new_post_is_kept(desk: Desk) -> None:
    """One new post, one new item, one new version."""
    _posts(desk, 3)
    desk.poll()
    desk.platform.post("new", comments=2)

    desk.later()

    assert desk.texts() == desk.platform.truth()
    assert desk.count("versions") == desk.count("items")


def test_an_edit_inside_the_overlap_is_a_version_at_the_next_poll(desk: Desk) -> None:
    """Both texts are kept, in order."""
    _posts(desk, 3)
    desk.poll()
    desk.platform.edit(desk.platform.posts[1], "corrected")

    desk.later()

    assert desk.versions(desk.platform.posts[1].id) == ["post 1", "corrected"]


def test_an_edit_outside_the_overlap_is_noticed_by_the_next_walk_back(desk: Desk) -> None:
    """A post of three weeks ago is edited: the poll does not see it, the daily re-walk does."""
    _posts(desk, 21, apart=DAY)
    desk.poll()
    desk.platform.edit(desk.platform.posts[0], "corrected")

    desk.later()
    assert desk.versions(desk.platform.posts[0].id) == ["post 0"]

    desk.later(DAY)
    assert desk.versions(desk.platform.posts[0].id) == ["post 0", "corrected"]


def test_an_edit_of_last_spring_is_noticed_by_the_weekly_walk(desk: Desk) -> None:
    """A post of a hundred days ago is edited: the deep walk of the year sees it."""
    _posts(desk, 1 + PAGE)
    desk.clock.move(timedelta(days=100))
    _posts(desk, PAGE)
    desk.poll()
    desk.platform.edit(desk.platform.posts[0], "corrected")

    desk.later(timedelta(days=2))
    assert desk.versions(desk.platform.posts[0].id) == ["post 0"]

    desk.later(timedelta(days=7))
    assert desk.versions(desk.platform.posts[0].id) == ["post 0", "corrected"]


def test_edited_and_edited_back_are_three_versions(desk: Desk) -> None:
    """A, B, A: three changes of what was shown, three versions, and no more at further polls."""
    post = desk.platform.post("A")
    desk.poll()
    for text in ("B", "A"):
        desk.platform.edit(post, text)
        post.edited = None  # a platform without edit times and history
        desk.later()

    desk.later()

    assert desk.versions(post.id) == ["A", "B", "A"]


def test_an_edit_and_its_history_do_not_double_a_version(desk: Desk) -> None:
    """The version the platform tells of as earlier is the one we saw ourselves."""
    post = desk.platform.post("A")
    desk.poll()
    desk.platform.edit(post, "B")
    desk.later()
    desk.platform.edit(post, "C")

    desk.later()

    assert desk.versions(post.id) == ["A", "B", "C"]


def test_a_version_between_two_polls_is_learnt_from_the_history(desk: Desk) -> None:
    """Edited twice in a quarter of an hour: the text in between is kept as historic."""
    post = desk.platform.post("A")
    desk.poll()
    desk.platform.edit(post, "B")
    desk.clock.move(timedelta(minutes=1))
    desk.platform.edit(post, "C")

    desk.later()

    assert sorted(desk.versions(post.id)) == ["A", "B", "C"]
    assert desk.texts()[post.id] == "C"


def test_counters_are_observations_and_never_versions(desk: Desk) -> None:
    """Likes over three polls: their values over time, one version."""
    post = desk.platform.post("liked")
    desk.poll()
    for likes in (5, 5, 7):
        post.likes = likes
        desk.later()

    assert desk.likes(post.id) == [0, 5, 7]
    assert desk.versions(post.id) == ["liked"]


def test_comments_are_asked_once_for_each_count(desk: Desk) -> None:
    """A thread whose count is as before is not asked for again; one more comment, and it is."""
    post = desk.platform.post("discussed", comments=2)
    desk.poll()
    desk.platform.lines()

    desk.later()
    assert "/posts/%s/comments" % post.id not in desk.platform.lines()

    desk.platform.comment(post, "one more")
    desk.later()
    assert desk.platform.lines().count(f"/posts/{post.id}/comments") == 1
    assert desk.texts() == desk.platform.truth()


def test_new_replies_under_an_old_post_are_found_by_the_walk_back(desk: Desk) -> None:
    """Somebody answers a post of three weeks ago: found within a day, although no new post shows it."""
    _posts(desk, 21, apart=DAY)
    desk.poll()
    desk.platform.comment(desk.platform.posts[0], "late")

    desk.later(DAY)

    assert desk.texts() == desk.platform.truth()


def test_an_edited_comment_is_noticed_by_the_walk_back(desk: Desk) -> None:
    """The count did not change; the re-walk asks for the thread in any case."""
    comment = desk.platform.comment(desk.platform.post("discussed"), "first")
    desk.poll()
    comment.text = "changed"

    desk.later(DAY)

    assert desk.versions(comment.id) == ["first", "changed"]


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
