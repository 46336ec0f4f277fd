"""`archiver requests`: public records requests from receipt to closing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archiver.acts import requests as acting
from archiver.acts.requests import Opening
from archiver.cli.moments import FROM, RECEIVED
from archiver.cli.prover import prover
from archiver.cli.search import count_words
from archiver.cli.selecting import selecting, selector
from archiver.cli.session import Session, pass_session
from archiver.cli.terminal import exactly, line, safe, table, when
from archiver.errors import UsageError
from archiver.model import PublicRecordsRequest, RequestState, iso, local_day
from archiver.model.text import some
from archiver.storage import request_rows, search
from archiver.storage.acts import acts_on
from exports.words import scope

if TYPE_CHECKING:
    from archiver.acts.bundling import Bundle

_AT_RECEIPT = (
    "The scope is what the archive held when the request was received: the law asks for records that exist at that "
    "time (WAC 44-14-04004). With --include-later it also reaches what was captured after."
)
_SHOWING_MORE = (
    "{count:,} exchanges were {whether}copied whose pages also show items that were not public and do not answer the "
    "request (see --every-record)."
)
_AFTER_CLOSING = (
    "Its hold has ended (RCW 42.56.100 holds until the request is resolved).",
    "A suit must be filed within one year of the claim of an exemption or the last production (RCW 42.56.550).",
    "That year begins with a final, definitive response. The word “closed” alone does not decide: the letter must let "
    "a reader who is no lawyer see that the agency does not intend to disclose more (Cousins v. DOC, 3 Wn.3d 19 "
    "(2024)).",
)


@click.group()
def requests() -> None:
    """Public records requests: open, show, list, bundle, close."""


@requests.command("open")
@click.option("--text", help="The request, as it was received.")
@click.option("--text-file", type=click.Path(dir_okay=False), metavar="FILE", help="The same from a file; - is stdin.")
@click.option("--received", type=RECEIVED, help="When it was received (default: now).")
@click.option("--requester", default="", metavar="NAME", help="Who asks, if they say so.")
@click.option("--id", "id_", default="", metavar="ID", help="Its number (default: the next of the year, 2026-0001).")
@click.option("--words", default="", help="Scope: items with these words, as archiver search takes them.")
@selecting
@click.option("--include-later", is_flag=True, help="Scope: also what is first captured after the receipt.")
@pass_session
def open_(
    session: Session,
    /,
    *,
    text: str | None,
    text_file: str | None,
    received: datetime | None,
    requester: str,
    id_: str,
    words: str,
    include_later: bool,
    **chosen: Any,
) -> None:
    """Open a request: its five business days are counted, and what it asks for is held.

    \b
    archiver requests open --text "All posts about the boundary study" --words "boundary study"
    """
    now = session.now()
    at = min(received, now) if received and local_day(received) == local_day(now) else received or now
    wanted = selector(words, **chosen)
    opening = Opening(
        received=at,
        text=_text(text, text_file),
        selector=wanted if include_later else replace(wanted, captured_until=at),
        id=id_,
        requester=" ".join(requester.split()),
    )
    opened = acting.open_request(
        session.archive, opening, closures=session.config.requests.closures, who=session.actor, now=now
    )
    for warning in opened.warnings:
        session.tell(warning)
    request = opened.request
    lines = [
        f"Opened {request.id}: {_clock(session, request)}.",
        f"In scope now: {count_words(opened.items)}. They are held until it is closed.",
        *(() if include_later else (_AT_RECEIPT,)),
        f"Next: archiver requests bundle {request.id}",
    ]
    session.show({"request": _as_json(session, request), "items": opened.items}, lines)


@requests.command()
@click.argument("request_id", metavar="ID")
@pass_session
def show(session: Session, *, request_id: str) -> None:
    """Show a request: its text, clock, scope, bundles and history."""
    with session.archive.database.snapshot() as db:
        request = request_rows.request_called(db, request_id)
        bundles = request_rows.bundles_of(db, request_id)
        history = acts_on(db, request_id)
        items = search.count(db, request.selector)
        later = acting.captured_later(db, request.selector)
    answer = {
        "request": _as_json(session, request),
        "items": items,
        "captured_later": later,
        "bundles": [
            {"made": iso(one.made), "name": one.name, "sha256": one.sha256, "size": one.size, "items": one.items}
            for one in bundles
        ],
        "acts": [{"at": iso(act.at), "actor": act.actor, "act": act.act} for act in history],
    }
    session.show(answer, _show_lines(session, request, answer, history))


@requests.command("list")
@click.option("--all", "all_", is_flag=True, help="Also those that are closed.")
@pass_session
def list_(session: Session, *, all_: bool) -> None:
    """List the open requests, the one due first before the others."""
    found = request_rows.requests(session.db, closed_too=all_)
    rows = [
        (one.id, one.state, when(one.received, session.zone), _clock(session, one), line(one.text, 60)) for one in found
    ]
    lines = table(("ID", "STATE", "RECEIVED", "ANSWER", "TEXT"), rows) if rows else ["No request is open."]
    session.show({"requests": [_as_json(session, one) for one in found]}, lines)


@requests.command()
@click.argument("request_id", metavar="ID")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Where (default: bundles/ID-N.zip).")
@click.option("--made-at", type=FROM, help="The time of making it tells (default: now), to make the same bytes again.")
@click.option("--include-later", is_flag=True, help="Also what was first captured after the receipt.")
@click.option(
    "--every-record",
    is_flag=True,
    help="Copy also exchanges whose pages show items that were not public and do not answer the request.",
)
@click.option("--without-proofs", is_flag=True, help="Leave out what proves that the archive's ledger has it all.")
@pass_session
def bundle(
    session: Session, /, *, request_id: str, made_at: datetime | None, without_proofs: bool, **chosen: Any
) -> None:
    """Write the disclosure bundle of a request: one ZIP, checked before it gets its name.

    Nothing is redacted or withheld from it. A person must have read what is in it before it leaves the agency.
    """
    from archiver.acts.bundling import Wanted, make_bundle

    now = session.now()
    request = request_rows.request_called(session.db, request_id)
    wanted = Wanted(
        request_id=request_id,
        agency=session.config.agency.name or session.archive.agency,
        records_officer=session.config.agency.records_officer,
        zone=session.zone,
        made_at=_possible(made_at, request, now) if made_at else now.replace(microsecond=0),
        prover=None if without_proofs else prover(session),
        **chosen,
    )
    session.tell("Writing the bundle, then reading it back ...")
    made = make_bundle(session.archive, wanted, who=session.actor, now=now)
    later = acting.captured_later(session.db, made.selector)
    for warning in _bundle_warnings(made, later, every_record=wanted.every_record):
        session.tell(warning)
    session.show(_bundle_json(request_id, made, later), [safe(one) for one in _bundle_lines(made)])


@requests.command()
@click.argument("request_id", metavar="ID")
@click.option("--note", default="", metavar="TEXT", help="How it was answered; kept with the request.")
@pass_session
def close(session: Session, *, request_id: str, note: str) -> None:
    """Close a request with a note that says how it was answered; its hold ends."""
    closed = acting.close_request(session.archive, request_id, note=note, who=session.actor, now=session.now())
    lines = [f"Closed {closed.id}.", *_AFTER_CLOSING]
    session.show({"request": _as_json(session, closed), "notes": list(_AFTER_CLOSING)}, lines)


def _possible(made_at: datetime, request: PublicRecordsRequest, now: datetime) -> datetime:
    if not request.received.replace(microsecond=0) <= made_at <= now:
        raise UsageError(
            "The time of making lies before the request was received, or in the future.",
            means="Nothing was written: the bundle would say what cannot be.",
            do="Leave it out, or give the time that an earlier bundle tells: --made-at",
        )
    return made_at.replace(microsecond=0)


def _bundle_warnings(made: Bundle, later: int, *, every_record: bool) -> Iterator[str]:
    if later:
        yield f"Not in the bundle, since first captured after the receipt they are dated before: {some(later, 'item')}."
    if made.show_more:
        yield _SHOWING_MORE.format(count=made.show_more, whether="" if every_record else "not ")


def _bundle_json(request_id: str, made: Bundle, later: int) -> dict[str, Any]:
    return {
        "request": request_id,
        "file": str(made.path),
        "captured_later": later,
        "exchanges_that_show_more": made.show_more,
    } | asdict(made.summary)


def _bundle_lines(made: Bundle) -> Iterator[str]:
    counted = made.summary
    yield f"{made.path}"
    yield (
        f"{some(counted.items, 'item')} in {some(counted.versions, 'version')}, {some(counted.media, 'file')}, "
        f"{some(counted.records, 'record')}, {some(counted.bytes, 'byte')}"
    )
    yield f"SHA-256 {counted.sha256}"
    yield "Nothing in it is redacted or withheld: read it before it leaves the agency."
    yield f"Check a copy: archiver bundle verify {made.path}"


def _text(text: str | None, file: str | None) -> str:
    if (text is None) == (file is None):
        raise UsageError(
            "The text of the request is given once.", means="Nothing was opened.", do="Use --text or --text-file."
        )
    if text is not None:
        return text
    try:
        return sys.stdin.read() if file == "-" else Path(file or "").read_text(encoding="utf-8-sig")
    except (UnicodeDecodeError, OSError) as error:
        raise UsageError(
            f"The file {file} cannot be read as text.", means="Nothing was opened.", do="Save it as UTF-8 text."
        ) from error


def _days(session: Session, request: PublicRecordsRequest) -> int:
    return acting.business_days_left(request.due, session.now(), closures=session.config.requests.closures)


def _clock(session: Session, request: PublicRecordsRequest) -> str:
    """The clock in words."""
    if request.state is RequestState.CLOSED:
        return f"closed {when(request.closed, session.zone)}"
    left = _days(session, request)
    if left < 0:
        return f"a first answer was due {_day(request.due)}, {-left} business days ago"
    return f"a first answer is due {_day(request.due)} ({left} business days left)"


def _day(day: date) -> str:
    return f"{day:%a} {day.isoformat()}"


def _as_json(session: Session, request: PublicRecordsRequest) -> dict[str, Any]:
    left = _days(session, request) if request.state is RequestState.OPEN else None
    return acting.as_json(request) | {"business_days_left": left}


def _show_lines(session: Session, request: PublicRecordsRequest, answer: dict[str, Any], history: Any) -> Iterator[str]:
    yield f"Request {request.id}, {request.state}: {_clock(session, request)}"
    yield f"  Received: {exactly(request.received, session.zone)}"
    yield f"  Requester: {line(request.requester) or 'not given'}"
    yield "  As received:"
    yield from (f"    | {one}" for one in safe(request.text).split("\n"))
    yield "  Scope:"
    yield from (f"    {name}: {line(said)}" for name, said in scope(request.selector, session.zone, {}))
    yield f"  In it now: {count_words(answer['items'])}"
    if answer["captured_later"]:
        later = some(answer["captured_later"], "item")
        yield f"  Dated before the receipt, first captured after it, not in scope: {later}"
    if request.closing_note:
        yield f"  Closed with: {line(request.closing_note)}"
    for one in answer["bundles"]:
        held = f"{some(one['items'], 'item')}, {some(one['size'], 'byte')}"
        yield f"  Bundle {one['name']}: {held}, SHA-256 {one['sha256']}"
    yield "History:"
    yield from (f"  {when(act.at, session.zone)}  {line(act.act)} by {line(act.actor)}" for act in history)
