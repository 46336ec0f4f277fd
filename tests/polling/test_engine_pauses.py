"""Times in which nothing was asked: each of them stands within a gap, and nothing shorter is one."""

from __future__ import annotations

from datetime import timedelta

from tests.polling.desk import DAY, QUARTER, Desk


def _posts(desk: Desk, number: int) -> None:
    for one in range(number):
        desk.platform.post(f"post {one}")
        desk.clock.move(timedelta(minutes=1))


def test_a_time_in_which_nothing_was_asked_is_a_gap_closed_by_the_next_walk(desk: Desk) -> None:
    """Down for a day: from the end of the last run to the beginning of the next."""
    _posts(desk, 2)
    desk.poll()
    last = desk.clock.now()

    desk.later(DAY)

    (gap,) = desk.all_gaps()
    assert (gap.stream, gap.cause.value, gap.start, gap.end) == ("posts", "archiver not running", last, last + DAY)
    assert gap.closed == last + DAY


def test_a_pause_in_the_middle_of_a_run_is_a_gap_that_only_the_next_run_closes(desk: Desk) -> None:
    """Killed with pages outstanding, started again two days later: the pages read before tell nothing of the pause."""
    _posts(desk, 10)
    desk.poll()
    asked = iter([False, False, True])
    desk.engine.poll("office", stop=lambda: next(asked, True))
    last = desk.clock.now()

    desk.clock.move(2 * DAY)
    desk.restart()
    desk.finish_run()
    assert desk.gaps() == [("posts", None, "archiver not running", False)]
    assert desk.all_gaps()[0].start == last

    desk.later()
    assert desk.gaps() == [("posts", None, "archiver not running", True)]


def test_a_run_that_paused_closes_a_gap_where_it_ended_and_not_where_it_began(desk: Desk) -> None:
    """Down for a day, killed in the walk that repairs it, down again: both pauses stand within the gap."""
    _posts(desk, 10)
    desk.poll()
    last = desk.clock.now()
    desk.clock.move(DAY)
    asked = iter([False, False, True])
    desk.engine.poll("office", stop=lambda: next(asked, True))

    desk.clock.move(2 * DAY)
    desk.restart()
    desk.finish_run()

    (gap,) = desk.all_gaps()
    assert (gap.start, gap.end, gap.closed) == (last, last + 3 * DAY, last + 3 * DAY)


def test_an_ordinary_delay_is_no_gap(desk: Desk) -> None:
    """An hour late with an interval of a quarter: within twice the interval and an hour."""
    desk.poll()

    desk.later(QUARTER * 5)

    assert desk.gaps() == []
