"""What follows from one reply, as data: what to ask next, which gaps open or close, who the account turns out to be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from archiver.errors import PlatformDown
from archiver.model import CaptureNote, Cause, Fetch, Gap, Identity, Kind, Means, Page, Role
from archiver.polling.guard import next_hop
from archiver.polling.holes import answered, closing, file_received, gap, has_gap, oldest, pushed_out, unread_gaps
from archiver.polling.reading import NOT_DECODED
from archiver.polling.situation import Situation
from archiver.polling.verdict import Action, verdict
from archiver.storage import frontier, media_rows, run_rows, walks
from archiver.storage.coverage_rows import gap_note
from archiver.storage.database import Connection
from archiver.storage.run_rows import Depth
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
        return Consequences(gaps=file_received(db, at, fetch))
    return _limited(role, _of_page(db, at, role, fetch, page))


def of_unwritten(db: Connection, at: Situation, role: Role, fetch: Fetch, problem: str) -> Consequences:
    """What follows where the rows of a reply could not be written: it is kept, unread."""
    gaps = gap(db, at, fetch, Cause.UNREADABLE, problem)
    return _limited(role, Consequences(gaps=gaps, state=WalkState.BROKEN))


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
    return Consequences(gaps=file_received(db, at, note.fetch))


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
    gaps = unread_gaps(db, at, role, fetch, page) if page.unread else answered(db, at, fetch, page)
    gaps += pushed_out(db, at, fetch, page) if role is Role.CHILD else ()
    state = _unread_state(page)
    if page.more is not None and not _reached_known(db, at, fetch, page):
        if why := _runs_in_circles(db, at, fetch, page, page.more):
            gaps += gap(db, at, fetch, Cause.LOOP, why)
            state = WalkState.BROKEN
        else:
            queue.insert(0, Queued(role=role, fetch=page.more))
    met = _met(db, at, fetch, page) if role is Role.LISTING else None
    pin = page.identity if page.identity and at.account.platform_id is None else None
    return Consequences(queue=tuple(queue), gaps=gaps, met=met, state=state, pin=pin)


def _unread_state(page: Page) -> WalkState | None:
    """Of a page some of whose items were read it is known where it stands; one with none is no page at all."""
    if not page.unread:
        return None
    return WalkState.HOLED if oldest(page) else WalkState.BROKEN


def _runs_in_circles(db: Connection, at: Situation, fetch: Fetch, page: Page, more: Fetch) -> str:
    """Why the next page must not be asked for; empty where it may."""
    if more.key == fetch.key or frontier.captured_in_run(db, at.number, more, at.run.id):
        return "the next page named is one that was read already"
    shown = [item.remote_id for item in page.items]
    if walks.idle_pages(db, at.number, at.run.id, fetch, shown, most=MOST_IDLE_PAGES):
        return f"more than {MOST_IDLE_PAGES} pages in a row showed nothing that pages before had not shown"
    return ""


def _reached_known(db: Connection, at: Situation, fetch: Fetch, page: Page) -> bool:
    """Whether the whole page is older than what this run looks at, and known: what is old and new was left out once.

    What a longer walk has still to come to is left to that, wherever it was not shown yet.
    """
    walk = walks.walk_of(db, at.run.id, fetch.stream)
    if not page.newest_first or walk is None or walk.since is None or page.unread:
        return False
    own = [snapshot for snapshot in page.items if not snapshot.context and not snapshot.historic]
    times = [(snapshot.created, snapshot.edited or snapshot.created) for snapshot in own if snapshot.created]
    if not own or any(max(pair) >= walk.since for pair in times):
        return False
    left = run_rows.walk_under(db, at.run) is not None
    shown = {snapshot.remote_id for snapshot in own if not (left and snapshot.created)}
    return walks.known_before(db, at.number, list(shown), at.run.id) == len(shown)


def _met(db: Connection, at: Situation, fetch: Fetch, page: Page) -> PageMet:
    """What a page of a listing shows; of what ends by itself all that must be shown is."""
    own = [snapshot for snapshot in page.items if not snapshot.context]
    known = walks.known_before(db, at.number, [snapshot.remote_id for snapshot in own], at.run.id)
    oldest = min((snapshot.created for snapshot in own if snapshot.created), default=None)
    met = known > 0 or _follows_messages(page) or fetch.stream in at.passing
    return PageMet(shown=len(own), met_known=met, oldest=oldest)


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
            or (again and (fetch.stream in _ASKED_AGAIN_IN_A_REWALK or has_gap(db, at, fetch)))
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
