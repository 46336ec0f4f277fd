"""Later polls: what is new, edited, gone and back again, noticed once and told as what was seen."""

from __future__ import annotations

from datetime import timedelta

from tests.polling.desk import DAY, Desk
from tests.polling.published import PAGE


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
    assert f"/posts/{post.id}/comments" not in desk.platform.lines()

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
