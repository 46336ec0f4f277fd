"""A11, A12, A17, B11, B12, B13, B15, B17, B20: what happens to the disk under an archive."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pysqlite3 import dbapi2 as sqlite

from archiver.storage.segments import segment_name
from tests.cli.calling import Caller
from tests.exact_server import path_of
from tests.faults.program import Program, wait_for
from tests.faults.site import Sites
from tests.storage.warc_samples import NOON


def read_only(folder: Path) -> Sequence[str]:
    """What stands before a command so that it sees the folder on a read-only file system."""
    mount = f'mount --bind {folder} {folder} && mount -o remount,bind,ro {folder} && exec "$@"'
    return ("unshare", "--mount", "sh", "-c", mount, "sh")


def test_a_read_only_file_system_can_be_looked_into_and_takes_nothing(program: Program, feeds: Sites) -> None:
    """A11. Searching and verifying go on; capturing and acts are refused as a matter of the disk."""
    program.must("poll", "--all")
    wrap = read_only(program.archive)
    assert program.run("search", "Notice", wrap=wrap).code == 0
    assert json.loads(program.run("verify", "--json", wrap=wrap).out)["findings"] == []
    for words in (("poll", "--all"), ("requests", "open", "--text", "x"), ("rebuild",)):
        ended = program.run(*words, wrap=wrap)
        assert (ended.code, "Traceback" in ended.err, len(ended.lines)) == (4, False, 3), ended
    program.require_sound(feeds.truth())


def test_a_directory_that_vanishes_is_not_begun_anew_in_its_place(program: Program, feeds: Sites) -> None:
    """A12. The disk is unmounted in the middle of a page: the empty mount point stays empty, and all is well after."""
    feeds.holds = True
    away = program.folder / "away"
    with program.started("run") as process:
        assert feeds.stands.wait(60)
        program.archive.rename(away)
        program.archive.mkdir()
        feeds.goes_on.set()  # what comes now has nowhere to be written
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=15)
    assert list(program.archive.iterdir()) == []
    refused = program.run("poll", "--all")
    assert (refused.code, refused.lines[0]) == (4, f"There is no archive in {program.archive}.")
    assert list(program.archive.iterdir()) == []

    program.archive.rmdir()
    away.rename(program.archive)
    assert json.loads(program.must("verify", "--json").out)["findings"] == []


def test_below_the_reserve_nothing_is_captured_and_the_rest_goes_on(program: Program, feeds: Sites) -> None:
    """A17. Capturing stops before the disk is full; searching, requests and bundles still run."""
    program.must("poll", "--all")
    program.configure(reserve=1_000_000)
    ended = program.run("poll", "--all")
    assert (ended.code, "nearly full" in ended.lines[0]) == (4, True)
    program.must("requests", "open", "--id", "R1", "--text", "everything")
    program.must("requests", "bundle", "R1")
    assert program.run("status").code != 0


def test_a_lost_catalogue_is_offered_to_be_made_from_the_files(program: Program, feeds: Sites) -> None:
    """B11. It is never begun empty; what the files tell is there again."""
    program.must("poll", "--all")
    for path in program.archive.glob("catalogue.sqlite*"):
        path.unlink()
    ended = program.run("poll", "--all")
    assert (ended.code, "rebuild" in ended.lines[2]) == (4, True)
    assert not (program.archive / "catalogue.sqlite").exists()
    assert program.run("rebuild", "--from-warc-alone").code == 12  # the account waits for somebody to look
    assert program.kept() == sorted(feeds.truth())


def left_by_a_kill(program: Program) -> None:
    """The daemon polled and was killed: its log stands beside the catalogue."""
    with program.started("run") as process:
        wait_for(lambda: len(program.kept()) == 6 and not program.rows("SELECT fetch FROM frontier"))
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=15)
    assert (program.archive / "catalogue.sqlite-wal").stat().st_size > 0


@pytest.mark.parametrize("lost", [("-wal",), ("-shm",), ("-wal", "-shm")])
def test_a_log_that_was_removed_is_made_good_from_the_files(
    program: Program, feeds: Sites, lost: tuple[str, ...]
) -> None:
    """B12. What only stood in the log is in the WARC files: nothing is lost, nothing doubled."""
    left_by_a_kill(program)
    for suffix in lost:
        (program.archive / f"catalogue.sqlite{suffix}").unlink()
    program.run("poll", "--all")
    program.run("poll", "--all")
    program.require_sound(feeds.truth())


def test_a_catalogue_copied_without_its_log_is_made_good_from_the_files(program: Program, feeds: Sites) -> None:
    """B12, B13. As somebody does who copies one file of a running archive, and puts it back later."""
    program.must("poll", "--all")
    shutil.copy(program.archive / "catalogue.sqlite", program.folder / "copy")
    feeds.add("new")
    program.must("poll", "--all")
    for path in program.archive.glob("catalogue.sqlite*"):
        path.unlink()
    shutil.copy(program.folder / "copy", program.archive / "catalogue.sqlite")
    program.must("poll", "--all")
    program.require_sound(feeds.truth())


def test_another_process_that_holds_the_catalogue_is_waited_for(program: Program, feeds: Sites) -> None:
    """B15. What was captured stays on disk meanwhile, and becomes rows when the other lets go."""
    feeds.holds = True
    with program.started("poll", "--all") as process:
        assert feeds.stands.wait(60)
        with closing(sqlite3.connect(program.archive / "catalogue.sqlite", isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            size = sum(path.stat().st_size for path in program.archive.glob("spool/*.gz"))
            feeds.goes_on.set()
            wait_for(lambda: sum(path.stat().st_size for path in program.archive.glob("spool/*.gz")) > size)
            assert len(program.kept()) == 3
            other.execute("ROLLBACK")
        assert process.wait(timeout=60) == 0
    program.require_sound(feeds.truth())


def test_a_catalogue_that_stays_locked_is_named_and_nothing_is_asked_twice(
    tmp_path: Path, feeds: Sites, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B15. After the limit it is told; what was captured meanwhile is in the file, and becomes rows the next time."""
    monkeypatch.setattr("archiver.storage.database.BUSY_MILLISECONDS", 500)
    call = Caller(folder=tmp_path)
    assert call("init").code == 0
    assert call("accounts", "add", "feed", "--id", "blog", "--url", feeds.url()).code == 0
    feeds.holds = True
    done = threading.Event()

    def hold() -> None:
        # With the library that the archive uses: two in one process would not see each other's locks.
        with closing(sqlite.connect(tmp_path / "archive/catalogue.sqlite", isolation_level=None)) as other:
            assert feeds.stands.wait(60)
            other.execute("BEGIN EXCLUSIVE")
            feeds.goes_on.set()
            done.wait(60)

    holding = threading.Thread(target=hold)
    holding.start()
    said = call("poll", "--all")
    done.set()
    holding.join()
    assert (said.code, "Traceback" in said.err) == (11, False), said
    assert "has been locked by another process" in said.err, said
    assert call("poll", "--all").code == 0
    assert [path_of(request) for request in feeds.server.requests] == ["/blog", "/blog/older"]
    assert call("verify").code == 0


