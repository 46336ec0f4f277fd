"""Statuses, limits, credentials and redirects that stand in the way: on record, and over when they are over."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from tests.polling.desk import DAY, OFFICE, QUARTER, START, Desk, desk_in
from tests.polling.replies import LOGIN_PAGE, Wire, cut, said, wire

SERVER_ERROR = said({}, 500)


def test_a_server_error_once_is_tried_again_and_leaves_no_gap(desk: Desk) -> None:
    """One 500: the same fetch a few seconds later, and the walk is whole."""
    desk.platform.post("one")
    desk.platform.fail("/posts", SERVER_ERROR, times=1)

    polled = desk.poll()
    assert (polled.finished, polled.next_due - desk.clock.now()) == (False, timedelta(seconds=2))

    desk.finish()
    assert desk.texts() == desk.platform.truth()
    assert desk.gaps() == []


def test_a_server_error_for_ever_is_a_gap_and_keeps_no_other_stream_waiting(desk: Desk) -> None:
    """Posts fail for two hours: messages go on arriving, the gap stands; it closes when posts are walked again."""
    desk.platform.post("one")
    desk.poll()
    desk.platform.fail("/posts", SERVER_ERROR)
    for number in range(12):
        desk.platform.message(f"message {number}")
        desk.clock.move(timedelta(minutes=10))
        desk.poll()

    assert desk.gaps() == [("posts", None, "server error", False)]
    assert desk.all_gaps()[0].start == START
    assert "message 5" in desk.texts().values()

    desk.platform.heal()
    desk.finish()
    desk.later()
    assert desk.texts() == desk.platform.truth()
    assert desk.gaps() == [("posts", None, "server error", True)]


def test_a_stream_that_fails_for_ever_does_not_bring_back_the_first_walk(desk: Desk) -> None:
    """Messages are refused: posts are covered and polled a page at a time as ever."""
    for number in range(40):
        desk.platform.post(f"post {number}")
        desk.clock.move(DAY)
    desk.platform.fail("/messages", said({}, 403))
    desk.poll()
    desk.platform.lines()

    desk.later()

    assert desk.platform.lines() == ["/profile", "/posts", "/messages", "/posts?page=2"]
    assert desk.gaps() == [("messages", None, "not allowed", False)]
    assert set(desk.covered()) == {"posts", "profile"}


def test_walks_back_keep_their_days_while_a_stream_is_refused(desk: Desk) -> None:
    """A run in part counts as the walk back it was: no deep walk at every poll."""
    desk.platform.fail("/messages", said({}, 403))
    desk.poll()
    desk.later(DAY * 8)

    desk.later()

    assert [row[0] for row in desk.rows("SELECT depth FROM runs ORDER BY begun")] == ["first", "deep", "poll"]


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ((("Retry-After", "90"),), 90.0),
        ((("Retry-After", format_datetime(START + timedelta(minutes=7), usegmt=True)),), 420.0),
        ((("Retry-After", "soon"),), 2.0),
        ((("Retry-After", "1000000000"),), 3600.0),
        ((("Retry-After", "0"),), 1.0),
        ((("X-RateLimit-Reset", "300"), ("X-RateLimit-Remaining", "0")), 300.0),
        ((), 2.0),
    ],
)
def test_a_429_is_waited_for_as_long_as_it_says_within_an_hour(
    desk: Desk, headers: tuple[tuple[str, str], ...], seconds: float
) -> None:
    """Seconds, a date, quota headers, nonsense, nothing and a number of decades."""
    desk.platform.post("one")
    desk.platform.fail("/posts", said({}, 429, *headers), times=1)

    desk.finish()

    first, second = (asked.at for asked in desk.platform.asked if asked.line == "/posts")
    assert (second - first).total_seconds() == pytest.approx(seconds, abs=1.0)
    assert desk.texts() == desk.platform.truth()


def test_a_429_holds_back_what_else_would_be_asked_of_the_platform(desk: Desk) -> None:
    """Told to wait, nothing more is asked; the wait is no failed attempt of the others."""
    for number in range(8):
        desk.platform.post(f"post {number}", comments=1)
    desk.platform.fail("/comments", said({}, 429, ("Retry-After", "600")), times=1)

    desk.poll()
    assert len([line for line in desk.platform.lines() if "/comments" in line]) == 1
    assert {row[0] for row in desk.rows("SELECT attempts FROM frontier")} == {0, 1}

    desk.finish()
    assert desk.texts() == desk.platform.truth()


def test_a_long_wait_is_a_gap_with_its_true_cause(desk: Desk) -> None:
    """An hour's wait, again and again: the cause is the limit, not that the archiver did not run."""
    desk.platform.post("one")
    desk.poll()
    desk.platform.fail("/posts", said({}, 429, ("Retry-After", "3600")), times=3)
    desk.clock.move(QUARTER)

    desk.finish()

    assert desk.gaps() == [("posts", None, "rate limit", True)]


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (cut(said({"items": []}), 60), "cut short"),
        (cut(said({"items": []}), 0), "network"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n{}", "cut short"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{}", "cut short"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "undecodable"),
    ],
)
def test_a_reply_that_is_not_whole_is_asked_again_and_a_gap_until_then(desk: Desk, answer: Wire, cause: str) -> None:
    """Nothing of it becomes rows; after three attempts it is a gap, which closes when it comes whole."""
    desk.platform.post("one")
    desk.poll()
    desk.platform.post("two")
    desk.platform.fail("/posts", answer, times=4)
    captures = desk.count("captures")
    desk.clock.move(QUARTER)

    for _ in range(3):
        desk.clock.move(desk.poll().next_due - desk.clock.now())
    assert desk.gaps() == [("posts", None, cause, False)]
    assert desk.count("captures") == captures

    desk.finish()
    assert desk.gaps() == [("posts", None, cause, True)]
    assert desk.texts() == desk.platform.truth()


