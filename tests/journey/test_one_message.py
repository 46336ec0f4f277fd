"""A direct message to the sample district: kept, never taken for public, and disclosed only where it is asked for."""

from __future__ import annotations

import pytest

from archiver.storage import item_rows
from archiver.storage.archive import Archive
from tests.journey.conftest import Journey
from tests.journey.kept import answers, number_of

WORDS = "no light and she waits there"
KEYS = ("d1", "d2", "d3", "d4")
OLDER = ("d-old", "d-old-answer")


def test_each_message_of_the_conversation_is_kept_as_direct(journey: Journey) -> None:
    """Those of a resident and those of the district, in one thread, with whom they went to."""
    archive = Archive.open(journey.program.archive)
    db = archive.database.connection()
    keys = [number_of(db, "social", journey.ids[key]) for key in KEYS]
    items = list(item_rows.disclosed_items(db, keys))
    archive.close()
    assert {(str(item.kind), str(item.current.visibility)) for item in items} == {("message", "direct")}
    assert [item.parent for item in items] == [None, *(journey.ids[key] for key in KEYS[:-1])]
    assert {item.thread for item in items} == {journey.ids["d1"]}
    assert [dict(item.current.details)["recipient"] for item in items] == [
        "tamarack_hollow_sd", "priya_underhay", "tamarack_hollow_sd", "priya_underhay",
    ]  # fmt: skip


def test_a_request_for_messages_is_answered_with_the_whole_conversation(journey: Journey) -> None:
    """And with the older one; the page says who could see it."""
    bundle = journey.about_bus
    assert set(bundle.rows) == {journey.ids[key] for key in (*KEYS, *OLDER)}
    assert (WORDS in bundle.pages, "direct" in bundle.pages) == (True, True)


@pytest.mark.parametrize("name", ["pages", "items.csv", "items.jsonl", "bundle.json", "coverage.html"])
def test_a_bundle_of_public_items_shows_nothing_of_it(journey: Journey, name: str) -> None:
    """Neither its words nor its ids are on a page or in a table of a bundle that it does not answer."""
    bundle = journey.public
    shown = bundle.pages if name == "pages" else bundle.files[name].decode()
    assert WORDS not in shown
    assert [key for key in (*KEYS, *OLDER) if journey.ids[key] in shown] == []


def test_the_records_of_that_bundle_hold_nothing_of_it_either(journey: Journey) -> None:
    """A page of the platform that lists posts and messages together is not handed over with the posts alone."""
    marks = [mark.encode() for mark in (WORDS, *(journey.ids[key] for key in KEYS))]
    public, everything = (b"\n".join(answers(one.records)) for one in (journey.public, journey.everything))
    assert [mark for mark in marks if mark in public] == []
    assert [mark for mark in marks if mark in everything] == marks


def test_the_archive_is_closed_to_other_users(journey: Journey) -> None:
    """Private messages lie in it."""
    assert journey.program.archive.stat().st_mode & 0o777 == 0o700
