"""What an answer, or the lack of one, leads to: as work for the one writer."""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from archiver.config import Polling
from archiver.model import Account, Cause, Connector, Exchange, Fetch, Role, iso
from archiver.polling import consequences, paying, runs
from archiver.polling.answer import Answer
from archiver.polling.consequences import Consequences
from archiver.polling.holes import gap
from archiver.polling.reading import NOT_DECODED, read_reply
from archiver.polling.replaying import Replayer
from archiver.polling.sending import GAP_AFTER
from archiver.polling.setback import Setback
from archiver.polling.situation import Situation
from archiver.polling.verdict import backoff, spread
from archiver.polling.writer import Work, note_of
from archiver.storage import frontier, novelty, run_rows, schedule, spending
from archiver.storage.coverage_rows import gap_note
from archiver.storage.database import Connection
from archiver.storage.frontier import Outstanding
from archiver.storage.ledger.leaves import SALT_BYTES
from archiver.storage.told import Told

GIVE_UP_AFTER = 5  # failed attempts at what is not a listing


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """One fetch that was asked, and where it stands. `db` is for reading."""

    db: Connection
    at: Situation
    entry: Outstanding
    connector: Connector
    replayer: Replayer
    policy: Polling
    jitter: float

    @property
    def account(self) -> Account:
        """The account asked for."""
        return self.at.account


def instead(asking: Asking, fetch: Fetch) -> Work:
    """The platform wants to be asked otherwise: the other fetch takes the place of this one."""
    entry, at = asking.entry, asking.at

    def then(db: Connection) -> None:
        frontier.remove(db, entry)
        frontier.queue(db, at.number, run=at.run.id, role=entry.role, fetch=fetch, now=at.now, hops=entry.hops)

    return Work(account=asking.account, then=then)


def kept(asking: Asking, answer: Answer) -> Work:
    """An answer: kept whole, or noted where it shows nothing new."""
    entry, db, number = asking.entry, asking.db, asking.at.number
    exchange = exchange_of(asking, answer)
    told = _told(asking, exchange)
    note = note_of(exchange)
    bill = paying.bill_of(asking.connector, entry.fetch, told.page, exchange.ended)
    same = None if entry.role is Role.CHECK or exchange.truncated else novelty.equal_capture(db, number, note, told)
    if same is not None and (told.page is not None or (entry.role is Role.MEDIA and not told.problem)):
        result = consequences.of_unchanged(db, asking.at, entry.role, entry.fetch, told.page)
    else:
        result = consequences.of_reply(db, asking.at, note, told, hops=entry.hops)
    if same is not None:
        return _unchanged(asking, novelty.unchanged_note(db, number, note, told, same), result, bill)

    def then(writing: Connection) -> None:
        spending.charge(writing, number, asking.at.run, bill, exchange.ended)
        runs.apply(writing, asking.at, entry.fetch, result, asking.policy)

    notes = consequences.notes(result)
    return Work(account=asking.account, exchange=exchange, told=told, notes=notes, then=then)


def not_modified(asking: Asking, answer: Answer) -> Work:
    """The platform says that its reply would be the one we keep: read that one again, or ask for the whole one."""
    db, number, entry = asking.db, asking.at.number, asking.entry
    same = novelty.validated_capture(db, number, entry.fetch)
    told = asking.replayer.told_again(asking.account, same)
    if told.page is None:
        return Work(
            account=asking.account, then=lambda writing: novelty.forget_validators(writing, number, entry.fetch)
        )
    note = {"at": iso(answer.ended), "status": answer.status, "same": same}  # what was asked is what brought that
    return _unchanged(asking, note, consequences.of_unchanged(db, asking.at, entry.role, entry.fetch, told.page), {})


def put_off(asking: Asking, setback: Setback) -> Work:
    """A setback: tried again later. Listings are tried for ever, other things a few times; both are on record."""
    entry, at = asking.entry, asking.at
    tried = max(entry.attempts + 1, GAP_AFTER if setback.stands else 0)
    until = at.now + timedelta(seconds=_pause(asking, setback))
    opened = tried >= GAP_AFTER or _too_long(asking, until)
    gaps = gap(asking.db, at, entry.fetch, setback.cause, setback.what) if opened else ()
    notes = tuple(gap_note(known) for known in gaps)
    hopeless = tried >= GIVE_UP_AFTER and not setback.stands and setback.cause is not Cause.RATE_LIMIT
    if hopeless and entry.role is not Role.LISTING:
        return Work(account=asking.account, notes=notes, then=lambda db: _give_up(db, asking, setback.what))
    return Work(account=asking.account, notes=notes, then=lambda db: frontier.postpone(db, entry, until, tried=tried))


def not_written(asking: Asking, problem: str) -> Work:
    """A reply whose rows could not be written is kept, unread: a gap, and not asked again in this run."""
    result = consequences.of_unwritten(asking.db, asking.at, asking.entry.role, asking.entry.fetch, problem)
    return Work(
        account=asking.account,
        notes=consequences.notes(result),
        then=lambda db: runs.apply(db, asking.at, asking.entry.fetch, result, asking.policy),
    )


def without_credential(db: Connection, at: Situation, cause: Cause, what: str) -> Work:
    """The credential cannot be had: a gap from the last good moment."""
    opened = gap(db, at, Fetch(stream="profile", url=""), cause, what)
    return Work(account=at.account, notes=tuple(gap_note(known) for known in opened))


def exchange_of(asking: Asking, answer: Answer) -> Exchange:
    """The exchange as it will be kept."""
    return Exchange(
        capture_id=str(uuid.uuid4()),
        account_id=asking.account.id,
        run_id=asking.entry.run,
        role=asking.entry.role,
        fetch=asking.entry.fetch,
        connector=f"{asking.connector.platform}/{asking.connector.version}",
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
        flags=answer.flags,
        seed=os.urandom(SALT_BYTES).hex(),
    )


def _told(asking: Asking, exchange: Exchange) -> Told:
    if exchange.body is None and exchange.role is not Role.MEDIA:
        return Told(page=None, problem=NOT_DECODED)
    return read_reply(asking.connector, asking.account, note_of(exchange), exchange.reply)


def _unchanged(asking: Asking, note: Mapping[str, Any], result: Consequences, bill: Mapping[str, int]) -> Work:
    at = asking.at

    def then(db: Connection) -> None:
        run_rows.note_unchanged(db, at.number, at.run.id, note)
        spending.charge(db, at.number, at.run, bill, at.now)
        runs.apply(db, at, asking.entry.fetch, result, asking.policy)

    return Work(account=asking.account, notes=consequences.notes(result), then=then)


def _pause(asking: Asking, setback: Setback) -> float:
    if setback.wait_seconds is not None:
        return spread(setback.wait_seconds, asking.jitter)
    return backoff(asking.entry.attempts + 1, asking.jitter)


def _too_long(asking: Asking, until: datetime) -> bool:
    """Whether the account will then not have been walked for so long that it is a gap already."""
    due = schedule.due_of(asking.db, asking.at.number)
    return bool(due and due.last_success and until - due.last_success > runs.longest_pause(asking.account))


def _give_up(db: Connection, asking: Asking, what: str) -> None:
    entry = asking.entry
    frontier.remove(db, entry)
    if entry.role is Role.MEDIA:  # said in the run's record too, so that a rebuild knows it
        missing = {"media_id": entry.fetch.token or "", "reason": what}
        note = {"at": iso(asking.at.now), "key": entry.fetch.key, "missing": missing}
        run_rows.note_unchanged(db, asking.at.number, entry.run, note)
