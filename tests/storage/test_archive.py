"""Opening an archive: only what is one is opened, and nothing is ever begun in its place."""

from __future__ import annotations

import fcntl
import os
import threading
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from archiver.errors import DiskError, Locked
from archiver.storage.archive import LOCK, Archive
from archiver.storage.database import SCHEMA_VERSION

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Of a new archive, closed."""
    Archive.create(tmp_path / "archive", agency="District", moment=NOON).close()
    return tmp_path / "archive"


def refusal(directory: Path) -> str:
    """What opening it is answered with."""
    with pytest.raises(DiskError) as error:
        Archive.open(directory)
    return error.value.what.replace(str(directory), "DIR")


def test_it_is_opened_as_it_was_begun(directory: Path) -> None:
    """With its id and agency; only its owner may look into it."""
    archive = Archive.open(directory)
    archive.close()
    assert (archive.agency, len(archive.id)) == ("District", 36)
    assert directory.stat().st_mode & 0o777 == 0o700
    assert (directory / "catalogue.sqlite").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("label", "why"),
    [
        (b"garbage = [", "Invalid value (at end of document)"),
        (b"\xff\xfe", "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"),
        (b"format = 1", "'id'"),
        (b'format = 2\nid = "x"\nagency = "y"', "its format is not 1, or its values are no text"),
        (b'format = 1\nid = "x"\nagency = 3', "its format is not 1, or its values are no text"),
        (b"", "'id'"),
    ],
    ids=["no TOML", "no text", "no id", "newer", "a number", "empty"],
)
def test_a_damaged_label_is_told(directory: Path, label: bytes, why: str) -> None:
    """And one of a later format is left alone."""
    (directory / "archive.toml").write_bytes(label)
    assert refusal(directory) == f"The label of the archive, DIR/archive.toml, cannot be read: {why}."


def test_an_empty_mount_point_is_no_archive(tmp_path: Path) -> None:
    """And stays empty."""
    assert refusal(tmp_path) == "There is no archive in DIR."
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("catalogue", "why"),
    [
        (b"", "is damaged: it holds no catalogue."),
        (b"no database, but long enough to be read as one" * 20, "is damaged: file is not a database."),
        (None, "is not there."),
    ],
    ids=["empty", "something else", "lost"],
)
def test_a_catalogue_is_never_begun_in_the_place_of_a_lost_one(
    directory: Path, catalogue: bytes | None, why: str
) -> None:
    """An archive whose catalogue was cut down to nothing would else look like one that never held anything."""
    for part in directory.glob("catalogue.sqlite*"):
        part.unlink()
    if catalogue is not None:
        (directory / "catalogue.sqlite").write_bytes(catalogue)
    assert refusal(directory) == f"The catalogue DIR/catalogue.sqlite {why}"


def test_a_catalogue_of_a_newer_version_is_left_alone(directory: Path) -> None:
    """Its schema is not known here."""
    archive = Archive.open(directory)
    archive.database.connection().execute("PRAGMA user_version = 99")
    archive.close()
    told = f"The catalogue was written by a newer Archiver (schema 99, this one knows {SCHEMA_VERSION})."
    assert refusal(directory) == told


def test_on_a_read_only_disk_it_can_be_read(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file is made beside the catalogue; what would change it is refused as a matter of the disk."""
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_flag=os.ST_RDONLY))
    before = sorted(directory.rglob("*"))
    archive = Archive.open(directory)
    count = archive.database.connection().execute("SELECT count(*) FROM items").fetchone()[0]
    with pytest.raises(DiskError, match="attempt to write a readonly database"), archive.database.transaction() as db:
        db.execute("DELETE FROM items")
    during = sorted(directory.rglob("*"))
    archive.close()
    assert (count, during) == (0, before)


def test_who_only_asks_whether_it_is_captured_keeps_nobody_from_capturing(directory: Path) -> None:
    """A daemon may be started in the moment in which doctor or status looks."""
    archive = Archive.open(directory)
    looking = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT)
    fcntl.flock(looking, fcntl.LOCK_SH)
    timer = threading.Timer(0.05, os.close, (looking,))
    timer.start()
    with archive.only_writer():
        assert archive.is_captured()
    timer.join()
    assert not archive.is_captured()
    archive.close()


def test_a_second_process_that_captures_is_refused_at_once(directory: Path) -> None:
    """And the first one goes on."""
    first, second = Archive.open(directory), Archive.open(directory)
    with first.only_writer(), pytest.raises(Locked, match="is capturing"), second.only_writer():
        pass
    first.close()
    second.close()
