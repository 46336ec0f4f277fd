"""The daemon: takes the accounts that are due, polls them side by side, and tells how it goes."""

from __future__ import annotations

import logging
import shutil
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.schedulers.background import BackgroundScheduler

from archiver.config import Config
from archiver.errors import ArchiverError
from archiver.polling.engine import Engine
from archiver.polling.notify import ServiceManager
from archiver.polling.store_keeping import StoreKeeper
from archiver.storage import schedule
from archiver.storage.archive import LABEL
from archiver.storage.schedule import Due

LOG = logging.getLogger(__name__)

TICK_SECONDS = 1.0
SEAL_SECONDS = 600
KEEP_SECONDS = 600
GRACE_SECONDS = 8.0  # after SIGTERM: what is under way is finished, or asked again at the next start
LEASE = timedelta(hours=6)
RETRY_AFTER_FAULT = timedelta(minutes=5)
CLOCK_STEP_SECONDS = 30.0
STUCK_SECONDS = 900.0  # longer than any one request may take


@dataclass(slots=True)
class _Working:
    """The accounts being polled now, and when each last made a step (monotonic seconds)."""

    steps: dict[int, float] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, account: int, now: float) -> bool:
        """False where it is being polled already."""
        with self.lock:
            if account in self.steps:
                return False
            self.steps[account] = now
            return True

    def step(self, account: int, now: float) -> None:
        """It goes on."""
        with self.lock:
            self.steps[account] = now

    def end(self, account: int) -> None:
        """It is done."""
        with self.lock:
            self.steps.pop(account, None)

    def count(self) -> int:
        """How many are being polled."""
        with self.lock:
            return len(self.steps)

    def stuck(self, now: float) -> bool:
        """Whether one has made no step for longer than any request may take."""
        with self.lock:
            return any(now - last > STUCK_SECONDS for last in self.steps.values())