def test_a_body_that_cannot_be_decoded_is_kept_once_and_marked(tmp_path: Path) -> None:
    """Whole on the wire, not to be inflated: the third attempt keeps it as evidence, unread, with its gaps."""
    with desk_in(tmp_path, replace(OFFICE, credential=None)) as desk:
        desk.platform.token = ""
        desk.platform.post("one")
        desk.poll()
        desk.platform.fail("/posts", wire(200, b"not gzip at all", ("Content-Encoding", "gzip")))
        desk.clock.move(QUARTER)

        for _ in range(3):
            desk.finish_run()

        assert desk.rows("SELECT problem, times FROM captures WHERE problem <> ''") == [
            ("the body cannot be decoded", 3)
        ]
        assert desk.gaps() == [("posts", None, "undecodable", False)]


def test_a_body_that_cannot_be_searched_for_the_credential_is_never_kept(desk: Desk) -> None:
    """With a credential, what cannot be decoded is asked again and stays a gap."""
    desk.poll()
    desk.platform.fail("/posts", wire(200, b"not gzip at all", ("Content-Encoding", "gzip")))
    captures = desk.count("captures")

    for _ in range(8):
        desk.later()

    assert desk.gaps() == [("posts", None, "undecodable", False)]
    assert desk.count("captures") == captures


@pytest.mark.parametrize("answer", [said([1, 2]), said({"posts": []}), wire(200, b'{"items": [}'), wire(200, b"")])
def test_wrong_json_is_a_gap_and_not_an_empty_page(desk: Desk, answer: bytes) -> None:
    """Not what was asked for: kept unread, nothing taken as absent, no coverage of that stream."""
    desk.platform.post("one")
    desk.poll()
    desk.platform.fail("/posts", answer)

    desk.later()

    assert desk.gaps() == [("posts", None, "unreadable", False)]
    assert desk.seen("p1") == "present"
    assert desk.covered()["posts"] == [(None, START)]


@pytest.mark.parametrize("status", [204, 205, 206])
def test_a_success_that_answers_nothing_we_asked_is_a_gap(desk: Desk, status: int) -> None:
    """204, 205 and 206 are not "no posts", whatever their body says."""
    desk.platform.post("one")
    desk.poll()
    body = b"" if status != 206 else b'{"items": []}'
    desk.platform.fail("/posts", wire(status, body))

    desk.later()

    assert desk.gaps() == [("posts", None, "unreadable", False)]
    assert desk.seen("p1") == "present"


def test_a_login_page_in_place_of_a_listing_is_a_gap_that_closes_when_it_is_read_again(desk: Desk) -> None:
    """Status 200 and HTML: evidence kept, gap from the last good walk to the next."""
    desk.platform.post("one")
    desk.poll()
    desk.platform.fail("/posts", LOGIN_PAGE)
    desk.later()
    opened = desk.clock.now()
    desk.platform.heal()

    desk.later()

    (gap,) = desk.all_gaps()
    assert (gap.start, gap.opened, gap.end, gap.closed) == (START, opened, opened + QUARTER, opened + QUARTER)
