"""Channels of a platform that counts by its day, and a daemon's days for them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from archiver.model import Account, Connector, Day, Fetch, Judged, Means, Pace, Reply
from archiver.polling.polled import Polled
from archiver.polling.rationing import Plan, plans
from connectors.youtube.quota import day_ends
from tests.polling.desk import DAY, OFFICE, Desk
from tests.polling.speaking import Spoken

UNITS = 100
EVERY = timedelta(hours=4)
CHANNEL = replace(OFFICE, interval_minutes=240)
LEFT = "SELECT f.fetch FROM frontier f JOIN runs r ON r.id = f.run WHERE r.depth = 'first' ORDER BY f.id"
SECOND = replace(CHANNEL, id="second")
MIDNIGHT = datetime(2026, 11, 21, 8, tzinfo=UTC)  # the first in Pacific time after START


class Planned(Spoken):
    """The platform made for tests, where files are free and everything else takes a unit of a day's 100."""

    pace = Pace(requests=UNITS, seconds=86_400, of="units", day=Day(ends=day_ends, words="midnight", a_poll=5))

    def units(self, fetch: Fetch) -> int:
        """What a request takes."""
        return int(fetch.stream != "media")

    def judge(self, _account: Account, _fetch: Fetch, reply: Reply) -> Judged | None:
        """A status that says that the day's units are used up."""
        wait = (day_ends(reply.received) - reply.received).total_seconds()
        return Judged(means=Means.WAIT, detail="used up", wait_seconds=wait) if reply.status == 403 else None


class Channels(Desk):
    """An archive whose platform counts by the day, and is large."""

    def __init__(self, directory: Path, *registered: Account) -> None:
        super().__init__(directory, *registered)
        self.succeeded: list[str | None] = []  # when the first account was last captured completely, after each poll

    @property
    def connector(self) -> Connector:
        """What speaks to the platform."""
        return Planned()

    def publish(self, posts: int) -> None:
        """So many posts, one every five days until now, each with a comment and a file."""
        self.clock.move(-5 * DAY * posts)
        for number in range(posts):
            self.platform.post(f"post {number}", comments=1, files=1)
            self.clock.move(5 * DAY)

    def live(self, span: timedelta, *accounts: str) -> list[Polled]:
        """What the daemon does in this time."""
        due = dict.fromkeys(accounts or ("office",), self.clock.now())
        until, made = self.clock.now() + span, []
        while (soonest := min(due.values())) < until:
            self.clock.move(max(soonest - self.clock.now(), timedelta(0)))
            account = min(due, key=lambda one: due[one])
            made.append(self.poll(account))
            self.succeeded += [row[0] for row in self.rows("SELECT last_success FROM schedule WHERE account = 1")]
            due[account] = max(made[-1].next_due, self.clock.now() + timedelta(seconds=1))
        self.clock.move(until - self.clock.now())
        return made

    def plan(self) -> Plan:
        """How the day stands."""
        (found,) = plans(self.archive.database.connection(), {"spoken": self.connector}, self.clock.now())
        return found

    def asked_by_day(self) -> list[int]:
        """How many units were asked for in each of the platform's days."""
        asked = [day_ends(one.at) for one in self.platform.asked if one.host != "files.example"]
        return [asked.count(day) for day in sorted(set(asked))]

    def begun(self, account: int = 1, *, walks: bool = False) -> list[datetime]:
        """When the polls of an account began, or its longer walks."""
        sql = f"SELECT begun FROM runs WHERE account = ? AND (depth <> 'poll') = {walks:d} ORDER BY rowid"  # noqa: S608
        return [datetime.fromisoformat(row[0]) for row in self.rows(sql, account)]


def retire(desk: Channels, account: str = "second") -> None:
    """Nothing is reserved for an account that is not polled."""
    with desk.archive.database.transaction() as db:
        db.execute("UPDATE accounts SET state = 'retired' WHERE id = ?", (account,))
