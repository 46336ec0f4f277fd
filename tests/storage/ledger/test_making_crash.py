"""A crash while a checkpoint is made leaves a ledger that the next one completes, and never two of one size."""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from pathlib import Path

import pytest

from archiver.storage.archive import Archive
from archiver.storage.ledger import checkpoints, custody, keys, leaves, making, tiles
from tests.polling.killing import Killed, ending_at
from tests.storage.ledger.ledgers import START, files_of, grow, place_of
from tests.storage.ledger.trees import tree_hash


def prepared(folder: Path, *steps: int) -> Path:
    """A closed archive, with a checkpoint after each step but the last."""
    with closing(Archive.create(folder, agency="", moment=START)) as archive:
        for count in steps[:-1]:
            grow(archive, count)
            making.make(archive, place_of(archive), at=START)
        grow(archive, steps[-1])
    return folder


def steps_of(directory: Path, end_at: int | None) -> list[str]:
    """Make a checkpoint that ends at this step; the steps that were taken."""
    with closing(Archive.open(directory)) as archive, ending_at(end_at) as steps:
        try:
            making.make(archive, place_of(archive), at=START)
        except Killed:
            pass
        return steps.taken


def finished(directory: Path, more: int = 0) -> dict[str, bytes]:
    """Make the checkpoint again; everything that was ever signed is a beginning of the ledger. Its files."""
    with closing(Archive.open(directory)) as archive:
        place = place_of(archive)
        making.newest(place)
        if more:
            grow(archive, more)
        making.make(archive, place, at=START)
        db = archive.database.connection()
        data = list(leaves.datas(db, 0, leaves.size(db)))
        for size in checkpoints.sizes(place.ledger):
            note = checkpoints.read(place.ledger, size)
            assert note is not None
            said, _ = checkpoints.opened(note, keys.known_keys(place.ledger), origin=place.name)
            assert said.root == tree_hash(data[:size])
        assert size == len(data)
        assert (place.ledger / "checkpoint").read_bytes() == note
        assert len(custody.key_acts(db)) == 1
        return files_of(place.ledger)


@pytest.mark.parametrize(("steps", "every"), [((3,), 2), ((300, 300), 5)])
def test_whenever_it_ends_a_later_checkpoint_completes_it(tmp_path: Path, steps: tuple[int, ...], every: int) -> None:
    """Killed at a change of a file, and grown since: nothing of the unfinished one is left but what it signed."""
    before = prepared(tmp_path / "before", *steps)
    count = len(steps_of(Path(shutil.copytree(before, tmp_path / "counted")), None))
    assert count > 20
    for number in range(1, count + 1, every):
        crashed = Path(shutil.copytree(before, tmp_path / f"{number}"))
        steps_of(crashed, number)
        left = finished(crashed, more=1)
        size = max(int(name.partition("/")[2]) for name in left if name.startswith("checkpoints/"))
        assert {name for name in left if ".p" in name} == _partial(size)


def _partial(size: int) -> set[str]:
    widths = {level: tiles.width_of(level, size >> 8 * (level + 1), size) for level in range(3)}
    named: list[tuple[int | str, int]] = [(level, level) for level in range(3)]
    return {
        tiles.tile_path(kind, size >> 8 * (level + 1), widths[level])
        for kind, level in (*named, (tiles.ENTRIES, 0))
        if widths[level]
    }


def test_a_ledger_after_a_crash_is_that_of_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With nothing added since: byte for byte, wherever it was killed."""
    monkeypatch.setattr(os, "urandom", bytes)  # the salt of the act that enters the checkpoint before
    before = prepared(tmp_path / "before", 250, 20)
    expected = finished(Path(shutil.copytree(before, tmp_path / "whole")))
    taken = steps_of(Path(shutil.copytree(before, tmp_path / "counted")), None)
    for number in range(1, len(taken) + 1):
        crashed = Path(shutil.copytree(before, tmp_path / f"{number}"))
        steps_of(crashed, number)
        assert finished(crashed) == expected, taken[number - 1]
