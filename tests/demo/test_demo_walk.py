"""`make demo` from its first command to its last, as a program of its own."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.storage.warc_samples import require_accepted

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, kw_only=True)
class Walk:
    """What the demo printed, and the folder it was started in."""

    told: str
    folder: Path

    def answer(self, command: str) -> str:
        """What stands between the first command that begins so and what comes next."""
        return self.told.partition(f"$ archiver {command}")[2].partition("\n$ ")[0].partition("\n== ")[0]


def start(folder: Path) -> subprocess.CompletedProcess[str]:
    """The demo, started in this folder."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("ARCHIVER_")}
    return subprocess.run(
        [sys.executable, "-m", "archiver.demo"],
        cwd=folder,
        env=environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """The demo, walked through once."""
    folder = tmp_path_factory.mktemp("walk")
    done = start(folder)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    return Walk(told=done.stdout, folder=folder)


def test_it_takes_less_than_twenty_seconds_and_says_where_everything_lies(walk: Walk) -> None:
    """The places it names at the end are there, and what can be tried next is told."""
    seconds = re.search(r"== Done in (\d+) seconds", walk.told)
    places = re.findall(rf"^   ({re.escape(str(walk.folder))}\S+)", walk.told, re.MULTILINE)
    assert seconds is not None
    assert int(seconds[1]) < 20
    assert [place for place in places if not list(walk.folder.glob(str(Path(place).relative_to(walk.folder))))] == []
    assert len(places) == 3
    assert "== Try next:" in walk.told


def test_what_it_suggests_to_try_next_finds_something(walk: Walk) -> None:
    """Every command of the list answers, but the one that asks for an id to be put in."""
    tries = re.findall(r"^   (archiver (?!item).*)$", walk.told.partition("== Try next:")[2], re.MULTILINE)
    environ = dict(os.environ) | {"ARCHIVER_CONFIG": str(walk.folder / "demo-archive" / "archiver.toml")}
    answers = [
        subprocess.run(
            [sys.executable, "-m", "archiver.cli", *shlex.split(command)[1:]],
            env=environ, cwd=ROOT, capture_output=True, text=True, timeout=60,
        )
        for command in tries
    ]  # fmt: skip
    assert [answer.returncode for answer in answers] == [0, 0, 0]
    assert answers[0].stdout.startswith("4 items\n")


def test_the_edit_is_shown_with_both_versions(walk: Walk) -> None:
    """What was taken out and what was put in are marked."""
    told = walk.answer("item show district-social/")
    assert ("\nVersion 1: first seen" in told, "\nVersion 2: first seen" in told) == (True, True)
    assert "The board meets [-Tuesday-]{+WEDNESDAY+} at 6 pm." in told


def test_the_removed_comment_is_shown_with_what_a_direct_look_found(walk: Walk) -> None:
    """Its words are there; what is said of it is that it was not there, and nothing beyond that."""
    told = walk.told.partition("The comment that went away")[2].partition("\n$ archiver status")[0]
    assert "You people never listen. Waste of time." in told
    assert "not there when looked at directly (the direct look was answered 404)" in told
    assert "deleted" not in walk.told.casefold()


def test_status_coverage_and_what_is_due_are_told(walk: Walk) -> None:
    """Two messages are past their period, with the reason; everything was walked from its beginning."""
    assert walk.answer("status").splitlines()[1].startswith("Cannot say: no daemon is running")
    assert len(re.findall(r"^district-\w+ +\w+ +the beginning ", walk.answer("coverage"), re.MULTILINE)) == 6
    assert walk.answer("retention due").splitlines()[2] == "Due: 2 items; held: 0; unclassified: 1."
    assert walk.answer("retention due").count("A message: received or provided on ") == 2


def test_the_bundle_is_written_and_verified(walk: Walk) -> None:
    """As the archive is."""
    assert "demo-1-1.zip is whole: 11 items" in walk.answer("bundle verify")
    assert walk.answer("verify").rstrip().endswith("No findings.")


def test_other_tools_accept_every_warc_file_of_it(walk: Walk, tmp_path: Path) -> None:
    """Those of the archive, and the one in the bundle."""
    kept = sorted(walk.folder.rglob("*.warc.gz"))
    with zipfile.ZipFile(next(walk.folder.rglob("*.zip"))) as bundle:
        handed_over = bundle.extract("request-demo-1/data/records/records.warc.gz", tmp_path)
    assert len(kept) == 2
    for path in (*kept, Path(handed_over)):
        require_accepted(path)


def test_a_folder_that_the_demo_did_not_make_is_left_alone(tmp_path: Path) -> None:
    """It says so and ends; what lies there stays."""
    (tmp_path / "demo-archive").mkdir()
    (tmp_path / "demo-archive" / "mine.txt").write_text("kept")
    done = start(tmp_path)
    assert (done.returncode, "was not made by the demo" in done.stderr) == (1, True)
    assert (tmp_path / "demo-archive" / "mine.txt").read_text() == "kept"
