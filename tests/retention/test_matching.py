"""A selector means an item by its facts; its words follow one search syntax, and a full-text index agrees with it."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.model import ItemFacts, Kind, Selector, Term, occurs, selects, terms_of, words_of

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ITEM = ItemFacts(
    id="1",
    account_id="a1",
    kind=Kind.COMMENT,
    remote_id="r1",
    first_seen=NOON,
    author_id="u7",
    author_handle="jane",
    thread="t1",
    texts=("Snow day", "School closes early – O'Neill"),
    created=NOON,
)


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ({}, True),
        ({"accounts": ("a1", "a2")}, True),
        ({"accounts": ("a2",)}, False),
        ({"kinds": (Kind.POST, Kind.COMMENT)}, True),
        ({"kinds": (Kind.POST,)}, False),
        ({"authors": ("u7",)}, True),
        ({"authors": ("jane",)}, True),
        ({"authors": ("jan",)}, False),
        ({"threads": ("t1",)}, True),
        ({"threads": ("r1",)}, True),
        ({"threads": ("t2",)}, False),
        ({"since": NOON}, True),
        ({"since": NOON + HOUR}, False),
        ({"until": NOON}, False),
        ({"until": NOON + HOUR}, True),
        ({"captured_until": NOON}, True),
        ({"captured_until": NOON - HOUR}, False),
        ({"words": "snow early"}, True),
        ({"words": "snow budget"}, False),
        ({"accounts": ("a1",), "words": "budget"}, False),
    ],
)
def test_every_condition_given_must_be_met(asked: dict[str, Any], meant: bool) -> None:  # noqa: FBT001
    """An empty condition asks for nothing."""
    assert selects(Selector(**asked), ITEM) is meant


def test_dates_do_not_rule_out_what_has_no_date() -> None:
    """A hold on a span of time must not miss an item whose time could not be read."""
    undated = replace(ITEM, created=None)
    assert selects(Selector(since=NOON + HOUR, until=NOON + 2 * HOUR), undated) is True


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("SNOW", True),
        ("day snow", True),
        ('"snow day"', True),
        ('"day snow"', False),
        ('"day school"', False),
        ("sno", False),
        ("sno*", True),
        ('"school clos"*', True),
        ('"school clos"', False),
        ("oneill", False),
        ("o'neill", True),
        ("O'Neill*", True),
        ("snöw", True),
        ("snow-day", True),
        ("snow – early", True),
    ],
)
def test_words_phrases_and_beginnings(search: str, found: bool) -> None:  # noqa: FBT001
    """All words, in any field; a phrase in one field; case and accents ignored."""
    assert occurs(terms_of(search), ITEM.texts) is found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Ångström, NAÏVE café", ("angstrom", "naive", "cafe")),
        ("cafe\u0301", ("cafe",)),
        ("snake_case #hashtag @jane", ("snake", "case", "hashtag", "jane")),
        ("Straße ΣΊΣΥΦΟΣ", ("strasse", "σισυφοσ")),
        ("🎉school🎉", ("school",)),
        ("학교 휴교", ("학교", "휴교")),
        ("", ()),
    ],
)
def test_words_are_compared_without_case_and_accents(text: str, words: tuple[str, ...]) -> None:
    """Whatever is not a letter or a digit separates them."""
    assert words_of(text) == words


def test_a_search_is_read_into_terms() -> None:
    """Words, phrases and beginnings, in order."""
    assert terms_of('snow* "Board meeting" "clos"*') == (
        Term(words=("snow",), prefix=True),
        Term(words=("board", "meeting")),
        Term(words=("clos",), prefix=True),
    )


@pytest.mark.parametrize("search", ["", "   ", "!!", "🎉", '""', "*"])
def test_a_search_without_a_word_is_refused(search: str) -> None:
    """It would silently mean everything or nothing."""
    with pytest.raises(ValueError, match="no letter or digit"):
        terms_of(search)


def test_an_open_quotation_is_refused() -> None:
    """Where the phrase ends cannot be guessed."""
    with pytest.raises(ValueError, match="not closed"):
        terms_of('"snow day')


texts = st.text(st.sampled_from("aAbBéÉ1 -_'.🎉學é\u0301नि"), max_size=14)
searches = st.text(st.sampled_from('aAbBéÉ1 -"*🎉學नि'), max_size=8)


@given(st.lists(texts, min_size=1, max_size=2), searches)
def test_a_full_text_index_of_the_words_finds_the_same(fields: list[str], search: str) -> None:
    """SQLite's FTS5, fed with the words and asked for the terms, agrees on every text and search."""
    try:
        terms = terms_of(search)
    except ValueError:
        return
    db = sqlite3.connect(":memory:")
    columns = ", ".join(f"c{number}" for number in range(len(fields)))
    db.execute(f"CREATE VIRTUAL TABLE s USING fts5({columns}, tokenize='unicode61 remove_diacritics 2')")
    marks = ", ".join("?" for _ in fields)
    db.execute(f"INSERT INTO s VALUES ({marks})", [" ".join(words_of(field)) for field in fields])  # noqa: S608
    asked = " AND ".join('"' + " ".join(term.words) + '"' + "*" * term.prefix for term in terms)
    found = db.execute("SELECT count(*) FROM s WHERE s MATCH ?", [asked]).fetchone()[0]
    db.close()
    assert bool(found) == occurs(terms, fields)
