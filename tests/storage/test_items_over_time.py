"""What rows become of replies that show an item again: in its thread, under another date, under another id."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from archiver.model import (
    Account,
    Author,
    CaptureNote,
    DisclosedItem,
    Fetch,
    Kind,
    Media,
    Page,
    Role,
    Selector,
    Snapshot,
    Visibility,
)
from archiver.storage import accounts, ingest, item_rows, search, search_index, segments_table
from archiver.storage.database import Connection, Database
from archiver.storage.told import Told

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DRAFT = Snapshot(
    kind=Kind.POST, remote_id="1", created=NOW - timedelta(days=40), text="Levy", visibility=Visibility.DRAFT
)


class Rows:
    """A catalogue with one account that replies are written to, one minute after another."""

    def __init__(self, path: Path) -> None:
        self.database = Database.create(path)
        self._numbers = count(1)
        with self.database.transaction() as db:
            account = Account(id="a", platform="p", handle="a", url="https://p.example")
            self.account = accounts.add_account(db, account)
            self._segment = segments_table.add_segment(db, account=self.account, name="s", month="2026-03")

    @property
    def db(self) -> Connection:
        """For reading."""
        return self.database.connection()

    def show(self, *items: Snapshot, role: Role = Role.LISTING, subject: str | None = None, status: int = 200) -> None:
        """One reply; without items and with another status, none that could be read."""
        number = next(self._numbers)
        at = NOW + timedelta(minutes=number)
        note = CaptureNote(
            capture_id=f"c{number}",
            account_id="a",
            run_id="r",
            role=role,
            connector="p/1",
            fetch=Fetch(stream="item" if role is Role.CHECK else "posts", url="https://p.example/x", subject=subject),
            status=status,
            started=at,
            ended=at,
            payload_sha256=f"{number:064x}",
            payload_length=1,
        )
        told = Told(page=Page(items=items) if status == 200 else None)
        place, written = ingest.Place(segment=self._segment, records=()), ingest.Written()
        with self.database.transaction() as db:
            ingest.apply_exchange(db, self.account, note, told, place, written)
            written.finish(db)

    def item(self, remote_id: str) -> DisclosedItem:
        """An item as it stands."""
        key = item_rows.key_of(self.db, f"a/{remote_id}")
        return next(item_rows.disclosed_items(self.db, (key,)))


@pytest.fixture
def rows(tmp_path: Path) -> Iterator[Rows]:
    """A new catalogue."""
    made = Rows(tmp_path / "catalogue.sqlite")
    yield made
    made.database.close()


def test_a_comment_met_alone_first_belongs_to_its_thread_once_that_is_known(rows: Rows) -> None:
    """A mention does not tell the thread, the conversation does; what is known once stays."""
    comment = Snapshot(kind=Kind.COMMENT, remote_id="2", created=NOW, text="Why?", parent="1")
    rows.show(comment)
    assert rows.item("2").thread is None
    rows.show(replace(comment, thread="1"))
    rows.show(replace(comment, thread="7"), comment)
    assert (rows.item("2").thread, len(rows.item("2").versions)) == ("1", 1)
    assert search.count(rows.db, Selector(threads=("1",))) == 1


def test_a_draft_that_is_published_is_dated_by_its_publication(rows: Rows) -> None:
    """It is found among the posts of that day, no more among those of the draft's; the old date is kept."""
    rows.show(DRAFT)
    rows.show(replace(DRAFT, created=NOW, visibility=Visibility.PUBLIC))
    item = rows.item("1")
    before = (("date-before", "2026-01-20T12:00:00.000000Z"),)
    assert (item.created, [version.details for version in item.versions]) == (NOW, [(), before])
    day = timedelta(days=1)
    for words in ("", "levy"):
        for since, found in ((NOW, 1), (NOW - 50 * day, 0)):
            assert search.count(rows.db, Selector(words=words, since=since, until=since + 20 * day)) == found


def test_a_revision_of_words_we_saw_ourselves_is_no_second_version(rows: Rows) -> None:
    """A history that is silent about some details tells the same version; other words or another time are another."""
    seen = replace(DRAFT, edited=NOW, details=(("featured-media", "media:9"),))
    rows.show(seen)
    told = replace(seen, details=(), historic=True, visibility=Visibility.UNKNOWN)
    earlier = replace(told, edited=NOW - timedelta(hours=1))
    rows.show(told, replace(earlier, text="Lewy"), role=Role.CHILD, subject="1")
    rows.show(told, replace(earlier, text="Lewy"), role=Role.CHILD, subject="1")
    assert [(one.text, one.historic) for one in rows.item("1").versions] == [("Levy", False), ("Lewy", True)]


def test_a_direct_look_that_shows_another_item_says_which(rows: Rows) -> None:
    """The item is not there under its id; nothing is said of what became of it."""
    rows.show(DRAFT)
    rows.show(replace(DRAFT, remote_id="9"), role=Role.CHECK, subject="1")
    look = rows.item("1").observations[-1]
    assert (look.seen, look.method, look.detail) == (
        "absent", "direct", "the direct look showed another item in its place: 9",
    )  # fmt: skip


def test_the_words_of_a_new_item_are_those_its_rows_will_tell(rows: Rows) -> None:
    """Title, text, details, the words of its files by their ids, the last of two that share one; its people."""
    files = (("b", "A Gate"), ("a", "Two Doors"), ("c", ""), ("b", "Ein großes Tor"))
    snapshot = replace(
        DRAFT,
        title="Levée",
        author=Author(id="7", handle="o.neill", name="O’Neill"),
        details=(("poll-option", "Yes!"), ("poll-option", "No")),
        media=tuple(Media(id=number, url=f"https://p.example/{number}", alt=alt) for number, alt in files),
    )
    rows.show(snapshot)
    told = search_index.words_of_item(rows.db, item_rows.key_of(rows.db, "a/1"))
    assert search_index.words_of_new(rows.account, snapshot) == told
    assert told == ("levee levy yes no two doors ein grosses tor", "o neill o neill 7", f"a{rows.account} kpost")
