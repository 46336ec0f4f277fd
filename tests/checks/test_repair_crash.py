"""A crash while a file is copied or restored leaves nothing that doing it again does not finish."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from archiver.checks.segment_check import FIRST, SECOND
from tests.checks.two_copies import Flip, TwoCopies, two_copies
from tests.polling.killing import Killed, ending_at


@pytest.fixture
def both(copied: Path, tmp_path: Path) -> TwoCopies:
    """An archive in two copies."""
    return two_copies(copied, tmp_path / "second")


def again(both: TwoCopies, template: Path) -> TwoCopies:
    """Both copies as they were when the template was made, in their places."""
    for path in (both.directory, both.second):
        shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(template / path.name, path)
    return both


def work(both: TwoCopies, how: str) -> None:
    """Copy what waits, or repair."""
    if how == "copy":
        both.kept()
    else:
        both.repaired()


def prepared(both: TwoCopies, how: str) -> None:
    """One file with its index waits, or is damaged: in one copy, and in both in different records."""
    blog = sorted(name for copy, name in both.held() if copy == FIRST and name.startswith("blog/"))
    if how == "copy":
        with both.opened() as archive, archive.database.transaction() as db:
            db.execute("DELETE FROM copies WHERE name IN (?, ?)", tuple(blog[:2]))
        for name in blog[:2]:
            both.path(SECOND, name).unlink()
        return
    sizes = {name: both.path(FIRST, name).stat().st_size for name in blog}
    both.flip(
        [
            Flip(copy=FIRST, name=blog[0], byte=30, bit=1),
            Flip(copy=SECOND, name=blog[0], byte=sizes[blog[0]] - 9, bit=1),
        ]
    )
    both.flip([Flip(copy=SECOND, name=blog[1], byte=7, bit=2)])


@pytest.mark.parametrize("how", ["copy", "repair"])
def test_broken_off_at_any_step_it_ends_the_same(both: TwoCopies, tmp_path: Path, how: str) -> None:
    """At every step that changes a disk: afterwards it is done again, and both copies are what they were."""
    before = both.held()
    prepared(both, how)
    sound = {key: data for key, data in both.held().items() if data == before[key]}
    for path in (both.directory, both.second):
        shutil.copytree(path, tmp_path / "template" / path.name)
    with ending_at(None) as steps:
        work(both, how)
    assert len(steps.taken) >= 8

    for number in range(1, len(steps.taken) + 1):
        broken = again(both, tmp_path / "template")
        with pytest.raises(Killed), ending_at(number):
            work(broken, how)
        left = broken.held()
        assert all(left.get(key) == data for key, data in sound.items())
        work(broken, how)
        assert (broken.held() == before, broken.found()) == (True, ()), number
