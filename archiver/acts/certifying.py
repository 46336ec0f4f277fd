"""The act of certifying what of an account was covered: gathered from one state, signed, entered into the ledger."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from archiver import __version__
from archiver.errors import UsageError
from archiver.model import Connector, iso
from archiver.storage import day_counts
from archiver.storage.accounts import account_called
from archiver.storage.acts import record_act
from archiver.storage.archive import Archive
from archiver.storage.coverage_rows import coverage_of, gaps_of
from archiver.storage.ledger import custody, leaves
from archiver.storage.ledger.keys import KeyPlace
from archiver.storage.ledger.signed_note import SignedNote
from exports.certificate import Certificate, Polls, as_text
from exports.completeness import Span, completeness

CERTIFIED = "completeness certified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be certified: an account over a span, which ends when it is made at the latest."""

    account_id: str
    start: datetime
    end: datetime
    agency: str
    zone: ZoneInfo


def certify(
    archive: Archive, asked: Asked, connector: Connector, place: KeyPlace, *, who: str, now: datetime
) -> tuple[Certificate, SignedNote]:
    """The certificate, and it signed with the ledger's key; an act tells its SHA-256.

    Raises NotFound for an account that is not there, UsageError for a span that is none, AuthError without the key.
    """
    made = gathered(archive, asked, connector, now)
    key = custody.begin(archive, place, at=now, actor=who)
    text = as_text(made)
    note = SignedNote(text=text, signatures=(key.sign(text),))
    detail = {
        "from": iso(made.span.start),
        "to": iso(made.span.end),
        "ledger_size": made.ledger,
        "sha256": hashlib.sha256(bytes(note)).hexdigest(),
    }
    with archive.database.transaction() as db:
        record_act(db, at=now, actor=who, act=CERTIFIED, subject=asked.account_id, detail=detail)
    return made, note


def gathered(archive: Archive, asked: Asked, connector: Connector, now: datetime) -> Certificate:
    """What one state of the archive says of the account over the span."""
    span = Span(start=asked.start, end=min(asked.end, now))
    if span.start >= span.end:
        raise UsageError(
            "The time to be certified is empty, or lies in the future.",
            means="No certificate was made.",
            do="Give a beginning before the end: --from 2026-01-01 --to 2026-03-31",
        )
    with archive.database.snapshot() as db:
        account = account_called(db, asked.account_id)
        whole, in_part = day_counts.polls(db, account.id, span.start, span.end)
        return Certificate(
            origin=f"archiver/{archive.id}",
            agency=asked.agency,
            account=account,
            span=span,
            made=now,
            zone=asked.zone,
            software=f"Archiver {__version__}",
            connector=connector.platform,
            version=connector.version,
            polls=Polls(whole=whole, in_part=in_part),
            streams=completeness(span, connector.streams, coverage_of(db, account.id), gaps_of(db, account.id)),
            counts=day_counts.items_by_day(db, account.id, span.start, span.end, asked.zone),
            undated=day_counts.undated_items(db, account.id, span.start, span.end),
            ledger=leaves.size(db),
        )
