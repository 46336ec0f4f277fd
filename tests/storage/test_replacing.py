"""What is told of an old catalogue that a rebuild cannot read: of the disk, or of the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from archiver.errors import DiskError
from archiver.storage import replacing
from archiver.storage.soundness import is_sound


def test_a_file_that_is_no_catalogue_is_not_sound(tmp_path: Path) -> None:
    """What was read of it tells."""
    damaged = tmp_path / "catalogue.sqlite"
    damaged.write_bytes(bytes(8192))

    assert not is_sound(damaged)


def test_a_catalogue_that_the_disk_does_not_give_is_not_called_damaged(tmp_path: Path) -> None:
    """Nobody knows what is in it: the error names the disk, and nobody is told to rebuild without it."""
    unreadable = tmp_path / "folder"
    unreadable.mkdir()
    with pytest.raises(DiskError, match="cannot be used: unable to open database file") as told:
        is_sound(unreadable)
    with pytest.raises(DiskError, match="cannot be used: unable to open database") as told_too:
        replacing.copy_accounts(replacing.begin_aside(tmp_path), unreadable)

    assert not any("from-warc-alone" in error.value.do for error in (told, told_too))
