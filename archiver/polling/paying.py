"""Platforms that take money for reading: an estimate before each fetch, a cap by the month, and what it came to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from archiver.model import Account, Cause, Connector, Fetch, Page, Priced
from archiver.model.connector import Itemised
from archiver.polling.setback import Setback
from archiver.polling.situation import Situation
from archiver.storage import spending
from archiver.storage.database import Connection

CAP = "monthly_cap_usd"
DEFAULT_CAP = "10"  # dollars: an account that nobody thought about must not run up a bill


def too_dear(db: Connection, at: Situation, connector: Connector, fetch: Fetch, *, first: bool) -> Setback | None:
    """Why a fetch must wait for the next month; None where it may be made.

    Before the `first` fetch of a poll the whole poll is estimated: by what the last run of its depth has cost.
    """
    most = connector.estimate(fetch) if isinstance(connector, Priced) else 0
    if not most:
        return None  # what costs nothing is not held against a cap, nor looked up in what was spent
    cap, spent = cap_of(at.account), spending.spent_in(db, at.number, at.now)
    needed = max(most, spending.of_a_run(db, at.number, at.run.depth) if first else 0)
    if spent + needed <= cap:
        return None
    dollars = [f"${millionths / spending.MILLIONTHS:.2f}" for millionths in (cap, spent)]
    what = f"the month's cap of {dollars[0]} would be passed ({dollars[1]} spent)"
    wait = (spending.next_month(at.now) - at.now).total_seconds()
    return Setback(cause=Cause.BUDGET, what=what, wait_seconds=wait, stands=True)


def bill_of(connector: Connector, fetch: Fetch, page: Page | None, at: datetime) -> Mapping[str, int]:
    """What a reply cost, by thing; nothing for a platform that takes no money."""
    if page is None or not isinstance(connector, Priced):
        return {}
    if isinstance(connector, Itemised):
        return connector.bill(fetch, page)
    return {f"{fetch.key} {at.isoformat()}": connector.price(fetch, page)}


def cap_of(account: Account) -> int:
    """The most an account may cost in a month, in millionths of a dollar; nothing where what was set is no number."""
    try:
        return int(float(account.options.get(CAP, DEFAULT_CAP)) * spending.MILLIONTHS)
    except (ValueError, OverflowError):
        return 0
