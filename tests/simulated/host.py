"""A host whose time moves only in the simulation: its daemon runs, sleeps, is killed, and has its clock set."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from archiver.config import Archive as ArchiveSettings
from archiver.config import Config
from archiver.model import Account
from archiver.model.times import month_of
from archiver.polling.daemon import TICK_SECONDS, Daemon
from archiver.polling.engine import Engine
from archiver.polling.polled import Polled
from archiver.storage.schedule import Due
from tests.polling.desk import HOUR, START, Desk
from tests.polling.killing import ending_at

SECOND = timedelta(seconds=1)


class HostClock:
    """What the host takes for the time, what the time is, and how long it has been awake."""

    def __init__(self, start: datetime) -> None:
        self.wall = self.true = start
        self.awake = timedelta(0)

    def now(self) -> datetime:
        """The time of day, as the host has it."""
        return self.wall

    def monotonic(self) -> float:
        """Seconds awake."""
        return self.awake.total_seconds()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        self.pass_by(timedelta(seconds=seconds))

    def pass_by(self, by: timedelta) -> None:
        """Time passes, and the host is awake."""
        self.sleep_through(by)
        self.awake += by

    def sleep_through(self, by: timedelta) -> None:
        """Time passes, and the host is suspended, or off."""
        self.true += by
        self.wall += by

    def be_set(self, by: timedelta) -> None:
        """Somebody sets the clock."""
        self.wall += by


class _TrueClock:
    """The clock of the platform, which is right."""

    def __init__(self, clock: HostClock) -> None:
        self._clock = clock

    def now(self) -> datetime:
        return self._clock.true


@dataclass(slots=True)
class _Job:
    act: Callable[[], None]
    every: timedelta
    next_run_time: datetime

    def modify(self, *, next_run_time: datetime) -> None:
        self.next_run_time = next_run_time


class _Ticker:
    """The scheduler's edge: jobs at intervals of the wall clock, each once however many of its times went by."""

    def __init__(self, clock: HostClock) -> None:
        self._clock = clock
        self._jobs: list[_Job] = []

    def add_job(self, act: Callable[[], None], trigger: str, *, seconds: float, **options: Any) -> _Job:
        assert (trigger, options) == ("interval", {"max_instances": 1, "coalesce": True, "misfire_grace_time": None})
        every = timedelta(seconds=seconds)
        self._jobs.append(_Job(act, every, self._clock.now() + every))
        return self._jobs[-1]

    def get_jobs(self) -> list[_Job]:
        return self._jobs

    def start(self) -> None:
        pass

    def shutdown(self, *, wait: bool) -> None:
        assert wait
        self._jobs.clear()

    def run_due(self) -> None:
        for job in self._jobs:
            if job.next_run_time <= self._clock.now():
                job.act()
                job.next_run_time = self._clock.now() + job.every

    def soonest(self) -> datetime:
        return min(job.next_run_time for job in self._jobs)


class PowerCut(BaseException):
    """The daemon is gone, without a last word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """One poll that was made, the so-many-th of all."""

    number: int
    account: str
    depth: str
    wall: datetime
    true: datetime
    awake: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happens to the host. `leap`: by so much its clock goes on without it being awake, or back."""

    at: datetime  # the true time
    happen: Callable[[Host], None]
    leap: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """An event that came, after so many polls, when the host had been awake for so long."""

    leap: timedelta
    after: int
    awake: timedelta


