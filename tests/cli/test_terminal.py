"""Archived text cannot move a terminal's cursor, change its colours, or turn what stands beside it around."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.cli.differences import marked
from archiver.cli.terminal import columns, findings_in, line, safe, table, when
from archiver.model.text import some

TURNING = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@given(st.text(st.characters()))
def test_nothing_that_controls_a_terminal_is_left(text: str) -> None:
    """No control character but the line feed, no mark of direction, no surrogate."""
    shown = safe(text)

    assert {letter for letter in shown if unicodedata.category(letter) in ("Cc", "Cs") and letter != "\n"} == set()
    assert TURNING & set(shown) == set()


def test_what_is_dangerous_is_written_out() -> None:
    """An escape sequence, a null, a bell, C1 and an override are shown as what they are; emoji stay whole."""
    said = "\x1b]0;owned\x07\x1b[2J\x00\x9b31m \u202egnp.exe\u202c 👩\u200d🏫 ок"

    assert safe(said) == "\\x1b]0;owned\\x07\\x1b[2J\\x00\\x9b31m \\u202egnp.exe\\u202c 👩\u200d🏫 ок"


@given(st.text(), st.integers(2, 40))
def test_a_line_is_one_line_of_at_most_its_width(text: str, width: int) -> None:
    """No line feed is left, and what is too long is cut by columns, not letters."""
    shown = line(text, width)

    assert "\n" not in shown
    assert columns(shown) <= width


def test_a_table_is_aligned_by_columns() -> None:
    """Wide letters count twice, combining ones not at all."""
    assert table(("NAME", "N"), [("日本", "1"), ("e\u0301", "2"), ("plain", "3")]) == [
        "NAME   N",
        "日本   1",
        "e\u0301      2",
        "plain  3",
    ]


def test_times_are_told_with_their_zone() -> None:
    """The same hour twice a year is told apart."""
    zone = ZoneInfo("America/Los_Angeles")
    moments = (datetime(2026, 11, 1, 8, 30, tzinfo=UTC), datetime(2026, 11, 1, 9, 30, tzinfo=UTC), None)

    assert [when(moment, zone) for moment in moments] == ["2026-11-01 01:30 PDT", "2026-11-01 01:30 PST", "never"]


def test_differences_are_marked_word_by_word() -> None:
    """What was taken out and what was put in, and nothing else."""
    assert marked("The board meets Tuesday at 6.", "The board meets WEDNESDAY, 6.") == (
        "The board meets [-Tuesday at-]{+WEDNESDAY,+} 6."
    )
    assert marked("same", "same") == "same"


@given(st.text(max_size=60), st.text(max_size=60))
def test_both_versions_can_be_read_from_the_marks(old: str, new: str) -> None:
    """Whatever the texts are, taking the marks away gives the one or the other."""
    clean = str.maketrans("[]{}+-<>\x00", " " * 9)
    old, new = old.translate(clean), new.translate(clean)
    shown = marked(old, new)
    pieces = (
        shown.replace("[-", "\x00<").replace("-]", "\x00").replace("{+", "\x00>").replace("+}", "\x00").split("\x00")
    )

    assert "".join(piece.removeprefix("<") for piece in pieces if not piece.startswith(">")) == old
    assert "".join(piece.removeprefix(">") for piece in pieces if not piece.startswith("<")) == new


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (some(0, "item"), "0 items"),
        (some(1, "item"), "1 item"),
        (some(2_000, "item"), "2,000 items"),
        (some(1, "reply", "replies"), "1 reply"),
        (some(3, "reply", "replies"), "3 replies"),
        (findings_in(0), "No findings"),
        (findings_in(1), "1 finding"),
    ],
)
def test_one_is_told_as_one(told: str, expected: str) -> None:
    """As people say it."""
    assert told == expected
