"""Searching: one meaning in two forms, keys led by time, pages by key, counts that stop, filters inside the match."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.model import Kind, Selector, iso
from archiver.model.matching import selects
from archiver.model.retention import ItemFacts
from archiver.model.times import epoch_second
from archiver.storage import ingest, new_items, search, search_index
from archiver.storage.archive import Archive
from archiver.storage.database import Connection
from archiver.storage.item_rows import item_facts
from tests.archives import BLOG, SOCIAL, START, Filled

EVERYTHING = Selector()
WORDS = ("", "board", "boundary study", '"boundary study"', "WEDNESDAY tuesday", "snow*", "quill*", "light", "zzz")


@pytest.fixture(scope="module")
def held(filled_once: Filled) -> Iterator[Connection]:
    """The catalogue of the sample district, for reading."""
    archive = Archive.open(filled_once.directory)
    yield archive.database.connection()
    archive.close()


@pytest.fixture(scope="module")
def facts(held: Connection) -> dict[int, ItemFacts]:
    """What is known of each of its items, by key."""
    return {row["id"]: item_facts(held, row["id"]) for row in held.execute("SELECT id FROM items").fetchall()}


def some(*values: str) -> st.SearchStrategy[tuple[str, ...]]:
    """None of these, one, or two."""
    return st.lists(st.sampled_from(values), max_size=2, unique=True).map(tuple)


moments = st.none() | st.integers(-900, 3).map(lambda days: START + timedelta(days=days))


@given(st.data())
def test_the_pure_form_and_the_sql_form_select_the_same(
    held: Connection, facts: dict[int, ItemFacts], data: st.DataObject
) -> None:
    """Of any selector made of what occurs in the archive and of what does not."""
    authors = sorted({one.author_handle for one in facts.values()} | {one.author_id for one in facts.values()})
    threads = sorted({one.thread or one.remote_id for one in facts.values()})
    selector = Selector(
        accounts=data.draw(some(SOCIAL, BLOG)),
        kinds=tuple(Kind(kind) for kind in data.draw(some("post", "comment", "message", "profile", "event"))),
        authors=data.draw(some(*authors, "nobody")),
        threads=data.draw(some(*threads, "none")),
        words=data.draw(st.sampled_from(WORDS)),
        since=data.draw(moments),
        until=data.draw(moments),
        captured_until=data.draw(st.none() | st.integers(0, 3).map(lambda days: START + timedelta(days=days))),
    )
    expected = [key for key, one in sorted(facts.items(), reverse=True) if selects(selector, one)]

    assert list(search.every(held, selector, page=7)) == expected
    assert search.count(held, selector) == len(expected)


def test_a_key_begins_with_the_time_of_its_item(held: Connection, facts: dict[int, ItemFacts]) -> None:
    """With the second the platform dates it, or the archive first saw it."""
    times = {key: epoch_second(one.created or one.first_seen) for key, one in facts.items()}
    assert {key: key >> new_items.TIME_SHIFT for key in facts} == times


@pytest.mark.parametrize("words", ["", "board"])
def test_pages_go_on_below_a_key(held: Connection, words: str) -> None:
    """Every page is full but the last, none overlaps, and no statement counts its way past the pages before."""
    said: list[str] = []
    held.set_trace_callback(said.append)
    pages, before = [], search.LAST_KEY
    while True:
        page = search.find(held, Selector(words=words), limit=4, before=before)
        pages.append(page.keys)
        if page.next_before is None:
            break
        before = page.next_before
    held.set_trace_callback(None)
    keys = [key for page in pages for key in page]

    assert keys == list(search.every(held, Selector(words=words)))
    assert [len(page) for page in pages[:-1]] == [4] * (len(pages) - 1)
    assert [one for one in said if "OFFSET" in one.upper()] == []


def test_a_count_stops_one_past_its_cap(held: Connection) -> None:
    """So that “more” can be told without counting them; without a cap it is exact."""
    whole = search.count(held, EVERYTHING, cap=None)
    assert [search.count(held, EVERYTHING, cap=cap) for cap in (0, 10, whole - 1, whole)] == [1, 11, whole, whole]
    assert search.COUNT_CAP == 10_000


def test_accounts_and_kinds_are_asked_for_inside_the_match() -> None:
    """The index intersects them, instead of visiting what matches the words alone."""
    selector = Selector(accounts=("a", "b"), kinds=(Kind.POST, Kind.PAGE), words='snow* "late bus"')
    assert search.match_expression(selector, [1, 12]) == (
        '({body people} : "snow"*) AND ({body people} : "late bus") AND (scope : (a1 OR a12))'
        " AND (scope : (kpost OR kpage))"
    )


@pytest.mark.parametrize(
    "selector",
    [
        EVERYTHING,
        Selector(words="board"),
        Selector(words="board", accounts=(SOCIAL,), kinds=(Kind.POST,)),
        Selector(words="board", since=START - timedelta(days=9), until=START),
    ],
    ids=["everything", "a word", "a word of an account", "a word within dates"],
)
def test_the_newest_come_without_sorting(held: Connection, selector: Selector) -> None:
    """The order of keys is the order wanted: a page ends when it is full."""
    said: list[str] = []
    held.set_trace_callback(said.append)
    search.find(held, selector, limit=5)
    held.set_trace_callback(None)
    query = next(one for one in said if "LIMIT 6" in one)
    plan = [row["detail"] for row in held.execute(f"EXPLAIN QUERY PLAN {query}")]

    assert plan != []
    assert [step for step in plan if "TEMP B-TREE" in step] == []


def test_full_text_is_written_by_us_in_the_order_of_keys(filled: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    """Never by a trigger; the keys of one transaction come ascending, however the page had them."""
    archive = Archive.open(filled.directory)
    with archive.database.transaction() as db:
        keys = [row["id"] for row in db.execute("SELECT id FROM items ORDER BY first_seen, remote_id")]
        triggers = [row["sql"] for row in db.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger'")]
        written: list[int] = []
        said: list[str] = []
        real = search_index.words_of_item

        def words_of_item(db: Connection, key: int) -> tuple[str, str, str]:
            written.append(key)
            return real(db, key)

        monkeypatch.setattr(search_index, "words_of_item", words_of_item)
        db.set_trace_callback(said.append)
        ingest.Written(to_index=set(keys)).finish(db)
        db.set_trace_callback(None)
    archive.close()

    assert written == sorted(keys)
    assert [trigger for trigger in triggers if "search" in trigger] == []
    assert sum(one.startswith("INSERT INTO search") for one in said) == len(keys)


def test_an_item_that_was_indexed_again_is_found_once(held: Connection) -> None:
    """By the words of its first version and by those of its second."""
    (first,), (second,) = (search.find(held, Selector(words=f"{day} boundary 6 pm")).keys for day in DAYS)
    assert first == second
    assert iso(datetime.fromtimestamp(first >> new_items.TIME_SHIFT, tz=START.tzinfo)) == "2026-11-19T12:00:00.000000Z"


DAYS = ("tuesday", "wednesday")
