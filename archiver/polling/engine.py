"""Walks an account: asks the oldest outstanding fetch, judges the answer, has it written, until nothing is left."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from archiver.clock import Clock
from archiver.config import Polling
from archiver.errors import AuthError, PlatformDown
from archiver.model import Cause, Connector, Refreshed, Role, Session, auth_of, units_of
from archiver.model.account import AccountState
from archiver.polling import asking, paying, rationing, runs
from archiver.polling.answer import Answer
from archiver.polling.asking import Asking
from archiver.polling.pace import Limiters
from archiver.polling.polled import Polled
from archiver.polling.reading import judged_by
from archiver.polling.registry import connector_of
from archiver.polling.replaying import Replayer
from archiver.polling.sending import heed, send
from archiver.polling.setback import Setback, reply_of, setback_of
from archiver.polling.situation import Situation
from archiver.polling.tokens import Credential, Tokens
from archiver.polling.transport import Transport
from archiver.polling.turns import Turns
from archiver.polling.verdict import Action, Verdict, verdict
from archiver.polling.writer import CaptureWriter, Work
from archiver.storage import frontier, novelty, schedule
from archiver.storage.accounts import account_called, account_numbers
from archiver.storage.archive import Archive
from archiver.storage.coverage_rows import gap_note
from archiver.storage.database import Connection
from archiver.storage.frontier import Outstanding
from archiver.storage.run_rows import Depth

LONGEST_WAIT_IN_A_POLL = 30.0  # seconds; what is longer is postponed


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """Everything a poll needs. `poll` may be called for different accounts from different threads."""

    archive: Archive
    connectors: Mapping[str, Connector]
    transport: Transport
    replayer: Replayer
    writer: CaptureWriter
    limiters: Limiters
    tokens: Tokens
    policy: Polling
    clock: Clock
    jitter: Callable[[], float]

    def poll(self, account_id: str, *, depth: Depth | None = None, stop: Callable[[], bool] = lambda: False) -> Polled:
        """Walk one account as far as it goes now. Raises DiskError; what a platform does wrong is on record instead."""
        walk = _AccountWalk(self, account_id, depth)
        try:
            return walk.go(stop)
        except (AuthError, PlatformDown) as error:
            return walk.without_credential(error)


class _AccountWalk:
    """One poll of one account."""

    def __init__(self, engine: Engine, account_id: str, depth: Depth | None) -> None:
        self._engine = engine
        self._account = account_called(self._db, account_id)
        self._number = account_numbers(self._db, (account_id,))[account_id]
        self._connector = connector_of(engine.connectors, self._account)
        self._turns = Turns(
            database=engine.archive.database,
            account=self._account,
            number=self._number,
            connector=self._connector,
            policy=engine.policy,
            wanted=depth,
        )
        self._asked = 0
        self._trouble = ""
        self._whole = False
        self._cause: Cause | None = None
        self._not_before: datetime | None = None
        self._auth = auth_of(self._connector, self._account)
        self._credential = Credential(signing=None)
        self._renewed = False

    @property
    def _db(self) -> Connection:
        return self._engine.archive.database.connection()

    def go(self, stop: Callable[[], bool]) -> Polled:
        self._engine.writer.settle(self._account.id)
        if self._account.state is not AccountState.ACTIVE and self._turns.under_way() is None:
            self._trouble = self._account.state_reason
            return self._polled(finished=False)
        self._credential = self._engine.tokens.credential(self._account, self._auth)
        self._turns.go_on(self._engine.clock.now())
        self._note_pause()
        while not stop():
            self._account = account_called(self._db, self._account.id)
            if self._account.state is not AccountState.ACTIVE:
                self._trouble = self._account.state_reason
                ended = self._finish()
            elif entry := self._next():
                if not self._step(entry):
                    break
                continue
            elif left := frontier.outstanding(self._db, self._number, self._situation().run.id):
                if not self._turns.keeps_others_waiting(left, self._engine.clock.now()):
                    break
                self._turns.abandon(self._situation(), left)
                ended = self._finish()
            elif self._turns.look_directly(self._situation()):
                continue
            else:
                ended = self._finish()
            if self._turns.under_way() is None:
                return ended
            self._whole, self._trouble = ended.finished, ""  # the walk that had made way for this poll goes on
        return self._polled(finished=self._whole and not self._trouble)

    def _next(self) -> Outstanding | None:
        now = self._engine.clock.now()
        if self._connector.pace.day:
            self._turns.make_way(now)
        return frontier.next_fetch(self._db, self._number, self._situation().run.id, now)

    def without_credential(self, error: AuthError | PlatformDown) -> Polled:
        """The credential cannot be had: a gap from the last good moment, and another try at the next interval."""
        self._turns.go_on(self._engine.clock.now())
        self._cause = error.cause if isinstance(error, PlatformDown) else Cause.AUTH
        self._submit(asking.without_credential(self._db, self._situation(), self._cause, error.what))
        self._trouble = error.what
        self._not_before = self._engine.clock.now() + self._turns.interval
        return self._polled(finished=False)

    def _note_pause(self) -> None:
        paused = runs.pause_gap(self._db, self._situation())
        if paused:
            self._submit(Work(account=self._account, notes=tuple(gap_note(known) for known in paused)))

    def _situation(self, now: datetime | None = None) -> Situation:
        run = self._turns.under_way()
        if run is None:
            raise LookupError("no run is under way")
        return Situation(
            account=self._account,
            number=self._number,
            run=run,
            media=self._engine.policy.media,
            now=now or self._engine.clock.now(),
            passing=frozenset(stream.name for stream in self._connector.streams if stream.passing),
            newest={stream.name: stream.newest for stream in self._connector.streams if stream.newest},
        )

    def _asking(self, entry: Outstanding, now: datetime | None = None) -> Asking:
        return Asking(
            db=self._db,
            at=self._situation(now),
            entry=entry,
            connector=self._connector,
            replayer=self._engine.replayer,
            policy=self._engine.policy,
            jitter=self._engine.jitter(),
        )

    def _step(self, entry: Outstanding) -> bool:
        """One fetch. False: nothing more can be asked now."""
        if dear := paying.too_dear(self._db, self._situation(), self._connector, entry.fetch, first=not self._asked):
            self._set_back(entry, dear)
            return True
        limiter = self._engine.limiters.of(self._account.platform, self._account.origin, self._connector.pace)
        wait = limiter.reserve(self._engine.clock.monotonic(), units_of(self._connector, entry.fetch))
        if wait > LONGEST_WAIT_IN_A_POLL:
            self._cause = Cause.RATE_LIMIT
            self._not_before = self._engine.clock.now() + timedelta(seconds=wait)
            return False
        if wait > 0:
            self._engine.clock.sleep(wait)
        if short := self._take(entry):
            self._set_back(entry, short)
            return self._not_before is None
        self._asked += 1
        validators = self._validators(entry)
        try:
            answer = send(
                self._engine.transport,
                self._account,
                entry,
                auth=self._auth,
                credential=self._credential,
                validators=validators,
            )
        except PlatformDown as error:
            self._set_back(entry, Setback(cause=error.cause, what=error.what))
            return True
        judged = verdict(answer.status, answer.headers, answer.ended, conditional=bool(validators))
        with answer.response:
            heed(limiter, self._connector, self._account, entry, answer, judged, self._engine.clock.monotonic())
            self._judge(entry, answer, judged)
        return self._not_before is None

    def _take(self, entry: Outstanding) -> Setback | None:
        """Why the units of a platform's day do not suffice; where they do, they are spent."""
        if self._connector.pace.day is None:
            return None
        with self._engine.archive.database.transaction() as db:
            return rationing.take(db, self._situation(), self._connector, entry.fetch)

    def _validators(self, entry: Outstanding) -> tuple[tuple[str, str], ...]:
        if entry.role is not Role.LISTING or self._situation().run.depth is not Depth.POLL:
            return ()
        return novelty.validators(self._db, self._number, entry.fetch)

    def _judge(self, entry: Outstanding, answer: Answer, judged: Verdict) -> None:
        said = None
        if entry.role is not Role.MEDIA:
            said = judged_by(self._connector, self._account, entry.fetch, reply_of(entry, answer))
        setback = setback_of(self._account, entry, answer, judged, said)
        if setback is not None:
            self._set_back(entry, setback)
        elif said is not None and said.instead is not None:
            self._submit(asking.instead(self._asking(entry, answer.ended), said.instead))
        elif judged.action is Action.UNCHANGED:
            self._submit(asking.not_modified(self._asking(entry, answer.ended), answer))
        else:
            self._keep(entry, answer)

    def _keep(self, entry: Outstanding, answer: Answer) -> None:
        asked = self._asking(entry, answer.ended)
        problem = self._submit(asking.kept(asked, answer))
        if problem:
            self._submit(asking.not_written(asked, problem))
            self._trouble = problem

    def _set_back(self, entry: Outstanding, setback: Setback) -> None:
        if setback.cause is Cause.AUTH and self._renew():
            return
        if self._connector.pace.day:
            with self._engine.archive.database.transaction() as db:
                setback = rationing.heeded(db, self._situation(), self._connector, setback)
            if setback.of_the_day and self._situation().run.depth is not Depth.POLL:
                self._lie_still(setback)
                return
        self._trouble = f"{entry.fetch.stream}: {setback.what}"
        self._cause = setback.cause
        self._submit(asking.put_off(self._asking(entry), setback))

    def _lie_still(self, setback: Setback) -> None:
        """A longer walk goes on with the next day; nothing of it is lost, and polls are made meanwhile."""
        now = self._engine.clock.now()
        over = now + timedelta(seconds=setback.wait_seconds or 0.0)
        self._cause, self._not_before = setback.cause, min(over, self._turns.next_poll(now))

    def _renew(self) -> bool:
        """Another token, where tokens are got with a credential that may still be good; once in a poll."""
        if self._renewed or not isinstance(self._auth, Refreshed | Session):
            return False
        self._renewed = True
        self._engine.tokens.forget(self._account)
        self._credential = self._engine.tokens.credential(self._account, self._auth)
        return True

    def _finish(self) -> Polled:
        at = self._situation()
        done = self._account.state is AccountState.ACTIVE and runs.nothing_broken(self._db, at)
        gaps = runs.gaps_at_end(self._db, at)
        notes = (*(gap_note(known) for known in gaps), runs.note_of(self._db, at, done=done))
        self._submit(
            Work(account=self._account, notes=notes, then=lambda db: runs.end(db, self._number, at.run, done=done))
        )
        return self._polled(finished=done)

    def _polled(self, *, finished: bool) -> Polled:
        if self._trouble and not finished:
            with self._engine.archive.database.transaction() as db:
                schedule.note_trouble(db, self._number, self._trouble)
        return Polled(
            account_id=self._account.id,
            asked=self._asked,
            next_due=self._next_due(),
            finished=finished,
            trouble=self._trouble,
            cause=self._cause,
        )

    def _next_due(self) -> datetime:
        if self._not_before is not None:
            return self._not_before
        now, run = self._engine.clock.now(), self._turns.under_way()
        soonest = frontier.soonest(self._db, self._number, run.id) if run else None
        latest = self._turns.next_poll(now)
        return latest if soonest is None else max(now, min(soonest, latest))

    def _submit(self, work: Work) -> str:
        return self._engine.writer.submit(work).result()
