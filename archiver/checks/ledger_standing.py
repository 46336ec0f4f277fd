"""How far the ledger is signed, and why it is not signed further."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from archiver.model import parse_iso
from archiver.storage import soundness
from archiver.storage.database import Connection
from archiver.storage.ledger import leaves
from archiver.storage.ledger.making import SIGNED, TRIED

OVERDUE = timedelta(hours=3)  # the daemon signs each hour


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerStanding:
    """The newest checkpoint (`size` 0 and `signed` None: none yet), leaves since, why the last try signed nothing."""

    size: int
    signed: datetime | None
    unsigned: int
    refused: str
    overdue: bool


def ledger_standing(db: Connection, now: datetime) -> LedgerStanding:
    """How the ledger stands, by what the catalogue remembers."""
    last, tried = soundness.last_check(db, SIGNED), soundness.last_check(db, TRIED)
    size = int(last.result["size"]) if last else 0
    unsigned = leaves.size(db) - size
    return LedgerStanding(
        size=size,
        signed=last.at if last else None,
        unsigned=unsigned,
        refused=str(tried.result["refused"]) if tried else "",
        overdue=unsigned > 0 and now - (last.at if last else _begun(db, now)) > OVERDUE,
    )


def _begun(db: Connection, now: datetime) -> datetime:
    """When there was first anything to sign."""
    (at,) = db.execute("SELECT min(at) FROM acts").fetchone()
    return parse_iso(at) if at else now
