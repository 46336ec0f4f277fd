"""Gaps as data: what opens one, and what closes it and nothing else."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime

from archiver.model import Cause, Fetch, Gap, Page, Role, iso
from archiver.polling.situation import Situation
from archiver.storage import frontier, known_items, media_rows, walks
from archiver.storage.coverage_rows import covered_from_the_beginning, covered_until, gaps_of
from archiver.storage.database import Connection
from archiver.storage.run_rows import GOING_BACK

_KEY = 8  # signs of a request's key, which name one page of a listing


def gap(db: Connection, at: Situation, fetch: Fetch, cause: Cause, detail: str) -> tuple[Gap, ...]:
    """The gap this opens; none where one like it stands already."""
    standing = gaps_of(db, at.account.id, standing=True)
    same = (fetch.stream, fetch.subject, cause)
    if any((known.stream, known.subject, known.cause) == same for known in standing):
        return ()
    return (new_gap(db, at, fetch, cause, detail),)


def new_gap(db: Connection, at: Situation, fetch: Fetch, cause: Cause, detail: str) -> Gap:
    """A gap that begins where the stream was last known to be covered, whatever other gaps stand."""
    last = walks.newest_known(db, at.number, fetch.stream)
    since = _covered_until(db, at, fetch.stream) or known_items.created(db, at.number, fetch.subject)
    identity = f"{at.account.id}\n{fetch.stream}\n{fetch.subject}\n{cause}\n{iso(at.now)}"
    return Gap(
        id=hashlib.sha256(identity.encode()).hexdigest()[:16],
        account_id=at.account.id,
        stream=fetch.stream,
        subject=fetch.subject,
        cause=cause,
        detail=detail,
        opened=at.now,
        start=min(since, at.now) if since else None,  # the clock may have been set back since
        last_known=last[0] if last else None,
    )


def _covered_until(db: Connection, at: Situation, stream: str) -> datetime | None:
    """Polls may have covered what is new while the walk over everything, which this gap is met in, goes on."""
    if at.run.depth in GOING_BACK and not covered_from_the_beginning(db, at.number, stream):
        return None
    return covered_until(db, at.number, stream)


def closing(db: Connection, at: Situation, fetch: Fetch, repair: str) -> tuple[Gap, ...]:
    """The standing gaps about this fetch's one subject, closed."""
    return () if fetch.subject is None else _closed(db, at, fetch.stream, (fetch.subject,), repair)


def closed_gap(known: Gap, at: Situation, repair: str, *, end: datetime) -> Gap:
    """The gap, closed; it never ends before it began, whatever was done to the clock."""
    return replace(known, end=max(end, known.start or end), closed=at.now, repair=repair)


def _closed(db: Connection, at: Situation, stream: str, subjects: tuple[str, ...], repair: str) -> tuple[Gap, ...]:
    return tuple(
        closed_gap(known, at, repair, end=at.now)
        for known in gaps_of(db, at.account.id, standing=True)
        if known.stream == stream and known.subject in subjects and known.cause is not Cause.WINDOW
    )


def file_received(db: Connection, at: Situation, fetch: Fetch) -> tuple[Gap, ...]:
    """The gap of an item's files closes with the last of them."""
    if fetch.subject is None or media_rows.lacks_others(db, at.number, fetch.subject, fetch.token or ""):
        return ()
    return closing(db, at, fetch, "asked for again and received")


def has_gap(db: Connection, at: Situation, fetch: Fetch) -> bool:
    """Whether a gap stands about the subject of this fetch, or a page of its listing."""
    return any(
        known.stream == fetch.stream and known.subject and known.subject.partition("#")[0] == fetch.subject
        for known in gaps_of(db, at.account.id, standing=True)
    )


def oldest(page: Page) -> datetime | None:
    """The time of the oldest item of a page that was read."""
    return min((item.created for item in page.items if item.created and not item.context), default=None)


def answered(db: Connection, at: Situation, fetch: Fetch, page: Page) -> tuple[Gap, ...]:
    """What a page that could be read whole repairs: itself, and, as the last of several, what it belongs to."""
    if fetch.subject is None:
        return ()
    own = (_part_of(fetch),) if page.more else (_part_of(fetch), fetch.subject, *_pages_no_more(db, at, fetch))
    return _closed(db, at, fetch.stream, own, "asked again and answered")


def _pages_no_more(db: Connection, at: Situation, fetch: Fetch) -> tuple[str, ...]:
    """Pages of this listing with a gap that are none of it in this run, which came to its end by other cursors."""
    standing = (known.subject or "" for known in gaps_of(db, at.account.id, standing=True))
    parts = [subject for subject in standing if subject.startswith(f"{fetch.subject}#")]
    return tuple(part for part in parts if not frontier.page_read_in_run(db, at.number, part[-_KEY:], at.run.id))


def pushed_out(db: Connection, at: Situation, fetch: Fetch, page: Page) -> tuple[Gap, ...]:
    """What a thread that shows only its newest messages may have lost unseen, between two that were seen: for good."""
    shown, first = [item.remote_id for item in page.items], oldest(page)
    if not 0 < at.newest.get(fetch.stream, 0) <= len(shown) or fetch.subject is None or first is None:
        return ()
    last = known_items.newest_of_thread(db, at.number, fetch.subject, before_run=at.run.id)
    if last is None or first <= last[1] or walks.known_before(db, at.number, shown, at.run.id):
        return ()
    detail = f"a thread shows only its {len(shown)} newest, and none that was known before was among them"
    opened = new_gap(db, at, fetch, Cause.WINDOW, detail)
    return (replace(opened, start=last[1], end=first, last_known=last[0]),)


def unread_gaps(db: Connection, at: Situation, role: Role, fetch: Fetch, page: Page) -> tuple[Gap, ...]:
    """The gap of items that could not be read: of this one page, or, in a listing, from the page's oldest item on.

    Items move from page to page of a listing, so there the gap is one, and reaches as far back as it has to.
    """
    detail = f"an item could not be read: {page.unread[0].reason}"
    if role is not Role.LISTING:
        part = fetch if role is Role.CHECK else replace(fetch, subject=_part_of(fetch))
        return gap(db, at, part, Cause.UNREADABLE, detail)
    since = oldest(page)
    standing = [known for known in gaps_of(db, at.account.id, standing=True) if _is_unread_gap(known, fetch)]
    if any(known.start is None or (since and known.start <= since) for known in standing):
        return ()
    opened = standing[:1] or gap(db, at, fetch, Cause.UNREADABLE, detail)
    return tuple(replace(known, start=since) for known in opened) if since else tuple(opened)


def _is_unread_gap(known: Gap, fetch: Fetch) -> bool:
    return (known.stream, known.subject, known.cause) == (fetch.stream, fetch.subject, Cause.UNREADABLE)


def _part_of(fetch: Fetch) -> str:
    return f"{fetch.subject or ''}#{fetch.key[:_KEY]}"
