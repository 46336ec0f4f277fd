"""Ended at any step, started again: nothing is lost, nothing doubled, and next to nothing is asked again."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest

from archiver.storage.members import walk
from archiver.storage.units import FoundNote, units
from tests.polling.desk import HOUR, Desk, desk_in
from tests.polling.killing import ending_at, killed_when
from tests.polling.living import left_by, live
from tests.polling.replies import said
from tests.storage.warc_samples import no_waiting_for_the_disk

EVERY = bool(os.environ.get("CI"))  # elsewhere a seeded part
ROOT = Path(__file__).parents[2]


class Lived:
    """What an undisturbed life leaves, and how many steps and requests it takes."""

    def __init__(self, directory: Path) -> None:
        with desk_in(directory) as desk, ending_at(None) as steps:
            live(desk)
            self.left = left_by(desk)
            self.asked = len(desk.platform.asked)
            self.steps = len(steps.taken)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    """A life that nothing disturbs."""
    with no_waiting_for_the_disk():
        yield Lived(tmp_path_factory.mktemp("lived"))


def _commit_of(desk: Desk, line: str, *, following: int = 0) -> Callable[[str], bool]:
    """Whether the step is the transaction of the reply to this request, or the so-many-th following one."""
    left = [following]

    def condition(name: str) -> bool:
        if name != "before begin" or not desk.platform.asked or desk.platform.asked[-1].line != line:
            return False
        left[0] -= 1
        return left[0] < 0

    return condition


def _some(points: int, share: int) -> list[int]:
    every = list(range(1, points + 1))
    return every if EVERY else sorted(random.Random(2026).sample(every, points // share))


def test_a_process_that_ends_at_any_step_leaves_what_one_that_never_ended_leaves(tmp_path: Path, lived: Lived) -> None:
    """Before, half through and after every write, sync, transaction, rename, link and removal."""
    assert lived.steps > 200
    for point in _some(lived.steps, share=6):
        with no_waiting_for_the_disk(), desk_in(tmp_path / str(point)) as desk, ending_at(point) as steps:
            live(desk)
            where = f"ended at {point}, {steps.taken[point - 1]}"
            assert left_by(desk) == lived.left, where
            assert len(desk.platform.asked) <= lived.asked + 1, where
        shutil.rmtree(tmp_path / str(point))


def test_a_process_that_is_killed_leaves_what_one_that_never_ended_leaves(tmp_path: Path, lived: Lived) -> None:
    """The same with the end of a real process at a few steps; another process goes on."""
    for point in random.Random(7).sample(range(20, lived.steps - 60), 6 if EVERY else 2):
        directory = tmp_path / str(point) / "archive"
        ended = subprocess.run(
            [sys.executable, "-m", "tests.polling.living", str(directory), str(point)], cwd=ROOT, check=False
        )
        assert ended.returncode == 9, point
        finished = subprocess.run([sys.executable, "-m", "tests.polling.living", str(directory)], cwd=ROOT, check=False)
        assert finished.returncode == 0, point
        with desk_in(tmp_path / str(point)) as desk:
            assert left_by(desk) == lived.left, point
            assert desk.rows("PRAGMA integrity_check") == [("ok",)]


def test_a_reply_that_was_synced_before_the_crash_is_not_asked_for_again(desk: Desk) -> None:
    """Ended between the sync and the transaction: its rows come from the file, and so does what it leads to."""
    for number in range(6):
        desk.platform.post(f"post {number}", comments=1)
    with killed_when(_commit_of(desk, "/posts")):
        desk.poll()
    assert desk.platform.lines() == ["/profile", "/posts"]
    desk.restart()

    desk.finish()

    assert "/posts" not in desk.platform.lines()
    assert desk.texts() == desk.platform.truth()


def _cuts(whole: bytes, committed: int) -> list[int]:
    """Lengths that a file may have after a crash: every fifth, and each near the end of a record."""
    lengths = range(committed, len(whole) + 1)
    ends = [record.offset for record in walk(BytesIO(whole)) if record.offset >= committed] + [len(whole)]
    near = {end + by for end in ends for by in (-2, -1, 0, 1, 2)} & set(lengths)
    return sorted(near | set(lengths[::5] if EVERY else random.Random(1).sample(lengths, 25)))


def test_cut_within_its_last_exchange_the_file_recovers(tmp_path: Path) -> None:
    """However much of it reached the disk: the walk goes on, everything is there, no byte without its row."""
    with desk_in(tmp_path / "first") as desk:
        for number in range(6):
            desk.platform.post(f"post {number}")
        lines = desk.platform.lines
        with killed_when(_commit_of(desk, "/posts")):
            desk.poll()
        desk.close()
        (file,) = desk.warc_files()
        whole, committed = file.read_bytes(), desk.rows("SELECT size FROM segments")[0][0]
        truth = desk.platform.truth()
        assert lines()[-1] == "/posts"
        kept = tmp_path / "kept"
        shutil.copytree(desk.archive.directory, kept)
        for cut in _cuts(whole, committed):
            shutil.rmtree(desk.archive.directory)
            shutil.copytree(kept, desk.archive.directory)
            file.write_bytes(whole[:cut])
            with no_waiting_for_the_disk():
                desk.restart()
                desk.finish()
            assert desk.texts() == truth, cut
            assert ("/posts" in lines()) == (cut < len(whole)), cut
            desk.require_sound()
            tails = [path.read_bytes() for path in desk.archive.quarantine.iterdir()]
            assert tails == ([whole[committed:cut]] if committed < cut < len(whole) else []), cut


@pytest.mark.parametrize("noted", [True, False])
def test_what_a_reply_leads_to_is_the_same_after_a_crash(desk: Desk, noted: bool) -> None:  # noqa: FBT001
    """A refused stream, ended before the commit, started hours later: one gap of its own time, noted in the file."""
    desk.platform.fail("/messages", said({}, 403))
    with killed_when(_commit_of(desk, "/messages")):
        desk.poll()
    opened = desk.clock.now()
    desk.close()
    if not noted:  # the gap's own record did not reach the disk
        (file,) = desk.warc_files()
        last = list(walk(BytesIO(file.read_bytes())))[-1]
        file.write_bytes(file.read_bytes()[: last.offset + 5])
    desk.clock.move(HOUR)
    desk.restart()

    assert desk.gaps() == [("messages", None, "not allowed", False)]
    assert desk.all_gaps()[0].opened == opened
    desk.finish_run()
    assert desk.gaps() == [("messages", None, "not allowed", False)]
    assert desk.rows("SELECT count(*) FROM captures WHERE stream = 'messages'") == [(1,)]
    desk.close()
    (file,) = desk.warc_files()
    with file.open("rb") as opened_file:
        told = [unit.said for unit in units(opened_file) if isinstance(unit, FoundNote)]
    assert [said_["gap"]["cause"] for said_ in told if said_["record"] == "gap"] == ["not allowed"]


def test_a_walk_back_is_due_also_where_the_end_of_the_last_one_was_recovered(desk: Desk) -> None:
    """Ended after the run's record was synced, before its transaction: the schedule knows of it all the same."""
    desk.platform.post("one")
    with killed_when(_commit_of(desk, "/messages", following=1)):
        desk.poll()
    desk.restart()

    assert desk.rows("SELECT outcome FROM runs") == [("done",)]
    assert desk.rows("SELECT last_success IS NOT NULL, last_deep IS NOT NULL FROM schedule") == [(1, 1)]
    assert desk.later(HOUR).finished
    assert [row[0] for row in desk.rows("SELECT depth FROM runs ORDER BY begun")] == ["first", "poll"]


