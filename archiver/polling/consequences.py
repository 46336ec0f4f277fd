"""What follows from one reply, as data: what to ask next, which gaps open or close, who the account turns out to be."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from archiver.errors import PlatformDown
from archiver.model import Account, CaptureNote, Cause, Fetch, Gap, Identity, Kind, Means, Page, Role, iso
from archiver.polling.guard import next_hop
from archiver.polling.reading import NOT_DECODED
from archiver.polling.verdict import Action, verdict
from archiver.storage import frontier, known_items, media_rows, walks
from archiver.storage.coverage_rows import covered_until, gap_note, gaps_of
from archiver.storage.database import Connection
from archiver.storage.run_rows import Depth, Run
from archiver.storage.told import Told
from archiver.storage.walks import WalkState

MOST_HOPS = 5
MOST_IDLE_PAGES = 20
_ASKED_AGAIN_IN_A_REWALK = ("comments", "messages")


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """A fetch to make, and why."""

    role: Role
    fetch: Fetch
    hops: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PageMet:
    """What a page of a listing adds to the walk of its stream."""

    shown: int
    met_known: bool
    oldest: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequences:
    """Decided from what is stored and the reply alone, before anything of it is written."""

    queue: tuple[Queued, ...] = ()
    gaps: tuple[Gap, ...] = ()
    met: PageMet | None = None
    state: WalkState | None = None
    pin: Identity | None = None
    stop: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Where a reply arrives: the account (and its number), the run, whether files are kept, and the time."""

    account: Account
    number: int
    run: Run
    media: bool
    now: datetime


def of_reply(db: Connection, at: Situation, note: CaptureNote, told: Told, *, hops: int = 0) -> Consequences:
    """What follows from a kept reply."""
    return _limited(note.role, _of_reply(db, at, note, told, hops))


def _limited(role: Role, found: Consequences) -> Consequences:
    """Only a listing can break a walk: one thread that failed is a gap of its own."""
    if found.state is None or role is Role.LISTING:
        return found
    return replace(found, state=WalkState.PARTLY if role is Role.CHILD else None)


def _of_reply(db: Connection, at: Situation, note: CaptureNote, told: Told, hops: int) -> Consequences:
    if told.stranger:
        return Consequences(gaps=gap(db, at, note.fetch, Cause.IDENTITY, told.problem), stop=told.problem)
    if note.role is Role.MEDIA:
        return _of_media(db, at, note, told, hops)
    headers = (("Location", told.location),) if told.location else ()
    judged = verdict(note.status, headers, at.now, conditional=False)
    if judged.action is Action.MOVED:
        return _of_redirect(db, at, note.role, note.fetch, told.location, hops)
    if told.page is not None:
        return _of_page(db, at, note.role, note.fetch, told.page)
    looked = judged.action in (Action.ABSENT, Action.REFUSED, Action.AUTH) or told.means is not None
    if note.role is Role.CHECK and looked:
        return Consequences(gaps=closing(db, at, note.fetch, "looked again and answered"))
    if told.means is not None:
        cause = Cause.MISSING if told.means is Means.ABSENT else Cause.FORBIDDEN
        return Consequences(gaps=gap(db, at, note.fetch, cause, told.detail), state=WalkState.BROKEN)
    cause = judged.cause or (Cause.UNDECODABLE if told.problem == NOT_DECODED else Cause.UNREADABLE)
    detail = told.problem or f"the platform answered {note.status}"
    stop = detail if note.role is Role.LISTING and note.status == 410 and note.fetch.stream != "messages" else ""
    return Consequences(gaps=gap(db, at, note.fetch, cause, detail), state=WalkState.BROKEN, stop=stop)


def of_unchanged(db: Connection, at: Situation, role: Role, fetch: Fetch, page: Page | None) -> Consequences:
    """What follows from a reply that showed nothing new; `page` None: the bytes of a file we hold."""
    if page is None:
        return Consequences(gaps=_file_received(db, at, fetch))
    return _limited(role, _of_page(db, at, role, fetch, page))


def of_unwritten(db: Connection, at: Situation, role: Role, fetch: Fetch, problem: str) -> Consequences:
    """What follows where the rows of a reply could not be written: it is kept, unread."""
    gaps = gap(db, at, fetch, Cause.UNREADABLE, problem)
    return _limited(role, Consequences(gaps=gaps, state=WalkState.BROKEN))


