"""The arithmetic of a completeness certificate: every moment of the span is covered or in a hole, never both."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from archiver.model import Cause, Coverage, Gap, Stream
from exports.completeness import Span, StreamCompleteness, completeness

ZERO = datetime(2026, 1, 1, tzinfo=UTC)
SPAN = Span(start=ZERO + timedelta(hours=10), end=ZERO + timedelta(hours=30))
POSTS = Stream(name="posts", holds="posts", history="all", changes="seen")


def at(hour: int) -> datetime:
    """An hour of the test's time."""
    return ZERO + timedelta(hours=hour)


def gap(start: int | None, end: int | None, *, closed: bool = False, subject: str | None = None) -> Gap:
    """A gap between two hours."""
    return Gap(
        id=f"{start}-{end}",
        account_id="a",
        stream="posts",
        cause=Cause.SERVER,
        detail="answered 500",
        opened=at(end or 40),
        start=None if start is None else at(start),
        end=None if end is None else at(end),
        closed=at(50) if closed else None,
        subject=subject,
    )


def walked(start: int | None, end: int) -> Coverage:
    """An interval that was walked."""
    return Coverage(account_id="a", stream="posts", start=None if start is None else at(start), end=at(end), run_id="r")


def posts(coverage: list[Coverage], gaps: list[Gap]) -> StreamCompleteness:
    """What is said of the stream of posts."""
    (found,) = completeness(SPAN, (POSTS,), coverage, gaps)
    return found


HOURS = st.integers(0, 40)
PAIRS = st.tuples(st.none() | HOURS, HOURS).map(lambda two: two if two[0] is None or two[0] < two[1] else None)
WALKED = st.lists(PAIRS.filter(lambda two: two is not None and two[1] > 0).map(lambda two: walked(*two)), max_size=6)
GAPS = st.lists(
    st.builds(
        lambda start, length, closed, subject: gap(
            start, None if length is None else (start or 0) + length, closed=closed, subject=subject
        ),
        st.none() | HOURS,
        st.none() | st.integers(0, 12),
        st.booleans(),
        st.none() | st.just("117"),
    ),
    max_size=6,
)


@given(WALKED, GAPS)
def test_every_moment_is_covered_or_in_a_hole(coverage: list[Coverage], gaps: list[Gap]) -> None:
    """Covered is what was walked and no standing gap touches; everything else is a hole, with the gap where one is."""
    found = posts(coverage, gaps)
    standing = [one for one in gaps if one.closed is None and one.subject is None]
    for half in range(20, 60):  # every half hour: no bound lies between
        moment = ZERO + timedelta(minutes=30 * half + 15)
        is_walked = any((one.start is None or one.start <= moment) and moment < one.end for one in coverage)
        touched = [
            one
            for one in standing
            if (one.start is None or one.start <= moment) and (one.end is None or moment < one.end)
        ]
        covered = sum(span.start <= moment < span.end for span in found.covered)
        holes = [hole for hole in found.holes if hole.span.start <= moment < hole.span.end]
        assert covered == (1 if is_walked and not touched else 0)
        assert {hole.gap.id for hole in holes if hole.gap} == {one.id for one in touched}
        assert sum(hole.gap is None for hole in holes) == (0 if is_walked or touched else 1)


@given(WALKED, GAPS)
def test_nothing_is_told_outside_of_the_span(coverage: list[Coverage], gaps: list[Gap]) -> None:
    """And spans that are covered do not touch each other."""
    found = posts(coverage, gaps)
    spans = [*found.covered, *(hole.span for hole in found.holes)]

    assert all(SPAN.start <= one.start <= one.end <= SPAN.end for one in spans)
    assert all(one.end < other.start or one.end in {hole.span.start for hole in found.holes}
               for one, other in zip(found.covered, found.covered[1:], strict=False))  # fmt: skip


def test_a_stream_that_was_never_walked_is_a_hole_from_end_to_end() -> None:
    """The connector declares it, and nothing says that anybody looked."""
    found = posts([], [])

    assert (found.covered, [(hole.span, hole.gap) for hole in found.holes]) == ((), [(SPAN, None)])


def test_repaired_gaps_and_gaps_of_single_items_are_told_beside() -> None:
    """They take nothing from what is covered."""
    repaired, single = gap(12, 14, closed=True), gap(12, None, subject="117")
    found = posts([walked(None, 35)], [repaired, single])

    assert found.covered == (SPAN,)
    assert (found.holes, found.repaired, found.items) == ((), (repaired,), (single,))


def test_the_last_moment_of_a_gap_is_not_covered() -> None:
    """What was published in the same second as the first item behind it may have been missed; no gap is nothing."""
    after = at(20) + timedelta(microseconds=1)
    found = posts([walked(None, 35)], [gap(20, 20)])

    assert [hole.span for hole in found.holes] == [Span(start=at(20), end=after)]
    assert found.covered == (Span(start=SPAN.start, end=at(20)), Span(start=after, end=SPAN.end))
