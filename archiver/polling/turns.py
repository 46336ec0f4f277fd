"""Whose turn it is: a run that is under way goes on, another begins, and a longer walk makes way for the poll due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from archiver.config import Polling
from archiver.model import Account, Connector
from archiver.polling import runs
from archiver.polling.sending import GAP_AFTER
from archiver.polling.situation import Situation
from archiver.polling.verdict import LONGEST_WAIT
from archiver.storage import frontier, run_rows, schedule
from archiver.storage.database import Connection, Database
from archiver.storage.frontier import Outstanding
from archiver.storage.run_rows import Depth, Run

LEFT_TO_THE_NEXT_RUN = timedelta(hours=1)  # what fails for longer does not keep the others of its run waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """The runs of one account; `wanted` is how far back a new one looks, where somebody said it."""

    database: Database
    account: Account
    number: int
    connector: Connector
    policy: Polling
    wanted: Depth | None

    @property
    def interval(self) -> timedelta:
        """How often what is new is looked for."""
        return timedelta(minutes=self.account.interval_minutes)

    @property
    def _db(self) -> Connection:
        return self.database.connection()

    def under_way(self) -> Run | None:
        """The run whose turn it is."""
        return run_rows.open_run(self._db, self.number)

    def go_on(self, now: datetime) -> None:
        """With what is under way, where anything is; after the clock was set back nothing of it waits for long."""
        if self.under_way() is None:
            self._begin(self._depth(now), now)
            return
        longest = now + 2 * max(self.interval, timedelta(seconds=LONGEST_WAIT))
        with self.database.transaction() as db:
            frontier.bring_forward(db, self.number, now, longest)

    def make_way(self, now: datetime) -> None:
        """Where units are planned over the day a walk may take several: the poll that is due goes first."""
        run = self.under_way()
        if run is not None and run.depth is not Depth.POLL and self._poll_due(now) <= now:
            self._begin(Depth.POLL, now)

    def keeps_others_waiting(self, left: tuple[Outstanding, ...], now: datetime) -> bool:
        """Whether all that is left has long been failing, with its gap on record."""
        run = self.under_way()
        long = max(LEFT_TO_THE_NEXT_RUN, self.interval)
        return run is not None and now - run.begun >= long and all(entry.attempts >= GAP_AFTER for entry in left)

    def abandon(self, at: Situation, left: tuple[Outstanding, ...]) -> None:
        """What keeps the others waiting is left to the next run."""
        with self.database.transaction() as db:
            runs.abandon(db, at, left)

    def look_directly(self, at: Situation) -> bool:
        """Queue direct looks at what was not shown any more; False where there is nothing to look at."""
        found = runs.checks(self._db, at, self.connector)
        if not found:
            return False
        with self.database.transaction() as db:
            for queued in found:
                frontier.queue(db, self.number, run=at.run.id, role=queued.role, fetch=queued.fetch, now=at.now)
        return True

    def next_poll(self, now: datetime) -> datetime:
        """When to come again: an interval from now, or, where units are planned over the day, from the last poll."""
        due = self._poll_due(now) if self.connector.pace.day else now
        return due if due > now else now + self.interval

    def _poll_due(self, now: datetime) -> datetime:
        last = run_rows.newest_poll(self._db, self.number) or self.under_way()
        return last.begun + self.interval if last and last.begun <= now else now

    def _depth(self, now: datetime) -> Depth:
        depth = runs.depth_of(self._db, self.number, schedule.due_of(self._db, self.number), self.policy, now)
        return self.wanted if self.wanted and depth is not Depth.FIRST else depth

    def _begin(self, depth: Depth, now: datetime) -> None:
        with self.database.transaction() as db:
            runs.begin(db, self.account, self.number, self.connector, depth=depth, now=now)
