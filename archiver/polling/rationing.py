"""Platforms that allow so many units a day: what is spent, what is kept for the polls to come, what walks may take."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from archiver.model import Account, Cause, Connector, Day, Fetch, units_of
from archiver.polling.setback import Setback
from archiver.polling.situation import Situation
from archiver.storage import day_units, run_rows
from archiver.storage.accounts import polled_on
from archiver.storage.database import Connection
from archiver.storage.run_rows import Depth


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The units of a platform's day, shared by all accounts that are asked at one origin.

    `reserved` is kept for the `polls` still to come; `waiting` are the accounts with a longer walk under way.
    """

    platform: str
    origin: str
    of: str
    units: int
    spent: int
    polls: int
    reserved: int
    ends: datetime
    waiting: tuple[str, ...]

    @property
    def left(self) -> int:
        """What longer walks may still take."""
        return max(self.units - self.spent - self.reserved, 0)


def plan_of(db: Connection, connector: Connector, day: Day, origin: str, now: datetime) -> Plan:
    """How the day stands at an origin. A poll takes what polls took on average, or as much as is declared for it."""
    ends, pool = day.ends(now), _pool(connector, origin)
    sharing = {number: one for number, one in polled_on(db, connector.platform).items() if one.origin == origin}
    taken = day_units.of_a_poll(db, pool)
    polls = {number: math.floor((ends - now) / _interval(account)) + 1 for number, account in sharing.items()}
    each = {number: max(math.ceil(taken.get(number, 0)), day.a_poll) for number in sharing}
    under_way = {account.id: run_rows.open_run(db, number) for number, account in sharing.items()}
    return Plan(
        platform=connector.platform,
        origin=origin,
        of=connector.pace.of,
        units=connector.pace.requests,
        spent=day_units.spent_of(db, pool, ends),
        polls=sum(polls.values()),
        reserved=sum(polls[number] * each[number] for number in sharing),
        ends=ends,
        waiting=tuple(one for one, run in under_way.items() if run and run.depth is not Depth.POLL),
    )


def plans(db: Connection, connectors: Mapping[str, Connector], now: datetime) -> tuple[Plan, ...]:
    """How the day stands wherever accounts share one, by platform and origin."""
    counted = {name: (one, one.pace.day) for name, one in sorted(connectors.items()) if one.pace.day}
    return tuple(
        plan_of(db, one, day, origin, now)
        for name, (one, day) in counted.items()
        for origin in sorted({account.origin for account in polled_on(db, name).values()})
    )


def take(db: Connection, at: Situation, connector: Connector, fetch: Fetch) -> Setback | None:
    """Spend the units of a fetch before it is sent; or why there are too few left. Polls may take all there are."""
    day, units = connector.pace.day, units_of(connector, fetch)
    if day is None or not units:
        return None
    plan = plan_of(db, connector, day, at.account.origin, at.now)
    if units <= (plan.units - plan.spent if at.run.depth is Depth.POLL else plan.left):
        day_units.spend(db, at.run, _pool(connector, at.account.origin), plan.ends, units)
        return None
    what = f"too few of the day's {plan.units} {plan.of} are left ({plan.spent} spent, {plan.reserved} kept for polls)"
    wait = (plan.ends - at.now).total_seconds()
    return Setback(cause=Cause.BUDGET, what=what, wait_seconds=wait, stands=True, of_the_day=True)


def heeded(db: Connection, at: Situation, connector: Connector, setback: Setback) -> Setback:
    """A platform that says to wait until its day ends says that its units are used up, whoever took them."""
    day = connector.pace.day
    if day is None or setback.wait_seconds is None or setback.cause is not Cause.RATE_LIMIT:
        return setback
    ends = day.ends(at.now)
    if at.now + timedelta(seconds=setback.wait_seconds) < ends:
        return setback
    day_units.spend_the_rest(db, at.number, _pool(connector, at.account.origin), ends, connector.pace.requests)
    return replace(setback, of_the_day=True)


def _interval(account: Account) -> timedelta:
    return timedelta(minutes=max(account.interval_minutes, 1))


def _pool(connector: Connector, origin: str) -> str:
    return f"{connector.platform} {origin}"
