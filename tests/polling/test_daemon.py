"""The daemon: what is due is polled once, what fails stops nobody, and the service manager is told the truth."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from archiver.clock import SetClock
from archiver.config import Archive as ArchiveSettings
from archiver.config import Config
from archiver.errors import DiskError
from archiver.model import Account
from archiver.polling.daemon import STUCK_SECONDS, Daemon
from archiver.polling.notify import ServiceManager
from archiver.polling.polled import Polled
from archiver.storage import accounts, schedule
from archiver.storage.archive import Archive

NOON = datetime(2026, 11, 2, 20, 0, tzinfo=UTC)
CONFIG = replace(Config(), archive=ArchiveSettings(reserve_megabytes=0))


@dataclass
class Heard:
    """A service manager that remembers what it was told."""

    messages: list[str] = field(default_factory=list)

    def tell(self, *lines: str) -> None:
        self.messages.extend(lines)


@dataclass
class Polls:
    """An engine that does what a test says, and remembers for whom it was asked."""

    archive: Archive
    clock: SetClock
    do: Callable[[str], datetime | None] = lambda _account: None
    polled: list[str] = field(default_factory=list)
    writer: Any = field(default_factory=lambda: SimpleNamespace(seal_finished=lambda: None))

    def poll(self, account_id: str, *, stop: Callable[[], bool]) -> Polled:
        stop()
        self.polled.append(account_id)
        due = self.do(account_id) or self.clock.now() + timedelta(minutes=15)
        return Polled(account_id=account_id, asked=1, next_due=due, finished=True)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """An archive of three accounts, all due at noon."""
    made = Archive.create(tmp_path / "archive", agency="Test", moment=NOON)
    with made.database.transaction() as db:
        for name in ("a", "b", "c"):
            account = Account(id=name, platform="feed", handle=name, url=f"http://127.0.0.1:9/{name}")
            schedule.make_due(db, accounts.add_account(db, account), NOON)
    yield made
    made.close()


def daemon(engine: Polls, manager: Heard | None = None, config: Config = CONFIG) -> Daemon:
    """A daemon over a stand-in engine."""
    return Daemon(engine, config, manager or Heard())  # type: ignore[arg-type]


def settle(working: Daemon) -> None:
    """Wait until no poll is under way."""
    working._wait_for_polls()


def test_what_is_due_is_polled_once_and_then_waits_for_its_interval(archive: Archive) -> None:
    """Two ticks in a row poll each account once; one after the interval polls each again."""
    engine = Polls(archive, SetClock(NOON))
    working = daemon(engine)
    working.tick()
    settle(working)
    working.tick()
    settle(working)
    assert sorted(engine.polled) == ["a", "b", "c"]

    engine.clock.move(timedelta(minutes=15))
    working.tick()
    settle(working)
    assert sorted(engine.polled) == ["a", "a", "b", "b", "c", "c"]


def test_an_account_being_polled_is_not_taken_a_second_time(archive: Archive) -> None:
    """While a poll goes on for hours, the account is not polled beside itself, even when its lease has ended."""
    hold, begun = threading.Event(), threading.Semaphore(0)

    def wait(_account: str) -> None:
        begun.release()
        hold.wait(30)

    engine = Polls(archive, SetClock(NOON), do=wait)
    working = daemon(engine)
    working.tick()
    for _ in range(3):
        assert begun.acquire(timeout=30)
    engine.clock.move(timedelta(hours=7))
    working.tick()
    hold.set()
    settle(working)
    assert sorted(engine.polled) == ["a", "b", "c"]


def test_a_failing_account_stops_nobody_and_is_tried_again(archive: Archive) -> None:
    """A full disk for one and a fault of ours for another: the third is polled, both are noted and come again."""

    def fail(account: str) -> None:
        if account == "a":
            raise DiskError("The disk is full.")
        if account == "b":
            raise KeyError("our own mistake")

    engine = Polls(archive, SetClock(NOON), do=fail)
    working = daemon(engine)
    working.tick()
    settle(working)
    due = {one.account_id: (one.trouble, one.next_due) for one in schedule.all_due(archive.database.connection())}
    assert due == {
        "a": ("The disk is full.", NOON + timedelta(minutes=5)),
        "b": ("a fault in Archiver itself; see the log", NOON + timedelta(minutes=5)),
        "c": ("", NOON + timedelta(minutes=15)),
    }


def test_no_more_accounts_are_taken_than_there_are_threads(archive: Archive) -> None:
    """With two threads, two of three due accounts are taken; the third follows at the next tick."""
    hold, begun = threading.Event(), threading.Semaphore(0)

    def wait(_account: str) -> None:
        begun.release()
        hold.wait(30)

    engine = Polls(archive, SetClock(NOON), do=wait)
    working = daemon(engine, config=replace(CONFIG, polling=replace(CONFIG.polling, threads=2)))
    working.tick()
    assert begun.acquire(timeout=30) and begun.acquire(timeout=30)
    working.tick()
    assert not begun.acquire(blocking=False)
    hold.set()
    settle(working)
    working.tick()
    settle(working)
    assert sorted(engine.polled) == ["a", "b", "c"]


def test_below_the_reserve_nothing_is_captured_and_it_says_so(archive: Archive) -> None:
    """With less free disk than the reserve, no account is taken and the status line tells why."""
    engine, manager = Polls(archive, SetClock(NOON)), Heard()
    config = replace(CONFIG, archive=ArchiveSettings(reserve_megabytes=1_048_576))
    daemon(engine, manager, config).tick()
    assert engine.polled == []
    assert manager.messages[0] == (
        "STATUS=not capturing: less than 1048576 MB of disk are free; 0 accounts being polled, 0 polls since the start"
    )


def test_an_archive_whose_disk_went_away_is_not_written_to(archive: Archive) -> None:
    """Without the archive's label, nothing is taken and nothing is begun in its place."""
    (archive.directory / "archive.toml").rename(archive.directory / "away")
    engine, manager = Polls(archive, SetClock(NOON)), Heard()
    daemon(engine, manager).tick()
    assert engine.polled == []
    assert "is its disk mounted?" in manager.messages[0]


