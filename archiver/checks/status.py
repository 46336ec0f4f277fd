"""How the archive stands, worst first; its first sentence answers whether anything is being lost now."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from archiver.anchoring.standing import standing as unanchored
from archiver.checks.ledger_standing import LedgerStanding, ledger_standing
from archiver.config import Config
from archiver.model import Account, Gap, local_day
from archiver.model.account import AccountState
from archiver.storage import request_rows, schedule, soundness, standing
from archiver.storage.accounts import all_accounts
from archiver.storage.anchors import AnchorGap
from archiver.storage.archive import Archive
from archiver.storage.coverage_rows import gaps_of
from archiver.storage.database import Connection
from archiver.storage.keeping import PlaceStanding, standings
from archiver.storage.notices import Drift, Noticed, drift_met, standing_notices
from archiver.storage.schedule import Due
from archiver.storage.spending import Spent, all_spent
from exports.business_days import business_days_after

LATE_AFTER = 2  # intervals
GRACE = timedelta(minutes=5)  # a walk takes time, too
SOON = 5  # business days
VERIFY_EVERY = timedelta(days=31)


class Answer(StrEnum):
    """Whether anything is being lost now."""

    NO = "no"
    UNKNOWN = "unknown"
    YES = "yes"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStanding:
    """One account: since when it was not captured, and what stands in the way."""

    account: Account
    last_success: datetime | None
    trouble: str
    late: bool

    @property
    def lost(self) -> bool:
        """Whether what it publishes may be passing by."""
        return self.account.state is AccountState.STOPPED or (self.account.state is AccountState.ACTIVE and self.late)


@dataclass(frozen=True, slots=True, kw_only=True)
class DueRequest:
    """An open request that has to be answered soon, or is overdue."""

    id: str
    due: date
    overdue: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Everything `archiver status` tells."""

    at: datetime
    capturing: bool
    accounts: tuple[AccountStanding, ...]
    gaps: tuple[Gap, ...]
    requests: tuple[DueRequest, ...]
    free: int
    reserve: int
    verified: soundness.Checked | None
    kept: standing.Kept
    ledger: LedgerStanding
    last_poll: datetime | None
    notices: tuple[Noticed, ...] = ()
    drift: tuple[Drift, ...] = ()
    spent: tuple[Spent, ...] = ()
    unanchored: tuple[AnchorGap, ...] = ()
    places: tuple[PlaceStanding, ...] = ()

    @property
    def polled(self) -> tuple[AccountStanding, ...]:
        """The accounts that are to be captured: all but those a person retired."""
        return tuple(one for one in self.accounts if one.account.state is not AccountState.RETIRED)

    @property
    def lost(self) -> tuple[AccountStanding, ...]:
        """Those of them that may be losing something."""
        return tuple(one for one in self.polled if one.lost)

    @property
    def full(self) -> bool:
        """Whether capturing has stopped for want of space."""
        return self.free < self.reserve

    @property
    def answer(self) -> Answer:
        """Whether anything is being lost now."""
        if self.lost or (self.full and self.polled):
            return Answer.YES
        return Answer.NO if self.capturing and self.polled else Answer.UNKNOWN

    @property
    def alarmed(self) -> bool:
        """Whether a witness outside remembers a ledger that this one does not continue."""
        return any(gap.alarm for gap in self.unanchored)

    @property
    def verify_is_old(self) -> bool:
        """Whether nobody verified the archive for a month."""
        return self.kept.files > 0 and (self.verified is None or self.at - self.verified.at > VERIFY_EVERY)


def standing_of(archive: Archive, config: Config, now: datetime) -> Standing:
    """How the archive stands now. Reads only."""
    with archive.database.snapshot() as db:
        due = {one.account_id: one for one in schedule.all_due(db)}
        found = [_account(account, due.get(account.id), now) for account in all_accounts(db)]
        return Standing(
            at=now,
            capturing=archive.is_captured(),
            accounts=tuple(sorted(found, key=_worst_first)),
            gaps=gaps_of(db, standing=True),
            requests=_due_requests(db, config, now),
            free=shutil.disk_usage(archive.directory).free,
            reserve=config.archive.reserve_megabytes << 20,
            verified=soundness.last_check(db, "verify"),
            kept=standing.kept(db),
            ledger=ledger_standing(db, now),
            last_poll=max((one.last_success for one in found if one.last_success), default=None),
            notices=standing_notices(db),
            drift=drift_met(db),
            spent=all_spent(db, now),
            unanchored=unanchored(db, config.ledger),
            places=standings(archive),
        )


def _account(account: Account, due: Due | None, now: datetime) -> AccountStanding:
    last = due.last_success if due else None
    allowed = timedelta(minutes=LATE_AFTER * account.interval_minutes) + GRACE
    trouble = due.trouble if due else ""
    return AccountStanding(
        account=account,
        last_success=last,
        trouble=account.state_reason or trouble,
        late=last is None or now - last > allowed,
    )


def _worst_first(one: AccountStanding) -> tuple[bool, bool, float, str]:
    never = one.last_success is None
    return not one.lost, not never, one.last_success.timestamp() if one.last_success else 0.0, one.account.id


def _due_requests(db: Connection, config: Config, now: datetime) -> tuple[DueRequest, ...]:
    today = local_day(now)
    until = business_days_after(today, SOON, closures=config.requests.closures)
    soon = [one for one in request_rows.requests(db, closed_too=False) if one.due <= until]
    return tuple(DueRequest(id=one.id, due=one.due, overdue=one.due < today) for one in soon)
