"""What to do after each status, and how long to wait."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.model import Cause
from archiver.polling.verdict import Action, Verdict, backoff, remaining, reset_seconds, spread, verdict

NOW = datetime(2026, 3, 14, 15, 9, 26, tzinfo=UTC)
MOVED = (("Location", "/elsewhere"),)


@pytest.mark.parametrize(
    ("status", "action", "cause"),
    [
        (200, Action.KEEP, None),
        (201, Action.KEEP, None),
        (203, Action.KEEP, None),
        (204, Action.ODD, Cause.UNREADABLE),
        (205, Action.ODD, Cause.UNREADABLE),
        (206, Action.ODD, Cause.UNREADABLE),
        (101, Action.ODD, Cause.UNREADABLE),
        (300, Action.ERROR, Cause.UNREADABLE),
        (301, Action.MOVED, None),
        (302, Action.MOVED, None),
        (303, Action.MOVED, None),
        (304, Action.ODD, Cause.UNREADABLE),
        (305, Action.ERROR, Cause.UNREADABLE),
        (307, Action.MOVED, None),
        (308, Action.MOVED, None),
        (400, Action.ERROR, Cause.UNREADABLE),
        (401, Action.AUTH, Cause.AUTH),
        (403, Action.REFUSED, Cause.FORBIDDEN),
        (404, Action.ABSENT, Cause.MISSING),
        (408, Action.RETRY, Cause.TIMEOUT),
        (410, Action.ABSENT, Cause.GONE),
        (418, Action.ERROR, Cause.UNREADABLE),
        (425, Action.RETRY, Cause.SERVER),
        (429, Action.WAIT, Cause.RATE_LIMIT),
        (451, Action.REFUSED, Cause.FORBIDDEN),
        (500, Action.RETRY, Cause.SERVER),
        (502, Action.RETRY, Cause.SERVER),
        (503, Action.RETRY, Cause.SERVER),
        (504, Action.RETRY, Cause.SERVER),
        (599, Action.RETRY, Cause.SERVER),
        (999, Action.ODD, Cause.UNREADABLE),
    ],
)
def test_each_status_has_one_next_step(status: int, action: Action, cause: Cause | None) -> None:
    """The table, status by status, for requests without validators."""
    assert verdict(status, MOVED, NOW, conditional=False) == Verdict(action=action, cause=cause)


def test_unchanged_is_an_answer_only_to_a_conditional_request() -> None:
    """A 304 nobody asked for is odd, never taken for nothing new."""
    assert verdict(304, (), NOW, conditional=True) == Verdict(action=Action.UNCHANGED)
    assert verdict(304, (), NOW, conditional=False).action is Action.ODD


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_nowhere_is_an_error(status: int) -> None:
    """Without a Location there is nothing to follow."""
    assert verdict(status, (), NOW, conditional=False) == Verdict(action=Action.ERROR, cause=Cause.UNREADABLE)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("30", 30.0),
        ("0", 1.0),
        ("1000000000", 3600.0),
        ("99999999999999999999", 3600.0),
        ("12.5", 12.5),
        ("Sat, 14 Mar 2026 15:10:26 GMT", 60.0),
        ("Sat, 14 Mar 2026 15:10:26 -0000", 60.0),
        ("Saturday, 14-Mar-26 15:10:26 GMT", 60.0),
        ("Sat, 14 Mar 2026 15:00:00 GMT", 1.0),
        ("Sat, 14 Mar 2099 15:00:00 GMT", 3600.0),
        ("soon", None),
        ("-5", None),
        ("", None),
        ("1e9", None),
        ("\u0663", None),
        ("Sat, 99 Foo 2026 99:99:99 GMT", None),
    ],
)
def test_retry_after_is_honoured_within_bounds(said: str, seconds: float | None) -> None:
    """Seconds and dates are obeyed between one second and an hour; nonsense names no time."""
    expected = Verdict(action=Action.WAIT, wait_seconds=seconds, cause=Cause.RATE_LIMIT)
    assert verdict(429, (("retry-AFTER", said),), NOW, conditional=False) == expected


def test_a_busy_server_that_names_a_time_is_waited_for() -> None:
    """A 503 with Retry-After is a wait; without one, a retry."""
    assert verdict(503, (("Retry-After", "7"),), NOW, conditional=False) == Verdict(
        action=Action.WAIT, wait_seconds=7.0, cause=Cause.SERVER
    )


@pytest.mark.parametrize(
    ("header", "said", "seconds"),
    [
        ("X-RateLimit-Reset", "1773501026", 60.0),
        ("x-rate-limit-reset", "1773501026", 60.0),
        ("ratelimit-reset", "1773501026", 60.0),
        ("RateLimit-Reset", "60", 60.0),
        ("X-RateLimit-Reset-After", "60.5", 60.5),
        ("X-RateLimit-Reset", "1773501026000", 60.0),
        ("X-RateLimit-Reset", "2026-03-14T15:10:26.000000Z", 60.0),
        ("X-RateLimit-Reset", "2026-03-14T08:10:26-07:00", 60.0),
        ("X-RateLimit-Reset", "2026-03-14T15:10:26", 60.0),
        ("X-RateLimit-Reset", "1773500000", 0.0),
        ("X-RateLimit-Reset", "whenever", None),
        ("X-Other", "60", None),
    ],
)
def test_the_usual_reset_headers_are_read(header: str, said: str, seconds: float | None) -> None:
    """Epoch seconds or milliseconds, seconds from now, ISO 8601 with or without a zone."""
    assert reset_seconds(((header, said),), NOW) == seconds


def test_retry_after_outranks_the_reset_headers() -> None:
    """The plainer word counts; where it is nonsense or missing, the reset header does."""
    reset = ("X-RateLimit-Reset", "1773501026")
    for headers, seconds in (
        ((("Retry-After", "5"), reset), 5.0),
        ((("Retry-After", "soon"), reset), 60.0),
        ((reset,), 60.0),
        ((), None),
    ):
        assert verdict(429, headers, NOW, conditional=False).wait_seconds == seconds


@pytest.mark.parametrize(
    ("said", "left"), [("12", 12), ("0", 0), ("3.0", 3), ("7;w=60", 7), ("5, 100", 5), ("-1", None), ("many", None)]
)
def test_what_is_left_of_a_quota_is_read(said: str, left: int | None) -> None:
    """The usual remaining headers, with the decorations some platforms add."""
    assert remaining((("X-RateLimit-Remaining", said),)) == left
    assert remaining(()) is None


@given(st.text(max_size=40), st.sampled_from(["Retry-After", "X-RateLimit-Reset"]))
def test_no_header_breaks_the_verdict_or_its_bounds(said: str, name: str) -> None:
    """Whatever a header says, the wait is unknown or between a second and an hour."""
    seconds = verdict(429, ((name, said),), NOW, conditional=False).wait_seconds
    assert seconds is None or 1.0 <= seconds <= 3600.0


def test_backoff_doubles_to_an_hour() -> None:
    """Two seconds, doubling; jitter shortens by half at most."""
    assert [backoff(attempt, 0.0) for attempt in (0, 1, 2, 3, 12, 1000)] == [2.0, 2.0, 4.0, 8.0, 3600.0, 3600.0]
    assert [backoff(attempt, 1.0) for attempt in (1, 2)] == [1.0, 2.0]


def test_a_named_wait_is_never_shortened() -> None:
    """Jitter makes a wait the platform named up to a tenth longer."""
    assert [spread(100.0, jitter) for jitter in (0.0, 0.5, 1.0)] == [100.0, 105.0, pytest.approx(110.0)]