def test_the_watchdog_is_fed_only_while_polls_make_steps(archive: Archive) -> None:
    """A poll that makes no step for longer than any request may take stops the watchdog's food."""
    hold, begun = threading.Event(), threading.Semaphore(0)

    def wait(_account: str) -> None:
        begun.release()
        hold.wait(30)

    engine, manager = Polls(archive, SetClock(NOON), do=wait), Heard()
    working = daemon(engine, manager)
    working.tick()
    assert manager.messages[-1] == "WATCHDOG=1"
    for _ in range(3):
        assert begun.acquire(timeout=30)
    engine.clock.move(timedelta(seconds=STUCK_SECONDS + 1))
    manager.messages.clear()
    working.tick()
    hold.set()
    settle(working)
    assert [line.partition("=")[0] for line in manager.messages] == ["STATUS"]


def test_a_clock_set_back_a_year_does_not_stop_polling_for_a_year(archive: Archive) -> None:
    """What is due further ahead than its interval and a day is due now."""
    engine = Polls(archive, SetClock(NOON))
    working = daemon(engine)
    working.tick()
    settle(working)
    engine.clock.move(timedelta(days=-365))
    working.tick()
    settle(working)
    assert sorted(engine.polled) == ["a", "a", "b", "b", "c", "c"]


def test_a_clock_set_back_while_nobody_looked_keeps_no_account_waiting(archive: Archive) -> None:
    """At a start, what is due later than in an hour (or its interval) is due in an hour; the rest as it was."""
    with archive.database.transaction() as db:
        for number, hours in ((1, 20), (2, 1), (3, 0.25)):
            schedule.release(db, number, NOON + timedelta(hours=hours))
    engine = Polls(archive, SetClock(NOON))
    working = daemon(engine)
    working.tick()
    db = archive.database.connection()
    due = {one.account_id: one.next_due - NOON for one in schedule.all_due(db)}
    assert due == {"a": timedelta(hours=1), "b": timedelta(hours=1), "c": timedelta(minutes=15)}

    with archive.database.transaction() as writing:
        schedule.release(writing, 1, NOON + timedelta(hours=20))
    working.tick()  # a wait that the clock has nothing to do with
    assert schedule.all_due(db)[-1].next_due == NOON + timedelta(hours=20)


def test_after_three_days_asleep_each_account_is_polled_once(archive: Archive) -> None:
    """However many intervals were missed, there is one catch-up."""
    engine = Polls(archive, SetClock(NOON))
    working = daemon(engine)
    working.tick()
    settle(working)
    engine.clock.move(timedelta(days=3))
    for _ in range(3):
        working.tick()
        settle(working)
    assert sorted(engine.polled) == ["a", "a", "b", "b", "c", "c"]


def test_after_stop_nothing_is_taken(archive: Archive) -> None:
    """A tick after SIGTERM leaves what is due for the next start."""
    engine = Polls(archive, SetClock(NOON))
    working = daemon(engine)
    working.stop()
    working.tick()
    settle(working)
    assert engine.polled == []


def test_messages_reach_a_real_service_manager_and_none_is_no_fault(tmp_path: Path) -> None:
    """One datagram a message; an empty or vanished socket is nothing to fail for."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(10)
        ServiceManager({"NOTIFY_SOCKET": str(tmp_path / "notify")}).tell("READY=1", "STATUS=two")
        assert manager.recv(1000) == b"READY=1\nSTATUS=two"
    ServiceManager({"NOTIFY_SOCKET": str(tmp_path / "gone")}).tell("READY=1")
    ServiceManager({}).tell("READY=1")


def test_the_daemon_is_ready_refuses_a_second_and_stops_when_told(archive: Archive, tmp_path: Path) -> None:
    """`archiver run` says READY=1, a second one ends with 11, and SIGTERM ends the first within seconds with 0."""
    command = [sys.executable, "-m", "archiver.cli", "--archive", str(archive.directory), "run"]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(60)
        environ = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "HOME": str(tmp_path)}
        with subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True) as first:
            told = manager.recv(1000).decode()
            while not told.startswith("READY=1"):
                told = manager.recv(1000).decode()
            second = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=60)
            first.send_signal(signal.SIGTERM)
            first.communicate(timeout=30)
    assert (first.returncode, second.returncode) == (0, 11)
    assert "Another Archiver process is capturing" in second.stderr


def test_where_no_thread_starts_the_account_is_tried_again(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its lease does not stand in its own way, and what happened is on record."""
    engine = Polls(archive, SetClock(NOON))
    working = daemon(engine)

    def refused(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refused)
        working.tick()
    told = {due.trouble for due in schedule.all_due(archive.database.connection())}
    engine.clock.move(timedelta(minutes=6))
    working.tick()
    settle(working)
    assert (told, sorted(engine.polled)) == ({"this host could not start another thread"}, ["a", "b", "c"])
