"""A comment below a post of the sample district that goes away between two polls."""

from __future__ import annotations

import html

from archiver.model import parse_iso
from tests.journey.conftest import Journey

WORDS = "You people never listen. Waste of time."


def test_what_was_there_stays_and_what_was_observed_is_said(journey: Journey) -> None:
    """Its words and author are kept; a listing without it led to a direct look, which did not find it."""
    shown = journey.program.run("item", "show", f"social/{journey.ids['c8']}")
    assert [version["text"] for version in shown["versions"]] == [f"@{journey.demo.handle} {WORDS}"]
    looks = [(look["seen"], look["method"], look["detail"]) for look in shown["observations"]]
    assert looks == [("present", "listing", ""), ("absent", "direct", "the direct look was answered 404")]
    first, last = shown["observations"]
    assert parse_iso(first["first"]) <= parse_iso(first["last"]) < parse_iso(last["first"])


def test_its_conversation_goes_on_without_it(journey: Journey) -> None:
    """The post it answered and its neighbour are present, and name the same thread."""
    shown = [journey.program.run("item", "show", f"social/{journey.ids[key]}")["item"] for key in ("meeting", "c7")]
    assert [item["seen"] for item in shown] == ["present", "present"]


def test_search_still_finds_it_and_says_that_it_was_not_seen_last(journey: Journey) -> None:
    """What is gone from the platform is still a record."""
    (item,) = journey.program.run("search", '"never listen"')["items"]
    assert (item["remote_id"], item["seen"]) == (journey.ids["c8"], "absent")


def test_the_bundle_shows_it_in_its_conversation_and_never_calls_it_deleted(journey: Journey) -> None:
    """A requester reads the words, and that a direct look did not find it; nobody knows who removed it, or why."""
    bundle = journey.public
    row = bundle.rows[journey.ids["c8"]]
    assert [look["seen"] for look in row["observations"]] == ["present", "absent"]
    page = html.unescape(bundle.pages)
    assert WORDS in page
    article = next(part for part in page.split("<article") if WORDS in part)
    assert "In reply to" in article
    assert "deleted" not in article.lower()
