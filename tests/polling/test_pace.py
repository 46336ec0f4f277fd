"""How fast a platform is asked."""

from __future__ import annotations

import itertools
from collections import deque
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.model import Pace
from archiver.polling.pace import Limiter, Limiters


def test_a_quota_may_be_used_at_once_and_then_waits() -> None:
    """As many as allowed go at once; the next waits until the first is out of the window."""
    limiter = Limiter(Pace(requests=3, seconds=10))
    assert [limiter.reserve(100.0) for _ in range(7)] == [0.0, 0.0, 0.0, 10.0, 10.0, 10.0, 20.0]
    assert limiter.reserve(131.0) == 0.0


def test_a_request_that_takes_several_units_waits_until_as_many_are_free() -> None:
    """Of ten units a day, eight are gone: three more only when the oldest three are; what takes none does not wait."""
    limiter = Limiter(Pace(requests=10, seconds=100))
    assert [limiter.reserve(0.0, 1), limiter.reserve(10.0, 2), limiter.reserve(20.0, 5)] == [0.0, 0.0, 0.0]
    assert limiter.reserve(30.0, 3) == 70.0
    assert limiter.reserve(30.0, 0) == 0.0
    assert limiter.reserve(100.0, 99) == 100.0


@given(
    requests=st.integers(1, 5),
    seconds=st.integers(1, 30),
    steps=st.lists(st.floats(0, 20, allow_nan=False), max_size=60),
)
def test_no_window_ever_holds_more_than_the_quota(requests: int, seconds: int, steps: list[float]) -> None:
    """Whenever asked, the moments given are in order and never too many in any window."""
    limiter = Limiter(Pace(requests=requests, seconds=seconds))
    now, given_moments = 0.0, deque[float]()
    for step in steps:
        now += step
        given_moments.append(now + limiter.reserve(now))
    moments = list(given_moments)
    rounding = 1e-6  # of the sums of floats, here and in the limiter
    assert all(later >= earlier - rounding for earlier, later in itertools.pairwise(moments))
    for earlier, later in zip(moments, moments[requests:], strict=False):
        assert later - earlier >= seconds - rounding


def test_threads_share_one_quota() -> None:
    """Sixteen threads together get no more than one would."""
    limiter = Limiter(Pace(requests=10, seconds=60))
    with ThreadPoolExecutor(16) as pool:
        waits = sorted(pool.map(lambda _: limiter.reserve(0.0), range(40)))
    assert waits == [float(60 * (n // 10)) for n in range(40)]


def test_an_empty_quota_waits_for_its_reset() -> None:
    """When a reply says nothing is left, nobody asks before the reset; an hour at most."""
    limiter = Limiter(Pace(requests=100, seconds=1))
    limiter.learn(0, 30.0, 1000.0)
    assert limiter.reserve(1005.0) == 25.0
    limiter.learn(0, 1e9, 1031.0)
    assert limiter.reserve(1031.0) == 3600.0


def test_a_scarce_quota_is_spread_to_its_reset() -> None:
    """With a tenth or less left, the rest is spread evenly; after the reset the pace is the usual one."""
    limiter = Limiter(Pace(requests=100, seconds=1))
    limiter.learn(5, 50.0, 0.0)
    assert [limiter.reserve(0.0) for _ in range(4)] == [0.0, 10.0, 20.0, 30.0]
    assert [limiter.reserve(60.0) for _ in range(2)] == [0.0, 0.0]


@pytest.mark.parametrize(("left", "reset"), [(None, 10.0), (0, None), (50, 10.0), (0, 0.0), (0, -1.0)])
def test_plenty_or_nothing_said_changes_nothing(left: int | None, reset: float | None) -> None:
    """Missing, elapsed and comfortable values leave the pace as declared."""
    limiter = Limiter(Pace(requests=100, seconds=1))
    limiter.learn(left, reset, 0.0)
    assert [limiter.reserve(0.0) for _ in range(3)] == [0.0, 0.0, 0.0]


def test_a_pause_holds_everybody() -> None:
    """A wait that the platform named holds for every later request, and a shorter one does not end it."""
    limiter = Limiter(Pace(requests=100, seconds=1))
    limiter.pause(20.0, 0.0)
    limiter.pause(5.0, 0.0)
    assert [limiter.reserve(1.0), limiter.reserve(2.0)] == [19.0, 18.0]


def test_each_platform_and_origin_has_its_own_limiter() -> None:
    """One busy server does not slow another."""
    limiters, pace = Limiters(), Pace(requests=1, seconds=60)
    one = limiters.of("mastodon", "https://a.example:443", pace)
    assert one is limiters.of("mastodon", "https://a.example:443", pace)
    other = limiters.of("mastodon", "https://b.example:443", pace)
    assert [one.reserve(0.0), one.reserve(0.0), other.reserve(0.0)] == [0.0, 60.0, 0.0]


def test_what_is_left_is_judged_by_the_quota_it_is_left_of() -> None:
    """Fourteen of fifteen is plenty, whatever the platform allows elsewhere; one of fifteen is little."""
    limiter = Limiter(Pace(requests=300, seconds=900))
    limiter.learn(14, 900.0, 0.0, allowed=15)
    assert [limiter.reserve(0.0) for _ in range(3)] == [0.0, 0.0, 0.0]
    limiter.learn(1, 900.0, 0.0, allowed=15)
    assert limiter.reserve(0.0) == 900.0
