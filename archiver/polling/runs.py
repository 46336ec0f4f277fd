"""A run over an account's streams: how far back it looks, what it checks at its end, and what it then covers."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from archiver.config import Polling
from archiver.model import Account, Cause, Connector, Fetch, Gap, ItemRef, Role, iso
from archiver.model.account import AccountState
from archiver.polling import silence
from archiver.polling.consequences import Consequences, Queued
from archiver.polling.holes import closed_gap, gap, new_gap
from archiver.polling.situation import Situation
from archiver.storage import accounts, frontier, run_rows, schedule, walks
from archiver.storage.acts import ARCHIVE, record_act
from archiver.storage.coverage_rows import covered_from_the_beginning, covered_until, gaps_of, lacks_a_beginning
from archiver.storage.database import Connection
from archiver.storage.frontier import Outstanding
from archiver.storage.registers import Act
from archiver.storage.run_rows import GOING_BACK, Depth, Run
from archiver.storage.schedule import Due
from archiver.storage.walks import Walk, WalkState

MOST_CHECKS = 50  # direct looks in one run: enough to notice, few enough not to be a burden
DIRECT = "item"  # the stream of direct looks
_COVERING = (WalkState.WHOLE, WalkState.HOLED)
_REPAIRED = "the whole stream was walked again; edits and removals between the bounds may not have been seen"


def depth_of(db: Connection, account: int, due: Due | None, policy: Polling, now: datetime) -> Depth:
    """How far back the next run looks: everything at first, then what is new, and the last weeks and year in turn."""
    if run_rows.newest_ended(db, account) is None or due is None:
        return Depth.FIRST
    if _lapsed(due.last_deep, now, policy.deep_rewalk_every_hours):
        return Depth.DEEP
    if not _lapsed(due.last_rewalk, now, policy.rewalk_every_hours):
        return Depth.POLL
    return Depth.DEEP if lacks_a_beginning(db, account) else Depth.REWALK


def since_of(db: Connection, account: int, stream: str, run: Run, policy: Polling) -> datetime | None:
    """Back to when a stream is walked in this run; None: to its beginning, where it never was."""
    covered, walk = covered_until(db, account, stream), run_rows.walk_under(db, run)
    if covered is None and walk is not None:  # what is older is what that walk is about
        return walk.begun - timedelta(hours=policy.overlap_hours)
    further = run.depth is Depth.DEEP and not covered_from_the_beginning(db, account, stream)
    if covered is None or further or run.depth is Depth.FIRST:
        return None
    since = min(covered, run.begun) - timedelta(hours=policy.overlap_hours)
    days = {Depth.REWALK: policy.rewalk_days, Depth.DEEP: policy.deep_rewalk_days}.get(run.depth)
    return min(since, run.begun - timedelta(days=days)) if days else since


def begin(db: Connection, account: Account, number: int, connector: Connector, *, depth: Depth, now: datetime) -> Run:
    """Begin a run: its row and its first fetches, together."""
    run_id = f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
    run_rows.begin_run(db, run=run_id, account=number, depth=depth, begun=now)
    for fetch in connector.first(account):
        frontier.queue(db, number, run=run_id, role=Role.LISTING, fetch=fetch, now=now)
    if run := run_rows.open_run(db, number):
        return run
    raise LookupError("a run that was just begun is not there")


def apply(db: Connection, at: Situation, done: Fetch, result: Consequences, policy: Polling) -> None:
    """Write what follows from a reply, in the transaction of its rows."""
    frontier.answered(db, at.number, at.run.id, done)
    if result.met:
        walks.begin_walk(db, at.run.id, done.stream, since_of(db, at.number, done.stream, at.run, policy))
        met = result.met
        walks.note_page(db, at.run.id, done.stream, shown=met.shown, met_known=met.met_known, oldest=met.oldest)
    if result.state:
        walks.begin_walk(db, at.run.id, done.stream, since_of(db, at.number, done.stream, at.run, policy))
        walks.note_state(db, at.run.id, done.stream, result.state)
    for queued in result.queue:
        _queue(db, at, queued, policy)
    if result.pin:
        _pin(db, at, result.pin.platform_id, result.pin.name)
    if result.stop:
        _stop(db, at, result.stop)


def checks(db: Connection, at: Situation, connector: Connector) -> tuple[Queued, ...]:
    """Direct looks at what the listings of this run no longer showed."""
    found: dict[str, Queued] = {}
    made = walks.looked_at_in(db, at.number, at.run.id)
    for item in _doubtful(db, at, MOST_CHECKS - made):
        fetch = connector.check(at.account, item)
        if fetch is not None and not frontier.captured_in_run(db, at.number, fetch, at.run.id):
            look = replace(fetch, subject=item.remote_id, token=None)
            found[item.remote_id] = Queued(role=Role.CHECK, fetch=look)
    return tuple(found.values())[: max(MOST_CHECKS - made, 0)]


def _doubtful(db: Connection, at: Situation, most: int) -> Iterator[ItemRef]:
    again = at.run.depth is not Depth.POLL
    for stream in walks.streams_shown_whole(db, at.number, at.run.id):
        walk = walks.walk_of(db, at.run.id, stream)
        if walk is None or walk.state is not WalkState.BROKEN:
            since = walk.since if walk else None
            yield from walks.not_seen(db, at.number, at.run.id, stream, since, again=again, most=max(most, 0))
    for walk in walks.walks_of(db, at.run.id):
        if walk.state in _COVERING and not walk.met_known and (last := _last_known(db, at, walk, again=again)):
            yield last


def _last_known(db: Connection, at: Situation, walk: Walk, *, again: bool) -> ItemRef | None:
    """Of a listing that showed nothing known: what should have been in it, which decides whether it is cut short."""
    last = walks.newest_known(db, at.number, walk.stream, before_run=at.run.id)
    return walks.not_looked_at(db, at.number, last[0], again=again) if last else None


def gaps_at_end(db: Connection, at: Situation) -> tuple[Gap, ...]:
    """Gaps that the whole run has closed, and those that it shows: what is older than the platform still lists."""
    if at.account.state is not AccountState.ACTIVE:
        return ()  # stopped in the midst: what was not asked any more shows and repairs nothing
    walked = walks.walks_of(db, at.run.id)
    standing = gaps_of(db, at.account.id, standing=True)
    looked = [known.subject for known in standing if known.stream == DIRECT and known.subject]
    shown = walks.shown_in(db, at.number, at.run.id, looked)
    silent = silence.silences(db, at)
    changed = [
        closed_gap(known, at, "the item was shown again", end=at.now)
        for known in standing
        if known.stream == DIRECT and known.subject in shown
    ]
    for walk in walked:
        about = [known for known in standing if known.subject is None and known.stream == walk.stream]
        still = silent[walk.stream][0] if walk.stream in silent else None
        changed += [found for known in about if known.cause is not still for found in _walked_again(at, known, walk)]
        changed += [found for known in about if known.cause is Cause.WINDOW for found in _unfounded(db, at, known)]
    opened = [gap(db, at, Fetch(stream=stream, url=""), *why) for stream, why in silent.items()]
    opened += [_window_gap(db, at, walk) for walk in walked]
    found = (*changed, *(one for several in opened for one in several))
    return tuple(_with_far_edge(db, at, one) for one in found)


def _with_far_edge(db: Connection, at: Situation, found: Gap) -> Gap:
    """A gap of a stream, with the first item that is known behind it: the oldest that this run showed first."""
    if found.subject is not None or found.end is None or found.first_known is not None:
        return found
    return replace(found, first_known=walks.oldest_new(db, at.number, found.stream, at.run.id))


def _walked_again(at: Situation, known: Gap, walk: Walk) -> tuple[Gap, ...]:
    """What a walk makes of a standing gap of its stream: closed, of known bounds, or (nothing) as it was."""
    if walk.state not in _COVERING or not _reaches(walk.since, known, at.run):
        return ()
    if walk.state is WalkState.WHOLE or known.cause is not Cause.UNREADABLE:
        return (closed_gap(known, at, _REPAIRED, end=at.now),)  # not when the run began: it may have paused since
    return () if known.start or not walk.oldest else (replace(known, start=walk.oldest),)


def _unfounded(db: Connection, at: Situation, known: Gap) -> tuple[Gap, ...]:
    """A listing was taken to be cut short, and then all that should have been in it was found absent."""
    if known.start is None or walks.newest_known(db, at.number, known.stream, until=known.start):
        return ()
    return (closed_gap(known, at, "what the listing had left out was found absent", end=at.run.begun),)


def _reaches(since: datetime | None, known: Gap, run: Run) -> bool:
    """Whether a whole walk back to `since` repairs a gap: it must cover it, and have begun after a pause it notes."""
    if known.cause is Cause.WINDOW or (known.id == _pause_id(run) and known.opened > run.begun):
        return False
    return since is None or (known.start is not None and since <= known.start)


def longest_pause(account: Account) -> timedelta:
    """How long nothing may be asked of an account before that is a gap."""
    return timedelta(minutes=2 * account.interval_minutes, hours=1)


def pause_gap(db: Connection, at: Situation) -> tuple[Gap, ...]:
    """The time since anything was last asked of the account, where it was too long and no other gap tells of it.

    Asked where a poll begins. The gap closes with a walk that began after the pause.
    """
    last = run_rows.last_activity(db, at.number)
    if last is None or at.now - last <= longest_pause(at.account) or _told_already(db, at, last):
        return ()
    detail = f"nothing was asked between these times; the interval is {at.account.interval_minutes} minutes"
    opened = gap(db, at, Fetch(stream="posts", url=""), Cause.ARCHIVER, detail)
    return tuple(replace(new, id=_pause_id(at.run), start=last) for new in opened)


def _pause_id(run: Run) -> str:
    return f"{run.account}-{run.begun:%Y%m%dT%H%M%S}-pause"


def _told_already(db: Connection, at: Situation, last: datetime) -> bool:
    return any(
        known.subject is None and known.stream in ("posts", "profile") and (known.start is None or known.start <= last)
        for known in gaps_of(db, at.account.id, standing=True)
        if known.cause not in (Cause.WINDOW, Cause.UNREADABLE)
    )


def note_of(db: Connection, at: Situation, *, done: bool) -> dict[str, Any]:
    """The WARC note of the finished run; `done`: it was carried to its end and nothing was broken."""
    covered: list[dict[str, Any]] = []
    if at.account.state is AccountState.ACTIVE:
        walked = walks.walks_of(db, at.run.id)
        covered = [_covered(walk.stream, walk.since) for walk in walked if walk.state in _COVERING]
        covered += _children(db, at, walked)
    ended = "done" if done else "in part"
    return run_rows.run_note(db, at.run, at.account.id, ended=at.now, outcome=ended, streams=covered)


def _covered(stream: str, since: datetime | None) -> dict[str, Any]:
    return {"stream": stream, "since": iso(since) if since else None}


def _children(db: Connection, at: Situation, walked: Sequence[Walk]) -> list[dict[str, Any]]:
    """What hangs on listings (comments of the posts walked) is covered as far as they are, but for its gaps."""
    broken = {known.stream for known in gaps_of(db, at.account.id, standing=True) if known.opened >= at.run.begun}
    found = []
    for stream in walks.child_streams(db, at.number):
        parents = [walk for walk in walked if walks.leads_to(db, at.number, walk.stream, stream)]
        whole = parents and all(walk.state in _COVERING for walk in parents)
        if whole and stream not in broken and stream not in {walk.stream for walk in walked}:
            found.append(_covered(stream, max((walk.since for walk in parents if walk.since), default=None)))
    return found


def end(db: Connection, number: int, run: Run, *, done: bool) -> None:
    """The run is over, and nothing of it is outstanding. `done`: it was carried to its end and nothing was broken."""
    walks.end_walks(db, run.id)
    frontier.clear(db, number, run.id)
    deep = run.depth in GOING_BACK
    newest = run_rows.newest_done_after(db, run) or run
    schedule.note_run(db, number, at=newest.begun, done=done, rewalked=deep or run.depth is Depth.REWALK, deep=deep)


def abandon(db: Connection, at: Situation, left: Iterable[Outstanding]) -> None:
    """What cannot be had for now is left to the next run, so that it does not keep the others waiting."""
    for entry in left:
        if entry.role is Role.LISTING:
            stream = entry.fetch.stream
            walks.begin_walk(db, at.run.id, stream, None)
            walks.note_state(db, at.run.id, stream, WalkState.BROKEN)
    frontier.clear(db, at.number, at.run.id)


def nothing_broken(db: Connection, at: Situation) -> bool:
    """Whether every stream of the run was walked to its end."""
    return not any(walk.state is WalkState.BROKEN for walk in walks.walks_of(db, at.run.id))


def _window_gap(db: Connection, at: Situation, walk: Walk) -> tuple[Gap, ...]:
    """A listing that ended before it reached anything known: what lay between is not shown any more.

    Each time this happens it is another gap, since none of them is ever repaired; the same one is not told twice.
    """
    if walk.state not in _COVERING or walk.since is None or walk.met_known or not walk.shown:
        return ()
    last = walks.newest_known(db, at.number, walk.stream, before_run=at.run.id)
    if last is None or walk.oldest is None or walk.oldest <= last[1]:
        return ()
    standing = gaps_of(db, at.account.id, standing=True)
    detail = "the platform lists only its newest items, and none that was known before was among them"
    if any(
        known.cause is Cause.WINDOW and known.stream == walk.stream and known.start == last[1] for known in standing
    ):
        return ()
    opened = new_gap(db, at, Fetch(stream=walk.stream, url=""), Cause.WINDOW, detail)
    return (replace(opened, start=last[1], end=walk.oldest, last_known=last[0]),)


def _queue(db: Connection, at: Situation, queued: Queued, policy: Polling) -> None:
    fetch = queued.fetch
    if queued.role is Role.LISTING:
        walks.begin_walk(db, at.run.id, fetch.stream, since_of(db, at.number, fetch.stream, at.run, policy))
    if queued.role is Role.MEDIA and frontier.outstanding_for_another(db, at.number, fetch):
        # The same address by another id: a fragment, which is never sent, makes it a fetch of its own.
        fetch = replace(fetch, url=f"{fetch.url}#{hashlib.sha256((fetch.token or '').encode()).hexdigest()[:8]}")
    frontier.queue(db, at.number, run=at.run.id, role=queued.role, fetch=fetch, now=at.now, hops=queued.hops)


def _pin(db: Connection, at: Situation, platform_id: str, name: str) -> None:
    pinned = replace(accounts.account_called(db, at.account.id), platform_id=platform_id)
    accounts.change_account(db, pinned)
    detail = {"platform_id": platform_id, "name": name}
    record_act(db, at=at.now, actor=ARCHIVE, act=Act.PINNED, subject=at.account.id, detail=detail)


def _stop(db: Connection, at: Situation, reason: str) -> None:
    stopped = replace(accounts.account_called(db, at.account.id), state=AccountState.STOPPED, state_reason=reason)
    accounts.change_account(db, stopped)
    frontier.give_up(db, at.number)
    record_act(db, at=at.now, actor=ARCHIVE, act=Act.STOPPED, subject=at.account.id, detail={"reason": reason})


def _lapsed(last: datetime | None, now: datetime, hours: int) -> bool:
    """Whether a walk is due: never made, long ago, or at a time that is still to come (the clock was set back)."""
    return last is None or last > now or now - last >= timedelta(hours=hours)
