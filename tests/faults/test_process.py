"""A2, A3, A9, A10, A14, A15, A16: what happens to the process and its host."""

from __future__ import annotations

import os
import resource
import signal
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.cli.calling import Caller
from tests.faults.program import Program, environment, wait_for
from tests.faults.site import Sites


@pytest.mark.parametrize("command", ["run", "poll"])
@pytest.mark.parametrize("twice", [(signal.SIGTERM,) * 2, (signal.SIGINT,) * 2])
def test_a_signal_in_the_middle_of_a_page_ends_it_within_ten_seconds(
    program: Program, feeds: Sites, command: str, twice: tuple[signal.Signals, ...]
) -> None:
    """A2. What stands in the catalogue is what is stored: the page that was cut is asked again."""
    feeds.holds = True
    with program.started(command) as process:
        assert feeds.stands.wait(60)
        for number in twice:
            process.send_signal(number)
        process.wait(timeout=15)  # ten, and the time that a busy machine takes
    assert program.kept() == [f"blog-{number}" for number in range(3)]
    assert len(program.rows("SELECT fetch FROM frontier")) == 1

    feeds.holds = False
    program.must("poll", "--all")
    program.require_sound(feeds.truth())


def test_a_process_that_was_stopped_keeps_its_hold_and_goes_on(program: Program, feeds: Sites) -> None:
    """A3. Nobody else writes while it stands still, however long; then it finishes what it began."""
    feeds.holds = True
    with program.started("run") as process:
        assert feeds.stands.wait(60)
        process.send_signal(signal.SIGSTOP)
        second = program.run("poll", "--all")
        assert (second.code, second.lines[0]) == (11, "Another Archiver process is capturing into this archive.")
        process.send_signal(signal.SIGCONT)
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=15)
    feeds.holds = False
    program.must("poll", "--all")
    program.require_sound(feeds.truth())


def _files(most: int) -> Any:
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def test_with_64_files_many_accounts_are_polled(tmp_path: Path, feeds: Sites) -> None:
    """A9. More threads than there are files for: what cannot be done now is said and done later, nothing is lost."""
    names = [f"blog{number}" for number in range(14)]  # as many as one server is asked for in a minute
    program = Program(folder=tmp_path)
    program.begin(*(feeds.url(name) for name in names))
    ended = program.run("poll", "--all", preexec_fn=_files(64))
    assert "Traceback" not in ended.err
    assert ended.code in (0, 4, 8, 12)
    assert set(program.kept()) <= feeds.truth(*names)
    assert ended.code != 4 or "too many files are open" in ended.err, ended.err
    program.run("poll", "--all")
    program.require_sound(feeds.truth(*names))


@pytest.mark.parametrize("most", (9, 16))
def test_with_too_few_files_the_cause_is_told(program: Program, feeds: Sites, most: int) -> None:
    """A9. Wherever the limit is met: one cause in three lines, and the next poll completes."""
    ended = program.run("poll", "--all", preexec_fn=_files(most))
    if ended.code:
        assert ("Traceback" in ended.err, "fault in Archiver" in ended.err) == (False, False), ended.err
        assert "open" in ended.err or "files" in ended.err, ended.err
    program.run("poll", "--all")
    program.require_sound(feeds.truth())


class NoMoreThreads(threading.Thread):
    """A thread that the host has no room for."""

    def start(self) -> None:
        """Fail as Python does then."""
        raise RuntimeError("can't start new thread")


def test_where_no_thread_can_be_started_a_command_says_so(
    tmp_path: Path, feeds: Sites, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A10. Three lines and no trace; the next poll completes."""
    call = Caller(folder=tmp_path)
    assert call("init").code == 0
    assert call("accounts", "add", "feed", "--id", "blog", "--url", feeds.url()).code == 0
    with monkeypatch.context() as patch:
        patch.setattr(threading, "Thread", NoMoreThreads)
        said = call("poll", "--all")
    assert (said.code, said.err.splitlines()[-3]) == (4, "This host cannot start another thread.")
    assert call("poll", "--all").code == 0


def test_started_as_root_it_says_so(program: Program) -> None:
    """A14. It works, and tells that a user of its own is wanted."""
    with program.started("run") as process:
        wait_for(lambda: len(program.kept()) == 6)
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=15)
    assert ("running as root" in told.decode()) == (os.geteuid() == 0)


@pytest.mark.parametrize(
    "changes",
    [
        {"LC_ALL": "C", "LANG": None, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"TZ": None},
        {"TZ": "Nonsense/Zone"},
        {"TZ": "Pacific/Kiritimati"},
    ],
    ids=str,
)
def test_locale_and_zone_of_the_host_change_nothing_that_is_kept(
    program: Program, feeds: Sites, changes: dict[str, str | None]
) -> None:
    """A15. Times are in UTC inside, texts are UTF-8."""
    assert program.run("poll", "--all", env=environment(**changes)).code == 0
    program.require_sound(feeds.truth())
    assert program.rows("SELECT created FROM items ORDER BY created")[0] == "2026-01-05T15:00:00.000000Z"


def test_optimised_python_checks_as_much(tmp_path: Path, feeds: Sites) -> None:
    """A16. Nothing hangs on an assertion: a damaged file is found, a bad word refused."""
    program = Program(folder=tmp_path, python=("-OO",))
    program.begin(feeds.url())
    program.must("poll", "--all")
    program.require_sound(feeds.truth())
    assert program.run("requests", "open", "--text", "x", "--received", "2099-01-01").code == 2
    segment = next(program.archive.rglob("*.warc.gz"))
    data = bytearray(segment.read_bytes())
    data[-100] ^= 1
    segment.write_bytes(data)
    assert program.run("verify").code == 10