def gap(db: Connection, at: Situation, fetch: Fetch, cause: Cause, detail: str) -> tuple[Gap, ...]:
    """The gap this opens; none where one like it stands already."""
    standing = gaps_of(db, at.account.id, standing=True)
    same = (fetch.stream, fetch.subject, cause)
    if any((known.stream, known.subject, known.cause) == same for known in standing):
        return ()
    last = walks.newest_known(db, at.number, fetch.stream)
    since = covered_until(db, at.number, fetch.stream) or known_items.created(db, at.number, fetch.subject)
    identity = f"{at.account.id}\n{fetch.stream}\n{fetch.subject}\n{cause}\n{iso(at.now)}"
    return (
        Gap(
            id=hashlib.sha256(identity.encode()).hexdigest()[:16],
            account_id=at.account.id,
            stream=fetch.stream,
            subject=fetch.subject,
            cause=cause,
            detail=detail,
            opened=at.now,
            start=min(since, at.now) if since else None,  # the clock may have been set back since
            last_known=last[0] if last else None,
        ),
    )


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
        if known.stream == stream and known.subject in subjects
    )


def notes(consequences: Consequences) -> tuple[dict[str, Any], ...]:
    """The WARC notes of the gaps."""
    return tuple(gap_note(known) for known in consequences.gaps)


def _of_media(db: Connection, at: Situation, note: CaptureNote, told: Told, hops: int) -> Consequences:
    if 300 <= note.status < 400:
        return _of_redirect(db, at, Role.MEDIA, note.fetch, told.location, hops)
    if told.problem or not 200 <= note.status < 300:
        judged = verdict(note.status, (), at.now, conditional=False)
        cause = Cause.UNREADABLE if told.problem else judged.cause or Cause.MISSING
        detail = told.problem or f"the server answered {note.status}"
        return Consequences(gaps=gap(db, at, note.fetch, cause, f"a file: {detail}"))
    if note.truncated:
        detail = f"a file was cut off after {note.payload_length} bytes ({note.truncated})"
        return Consequences(gaps=gap(db, at, note.fetch, Cause.TOO_LARGE, detail))
    return Consequences(gaps=_file_received(db, at, note.fetch))


def _file_received(db: Connection, at: Situation, fetch: Fetch) -> tuple[Gap, ...]:
    """The gap of an item's files closes with the last of them."""
    if fetch.subject is None or media_rows.lacks_others(db, at.number, fetch.subject, fetch.token or ""):
        return ()
    return closing(db, at, fetch, "asked for again and received")


def _of_redirect(db: Connection, at: Situation, role: Role, fetch: Fetch, location: str, hops: int) -> Consequences:
    """The next hop, as a fetch of its own; credentials stay with the account's origin (`may_carry`)."""
    try:
        target = next_hop(fetch.url, location)
    except PlatformDown as refused:
        return Consequences(gaps=gap(db, at, fetch, refused.cause, refused.what), state=WalkState.BROKEN)
    if hops >= MOST_HOPS:
        detail = f"more than {MOST_HOPS} redirects in a row"
        return Consequences(gaps=gap(db, at, fetch, Cause.LOOP, detail), state=WalkState.BROKEN)
    follow = replace(fetch, url=target, params=())
    return Consequences(queue=(Queued(role=role, fetch=follow, hops=hops + 1),))


def _of_page(db: Connection, at: Situation, role: Role, fetch: Fetch, page: Page) -> Consequences:
    queue = [*_children(db, at, page), *_files(db, at, page)]
    gaps = _unread_gaps(db, at, role, fetch, page) if page.unread else _answered(db, at, fetch, page)
    state = _unread_state(page)
    if page.more is not None and not _reached_known(db, at, fetch, page):
        if why := _runs_in_circles(db, at, fetch, page, page.more):
            gaps += gap(db, at, fetch, Cause.LOOP, why)
            state = WalkState.BROKEN
        else:
            queue.insert(0, Queued(role=role, fetch=page.more))
    met = _met(db, at, page) if role is Role.LISTING else None
    pin = page.identity if page.identity and at.account.platform_id is None else None
    return Consequences(queue=tuple(queue), gaps=gaps, met=met, state=state, pin=pin)


def _unread_state(page: Page) -> WalkState | None:
    """Of a page some of whose items were read it is known where it stands; one with none is no page at all."""
    if not page.unread:
        return None
    return WalkState.HOLED if _oldest(page) else WalkState.BROKEN


def _oldest(page: Page) -> datetime | None:
    return min((item.created for item in page.items if item.created and not item.context), default=None)


def _answered(db: Connection, at: Situation, fetch: Fetch, page: Page) -> tuple[Gap, ...]:
    """What a page that could be read whole repairs: itself, and, as the last of several, what it belongs to."""
    if fetch.subject is None:
        return ()
    own = (_part_of(fetch),) if page.more else (_part_of(fetch), fetch.subject)
    return _closed(db, at, fetch.stream, own, "asked again and answered")


