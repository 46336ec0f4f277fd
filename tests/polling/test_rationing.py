"""Units that a platform counts by its day: polls come first, and longer walks take what is left of several days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from archiver.acts import registration
from archiver.checks.rebuild import Tools, rebuild
from archiver.model import iso
from archiver.storage import day_units
from archiver.storage.run_rows import Depth
from tests.polling.desk import DAY, HOUR, START
from tests.polling.killing import Killed
from tests.polling.planned import CHANNEL, EVERY, LEFT, MIDNIGHT, SECOND, UNITS, Channels, retire
from tests.polling.platform import Asked
from tests.polling.replies import said


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Channels]:
    """Two channels of one project; only the first of them is polled where a test does not say otherwise."""
    made = Channels(tmp_path / "archive", CHANNEL, SECOND)
    yield made
    made.require_sound()
    made.close()
    made.archive.close()


def test_a_walk_of_many_days_is_made_while_every_poll_is_on_time(desk: Channels) -> None:
    """200 posts with their comments take 250 units, and a day has 100, of which 5 are kept for each poll to come."""
    retire(desk)
    desk.publish(200)
    polled = desk.live(6 * DAY)
    assert all(not one.trouble for one in polled)
    assert max(desk.asked_by_day()) <= UNITS
    begun = desk.begun()
    assert [later - earlier for earlier, later in pairwise(begun)] == [EVERY] * (len(begun) - 1)
    assert (begun[0], len(begun)) == (START + EVERY, 35)
    assert desk.rows("SELECT depth, outcome FROM runs WHERE depth = 'first'") == [("first", "done")]
    assert set(desk.texts()) == set(desk.platform.truth())
    assert desk.gaps() == []
    assert [start for start, _ in desk.covered()["posts"]] == [None]
    assert desk.count("media") == 200
    successes = [one for one in desk.succeeded if one]
    assert (successes, successes[0]) == (sorted(successes), iso(START + EVERY))


def test_what_is_published_meanwhile_is_had_by_the_next_poll(desk: Channels) -> None:
    """A post of the second day is seen within an interval, days before the walk comes to its end."""
    retire(desk)
    desk.publish(200)
    desk.live(DAY + HOUR)
    made = desk.platform.post("news", comments=2)
    desk.live(EVERY)
    assert desk.rows("SELECT 1 FROM runs WHERE depth = 'first' AND ended IS NULL")
    assert {made.id, *(comment.id for comment in made.comments)} <= set(desk.texts())
    desk.live(5 * DAY)
    assert set(desk.texts()) == set(desk.platform.truth())
    assert desk.gaps() == []


def test_a_walk_lies_still_in_its_order_and_goes_on_with_the_next_day(desk: Channels) -> None:
    """What it has still to ask is kept as it is, until the units of another day are there; nothing is asked twice."""
    retire(desk)
    desk.publish(200)
    polled = desk.later(HOUR)
    assert (polled.finished, polled.trouble, polled.next_due) == (False, "", START + HOUR + EVERY)
    left = desk.rows(LEFT)
    assert len(left) > 1
    assert (desk.plan().left, desk.plan().waiting) == (0, ("office",))
    assert (desk.later(timedelta(minutes=1)).asked, desk.rows(LEFT)) == (0, left)
    assert desk.later(MIDNIGHT - desk.clock.now()).asked > 50
    assert not set(left) & set(desk.rows(LEFT))
    desk.live(6 * DAY)
    assert desk.rows(
        "SELECT count(*), count(DISTINCT c.fetch_key) FROM captures c JOIN runs r ON r.id = c.run"
        " WHERE r.depth = 'first' AND c.stream = 'comments'"
    ) == [(200, 200)]


def test_a_restart_keeps_what_was_spent_and_where_the_walk_stands(desk: Channels) -> None:
    """Each process after the first finds the day's units spent, and goes on with the same walk."""
    retire(desk)
    desk.publish(200)
    for _ in range(18):
        desk.live(EVERY)
        spent = desk.plan().spent
        desk.restart()
        assert desk.plan().spent == spent
    assert max(desk.asked_by_day()) <= UNITS
    desk.live(3 * DAY)
    assert set(desk.texts()) == set(desk.platform.truth())
    assert desk.gaps() == []
    assert desk.rows("SELECT outcome FROM runs WHERE depth = 'first'") == [("done",)]