class Daemon:
    """Polls what is due until told to stop. What is due comes from the catalogue; the scheduler only ticks."""

    def __init__(self, engine: Engine, config: Config, manager: ServiceManager) -> None:
        self._engine = engine
        self._config = config
        self._manager = manager
        self._stop = threading.Event()
        self._working = _Working()
        self._keeper = StoreKeeper(engine.archive, engine.clock)
        self._idle = threading.Condition()
        self._polled = 0
        self._trouble = ""
        self._times_may_be_wrong = True  # the clock may have been set while nobody looked

    def stop(self) -> None:
        """End as soon as what is under way is done; may be called from a signal handler, more than once."""
        self._stop.set()

    def run(self) -> None:
        """Work until `stop`. Returns when every poll has ended, or after the grace time."""
        scheduler = BackgroundScheduler(timezone=UTC)
        options = {"max_instances": 1, "coalesce": True, "misfire_grace_time": None}
        scheduler.add_job(self.tick, "interval", seconds=TICK_SECONDS, **options)
        scheduler.add_job(self._engine.writer.seal_finished, "interval", seconds=SEAL_SECONDS, **options)
        scheduler.add_job(self._keeper.round, "interval", seconds=KEEP_SECONDS, **options)
        self.tick()
        self._keeper.round()
        self._manager.tell("READY=1", f"STATUS={self.status()}")
        LOG.info("ready archive=%s", self._engine.archive.directory)
        scheduler.start()
        try:
            self._follow_the_clock(scheduler)
        finally:
            self._manager.tell("STOPPING=1")
            scheduler.shutdown(wait=True)
            self._wait_for_polls()
            self._keeper.stop(GRACE_SECONDS)
            LOG.info("stopped polls=%s", self._polled)

    def tick(self) -> None:
        """Take what is due, as far as there are hands for it; tell the service manager that it goes on."""
        if self._stop.is_set():
            return
        self._trouble = self._in_the_way()
        if not self._trouble:
            self._take_what_is_due()
        self._tell()

    def status(self) -> str:
        """One line of counts."""
        at_work = f"{self._working.count()} accounts being polled, {self._polled} polls since the start"
        return f"{self._trouble}; {at_work}" if self._trouble else at_work

    def _take_what_is_due(self) -> None:
        now = self._engine.clock.now()
        free = self._config.polling.threads - self._working.count()
        if free <= 0:
            return
        doubtful, self._times_may_be_wrong = self._times_may_be_wrong, False
        with self._engine.archive.database.transaction() as db:
            if doubtful:
                schedule.bring_within_intervals(db, now)
            schedule.bring_forward(db, now)
            taken = schedule.lease(db, now=now, until=now + LEASE, most=free)
        for due in taken:
            if self._working.begin(due.account, self._engine.clock.monotonic()):
                self._begin(due, now)

    def _begin(self, due: Due, now: datetime) -> None:
        try:
            threading.Thread(target=self._poll, args=(due,), name=f"poll-{due.account_id}", daemon=True).start()
        except RuntimeError as error:  # the host has no room for another one
            LOG.error("poll not begun account=%s error=%r", due.account_id, str(error))
            self._note(due, "this host could not start another thread")
            self._release(due, now + RETRY_AFTER_FAULT)

    def _poll(self, due: Due) -> None:
        next_due = self._engine.clock.now() + RETRY_AFTER_FAULT
        try:
            polled = self._engine.poll(due.account_id, stop=lambda: self._stopping(due.account))
            next_due = polled.next_due
            LOG.info(
                "polled account=%s asked=%s finished=%s trouble=%r",
                due.account_id,
                polled.asked,
                polled.finished,
                polled.trouble,
            )
        except ArchiverError as error:
            LOG.error("poll failed account=%s error=%r", due.account_id, error.what)
            self._note(due, error.what)
        except Exception:  # the thread's edge: one account's fault must not stop the others
            LOG.exception("poll failed by a fault account=%s", due.account_id)
            self._note(due, "a fault in Archiver itself; see the log")
        finally:
            self._release(due, next_due)

    def _stopping(self, account: int) -> bool:
        self._working.step(account, self._engine.clock.monotonic())
        return self._stop.is_set()

    def _note(self, due: Due, trouble: str) -> None:
        try:
            with self._engine.archive.database.transaction() as db:
                schedule.note_trouble(db, due.account, trouble)
        except ArchiverError as error:
            LOG.error("trouble could not be noted account=%s error=%r", due.account_id, error.what)

    def _release(self, due: Due, next_due: datetime) -> None:
        try:
            with self._engine.archive.database.transaction() as db:
                schedule.release(db, due.account, next_due)
        except ArchiverError as error:  # the lease then ends by itself
            LOG.error("lease could not be released account=%s error=%r", due.account_id, error.what)
        self._engine.archive.database.close_thread()
        self._working.end(due.account)
        self._polled += 1
        with self._idle:
            self._idle.notify_all()

    def _in_the_way(self) -> str:
        """Why nothing may be captured now; empty where nothing stands in the way."""
        directory = self._engine.archive.directory
        if not (directory / LABEL).is_file():
            return "not capturing: the archive's directory is not there (is its disk mounted?)"
        reserve = self._config.archive.reserve_megabytes << 20
        if shutil.disk_usage(directory).free < reserve:
            return f"not capturing: less than {self._config.archive.reserve_megabytes} MB of disk are free"
        return ""

    def _tell(self) -> None:
        lines = [f"STATUS={self.status()}"]
        if not self._working.stuck(self._engine.clock.monotonic()):
            lines.append("WATCHDOG=1")
        self._manager.tell(*lines)

    def _follow_the_clock(self, scheduler: Any) -> None:
        """Wait; where the wall clock is set, do all there is at once: else it waits for the times it had in mind."""
        drift = self._drift()
        while not self._stop.wait(TICK_SECONDS):
            now = self._drift()
            if abs(now - drift) > CLOCK_STEP_SECONDS:
                LOG.warning("the clock was set by %.0f seconds", now - drift)
                self._times_may_be_wrong = True
                for job in scheduler.get_jobs():
                    job.modify(next_run_time=self._engine.clock.now())
            drift = now

    def _drift(self) -> float:
        return self._engine.clock.now().timestamp() - self._engine.clock.monotonic()

    def _wait_for_polls(self) -> None:
        with self._idle:
            self._idle.wait_for(lambda: self._working.count() == 0, timeout=GRACE_SECONDS)
        if self._working.count():
            LOG.warning("left %s polls unfinished; they go on at the next start", self._working.count())