@given(
    first=st.from_regex(r"[a-z0-9-]{1,8}", fullmatch=True),
    second=st.from_regex(r"[a-z0-9-]{1,8}", fullmatch=True),
    serials=st.tuples(st.integers(1, 9999), st.integers(1, 9999)),
)
def test_names_of_files_differ_where_case_and_marks_do_not_count(
    first: str, second: str, serials: tuple[int, int]
) -> None:
    """B17. Names are small letters, digits and a few signs, so that no two of them fall together anywhere."""
    names = [segment_name(account, NOON, serial) for account, serial in zip((first, second), serials, strict=True)]
    assert all(name.isascii() for name in names)
    assert (names[0] == names[1]) == (names[0].casefold() == names[1].casefold())


@pytest.mark.parametrize("name", ["Blog", "blög", "BLOG", "blog\u0301", "blog."])
def test_an_account_is_not_registered_under_a_name_that_may_fall_together_with_another(
    program: Program, feeds: Sites, name: str
) -> None:
    """B17. Its directory bears that name."""
    ended = program.run("accounts", "add", "feed", "--id", name, "--url", feeds.url())
    assert (ended.code, "Traceback" in ended.err) == (2, False)


@pytest.mark.parametrize("words", [("poll", "--all"), ("run",)])
def test_where_nothing_can_be_logged_capturing_goes_on(program: Program, feeds: Sites, words: tuple[str, ...]) -> None:
    """B20. Standard error leads to a full disk."""
    with Path("/dev/full").open("wb") as full, program.started(*words, stderr=full) as process:
        wait_for(lambda: len(program.kept()) == 6)
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=15)
    program.require_sound(feeds.truth())


def rolled_back(program: Program, feeds: Sites) -> Path:
    """A week goes by after a copy; then the copy stands in its place. A checkpoint of that week was kept outside."""
    program.must("poll", "--all")
    program.must("ledger", "checkpoint")
    shutil.copytree(program.archive, program.folder / "last-week")
    feeds.add("new")
    program.must("poll", "--all")
    program.must("ledger", "checkpoint")
    outside = program.folder / "outside"
    shutil.copy(program.archive / "ledger/checkpoint", outside)
    return outside


def test_an_archive_put_back_to_last_week_does_not_continue_an_outside_checkpoint(
    program: Program, feeds: Sites
) -> None:
    """B13. Everything in it fits together; the checkpoint held elsewhere tells that it is older than it was."""
    outside = rolled_back(program, feeds)
    shutil.rmtree(program.archive)
    (program.folder / "last-week").rename(program.archive)
    assert program.run("ledger", "verify").code == 0
    ended = program.run("ledger", "consistency", str(outside))
    assert (ended.code, "Traceback" in ended.err) == (10, False), ended


def test_a_catalogue_put_back_to_last_week_is_noticed_beside_its_ledger(program: Program, feeds: Sites) -> None:
    """B12, B13. It has fewer entries than were signed; nothing more is signed over it."""
    rolled_back(program, feeds)
    for path in program.archive.glob("catalogue.sqlite*"):
        path.unlink()
    shutil.copy(program.folder / "last-week/catalogue.sqlite", program.archive / "catalogue.sqlite")
    assert program.run("ledger", "verify").code == 10
    assert program.run("ledger", "checkpoint").code == 10
