"""What of an account was covered in a span of time, what was not, and what cannot be: the certificate's arithmetic.

Nothing is called covered that any gap still standing touches, and nothing that no walk reached.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from archiver.model import Coverage, Gap, Stream

_BEGINNING = datetime.min.replace(tzinfo=UTC)
_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Span:
    """From `start` up to, not including, `end`."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Hole:
    """A part of the span that was not covered. `gap` says why; None: no walk reached it, and nothing says why."""

    span: Span
    gap: Gap | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamCompleteness:
    """One stream over one span of time.

    `covered` was walked, and no standing gap touches it; `holes` is the rest. `repaired` are gaps that were walked
    again later: what came and went, or was edited, between their bounds may not have been seen. `items` are standing
    gaps about single items (a thread, a file) that could not be read, within the span.
    """

    name: str
    declared: Stream | None
    covered: tuple[Span, ...]
    holes: tuple[Hole, ...]
    repaired: tuple[Gap, ...]
    items: tuple[Gap, ...]


def completeness(
    span: Span, streams: Iterable[Stream], coverage: Sequence[Coverage], gaps: Sequence[Gap]
) -> tuple[StreamCompleteness, ...]:
    """Every stream that the platform's connector declares, or that was ever walked or missed, in order of name."""
    declared = {stream.name: stream for stream in streams}
    names = {*declared, *(one.stream for one in coverage), *(one.stream for one in gaps)}
    return tuple(
        _one(
            span,
            name,
            declared.get(name),
            [one for one in coverage if one.stream == name],
            [one for one in gaps if one.stream == name and _touches(one, span)],
        )
        for name in sorted(names)
    )


def _one(
    span: Span, name: str, declared: Stream | None, walked: Sequence[Coverage], gaps: Sequence[Gap]
) -> StreamCompleteness:
    standing = [gap for gap in gaps if gap.closed is None]
    wide = [gap for gap in standing if gap.subject is None]
    missed = [Hole(span=_within(gap, span), gap=gap) for gap in wide]
    covered = _without(_cut(walked, span), [hole.span for hole in missed])
    rest = _without([span], [*covered, *(hole.span for hole in missed)])
    return StreamCompleteness(
        name=name,
        declared=declared,
        covered=tuple(covered),
        holes=tuple(sorted([*missed, *(Hole(span=one, gap=None) for one in rest)], key=lambda hole: hole.span)),
        repaired=tuple(gap for gap in gaps if gap.closed is not None),
        items=tuple(gap for gap in standing if gap.subject is not None),
    )


def _touches(gap: Gap, span: Span) -> bool:
    return (gap.start is None or gap.start < span.end) and (gap.end is None or gap.end >= span.start)


def _within(gap: Gap, span: Span) -> Span:
    """The part of the span that a gap touches, its last moment with it: others may have been published in it, too."""
    start = max(gap.start or _BEGINNING, span.start)
    return Span(start=start, end=max(start, min(gap.end + _MOMENT if gap.end else span.end, span.end)))


def _cut(walked: Sequence[Coverage], span: Span) -> list[Span]:
    found = [
        Span(start=max(one.start or _BEGINNING, span.start), end=min(one.end, span.end))
        for one in walked
        if one.end > span.start and (one.start is None or one.start < span.end)
    ]
    return _joined(found)


def _joined(spans: Iterable[Span]) -> list[Span]:
    """The same time in as few spans as can be, in order."""
    joined: list[Span] = []
    for one in sorted(spans):
        if joined and one.start <= joined[-1].end:
            joined[-1] = Span(start=joined[-1].start, end=max(one.end, joined[-1].end))
        else:
            joined.append(one)
    return joined


def _without(spans: Sequence[Span], taken: Iterable[Span]) -> list[Span]:
    """The time in `spans` that is in none of `taken`."""
    left = list(spans)
    for away in taken:
        left = [
            part
            for one in left
            for part in (
                Span(start=one.start, end=min(one.end, away.start)),
                Span(start=max(one.start, away.end), end=one.end),
            )
            if part.start < part.end
        ]
    return left
