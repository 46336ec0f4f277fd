"""Credentials, redirects and refusals that stand in the way: on record, and over when they are over."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from archiver.storage.run_rows import Depth
from tests.polling.desk import DAY, HOUR, OFFICE, QUARTER, Desk, desk_in
from tests.polling.replies import said, wire


def _moved(to: str, status: int = 302) -> bytes:
    return wire(status, b"", ("Location", to))


def test_a_revoked_credential_is_a_gap_from_the_last_good_walk_and_ends_by_itself(desk: Desk) -> None:
    """401 for two days, then the credential is renewed: nobody does anything here, and everything is there."""
    desk.platform.post("one")
    desk.poll()
    good = desk.clock.now()
    desk.platform.token = "another"
    desk.later()
    assert desk.gaps() == [("profile", None, "credential refused", False)]
    assert desk.all_gaps()[0].start == good

    desk.platform.post("meanwhile")
    for _ in range(20):
        desk.later()
    desk.environ["TOKEN"] = "another"
    for _ in range(3):
        desk.later()

    assert desk.texts() == desk.platform.truth()
    assert desk.gaps() == [("profile", None, "credential refused", True)]


def test_a_credential_that_is_not_there_is_a_gap_and_ends_by_itself(desk: Desk) -> None:
    """The variable is not set for a while."""
    desk.platform.post("one")
    desk.poll()
    token = desk.environ.pop("TOKEN")
    polled = desk.later()
    assert (polled.asked, polled.next_due) == (0, desk.clock.now() + QUARTER)
    desk.later(5 * HOUR)
    desk.environ["TOKEN"] = token

    desk.later()

    assert desk.gaps() == [("profile", None, "credential refused", True)]


def test_one_account_without_credential_does_not_stop_another(tmp_path: Path) -> None:
    """The library's feed goes on while the office has no credential."""
    library = replace(OFFICE, id="library", credential="env:OTHER")
    with desk_in(tmp_path, OFFICE, library) as desk:
        desk.platform.post("one")
        desk.environ["OTHER"] = desk.platform.token
        desk.environ["TOKEN"] = "revoked"

        desk.poll("office")
        desk.poll("library")

        assert desk.gaps(account="office") == [("profile", None, "credential refused", False)]
        assert desk.gaps(account="library") == []
        assert desk.texts() == desk.platform.truth()


def test_a_stream_that_is_not_allowed_is_a_gap_of_its_own(desk: Desk) -> None:
    """403 for messages only: posts are covered, messages are not, and the gap closes when they are shown again."""
    desk.platform.post("one")
    desk.platform.message("secret")
    desk.platform.fail("/messages", said({}, 403))
    desk.poll()
    assert desk.gaps() == [("messages", None, "not allowed", False)]
    assert "messages" not in desk.covered()

    desk.platform.heal()
    desk.later()

    assert desk.gaps() == [("messages", None, "not allowed", True)]
    assert desk.texts() == desk.platform.truth()


def test_a_profile_that_is_not_there_is_a_gap_and_the_account_stays_active(desk: Desk) -> None:
    """404 may be a mistake of the platform's: asked again at each poll."""
    desk.poll()
    desk.platform.fail("/profile", said({}, 404))
    for _ in range(3):
        desk.later()
    assert desk.gaps() == [("profile", None, "not there", False)]
    desk.platform.heal()

    desk.later()

    assert desk.gaps() == [("profile", None, "not there", True)]
    assert desk.rows("SELECT state FROM accounts") == [("active",)]


def test_a_feed_that_is_gone_for_good_stops_the_account_with_a_gap(desk: Desk) -> None:
    """410: the platform says that it does not come back; what was kept stays."""
    desk.platform.post("one")
    desk.poll()
    desk.platform.fail("/posts", said({}, 410))

    desk.later()

    assert desk.rows("SELECT state, state_reason FROM accounts") == [("stopped", "the platform answered 410")]
    assert desk.gaps() == [("posts", None, "gone", False)]
    assert desk.rows("SELECT act FROM acts ORDER BY sequence") == [("account pinned",), ("account stopped",)]
    assert desk.later().asked == 0


def test_another_account_behind_the_handle_stops_it_and_nothing_of_it_is_taken_in(desk: Desk) -> None:
    """The reply is kept as evidence, none of its items; the account asks nothing more until a person decides."""
    desk.platform.post("one")
    desk.poll()
    items = desk.texts()
    desk.platform.account = "4711"
    desk.platform.post("a stranger's")

    desk.later()

    assert desk.texts() == items
    assert desk.gaps() == [("profile", None, "another account answers", False)]
    assert desk.rows("SELECT state FROM accounts") == [("stopped",)]
    assert desk.rows("SELECT count(*) FROM captures WHERE problem LIKE 'another account answers%'") == [(1,)]
    assert desk.later().asked == 0