def test_a_file_that_lost_committed_bytes_is_set_aside_and_the_account_goes_on(desk: Desk) -> None:
    """Damage is for `archiver verify` to name; polling begins a new file."""
    desk.platform.post("one")
    desk.poll()
    desk.close()
    (file,) = desk.warc_files()
    data = file.read_bytes()
    file.write_bytes(data[:-10])

    desk.restart()
    desk.platform.post("two")
    desk.later()

    assert desk.rows("SELECT state FROM segments ORDER BY number") == [("damaged",), ("open",)]
    assert desk.texts() == desk.platform.truth()
    file.write_bytes(data)  # restored from a backup


def test_a_file_that_is_not_there_at_all_is_set_aside_and_the_account_goes_on(desk: Desk) -> None:
    """Neither in the spool nor in the store."""
    desk.platform.post("one")
    desk.poll()
    desk.close()
    (file,) = desk.warc_files()
    data = file.read_bytes()
    file.unlink()

    desk.restart()
    desk.platform.post("two")
    desk.later()

    assert desk.rows("SELECT state FROM segments ORDER BY number") == [("damaged",), ("open",)]
    assert desk.texts() == desk.platform.truth()
    file.write_bytes(data)


def test_a_file_without_its_row_is_adopted(desk: Desk) -> None:
    """Begun just before the end of a process: not left lying, and used on."""
    with killed_when(lambda name: name == "before begin" and bool(desk.warc_files())):
        desk.poll()
    assert desk.count("segments") == 0

    desk.restart()
    desk.finish()

    assert len(desk.warc_files()) == desk.count("segments") == 1


def test_a_file_that_never_got_its_name_is_not_left_lying(desk: Desk) -> None:
    """Ended between writing the first record of a file aside and naming it: the next file has another name."""
    with killed_when(lambda name: name == "before rename"):
        desk.poll()
    (left,) = desk.archive.spool.iterdir()
    assert left.name.endswith(".part")
    desk.clock.move(HOUR)

    desk.restart()

    assert list(desk.archive.spool.iterdir()) == []


def test_a_hundred_interruptions_of_a_first_walk_leave_no_hole_and_no_double(tmp_path: Path) -> None:
    """Stopped after each request and started again, as in a crash loop."""
    with no_waiting_for_the_disk(), desk_in(tmp_path) as desk:
        for number in range(60):
            desk.platform.post(f"post {number}", comments=number % 2)
        restarts = 0
        while not desk.rows("SELECT 1 FROM runs WHERE outcome = 'done'"):
            asked = iter([False])
            desk.engine.poll("office", stop=lambda asked=asked: next(asked, True))  # type: ignore[misc]
            if restarts % 5 == 0:
                desk.restart()
            restarts += 1

        assert restarts > 45
        assert desk.texts() == desk.platform.truth()
        assert desk.count("versions") == desk.count("items")
        assert len(desk.platform.lines()) == restarts - 1
        assert desk.gaps() == []
