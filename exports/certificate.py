"""The completeness certificate of an account, as plain text that is signed as it stands, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, tzinfo
from textwrap import fill
from typing import Any

from archiver.model import Account, Gap
from exports.completeness import Hole, Span, StreamCompleteness
from exports.words import both, number_of, stamp

WIDTH = 79
_METHOD = (
    "The platform was asked over HTTPS by the connector {connector} (reading rules {version}) of {software}, {polls}. "
    "A stream counts as covered where its listing was walked from one end of the time to the other and every page was "
    "answered whole. What came and went between two walks was not seen. Each answer is kept as received (WARC); "
    "what was covered and what was not is recorded when a walk ends and is entered into the archive's ledger."
)
_NOT_SHOWN = (
    "This certificate says what this archive looked at and kept. It does not say that the platform showed everything "
    "it had, nor that what it showed is genuine."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Polls:
    """How often the account was polled within the span, and how those runs ended."""

    whole: int
    in_part: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What is certified of an account over a span. `counts` are items by day (agency's zone) and kind.

    `undated` are items without a readable date that were first seen within the span. `ledger` is the size of the ledger
    at the time of making; what the certificate rests on stands in its first leaves.
    """

    origin: str
    agency: str
    account: Account
    span: Span
    made: datetime
    zone: tzinfo
    software: str
    connector: str
    version: int
    polls: Polls
    streams: tuple[StreamCompleteness, ...]
    counts: Mapping[date, Mapping[str, int]]
    undated: int
    ledger: int


def as_text(made: Certificate) -> str:
    """The certificate; it ends in a line feed and holds no blank line at its end, as a signed note's text has to."""
    return "\n".join(line for part in _parts(made) for line in part) + "\n"


def as_json(made: Certificate) -> dict[str, Any]:
    """The certificate as JSON values."""
    return {
        "account": made.account.id,
        "platform": made.account.platform,
        "handle": made.account.handle,
        "platform_id": made.account.platform_id,
        "from": stamp(made.span.start),
        "to": stamp(made.span.end),
        "made": stamp(made.made),
        "ledger_size": made.ledger,
        "connector": {"name": made.connector, "version": made.version},
        "polls": asdict(made.polls),
        "streams": [_stream_json(one) for one in made.streams],
        "items_by_day": {day.isoformat(): dict(kinds) for day, kinds in sorted(made.counts.items())},
        "items_without_date": made.undated,
    }


def _parts(made: Certificate) -> Iterator[Iterator[str]]:
    yield _head(made)
    yield _method(made)
    for stream in made.streams:
        yield _stream(stream, made.zone)
    yield _counts(made)
    yield _end(made)


def _head(made: Certificate) -> Iterator[str]:
    account = made.account
    yield made.origin
    yield f"completeness certificate {account.id}"
    yield ""
    yield f"Agency:    {_flat(made.agency)}"
    yield f"Account:   {_flat(account.handle)} on {account.platform}, registered here as {account.id}"
    yield f"Its id:    {_flat(account.platform_id or '') or 'the platform has not told one'}"
    yield f"From:      {both(made.span.start, made.zone)}"
    yield f"Up to:     {both(made.span.end, made.zone)}"
    yield f"Made:      {both(made.made, made.zone)}"
    yield f"Rests on:  the first {made.ledger:,} leaves of the ledger {made.origin}"
    yield ""


def _method(made: Certificate) -> Iterator[str]:
    polls = f"{number_of(made.polls.whole, 'time')} to its end and {number_of(made.polls.in_part, 'time')} in part"
    yield "METHOD"
    yield fill(
        _METHOD.format(connector=made.connector, version=made.version, software=made.software, polls=polls), WIDTH
    )
    yield ""