def test_a_kill_between_the_spending_and_the_request_spends_twice(desk: Channels, monkeypatch: Any) -> None:
    """Units are spent before a request is sent: never is more asked than was counted."""
    retire(desk)
    desk.publish(4)

    def kill(*_given: Any, **_more: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr("archiver.polling.engine.send", kill)
        desk.poll()
    desk.restart()
    assert (desk.plan().spent, desk.platform.asked) == (1, [])
    desk.live(HOUR)
    assert desk.plan().spent == 1 + desk.asked_by_day()[0]
    assert (desk.gaps(), set(desk.texts())) == ([], set(desk.platform.truth()))


def test_a_rebuild_in_the_middle_of_a_walk_loses_nothing_of_it(desk: Channels) -> None:
    """What it had still to ask is forgotten, and polls covered what is new: the next walk goes to the beginning."""
    retire(desk)
    desk.publish(100)
    desk.live(DAY)
    spent = desk.plan().spent
    desk.close()
    desk.archive.close()
    connectors = {"spoken": desk.connector}
    assert rebuild(desk.archive.directory, Tools(config=desk.config, connectors=connectors, clock=desk.clock)).whole
    desk.restart()
    assert desk.plan().spent == spent
    desk.live(4 * DAY)
    assert max(desk.asked_by_day()) <= UNITS
    assert set(desk.texts()) == set(desk.platform.truth())
    assert [start for start, _ in desk.covered()["posts"]] == [None]
    assert desk.gaps() == []


def test_a_poll_leaves_the_past_to_a_walk_that_could_not_begin_yet(desk: Channels) -> None:
    """Nothing is left for the walk: the polls show what is new, and no more, though all of it is unknown."""
    retire(desk)
    desk.publish(200)
    with desk.archive.database.transaction() as db:
        day_units.spend_the_rest(db, 2, "spoken https://platform.example:443", MIDNIGHT, UNITS - 25)
    desk.live(MIDNIGHT - START)
    assert desk.begun() == [START + EVERY * number for number in (1, 2, 3, 4)]
    assert len(desk.platform.asked) <= 25
    assert desk.gaps() == []
    desk.live(6 * DAY)
    assert set(desk.texts()) == set(desk.platform.truth())


def test_a_walk_given_up_in_its_middle_is_made_again_to_the_beginning(desk: Channels) -> None:
    """The account was retired meanwhile: what the polls covered is not taken for the whole."""
    retire(desk)
    desk.publish(140)
    desk.live(DAY)
    registration.retire(desk.archive, "office", reason="a test", who="kim", now=desk.clock.now())
    registration.resume(desk.archive, "office", reason="a test", who="kim", now=desk.clock.now())
    desk.live(HOUR)
    assert desk.rows("SELECT outcome FROM runs WHERE depth = 'first'") == [("in part",)]
    assert None not in [start for start, _ in desk.covered()["posts"]]
    desk.live(5 * DAY)
    assert set(desk.texts()) == set(desk.platform.truth())
    assert [start for start, _ in desk.covered()["posts"]] == [None]


def test_a_page_that_fails_days_into_a_walk_is_a_gap_that_no_poll_closes(desk: Channels) -> None:
    """It reaches back to the beginning, whatever polls have covered; the walk itself closes it."""
    retire(desk)
    desk.publish(140)
    desk.platform.fail("page=35", said({}, 500))
    desk.live(3 * DAY)
    assert [(gap.stream, gap.start, gap.closed) for gap in desk.all_gaps()] == [("posts", None, None)]
    desk.platform.heal()
    desk.live(4 * DAY)
    assert desk.gaps(standing=True) == []
    assert set(desk.texts()) == set(desk.platform.truth())


def test_two_channels_of_one_project_share_its_units(desk: Channels) -> None:
    """The day's units are those of both; both are polled on time, and both walks come to their end."""
    desk.publish(80)
    desk.live(10 * DAY, "office", "second")
    assert max(desk.asked_by_day()) <= UNITS
    for number in (1, 2):
        begun = desk.begun(number)
        assert {later - earlier for earlier, later in pairwise(begun)} == {EVERY}
        assert desk.rows("SELECT outcome FROM runs WHERE depth = 'first' AND account = ?", number) == [("done",)]
    assert desk.gaps() == []


def test_a_poll_that_finds_too_few_units_waits_and_is_on_record(desk: Channels) -> None:
    """What somebody else used up is missing to the next poll: a gap with its cause, closed by the next day's poll."""
    retire(desk)
    desk.publish(2)
    desk.live(EVERY)
    desk.platform.fail("profile", said({}, 403), 1)
    waits = desk.poll()
    assert (waits.finished, waits.trouble) == (False, "profile: used up")
    assert desk.plan().spent == UNITS
    asked = len(desk.platform.asked)
    later = desk.live(EVERY)
    assert all("too few of the day's 100 units are left" in one.trouble for one in later)
    assert len(desk.platform.asked) == asked  # not once more before the day is over
    assert desk.gaps(standing=True)
    assert {cause for _, _, cause, _ in desk.gaps()} <= {"rate limit", "budget spent"}
    desk.live(DAY)
    assert desk.gaps(standing=True) == []
    assert [row[0] for row in desk.rows("SELECT trouble FROM schedule WHERE account = 1")] == [""]


def test_a_walk_that_is_told_that_all_is_used_up_waits_for_midnight_without_a_gap(desk: Channels) -> None:
    """Whoever used the units: the walk goes on with the next day, and only the polls between are missing."""
    retire(desk)
    desk.publish(20)
    asked: list[Asked] = []
    desk.platform.fail("page=3", lambda one: asked.append(one) or said({}, 403), 1)  # type: ignore[func-returns-value]
    polled = desk.poll()
    assert (polled.trouble, polled.next_due, len(asked)) == ("", START + EVERY, 1)
    assert desk.gaps() == []
    assert desk.plan().spent == UNITS
    desk.live(2 * DAY)
    assert set(desk.texts()) == set(desk.platform.truth())
    assert desk.gaps(standing=True) == []


def test_polls_reserve_what_polls_have_taken(desk: Channels) -> None:
    """Until one has shown it, what is declared; then their average, where that is more."""
    retire(desk)
    assert (desk.plan().polls, desk.plan().reserved) == (6, 30)
    desk.publish(4)
    desk.live(EVERY)
    for number in range(2):
        desk.platform.post(f"more {number}", comments=3)
    desk.live(timedelta(minutes=1))
    assert desk.begun() == [START + EVERY]
    assert desk.plan().reserved == desk.plan().polls * 6  # profile, two pages of posts, messages, two threads


def test_a_walk_for_edits_comes_after_the_poll_that_is_due(desk: Channels) -> None:
    """A re-walk shows what a poll shows only as far as its units go: so the poll is made first, and both on one day."""
    retire(desk)
    desk.publish(6)
    desk.live(DAY + HOUR)
    assert desk.rows("SELECT depth, outcome FROM runs ORDER BY rowid DESC LIMIT 2") == [
        ("poll", "done"),
        (Depth.REWALK, "done"),
    ]
    assert desk.begun()[-1] == desk.begun(walks=True)[-1]
