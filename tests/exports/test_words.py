"""Times, scopes and observations in words a requester can rely on."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product

import pytest

from archiver.model import DisclosedObservation, Kind, Method, Seen, Selector
from exports.words import both, last_state, local, number_of, observed, scope, size
from tests.exports.bundle_samples import PACIFIC, START


def _look(seen: Seen, method: Method = Method.DIRECT, day: int = 3) -> DisclosedObservation:
    moment = datetime(2026, 3, day, tzinfo=UTC)
    return DisclosedObservation(seen=seen, method=method, first=moment, last=moment)


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (datetime(2026, 3, 8, 9, 59, 59, tzinfo=UTC), "Mar 8, 2026, 1:59:59 AM PST (2026-03-08 09:59:59 UTC)"),
        (datetime(2026, 3, 8, 10, 0, tzinfo=UTC), "Mar 8, 2026, 3:00:00 AM PDT (2026-03-08 10:00:00 UTC)"),
        (datetime(2026, 1, 1, 8, 0, tzinfo=UTC), "Jan 1, 2026, 12:00:00 AM PST (2026-01-01 08:00:00 UTC)"),
        (datetime(2026, 7, 1, 19, 0, tzinfo=UTC), "Jul 1, 2026, 12:00:00 PM PDT (2026-07-01 19:00:00 UTC)"),
        (datetime(999, 7, 1, 19, 0, tzinfo=UTC), "Jul 1, 999, 11:07:02 AM LMT (0999-07-01 19:00:00 UTC)"),
    ],
)
def test_times_are_local_and_utc(moment: datetime, words: str) -> None:
    """Across the change of clocks, at midnight and at noon."""
    assert both(moment, PACIFIC) == words


def test_the_two_same_hours_in_autumn_differ() -> None:
    """Half past one comes twice that night; the zone's name tells which."""
    first, second = (local(datetime(2026, 11, 1, hour, 30, tzinfo=UTC), PACIFIC) for hour in (8, 9))

    assert (first, second) == ("Nov 1, 2026, 1:30:00 AM PDT", "Nov 1, 2026, 1:30:00 AM PST")


def test_no_observation_is_told_by_a_stronger_word_than_was_seen() -> None:
    """Every way to look and every outcome has words, and none says who did what."""
    for seen, method in product(Seen, Method):
        words = observed(_look(seen, method))
        assert words
        assert not any(strong in words for strong in ("delete", "removed", "erased", "taken down"))
    assert observed(_look(Seen.ABSENT)) == "not there when looked at directly"


@pytest.mark.parametrize(
    ("looks", "words"),
    [
        ((), ""),
        ((_look(Seen.PRESENT),), "last seen present when looked at directly"),
        ((_look(Seen.ABSENT, day=9), _look(Seen.PRESENT)), "not there when looked at directly"),
        ((_look(Seen.ABSENT), _look(Seen.PRESENT, day=9)), "last seen present when looked at directly"),
        ((_look(Seen.HIDDEN),), "marked hidden by the platform when looked at"),
    ],
)
def test_the_state_is_that_of_the_last_look(looks: tuple[DisclosedObservation, ...], words: str) -> None:
    """Whatever the order the looks come in."""
    assert last_state(looks) == words


def test_a_scope_is_told_condition_by_condition() -> None:
    """Accounts by their names where they are known."""
    asked = Selector(
        accounts=("a", "b"), kinds=(Kind.POST,), authors=("jo",), threads=("t",), words="levy", since=START, until=START
    )

    moment = "Mar 2, 2026, 9:12:05 AM PST (2026-03-02 17:12:05 UTC)"
    assert scope(asked, PACIFIC, {"a": "@svsd on mastodon"}) == [
        ("Accounts", "@svsd on mastodon, b"),
        ("Kinds of item", "post"),
        ("Authors", "jo"),
        ("Conversations", "t"),
        ("Words searched for", "levy"),
        ("Dated from", moment),
        ("Dated before", moment),
    ]
    assert scope(Selector(), PACIFIC, {}) == [("Everything", "all accounts, kinds and dates in the archive")]


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 KB"), (2_500_000, "2.5 MB"), (3 * 10**15, "3,000.0 TB")],
)
def test_sizes_are_told_in_a_fitting_unit(count: int, words: str) -> None:
    """Decimal units, as file managers show them."""
    assert size(count) == words


def test_one_is_not_several() -> None:
    """The noun follows the number."""
    assert (number_of(1, "item"), number_of(1200, "item")) == ("1 item", "1,200 items")
    assert number_of(2, "stretch", "stretches") == "2 stretches"
