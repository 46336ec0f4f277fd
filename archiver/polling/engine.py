"""Walks an account: asks the oldest outstanding fetch, judges the answer, has it written, until nothing is left."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from archiver.clock import Clock
from archiver.config import Polling
from archiver.errors import AuthError, PlatformDown
from archiver.model import Account, Cause, Connector, Exchange, Fetch, Role, iso
from archiver.polling import consequences, runs
from archiver.polling.answer import Answer, BadReply
from archiver.polling.consequences import Consequences, Queued, Situation
from archiver.polling.credentials import Secret, may_carry
from archiver.polling.pace import Limiters
from archiver.polling.reading import NOT_DECODED, read_reply
from archiver.polling.replaying import Replayer
from archiver.polling.transport import Transport
from archiver.polling.verdict import Action, Verdict, backoff, remaining, reset_seconds, spread, verdict
from archiver.polling.writer import CaptureWriter, Work, note_of
from archiver.storage import frontier, novelty, run_rows, schedule
from archiver.storage.accounts import account_called, account_numbers
from archiver.storage.archive import Archive
from archiver.storage.coverage_rows import gap_note
from archiver.storage.database import Connection
from archiver.storage.frontier import Outstanding
from archiver.storage.run_rows import Depth
from archiver.storage.told import Told

LOG = logging.getLogger(__name__)

GAP_AFTER = 3  # failed attempts
GIVE_UP_AFTER = 5  # failed attempts at what is not a listing
LONGEST_WAIT_IN_A_POLL = 30.0  # seconds; what is longer is postponed

Secrets = Callable[[Account], Secret | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """What came of polling an account: how much was asked, when to come again, and what stands in the way.

    `cause` is why it could not go on, where that has a name.
    """

    account_id: str
    asked: int
    next_due: datetime
    finished: bool
    trouble: str = ""
    cause: Cause | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """Everything a poll needs. `poll` may be called for different accounts from different threads."""

    archive: Archive
    connectors: Mapping[str, Connector]
    transport: Transport
    replayer: Replayer
    writer: CaptureWriter
    limiters: Limiters
    secrets: Secrets
    policy: Polling
    clock: Clock
    jitter: Callable[[], float]

    def poll(self, account_id: str, *, depth: Depth | None = None, stop: Callable[[], bool] = lambda: False) -> Polled:
        """Walk one account as far as it goes now. Raises DiskError; what a platform does wrong is on record instead."""
        walk = _AccountWalk(self, account_id, depth)
        try:
            return walk.go(stop)
        except AuthError as error:
            return walk.without_credential(error)


class _AccountWalk:
    """One poll of one account."""

    def __init__(self, engine: Engine, account_id: str, depth: Depth | None) -> None:
        self._engine = engine
        self._account = account_called(self._db, account_id)
        self._number = account_numbers(self._db, (account_id,))[account_id]
        self._connector = engine.connectors[self._account.platform]
        self._wanted_depth = depth
        self._asked = 0
        self._trouble = ""
        self._cause: Cause | None = None

    @property
    def _db(self) -> Connection:
        return self._engine.archive.database.connection()

    def go(self, stop: Callable[[], bool]) -> Polled:
        secret = self._engine.secrets(self._account)
        self._begin()
        while not stop():
            self._account = account_called(self._db, self._account.id)
            entry = frontier.next_fetch(self._db, self._number, self._engine.clock.now())
            if entry is not None:
                if not self._step(entry, secret):
                    break
            elif frontier.outstanding(self._db, self._number):
                break
            elif self._account.state != "active" or not self._look_directly():
                return self._finish()
        return self._polled(finished=False)

    def without_credential(self, error: AuthError) -> Polled:
        """The credential cannot be had: a gap from the last good moment, and another try at the next interval."""
        self._begin()
        at = self._situation()
        opened = consequences.gap(self._db, at, Fetch(stream="profile", url=""), Cause.AUTH, error.what)
        self._submit(Work(account=self._account, notes=tuple(gap_note(known) for known in opened)))
        self._trouble = error.what
        self._cause = Cause.AUTH
        return self._polled(finished=False, wait=timedelta(minutes=self._account.interval_minutes))

    def _begin(self) -> None:
        if run_rows.open_run(self._db, self._number) is not None:
            return
        now = self._engine.clock.now()
        due = schedule.due_of(self._db, self._number)
        depth = runs.depth_of(self._db, self._number, due, self._engine.policy, now)
        if self._wanted_depth and depth is not Depth.FIRST:
            depth = self._wanted_depth
        with self._engine.archive.database.transaction() as db:
            runs.begin(db, self._account, self._number, self._connector, depth=depth, now=now)

    def _situation(self) -> Situation:
        run = run_rows.open_run(self._db, self._number)
        if run is None:
            raise LookupError("no run is under way")
        return Situation(
            account=self._account,
            number=self._number,
            run=run,
            media=self._engine.policy.media,
            now=self._engine.clock.now(),
        )

    def _step(self, entry: Outstanding, secret: Secret | None) -> bool:
        """One fetch. False: nothing more can be asked now."""
        limiter = self._engine.limiters.of(self._account.platform, self._account.origin, self._connector.pace)
        wait = limiter.reserve(self._engine.clock.monotonic())
        if wait > LONGEST_WAIT_IN_A_POLL:
            self._postpone(entry, wait)
            return False
        if wait > 0:
            self._engine.clock.sleep(wait)
        self._asked += 1
        validators = self._validators(entry)
        try:
            answer = self._send(entry, secret, validators)
        except PlatformDown as error:
            return self._failed(entry, error.cause, error.what, None)
        limiter.learn(
            remaining(answer.headers), reset_seconds(answer.headers, answer.ended), self._engine.clock.monotonic()
        )
        judged = verdict(answer.status, answer.headers, answer.ended, conditional=bool(validators))
        with answer.response:
            return self._judge(entry, answer, judged)

    def _send(self, entry: Outstanding, secret: Secret | None, validators: tuple[tuple[str, str], ...]) -> Answer:
        trusted = may_carry(self._account, entry.fetch)
        try:
            return self._engine.transport.send(
                entry.fetch,
                auth=self._connector.auth,
                secret=secret if trusted else None,
                secrets_to_mask=(secret,) if secret else (),
                validators=validators,
                guarded=not trusted,
                media=entry.role is Role.MEDIA,
            )
        except BadReply as bad:
            if bad.cause is Cause.UNDECODABLE and entry.attempts + 1 >= GAP_AFTER:
                return bad.answer  # it is whole and stays undecodable: keep it, marked unread
            bad.answer.response.close()
            raise

    def _validators(self, entry: Outstanding) -> tuple[tuple[str, str], ...]:
        if entry.role is not Role.LISTING or self._situation().run.depth is not Depth.POLL:
            return ()
        return novelty.validators(self._db, self._number, entry.fetch)

    def _judge(self, entry: Outstanding, answer: Answer, judged: Verdict) -> bool:
        if judged.action in (Action.RETRY, Action.WAIT):
            cause = judged.cause or Cause.SERVER
            return self._failed(entry, cause, f"the platform answered {answer.status}", judged.wait_seconds)
        if judged.action is Action.AUTH and self._needs_credential(entry):
            what = f"the platform answered {answer.status}: the credential is missing or no longer good"
            wait = self._account.interval_minutes * 60.0
            return self._failed(entry, Cause.AUTH, what, wait, attempts=GAP_AFTER)
        if judged.action is Action.UNCHANGED:
            return self._not_modified(entry, answer)
        return self._keep(entry, answer)

    def _needs_credential(self, entry: Outstanding) -> bool:
        """Whether a 401 stands in the way of the account. What is closed to strangers is only a part left out."""
        return entry.role is Role.LISTING or (entry.role is not Role.CHECK and bool(self._account.credential))

    def _keep(self, entry: Outstanding, answer: Answer) -> bool:
        exchange = self._exchange(entry, answer)
        told = self._told(exchange)
        same = None if entry.role is Role.CHECK else self._same(exchange, told)
        if same is not None:
            self._unchanged(entry, exchange, told, same)
            return True
        at = self._situation()
        result = consequences.of_reply(self._db, at, note_of(exchange), told, hops=entry.hops)
        self._submit(
            Work(
                account=self._account,
                exchange=exchange,
                told=told,
                notes=consequences.notes(result),
                then=lambda db: runs.apply(db, at, entry.fetch, result, self._engine.policy),
            )
        )
        if result.stop:
            self._trouble = result.stop
        return True

    def _told(self, exchange: Exchange) -> Told:
        if exchange.body is None and exchange.role is not Role.MEDIA:
            return Told(page=None, problem=NOT_DECODED)
        return read_reply(
            self._connector, self._account, role=exchange.role, fetch=exchange.fetch, reply=exchange.reply
        )

    def _same(self, exchange: Exchange, told: Told) -> str | None:
        """The kept capture this reply equals, where it shows nothing new."""
        if told.problem or exchange.truncated:
            return None
        return novelty.equal_capture(self._db, self._number, note_of(exchange), told)

    def _unchanged(self, entry: Outstanding, exchange: Exchange, told: Told, same: str) -> None:
        note = novelty.unchanged_note(self._db, self._number, note_of(exchange), told, same)
        at = self._situation()
        if entry.role is Role.MEDIA or told.page is not None:
            result = consequences.of_unchanged(self._db, at, entry.role, entry.fetch, told.page)
        else:
            result = consequences.of_reply(self._db, at, note_of(exchange), told, hops=entry.hops)
        self._write_unchanged(at, entry, note, result)

    def _not_modified(self, entry: Outstanding, answer: Answer) -> bool:
        """The platform says that its reply would be the one we keep: read that one again."""
        kept = novelty.validated_capture(self._db, self._number, entry.fetch)
        told = self._engine.replayer.told_again(self._account, kept)
        if told.page is None:  # it cannot be read any more: ask again for the whole reply
            with self._engine.archive.database.transaction() as db:
                novelty.forget_validators(db, self._number, entry.fetch)
            return True
        at = self._situation()
        note = {"at": iso(answer.ended), "key": entry.fetch.key, "status": answer.status, "same": kept}
        result = consequences.of_unchanged(self._db, at, entry.role, entry.fetch, told.page)
        self._write_unchanged(at, entry, note, result)
        return True

    def _write_unchanged(
        self, at: Situation, entry: Outstanding, note: Mapping[str, Any], result: Consequences
    ) -> None:
        def then(db: Connection) -> None:
            run_rows.note_unchanged(db, self._number, at.run.id, note)
            runs.apply(db, at, entry.fetch, result, self._engine.policy)

        self._submit(Work(account=self._account, notes=consequences.notes(result), then=then))

    def _failed(
        self, entry: Outstanding, cause: Cause, what: str, wait: float | None, *, attempts: int | None = None
    ) -> bool:
        """An attempt that brought nothing. Listings are tried for ever, other things a few times; both on record."""
        tried = entry.attempts + 1 if attempts is None else attempts
        self._trouble = f"{entry.fetch.stream}: {what}"
        self._cause = cause
        at = self._situation()
        opened = consequences.gap(self._db, at, entry.fetch, cause, what) if tried >= GAP_AFTER else ()
        notes = tuple(gap_note(known) for known in opened)
        if tried >= GIVE_UP_AFTER and entry.role is not Role.LISTING:
            self._submit(Work(account=self._account, notes=notes, then=lambda db: self._give_up(db, entry, what)))
            return True
        jitter = self._engine.jitter()
        pause = spread(wait, jitter) if wait is not None else backoff(entry.attempts + 1, jitter)
        until = self._engine.clock.now() + timedelta(seconds=pause)
        self._submit(Work(account=self._account, notes=notes, then=lambda db: frontier.postpone(db, entry, until)))
        return True

    def _give_up(self, db: Connection, entry: Outstanding, what: str) -> None:
        frontier.remove(db, entry)
        if entry.role is Role.MEDIA:  # said in the run's record too, so that a rebuild knows it
            now, missing = iso(self._engine.clock.now()), {"media_id": entry.fetch.token or "", "reason": what}
            note = {"at": now, "key": entry.fetch.key, "missing": missing}
            run_rows.note_unchanged(db, self._number, entry.run, note)

    def _postpone(self, entry: Outstanding, seconds: float) -> None:
        self._cause = Cause.RATE_LIMIT
        until = self._engine.clock.now() + timedelta(seconds=seconds)
        with self._engine.archive.database.transaction() as db:
            frontier.postpone(db, replace(entry), until)

    def _look_directly(self) -> bool:
        """Queue direct looks at what was not shown any more; False where there is nothing to look at."""
        at = self._situation()
        found: tuple[Queued, ...] = runs.checks(self._db, at, self._connector)
        if not found:
            return False
        with self._engine.archive.database.transaction() as db:
            for queued in found:
                frontier.queue(db, self._number, run=at.run.id, role=queued.role, fetch=queued.fetch, now=at.now)
        return True

    def _finish(self) -> Polled:
        at = self._situation()
        due = schedule.due_of(self._db, self._number)
        done = self._account.state == "active" and runs.outcome(self._db, at) == "done"
        gaps = runs.gaps_at_end(self._db, at)
        gaps += runs.pause_gap(at, due) if done else ()
        notes = (*(gap_note(known) for known in gaps), runs.note_of(self._db, at, stopped=not done))

        def then(db: Connection) -> None:
            runs.end(db, at)
            if done:
                deep = at.run.depth in (Depth.DEEP, Depth.FIRST)
                schedule.note_success(
                    db, self._number, at=at.run.begun, rewalked=at.run.depth is Depth.REWALK, deep=deep
                )

        self._submit(Work(account=self._account, notes=notes, then=then))
        return self._polled(finished=done)

    def _polled(self, *, finished: bool, wait: timedelta | None = None) -> Polled:
        now = self._engine.clock.now()
        interval = timedelta(minutes=self._account.interval_minutes)
        waiting = frontier.outstanding(self._db, self._number)
        soonest = min((entry.not_before for entry in waiting), default=now + interval)
        next_due = now + wait if wait else max(now, min(soonest, now + interval)) if waiting else now + interval
        if self._trouble:
            with self._engine.archive.database.transaction() as db:
                schedule.note_trouble(db, self._number, self._trouble)
        return Polled(
            account_id=self._account.id,
            asked=self._asked,
            next_due=next_due,
            finished=finished,
            trouble=self._trouble,
            cause=self._cause,
        )

    def _submit(self, work: Work) -> None:
        self._engine.writer.submit(work).result()

    def _exchange(self, entry: Outstanding, answer: Answer) -> Exchange:
        return Exchange(
            capture_id=str(uuid.uuid4()),
            account_id=self._account.id,
            run_id=entry.run,
            role=entry.role,
            fetch=entry.fetch,
            connector=f"{self._connector.platform}/{self._connector.version}",
            request_head=answer.request_head,
            response=answer.response,
            response_length=answer.response_length,
            status=answer.status,
            headers=answer.headers,
            body=answer.body,
            payload_sha256=answer.payload_sha256,
            payload_length=answer.payload_length,
            started=answer.started,
            ended=answer.ended,
            ip=answer.ip,
            tls=answer.tls,
            masked=answer.masked,
            truncated=answer.truncated,
            sent_headers=answer.sent_headers,
        )
