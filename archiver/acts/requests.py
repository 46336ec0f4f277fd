"""The acts of a public records request: open, close. While it is open it holds what it asks for."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from archiver.errors import UsageError
from archiver.model import PublicRecordsRequest, RequestState, Selector, iso, local_day, storable
from archiver.model.matching import terms_of
from archiver.storage import request_rows, search
from archiver.storage.accounts import account_called
from archiver.storage.acts import record_act
from archiver.storage.archive import Archive
from archiver.storage.database import Connection
from archiver.storage.registers import Act
from exports.business_days import closure_warning, is_business_day, response_due

LONGEST_TEXT = 1_000_000

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_NOTHING = "Nothing was opened."


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What is known when a request is opened. `id` empty: the next number of the year of receipt."""

    received: datetime
    text: str
    selector: Selector
    id: str = ""
    requester: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The request, how many items it means now, and what the person who opened it should know."""

    request: PublicRecordsRequest
    items: int
    warnings: tuple[str, ...]


def open_request(archive: Archive, opening: Opening, *, closures: Collection[date], who: str, now: datetime) -> Opened:
    """Open a request: its scope checked, its last day to answer counted; from now on it holds. Raises UsageError."""
    _check(opening, now)
    with archive.database.transaction() as db:
        for account in opening.selector.accounts:
            account_called(db, account)
        request = PublicRecordsRequest(
            id=_new_id(db, opening),
            received=opening.received,
            text=storable(opening.text)[0],
            selector=opening.selector,
            opened_by=who,
            due=response_due(opening.received, closures=closures),
            requester=opening.requester,
        )
        request_rows.add_request(db, request, now)
        record_act(db, at=now, actor=who, act=Act.OPENED, subject=request.id, detail=as_json(request))
        items = search.count(db, request.selector)
    return Opened(request=request, items=items, warnings=tuple(_warnings(opening, closures)))


def close_request(archive: Archive, request_id: str, *, note: str, who: str, now: datetime) -> PublicRecordsRequest:
    """Close a request with a note that says how it was answered; its hold ends. Raises UsageError without a note."""
    said = storable(note)[0].strip()
    if not said:
        raise UsageError(
            "A request is closed with a note.",
            means="Nothing was closed; the request goes on holding what it asks for.",
            do='Say how it was answered: --note "All responsive records provided on …"',
        )
    with archive.database.transaction() as db:
        request = request_rows.request_called(db, request_id)
        if request.state is RequestState.CLOSED:
            raise UsageError(f"Request {request_id} is closed already.", do=f"archiver requests show {request_id}")
        request_rows.close_request(db, request_id, closed=now, note=said)
        record_act(db, at=now, actor=who, act=Act.CLOSED, subject=request_id, detail={"note": said})
    return replace(request, state=RequestState.CLOSED, closed=now, closing_note=said)


def as_json(request: PublicRecordsRequest) -> dict[str, Any]:
    """A request as JSON values."""
    return {
        "id": request.id,
        "state": str(request.state),
        "received": iso(request.received),
        "due": request.due.isoformat(),
        "requester": request.requester,
        "text": request.text,
        "scope": request.selector.to_json(),
        "opened_by": request.opened_by,
        "closed": iso(request.closed) if request.closed else None,
        "closing_note": request.closing_note,
    }


def business_days_left(due: date, now: datetime, *, closures: Collection[date]) -> int:
    """Business days after today up to the due day, negative when it is past."""
    today = local_day(now)
    first, last = sorted((today, due))
    days = sum(
        is_business_day(date.fromordinal(number), closures=closures)
        for number in range(first.toordinal() + 1, last.toordinal() + 1)
    )
    return days if due >= today else -days


def captured_later(db: Connection, selector: Selector) -> int:
    """How many items are dated before the receipt but were first captured after it, and so are not in the scope."""
    received = selector.captured_until
    if received is None:
        return 0
    until = min(selector.until, received) if selector.until else received
    dated_before = replace(selector, until=until)
    return search.count(db, replace(dated_before, captured_until=None), cap=None) - search.count(
        db, dated_before, cap=None
    )


def _check(opening: Opening, now: datetime) -> None:
    if opening.id and not _ID.fullmatch(opening.id):
        raise UsageError(
            f"{opening.id!r} cannot be the id of a request.",
            means=_NOTHING,
            do="Use 1 to 40 letters, digits, dots, underscores and hyphens, such as 2026-0001.",
        )
    if not opening.text.strip() or len(opening.text) > LONGEST_TEXT:
        raise UsageError(
            "The text of the request is empty or too long.",
            means=_NOTHING,
            do="Give the request as it was received: --text or --text-file.",
        )
    if opening.received > now:
        raise UsageError(
            "The time of receipt is in the future.", means=_NOTHING, do="Give the day it was received: --received"
        )
    if opening.selector.words:
        _check_words(opening.selector.words)


def _check_words(words: str) -> None:
    try:
        terms_of(words)
    except ValueError as error:
        raise UsageError(
            f"The search words {words!r} cannot be read: {error}.", means=_NOTHING, do="See: archiver search --help"
        ) from error


def _new_id(db: Connection, opening: Opening) -> str:
    known = {request.id for request in request_rows.requests(db)}
    if opening.id in known:
        raise UsageError(
            f"There is a request {opening.id!r} already.", means=_NOTHING, do="Choose another id, or leave it out."
        )
    year = local_day(opening.received).year
    number = 1
    while f"{year}-{number:04d}" in known:
        number += 1
    return opening.id or f"{year}-{number:04d}"


def _warnings(opening: Opening, closures: Collection[date]) -> list[str]:
    found = []
    if late := closure_warning(opening.received, closures=closures):
        found.append(late)
    if replace(opening.selector, captured_until=None) == Selector():
        found.append("No scope was given: the request means, and holds, every item of the archive.")
    return found
