"""When and how far back accounts are walked, across clock changes and waits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from archiver.config import Polling
from archiver.polling import runs
from archiver.storage import schedule
from archiver.storage.run_rows import Depth
from tests.polling.desk import DAY, HOUR, QUARTER, START, Desk
from tests.polling.replies import said


def _depths(desk: Desk) -> list[str]:
    return [row[0] for row in desk.rows("SELECT depth FROM runs ORDER BY rowid")]


def test_depths_follow_the_days(desk: Desk) -> None:
    """First everything, then polls, each day the last weeks, each week the year."""
    desk.poll()
    for _ in range(9):
        desk.later(DAY - HOUR)
        desk.later(HOUR)

    assert _depths(desk) == [
        "first",
        *["poll", "rewalk"] * 6,
        *["poll", "deep"],
        *["poll", "rewalk"] * 2,
    ]


def test_threads_that_a_poll_was_the_first_to_meet_need_no_deep_walk(desk: Desk) -> None:
    """Only a listing has a beginning to be walked to; what hangs on it is as old as it is."""
    desk.poll()
    desk.platform.post("one", comments=1)
    desk.later()
    assert None not in [start for start, _ in desk.covered()["comments"]]
    desk.later(DAY)
    assert _depths(desk) == ["first", "poll", "rewalk"]


def test_after_the_clock_was_set_back_walks_back_do_not_wait_for_the_old_time(desk: Desk) -> None:
    """The host's clock was a year ahead, and is put right: the next run is a deep one, not one in a year."""
    desk.clock.move(365 * DAY)
    desk.poll()
    desk.clock.move(-365 * DAY)

    desk.later()
    desk.later()

    assert _depths(desk) == ["first", "deep", "poll"]


def test_after_the_clock_was_set_back_nothing_outstanding_waits_for_the_old_time(desk: Desk) -> None:
    """A retry planned for next week, by a clock that was wrong, is made now."""
    desk.platform.post("one")
    desk.clock.move(7 * DAY)
    desk.platform.fail("/posts", said({}, 500), times=1)
    assert not desk.poll().finished
    desk.clock.move(-7 * DAY)

    assert desk.poll().finished
    assert desk.texts() == desk.platform.truth()


def test_coverage_and_gaps_stay_in_order_when_the_clock_is_set_back(desk: Desk) -> None:
    """No interval ends before it begins."""
    desk.platform.post("one")
    desk.clock.move(30 * DAY)
    desk.poll()
    desk.clock.move(-20 * DAY)
    desk.platform.fail("/posts", said({}, 403))
    desk.later()
    desk.platform.heal()
    desk.later()
    desk.later()

    assert all(start is None or start <= end for spans in desk.covered().values() for start, end in spans)
    assert all(gap.start is None or gap.end is None or gap.start <= gap.end for gap in desk.all_gaps())
    assert [gap for gap in desk.gaps() if not gap[3]] == []
    assert desk.texts() == desk.platform.truth()


def test_new_posts_are_told_from_known_ones_whatever_the_clock_said(desk: Desk) -> None:
    """A clock set back makes no hole out of posts that are known."""
    desk.platform.window = 3
    for number in range(3):
        desk.platform.post(f"post {number}")
        desk.clock.move(timedelta(minutes=1))
    desk.poll()
    desk.clock.move(-5 * DAY)
    desk.platform.post("new")

    desk.later()

    assert desk.gaps() == []


@pytest.mark.parametrize(
    ("depth", "back"),
    [
        (Depth.POLL, timedelta(hours=72)),
        (Depth.REWALK, timedelta(days=30)),
        (Depth.DEEP, timedelta(days=365)),
        (Depth.FIRST, None),
    ],
)
def test_a_run_looks_as_far_back_as_its_depth_says(desk: Desk, depth: Depth, back: timedelta | None) -> None:
    """The overlap, the weeks, the year, or everything."""
    desk.poll()
    db = desk.archive.database.connection()
    with desk.archive.database.transaction() as writing:
        begun = runs.begin(writing, desk.account, 1, desk.connector, depth=depth, now=desk.clock.now())

    since = runs.since_of(db, 1, "posts", begun, Polling())

    assert since == (None if back is None else START - back)


def test_a_stream_that_was_never_walked_whole_is_walked_from_its_beginning_at_any_depth(desk: Desk) -> None:
    """Its history is still to come."""
    desk.platform.fail("/posts", said({}, 403))
    for number in range(12):
        desk.platform.post(f"post {number}")
        desk.clock.move(30 * DAY)
    desk.poll()
    desk.platform.heal()

    desk.later()

    assert _depths(desk) == ["first", "poll"]
    assert desk.texts() == desk.platform.truth()


def test_a_run_that_could_not_finish_goes_on_where_it_stood(desk: Desk) -> None:
    """What is outstanding is asked, and nothing of before again."""
    for number in range(12):
        desk.platform.post(f"post {number}")
    desk.platform.fail("/posts?page=2", said({}, 500), times=1)
    desk.poll()
    desk.platform.lines()

    desk.finish()

    assert desk.platform.lines() == ["/posts?page=2", "/posts?page=3"]


def test_trouble_is_told_until_it_is_over(desk: Desk) -> None:
    """The schedule says what stands in the way and how often it did."""
    desk.poll()
    desk.platform.fail("/posts", said({}, 500), times=2)
    desk.later()
    desk.later(timedelta(seconds=3))
    due = schedule.due_of(desk.archive.database.connection(), 1)
    assert due is not None
    assert (due.failures, due.trouble) == (2, "posts: the platform answered 500")

    desk.finish()

    due = schedule.due_of(desk.archive.database.connection(), 1)
    assert due is not None
    assert (due.failures, due.trouble) == (0, "")


def test_an_account_of_a_platform_that_is_not_installed_is_named(desk: Desk) -> None:
    """A clear error, not a fault."""
    with desk.archive.database.transaction() as db:
        db.execute("UPDATE accounts SET platform = 'forgotten'")

    with pytest.raises(Exception, match="forgotten"):
        desk.poll()


def test_waiting_for_the_pace_is_not_a_failed_attempt(desk: Desk) -> None:
    """Told to wait an hour, five times: the thread is asked once it may be, and not given up."""
    for number in range(3):
        desk.platform.post(f"post {number}", comments=1)
    desk.platform.fail("/comments", said({}, 429, ("Retry-After", "3600")), times=5)

    desk.finish(most=200)

    assert desk.texts() == desk.platform.truth()
    assert {gap[2] for gap in desk.gaps()} <= {"rate limit"}
    assert desk.gaps(standing=True) == []


def test_a_poll_between_is_due_after_the_interval(desk: Desk) -> None:
    """Done: a quarter of an hour. Waiting for a retry: when that is."""
    assert desk.poll().next_due == START + QUARTER