def _unread_gaps(db: Connection, at: Situation, role: Role, fetch: Fetch, page: Page) -> tuple[Gap, ...]:
    """The gap of items that could not be read: of this one page, or, in a listing, from the page's oldest item on.

    Items move from page to page of a listing, so there the gap is one, and reaches as far back as it has to.
    """
    detail = f"an item could not be read: {page.unread[0].reason}"
    if role is not Role.LISTING:
        part = fetch if role is Role.CHECK else replace(fetch, subject=_part_of(fetch))
        return gap(db, at, part, Cause.UNREADABLE, detail)
    oldest = _oldest(page)
    standing = [known for known in gaps_of(db, at.account.id, standing=True) if _is_unread_gap(known, fetch)]
    if any(known.start is None or (oldest and known.start <= oldest) for known in standing):
        return ()
    opened = standing[:1] or gap(db, at, fetch, Cause.UNREADABLE, detail)
    return tuple(replace(known, start=oldest) for known in opened) if oldest else tuple(opened)


def _is_unread_gap(known: Gap, fetch: Fetch) -> bool:
    return (known.stream, known.subject, known.cause) == (fetch.stream, fetch.subject, Cause.UNREADABLE)


def _part_of(fetch: Fetch) -> str:
    return f"{fetch.subject or ''}#{fetch.key[:8]}"


def _runs_in_circles(db: Connection, at: Situation, fetch: Fetch, page: Page, more: Fetch) -> str:
    """Why the next page must not be asked for; empty where it may."""
    if more.key == fetch.key or frontier.captured_in_run(db, at.number, more, at.run.id):
        return "the next page named is one that was read already"
    shown = [item.remote_id for item in page.items]
    if walks.idle_pages(db, at.number, at.run.id, fetch, shown, most=MOST_IDLE_PAGES):
        return f"more than {MOST_IDLE_PAGES} pages in a row showed nothing that pages before had not shown"
    return ""


def _reached_known(db: Connection, at: Situation, fetch: Fetch, page: Page) -> bool:
    """Whether the whole page is older than what this run looks at; what has no time must have been known before."""
    walk = walks.walk_of(db, at.run.id, fetch.stream)
    if not page.newest_first or walk is None or walk.since is None or page.unread:
        return False
    own = [snapshot for snapshot in page.items if not snapshot.context and not snapshot.historic]
    undated = [snapshot.remote_id for snapshot in own if not snapshot.created]
    known = not undated or walks.known_before(db, at.number, undated, at.run.id) == len(set(undated))
    times = [(snapshot.created, snapshot.edited or snapshot.created) for snapshot in own if snapshot.created]
    return bool(own) and known and all(max(pair) < walk.since for pair in times)


def _met(db: Connection, at: Situation, page: Page) -> PageMet:
    own = [snapshot for snapshot in page.items if not snapshot.context]
    known = walks.known_before(db, at.number, [snapshot.remote_id for snapshot in own], at.run.id)
    oldest = min((snapshot.created for snapshot in own if snapshot.created), default=None)
    return PageMet(shown=len(own), met_known=known > 0 or _follows_messages(page), oldest=oldest)


def _follows_messages(page: Page) -> bool:
    """Whether this lists conversations, each with its newest message: those before are asked for beside."""
    threads = {item.thread for item in page.items if item.kind is Kind.MESSAGE and item.thread}
    return any(fetch.subject in threads for fetch in page.also)


def _children(db: Connection, at: Situation, page: Page) -> list[Queued]:
    again = at.run.depth in (Depth.REWALK, Depth.DEEP)
    return [
        Queued(role=Role.LISTING if fetch.subject is None else Role.CHILD, fetch=fetch)
        for fetch in page.also
        if not frontier.captured_in_run(db, at.number, fetch, at.run.id)
        and (
            fetch.token is None
            or (again and fetch.stream in _ASKED_AGAIN_IN_A_REWALK)
            or not frontier.made_once(db, at.number, Role.CHILD, fetch)
        )
    ]


def _files(db: Connection, at: Situation, page: Page) -> list[Queued]:
    if not at.media:
        return []
    named = {medium.id: (medium.url, item.remote_id) for item in page.items for medium in item.media if medium.url}
    held = media_rows.held_media(db, at.number, list(named))
    return [
        Queued(role=Role.MEDIA, fetch=Fetch(stream="media", url=url, subject=remote_id, token=media_id))
        for media_id, (url, remote_id) in named.items()
        if media_id not in held
    ]