@dataclass(slots=True)
class Host:
    """An archive, its daemon, and what happens to them; `polls` are those made."""

    desk: Desk
    clock: HostClock
    events: list[Event] = field(default_factory=list)
    polls: list[Poll] = field(default_factory=list)
    happened: list[Happened] = field(default_factory=list)

    cuts: int = 0
    cut_at: int | None = None  # the step of the next poll at which the power is cut
    _ticker: _Ticker | None = None
    _daemon: Daemon | None = None
    _end: datetime | None = None

    def live(self, until: datetime) -> None:
        """Run the daemon until then, and start it again whenever it ends."""
        self._end = until
        self.events.sort(key=lambda event: event.at)
        while self.clock.true < until:
            self._daemon = Daemon(self.desk.engine, self.desk.config, SimpleNamespace(tell=lambda *_: None))  # type: ignore[arg-type]
            self._daemon._stop = SimpleNamespace(  # type: ignore[assignment]
                wait=self._wait, is_set=self._over, set=lambda: None
            )
            try:
                self._daemon.run()
            except PowerCut:
                self.cuts += 1
                self.desk.restart()

    def made(self, account: str, polled: Polled) -> None:
        """A poll was made."""
        assert polled.finished, polled
        depth = self.desk.rows("SELECT depth FROM runs ORDER BY rowid DESC LIMIT 1")[0][0]
        clock, number = self.clock, len(self.polls) + 1
        times = {"wall": clock.wall, "true": clock.true, "awake": clock.awake}
        self.polls.append(Poll(number=number, account=account, depth=depth, **times))

    def ticker(self) -> _Ticker:
        """The scheduler of a daemon that starts."""
        self._ticker = _Ticker(self.clock)
        return self._ticker

    def _wait(self, seconds: float) -> bool:
        """The daemon's main thread waits: time goes by, up to where something may have to be done."""
        assert seconds == TICK_SECONDS and self._ticker is not None
        self.clock.pass_by(self._nothing_happens_for())
        self._ticker.run_due()
        self._require_nothing_unsealed()
        while self.events and self.events[0].at <= self.clock.true:
            event = self.events.pop(0)
            self.happened.append(Happened(leap=event.leap, after=len(self.polls), awake=self.clock.awake))
            event.happen(self)
        return self._over()

    def _over(self) -> bool:
        return self._end is not None and self.clock.true >= self._end

    def _nothing_happens_for(self) -> timedelta:
        """At most an hour: until an account is due, a job that was told to run now has run, or an event comes."""
        now, due = self.clock.now(), self.desk.rows("SELECT min(next_due) FROM schedule")[0][0]
        waits = [HOUR, datetime.fromisoformat(due) - now]
        waits += [event.at - self.clock.true for event in self.events[:1]]
        waits += [self._end - self.clock.true] if self._end else []
        whole = timedelta(seconds=-(-min(waits) // SECOND))
        return SECOND if self._ticker and self._ticker.soonest() <= now else max(whole, SECOND)

    def _require_nothing_unsealed(self) -> None:
        open_months = {row[0] for row in self.desk.rows("SELECT month FROM segments WHERE state = 'open'")}
        assert open_months <= {month_of(self.clock.now())}, (open_months, self.clock.now())


@contextmanager
def host_in(directory: Path, *accounts: Account, start: datetime = START) -> Iterator[Host]:
    """A host with an archive of these accounts; its polls run in the one thread there is."""
    clock = HostClock(start)
    config = replace(Config(), archive=ArchiveSettings(reserve_megabytes=0))
    desk = Desk(directory / "archive", *accounts, config=config, clock=clock)
    desk.platform.clock = _TrueClock(clock)  # type: ignore[assignment]
    desk.platform.validators = True
    host = Host(desk=desk, clock=clock)
    poll, release = Engine.poll, Daemon._release

    def polled(engine: Engine, account_id: str, **options: Any) -> Polled:
        step, host.cut_at = host.cut_at, None
        with ending_at(step, end=_cut) if step else nullcontext():
            made = poll(engine, account_id, **options)
        host.made(account_id, made)
        return made

    def released(daemon: Daemon, due: Due, next_due: datetime) -> None:
        if isinstance(sys.exc_info()[1], PowerCut):  # which leaves nobody to release anything, or to wait for it
            daemon._working.end(due.account)
        else:
            release(daemon, due, next_due)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Engine, "poll", polled)
        patch.setattr(Daemon, "_release", released)
        patch.setattr("archiver.polling.daemon.BackgroundScheduler", lambda **_: host.ticker())
        patch.setattr("archiver.polling.daemon.threading", _OneThread)
        try:
            yield host
            desk.require_sound()
        finally:
            desk.close()
            desk.archive.close()


def _cut() -> None:
    raise PowerCut


class _OneThread:
    """The part of `threading` that the daemon uses, with threads that have done their work when they are started."""

    Lock, Condition, Event = threading.Lock, threading.Condition, threading.Event

    class Thread:
        """Does its work where it is started."""

        def __init__(self, *, target: Callable[..., None], args: tuple[Any, ...], **_named: Any) -> None:
            self.start = lambda: target(*args)