def test_a_redirect_is_followed_and_both_replies_are_kept(desk: Desk) -> None:
    """The listing moved on the same host: with the credential, as one walk."""
    desk.platform.post("one")
    desk.platform.fail("/profile", _moved("/moved"), times=1)
    desk.platform.fail("/moved", said({"id": "42", "name": "the office"}))

    polled = desk.poll()

    assert polled.finished
    assert desk.texts() == desk.platform.truth()
    assert desk.rows("SELECT status FROM captures WHERE stream = 'profile' ORDER BY number") == [(302,), (200,)]


def test_a_redirect_to_another_host_does_not_carry_the_credential(desk: Desk) -> None:
    """The other host is asked, guarded, and without the token; its 401 is a gap."""
    desk.platform.fail("platform.example/profile", _moved("https://elsewhere.example/profile"))
    desk.platform.fail("elsewhere.example", said({"error": "token"}, 401))

    desk.poll()

    carried = {asked.host: asked.authorization for asked in desk.platform.asked}
    assert carried == {"platform.example": f"Bearer {desk.platform.token}", "elsewhere.example": None}
    assert desk.gaps() == [("profile", None, "credential refused", False)]


def test_redirects_in_a_circle_end_as_a_gap(desk: Desk) -> None:
    """Here to there and back: five hops, then a gap, which closes when the circle is gone."""
    desk.platform.post("one")
    desk.platform.fail("/posts", _moved("/there"))
    desk.platform.fail("/there", _moved("/posts"))

    desk.poll()

    assert len([line for line in desk.platform.lines() if line in ("/posts", "/there")]) == 6
    assert desk.gaps() == [("posts", None, "paging loop", False)]
    desk.platform.heal()
    desk.later()
    assert desk.gaps() == [("posts", None, "paging loop", True)]
    assert desk.texts() == desk.platform.truth()


@pytest.mark.parametrize("to", ["file:///etc/passwd", "ftp://platform.example/x", "http://platform.example/x", "//:0/"])
def test_a_redirect_to_where_nothing_may_be_asked_is_a_gap(desk: Desk, to: str) -> None:
    """Other schemes, and a step from a secure address to an insecure one."""
    desk.platform.fail("/posts", _moved(to))

    desk.poll()

    assert desk.gaps() == [("posts", None, "address refused", False)]


def test_a_redirect_without_a_place_is_a_gap(desk: Desk) -> None:
    """302 without Location answers nothing."""
    desk.platform.fail("/posts", wire(302, b""))

    desk.poll()

    assert desk.gaps() == [("posts", None, "unreadable", False)]


def test_a_failing_thread_is_given_up_on_record_and_its_neighbours_are_kept(desk: Desk) -> None:
    """Five attempts at one thread's comments, a gap of that post; the others are whole and the run is done."""
    posts = [desk.platform.post(f"post {number}", comments=1) for number in range(3)]
    desk.platform.fail(f"/posts/{posts[1].id}/comments", said({}, 500))

    desk.finish()

    held = desk.texts()
    assert [post.comments[0].id in held for post in posts] == [True, False, True]
    assert desk.gaps() == [("comments", posts[1].id, "server error", False)]
    assert "comments" not in desk.covered()

    desk.platform.heal()
    desk.later()
    assert desk.texts() == desk.platform.truth()
    assert desk.gaps() == [("comments", posts[1].id, "server error", True)]


def test_a_thread_that_is_refused_does_not_break_the_walk(desk: Desk) -> None:
    """403 for one thread: the run is done, posts are covered."""
    post = desk.platform.post("closed", comments=1)
    desk.platform.fail(f"/posts/{post.id}/comments", said({}, 403))

    polled = desk.poll()

    assert polled.finished
    assert desk.gaps() == [("comments", post.id, "not allowed", False)]
    assert "posts" in desk.covered()


def test_the_second_page_of_a_thread_that_fails_keeps_its_gap_until_that_page_is_read(desk: Desk) -> None:
    """The first page answers at each poll; only the last one closes the gap."""
    post = desk.platform.post("long", comments=6)
    desk.platform.fail(f"/posts/{post.id}/comments?page=2", said({}, 500))
    desk.finish()
    assert desk.gaps() == [("comments", post.id, "server error", False)]

    desk.finish(depth=Depth.REWALK)
    assert desk.gaps() == [("comments", post.id, "server error", False)]

    desk.platform.heal()
    desk.clock.move(DAY)
    desk.finish()
    assert [gap for gap in desk.gaps() if gap[0] == "comments"] == [("comments", post.id, "server error", True)]
    assert desk.texts() == desk.platform.truth()
