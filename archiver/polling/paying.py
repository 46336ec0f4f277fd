"""Platforms that take money for reading: an estimate before each fetch, a cap by the month, and what it came to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from archiver.model import Account, Cause, Connector, Fetch, Page, Priced
from archiver.model.connector import Itemised
from archiver.polling.setback import Setback
from archiver.storage import spending
from archiver.storage.database import Connection

CAP = "monthly_cap_usd"


def too_dear(
    db: Connection, account: Account, number: int, connector: Connector, fetch: Fetch, now: datetime
) -> Setback | None:
    """Why a fetch must wait for the next month; None where it may be made."""
    cap = cap_of(account)
    if cap is None or not isinstance(connector, Priced):
        return None
    spent = spending.spent_in(db, number, now)
    if spent + connector.estimate(fetch) <= cap:
        return None
    dollars = [f"${millionths / spending.MILLIONTHS:.2f}" for millionths in (cap, spent)]
    what = f"the month's cap of {dollars[0]} would be passed ({dollars[1]} spent)"
    wait = (spending.next_month(now) - now).total_seconds()
    return Setback(cause=Cause.BUDGET, what=what, wait_seconds=wait, stands=True)


def bill_of(connector: Connector, fetch: Fetch, page: Page | None, at: datetime) -> Mapping[str, int]:
    """What a reply cost, by thing; nothing for a platform that takes no money."""
    if page is None or not isinstance(connector, Priced):
        return {}
    if isinstance(connector, Itemised):
        return connector.bill(fetch, page)
    return {f"{fetch.key} {at.isoformat()}": connector.price(fetch, page)}


def cap_of(account: Account) -> int | None:
    """The most an account may cost in a month, in millionths of a dollar; None: no cap was set, or none can be read."""
    try:
        return int(float(account.options[CAP]) * spending.MILLIONTHS)
    except (KeyError, ValueError, OverflowError):
        return None
