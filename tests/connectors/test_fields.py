"""Fields that may be missing, null or of another type."""

from __future__ import annotations

from typing import Any

import pytest

from archiver.model import Kind, Snapshot
from connectors.fields import another, at, count, counters, pairs, rows, text, unique

NODE: Any = {"a": {"b": [{"c": "deep"}]}, "n": 7, "t": True, "z": None}


def test_a_missing_step_is_none_and_never_an_error() -> None:
    """A path may lead through anything."""
    assert at(NODE, "a", "b", 0, "c") == "deep"
    for path in (("x",), ("a", "b", 5), ("a", "b", "c"), ("n", "x"), ("z", 0), ("a", 0)):
        assert (at(NODE, *path), text(NODE, *path), rows(NODE, *path)) == (None, "", [])


def test_numbers_are_texts_where_a_text_is_asked_for_and_booleans_are_not() -> None:
    """Ids are numbers on some servers."""
    assert (text(NODE, "n"), text(NODE, "t"), text(NODE, "a")) == ("7", "", "")


@pytest.mark.parametrize(
    ("value", "number"),
    [(0, 0), (2**63 - 1, 2**63 - 1), ("12", 12), (2**63, None), (-1, None), (True, None), (1.0, None), ("x", None),
     ("٣", None), ("9" * 30, None), (None, None)],
)  # fmt: skip
def test_a_count_is_a_whole_number_that_the_catalogue_can_hold(value: Any, number: int | None) -> None:
    """Everything else is no count."""
    assert count(value) == number


def test_counters_leave_out_what_is_missing() -> None:
    """A count that is not told is not zero."""
    assert counters({"likes": 0, "x": "y"}, {"likes": "likes", "shares": "shares", "x": "x"}) == {"likes": 0}


def test_details_without_value_are_left_out() -> None:
    """Names are written with hyphens."""
    assert pairs(poll_ends="soon", nothing="") == (("poll-ends", "soon"),)


def test_an_item_of_ours_goes_before_the_same_item_as_context() -> None:
    """A thread may show a status both as an ancestor and as an answer."""
    beside = Snapshot(kind=Kind.POST, remote_id="1", context=True)
    ours, other = Snapshot(kind=Kind.POST, remote_id="1"), Snapshot(kind=Kind.POST, remote_id="2")
    assert unique([beside, other, ours, beside]) == (ours, other)


def test_an_item_is_never_its_own_parent() -> None:
    """A circle of one would hold up whoever follows it."""
    assert (another("1", "2"), another("1", "1"), another("", "1"), another(None, "1")) == ("1", None, None, None)
