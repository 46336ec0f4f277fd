"""Polls that find nothing new: next to nothing is kept, and what must be known is known all the same."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import pytest

from archiver.storage.units import FoundNote, units
from tests.polling.desk import HOUR, Desk
from tests.polling.replies import said, wire


def test_an_unchanged_reply_leaves_a_run_record_and_nothing_else(desk: Desk) -> None:
    """No capture, item, version or observation is added; the captures of before were seen once more."""
    desk.platform.post("one", files=1, comments=2)
    desk.poll()
    before = {table: desk.count(table) for table in ("captures", "items", "versions", "observations", "media")}
    records = desk.count("records")

    polled = desk.later()

    assert polled.finished
    assert {table: desk.count(table) for table in before} == before
    assert desk.count("records") == records + 1
    assert desk.rows("SELECT stream, times FROM captures WHERE role = 'listing' ORDER BY stream") == [
        ("messages", 2),
        ("posts", 2),
        ("profile", 2),
    ]


def test_an_unchanged_poll_still_covers(desk: Desk) -> None:
    """Nothing new is an answer: coverage reaches to the newest walk."""
    desk.platform.post("one")
    desk.poll()

    desk.later()

    assert desk.covered()["posts"] == [(None, desk.clock.now())]


def test_an_idle_account_of_one_listing_costs_less_than_600_bytes_a_poll(desk: Desk) -> None:
    """An account whose poll is one request, as of a feed: run record and note of the unchanged reply together."""
    desk.platform.fail("/profile", said({"id": "42", "name": "the office", "alone": True}))

    assert _bytes_a_poll(desk) == pytest.approx(425, abs=100)


def test_an_idle_account_of_three_listings_costs_less_than_600_bytes_a_poll(desk: Desk) -> None:
    """Each further request of a poll is one more note in the same record."""
    desk.platform.post("one")

    assert _bytes_a_poll(desk) == pytest.approx(520, abs=70)


def test_the_bytes_that_came_are_named_where_they_are_not_those_of_the_capture(desk: Desk) -> None:
    """A reply shows the same by other bytes: the record has their digest. Of the other looks it names the capture."""
    post = desk.platform.post("liked")
    desk.poll()
    post.likes = 3

    desk.later()

    named = {look["same"]: look for look in _newest_run(desk)["unchanged"]}
    kept = desk.rows("SELECT id, stream FROM captures WHERE role = 'listing' ORDER BY stream")
    assert [(stream, sorted(named[capture])) for capture, stream in kept] == [
        ("messages", ["at", "same", "status"]),
        ("posts", ["at", "counters", "payload", "same", "status"]),
        ("profile", ["at", "same", "status"]),
    ]


def _newest_run(desk: Desk) -> Mapping[str, Any]:
    """What the record of the newest run says."""
    with desk.warc_files()[-1].open("rb") as file:
        said = [unit.said for unit in units(file) if isinstance(unit, FoundNote)]
    return [one for one in said if one["record"] == "run"][-1]


def _bytes_a_poll(desk: Desk) -> float:
    desk.poll()
    size = desk.warc_bytes()
    for _ in range(90):
        desk.later()
    return (desk.warc_bytes() - size) / 90


def test_likes_of_an_unchanged_page_are_kept(desk: Desk) -> None:
    """A page on which only counters moved is not kept; the counters are."""
    post = desk.platform.post("liked")
    desk.poll()
    captures = desk.count("captures")
    post.likes = 3

    desk.later()

    assert desk.likes(post.id) == [0, 3]
    assert desk.count("captures") == captures


def test_a_reply_that_is_not_modified_is_as_good_as_the_one_kept(desk: Desk) -> None:
    """304: nothing is kept, the page counts as shown, and what it links to is followed."""
    desk.platform.validators = True
    for number in range(6):
        desk.platform.post(f"post {number}")
    desk.poll()
    captures = desk.count("captures")
    desk.platform.lines()

    polled = desk.later()

    assert polled.finished
    assert desk.count("captures") == captures
    assert desk.platform.lines() == ["/profile", "/posts", "/messages", "/posts?page=2"]
    assert desk.rows("SELECT DISTINCT times FROM captures WHERE role = 'listing'") == [(2,)]
    assert desk.gaps() == []


def test_a_change_behind_a_validator_is_noticed(desk: Desk) -> None:
    """A new post changes the entity tag, and the page comes whole."""
    desk.platform.validators = True
    desk.platform.post("one")
    desk.poll()
    desk.later()
    desk.platform.post("two")

    desk.later()

    assert desk.texts() == desk.platform.truth()


def test_a_walk_back_asks_without_validators(desk: Desk) -> None:
    """What a server says of itself is not relied on once a day."""
    desk.platform.validators = True
    desk.platform.post("one")
    desk.poll()
    desk.platform.asked.clear()

    desk.later(24 * HOUR)

    assert {asked.if_none_match for asked in desk.platform.asked} == {None}


def test_an_error_page_that_stays_the_same_is_kept_once(desk: Desk) -> None:
    """The same login page at every poll: one capture as evidence, one gap, and the time of each look."""
    desk.poll()
    desk.platform.post("not seen")
    desk.platform.fail("/posts", wire(200, b"<html>log in</html>", content_type="text/html"))
    captures = desk.count("captures")

    for _ in range(5):
        desk.later()

    assert desk.count("captures") == captures + 1
    assert desk.rows("SELECT problem, times FROM captures WHERE problem <> ''") == [("the body is not JSON", 5)]
    assert desk.gaps() == [("posts", None, "unreadable", False)]


def test_a_file_that_is_held_is_not_asked_for_again(desk: Desk) -> None:
    """Neither at the next poll nor under a new address with the same id."""
    post = desk.platform.post("pictured", files=1)
    desk.poll()
    desk.platform.lines()
    media_id, name = post.files[0]
    desk.platform.files["signed-anew"] = desk.platform.files[name]
    post.files = [(media_id, "signed-anew")]

    desk.later()

    assert not [line for line in desk.platform.lines() if line.startswith(("/f", "/signed"))]
    assert len(desk.versions(post.id)) == 1


def test_the_same_bytes_under_two_ids_are_kept_once(desk: Desk) -> None:
    """Both items carry the file, one capture holds it."""
    for text in ("one", "two"):
        post = desk.platform.post(text)
        post.files = [desk.platform.file(b"the same picture")]

    desk.poll()

    digest = hashlib.sha256(b"the same picture").hexdigest()
    assert desk.rows("SELECT sha256, missing FROM item_media") == [(digest, ""), (digest, "")]
    assert desk.rows("SELECT count(*) FROM captures WHERE role = 'media'") == [(1,)]


def test_two_ids_of_one_address_are_both_held(desk: Desk) -> None:
    """A file that two posts name by different ids at one address is asked for once and belongs to both."""
    _, name = desk.platform.file(b"shared")
    for number in range(2):
        desk.platform.post(f"post {number}").files = [(f"own-id-{number}", name)]

    desk.poll()

    digest = hashlib.sha256(b"shared").hexdigest()
    assert desk.rows("SELECT media_id, sha256 FROM item_media ORDER BY media_id") == [
        ("own-id-0", digest),
        ("own-id-1", digest),
    ]
