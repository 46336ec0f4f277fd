"""Spreadsheet and JSON: nothing turns into a formula, nothing is lost."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.model import Author
from exports.rows import COLUMNS, CSV_START, csv_line, csv_row, guarded, json_row
from tests.exports import bundle_samples as samples

TRIGGERS = tuple("=+-@\t\r\n\x00＝＋－＠")
anything = st.text() | st.builds(
    "".join, st.tuples(st.text(" \t\r\n\xa0", max_size=2), st.sampled_from(TRIGGERS), st.text('",;\r\n=a1', max_size=9))
)


def _parsed(line: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(line.decode(), newline="")))


@given(st.lists(anything, min_size=1, max_size=6))
def test_any_text_comes_back_as_it_was_but_for_its_guard(cells: list[str]) -> None:
    """One line is one row, every cell is its text or its text behind an apostrophe, and no cell is a formula."""
    rows = _parsed(csv_line(cells))

    assert rows == [[guarded(cell) for cell in cells]]
    for cell, original in zip(rows[0], cells, strict=True):
        assert cell in (original, f"'{original}")
        assert not cell.startswith(TRIGGERS)
        assert not cell.lstrip().startswith(TRIGGERS)


@pytest.mark.parametrize(
    "text", ["=1+1", "@SUM(A1)", "-2", "+3", "\t=1", "  =1", "\x00x", "＝1", "\r\n=1", "\xa0=1", " \x00", "\ufeff=1"]
)
def test_what_could_be_a_formula_gets_an_apostrophe(text: str) -> None:
    """The usual triggers, behind white space and in full width too."""
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "a=1", "'=1", "levy", "1-2", "€", "مرحبا"])
def test_other_text_is_left_alone(text: str) -> None:
    """Nothing else is touched."""
    assert guarded(text) == text


def test_lone_surrogates_neither_stop_nor_spoil_a_row() -> None:
    """What UTF-8 cannot carry is replaced in the spreadsheet and kept as an escape in JSON."""
    item = samples.item(1, versions=(samples.version(text="a\ud83dz"),))

    assert _parsed(csv_row(1, item, samples.PACIFIC))[0][COLUMNS.index("text")] == "a\ufffdz"
    assert json.loads(json_row(1, item))["versions"][0]["text"] == "a\ud83dz"


def test_a_row_in_full() -> None:
    """Every column of an item with two versions and a file."""
    item = samples.rich_items()[0][0]

    row = dict(zip(COLUMNS, _parsed(csv_row(7, item, samples.PACIFIC))[0], strict=True))

    assert row == {
        "number": "7",
        "item id": "20260302T171205Z-masto-000001",
        "account": "masto",
        "platform": "mastodon",
        "kind": "post",
        "author": "Sample Valley School District (@svsd)",
        "created (UTC)": "2026-03-02T17:13:05Z",
        "created (local)": "Mar 2, 2026, 9:13:05 AM PST",
        "edited (UTC)": "2026-03-02T18:12:05Z",
        "title": "",
        "text": "Corrected: the board meets on WEDNESDAY at 6 p.m.\n\nBring questions.",
        "link": "https://social.example/@svsd/1",
        "parent": "",
        "thread": "",
        "visibility": "public",
        "state last observed": "last seen present in the account's listing",
        "first seen (UTC)": "2026-03-02T17:17:05Z",
        "last seen (UTC)": "2026-03-11T17:13:05Z",
        "versions": "2",
        "media files": " ".join(f"data/{medium.name}" for medium in item.media if medium.name),
        "capture ids": "capture-001 capture-002",
    }


def test_absent_at_the_last_look_is_told_with_the_last_time_it_was_there() -> None:
    """State and last-seen time are two columns, and the state claims only what was seen."""
    comment = samples.rich_items()[0][1]

    row = dict(zip(COLUMNS, _parsed(csv_row(2, comment, samples.PACIFIC))[0], strict=True))

    assert row["state last observed"] == "last seen present in the account's listing"
    gone = samples.item(2, observations=comment.observations[1:])
    assert _parsed(csv_row(2, gone, samples.PACIFIC))[0][COLUMNS.index("state last observed")] == (
        "not there when looked at directly"
    )


def test_json_has_every_version_unchanged() -> None:
    """One line an item; texts are not guarded, captures and digests stand beside them."""
    item = samples.item(1, versions=(samples.version(text="=1+1\n"), samples.version(2, text="\u2028", historic=True)))

    line = json_row(1, item)

    assert line.count(b"\n") == 1
    data = json.loads(line)
    assert [(one["text"], one["historic"], one["capture"]) for one in data["versions"]] == [
        ("=1+1\n", False, "capture-001"),
        ("\u2028", True, "capture-002"),
    ]
    assert re.fullmatch("[0-9a-f]{64}", data["versions"][0]["sha256"])


@pytest.mark.parametrize(
    ("author", "words"),
    [
        (Author(name="Jo", handle="@jo"), "Jo (@jo)"),
        (Author(handle="jo"), "@jo"),
        (Author(name="Jo"), "Jo"),
        (Author(id="77"), "77"),
        (Author(), ""),
    ],
)
def test_authors_are_named_by_what_there_is(author: Author, words: str) -> None:
    """Name and handle, or one of them, or the platform's id."""
    row = _parsed(csv_row(1, samples.item(1, author=author), samples.PACIFIC))[0]

    assert row[COLUMNS.index("author")] == guarded(words)


def test_the_file_begins_with_a_mark_for_utf_8() -> None:
    """Spreadsheet programs then read accents and other scripts as they are."""
    assert CSV_START.decode("utf-8") == "\ufeff"