def _stream(stream: StreamCompleteness, zone: tzinfo) -> Iterator[str]:
    yield f"STREAM {_flat(stream.name)}"
    if stream.declared:
        yield fill(f"Holds: {stream.declared.holds}.", WIDTH)
    else:
        yield "The connector does not declare it any more."
    yield from _spans("Covered", [(span, "") for span in stream.covered], zone)
    yield from _spans("Not covered", [(hole.span, _why(hole)) for hole in stream.holes], zone)
    yield from (_gap("Covered later", gap, zone) for gap in stream.repaired)
    yield from (_gap("Not captured", gap, zone) for gap in stream.items)
    if stream.declared:
        yield fill(f"How far back this platform shows it: {stream.declared.history}.", WIDTH)
        yield fill(f"How changes are noticed: {stream.declared.changes}.", WIDTH)
        if stream.declared.not_captured:
            yield fill(f"Not coverable on this platform: {stream.declared.not_captured}.", WIDTH)
    yield ""


def _spans(what: str, spans: list[tuple[Span, str]], zone: tzinfo) -> Iterator[str]:
    if not spans:
        yield f"{what}: nothing"
    for span, why in spans:
        yield f"{what}: {both(span.start, zone)}"
        yield f"    up to {both(span.end, zone)}"
        if why:
            yield fill(f"because: {why}", WIDTH, initial_indent="    ", subsequent_indent="    ")


def _why(hole: Hole) -> str:
    if hole.gap is None:
        return "no walk over this stream reached this time"
    return f"{hole.gap.cause} ({_flat(hole.gap.detail)}); gap {hole.gap.id}, {_edges(hole.gap)}"


def _edges(gap: Gap) -> str:
    before = f"last item known before it {_flat(gap.last_known)}" if gap.last_known else "no item known before it"
    after = f"first known after it {_flat(gap.first_known)}" if gap.first_known else "none known after it"
    return f"{before}, {after}"


def _gap(what: str, gap: Gap, zone: tzinfo) -> str:
    about = f" of item {_flat(gap.subject)}" if gap.subject else ""
    start = both(gap.start, zone) if gap.start else "the beginning"
    end = both(gap.end, zone) if gap.end else "still going on"
    repair = f"; {_flat(gap.repair)}" if gap.repair else ""
    said = f"{what}{about}: {gap.cause} ({_flat(gap.detail)}), from {start} to {end}{repair}; gap {gap.id}"
    return fill(said, WIDTH, subsequent_indent="    ")


def _counts(made: Certificate) -> Iterator[str]:
    yield f"ITEMS BY DAY (the platform's dates, days in {made.zone})"
    for day, kinds in sorted(made.counts.items()):
        yield f"{day.isoformat()}  " + ", ".join(f"{count:,} {kind}" for kind, count in sorted(kinds.items()))
    total = sum(count for kinds in made.counts.values() for count in kinds.values())
    yield f"In all: {number_of(total, 'item')}, and {made.undated:,} without a readable date, first seen in this time"
    yield ""


def _end(made: Certificate) -> Iterator[str]:
    yield fill(_NOT_SHOWN, WIDTH)
    yield f"End of the certificate of {made.account.id}."


def _flat(text: str) -> str:
    """On one line, without control characters: what a platform said must not pass for a line of ours."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


def _stream_json(stream: StreamCompleteness) -> dict[str, Any]:
    return {
        "name": stream.name,
        "covered": [_span_json(span) for span in stream.covered],
        "not_covered": [
            _span_json(hole.span)
            | ({"cause": str(hole.gap.cause), "gap": hole.gap.id} if hole.gap else {"cause": None, "gap": None})
            for hole in stream.holes
        ],
        "covered_later": [gap.id for gap in stream.repaired],
        "items_not_captured": [{"gap": gap.id, "item": gap.subject, "cause": str(gap.cause)} for gap in stream.items],
        "not_coverable": stream.declared.not_captured if stream.declared else None,
    }


def _span_json(span: Span) -> dict[str, str]:
    return {"from": stamp(span.start), "to": stamp(span.end)}
