"""A store keeps what it was given, and never takes an empty mount point for itself."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from archiver.errors import DiskError, UsageError, VerificationError
from archiver.storage import files
from archiver.storage.stores import DiskStore

NAME = "office/2026-11/office-20261120T120000Z-0001.warc.gz"


@pytest.fixture
def store(tmp_path: Path) -> DiskStore:
    return DiskStore.create(tmp_path / "archive" / "warc")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "segment"
    path.write_bytes(b"0123456789")
    return path


@pytest.fixture(params=["link", "copy"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """On one file system a file is linked; across two it is copied."""

    def refuse(*_: object) -> None:
        raise OSError(errno.EXDEV, "another file system")

    if request.param == "copy":
        monkeypatch.setattr(os, "link", refuse)
    return str(request.param)


def contents(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_what_was_put_is_given_back(store: DiskStore, file: Path, way: str) -> None:
    """A file is read whole or in part, wherever it came from, and cannot be written by accident."""
    store.put(NAME, file)
    kept = file.parent / "archive" / "warc" / NAME

    with store.open(NAME) as whole, store.open(NAME, 3) as rest, store.open(NAME, 3, 4) as part:
        assert (whole.read(), rest.read(), part.read()) == (b"0123456789", b"3456789", b"3456")
    with store.open(NAME, 8, 100) as beyond:
        assert (beyond.read(1), beyond.read(), beyond.read()) == (b"8", b"9", b"")
    assert stat.S_IMODE(kept.stat().st_mode) & 0o222 == 0
    assert kept.samefile(file) is (way == "link")


def test_a_part_is_read_like_a_file(store: DiskStore, file: Path) -> None:
    """Positions in a part count from its beginning."""
    store.put(NAME, file)
    with store.open(NAME, 2, 5) as part:
        assert (part.seek(3), part.read(1), part.tell(), part.seek(0), part.read()) == (3, b"5", 4, 0, b"23456")


@pytest.mark.usefixtures("way")
def test_putting_the_same_again_does_nothing(store: DiskStore, file: Path) -> None:
    """The same bytes under the same name are no error, and change nothing."""
    store.put(NAME, file)
    again = file.with_name("again")
    again.write_bytes(file.read_bytes())
    store.put(NAME, again)
    store.put(NAME, file)

    assert list(store.names()) == [NAME]


@pytest.mark.parametrize("other", [b"", b"012345678", b"012345678X", b"0123456789X"])
@pytest.mark.usefixtures("way")
def test_other_bytes_under_a_name_are_an_error(store: DiskStore, file: Path, other: bytes) -> None:
    """A kept file is never replaced."""
    store.put(NAME, file)
    changed = file.with_name("changed")
    changed.write_bytes(other)

    with pytest.raises(VerificationError, match="already there, with other bytes"):
        store.put(NAME, changed)
    with store.open(NAME) as kept:
        assert kept.read() == b"0123456789"


def test_an_unfinished_copy_is_no_name(store: DiskStore, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy that broke off leaves nothing under the name, and the next try succeeds."""
    refused = OSError(errno.EXDEV, "another file system")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no space")

    def refuse(*_: object) -> None:
        raise refused

    monkeypatch.setattr(os, "link", refuse)
    with monkeypatch.context() as broken:
        broken.setattr(files.shutil, "copyfileobj", full)
        with pytest.raises(DiskError, match="the disk is full"):
            store.put(NAME, file)
    assert list(store.names()) == []

    store.put(NAME, file)
    assert list(store.names()) == [NAME]


def test_names_come_in_order_by_prefix(store: DiskStore, file: Path) -> None:
    """A prefix may end anywhere in a name."""
    names = ["a/2026-10/x", "a/2026-11/x", "a/2026-11/y", "ab/2026-11/x"]
    for name in reversed(names):
        store.put(name, file)

    assert list(store.names()) == names
    assert list(store.names("a/")) == names[:3]
    assert list(store.names("a/2026-11/")) == names[1:3]
    assert list(store.names("a/2026-1")) == names[:3]
    assert list(store.names("a")) == names
    assert list(store.names("none/")) == []


def test_what_is_deleted_is_gone(store: DiskStore, file: Path) -> None:
    """Deleting is durable and can be done again; reading then says what is missing."""
    store.put(NAME, file)
    store.delete(NAME)
    store.delete(NAME)

    assert list(store.names()) == []
    with pytest.raises(VerificationError, match=f"no file {NAME}"):
        store.open(NAME)


@pytest.mark.parametrize(
    "name", ["../x", "a/../../x", "/etc/x", "", "a//b", ".archiver-store", "a/.b", "a\x00b", "a b", "é"]
)
def test_odd_names_are_refused(store: DiskStore, file: Path, name: str) -> None:
    """No name leads out of the store, to its marker, or to a hidden file."""
    verbs: list[Callable[[], object]] = [
        lambda: store.put(name, file),
        lambda: store.open(name),
        lambda: store.delete(name),
    ]
    for verb in verbs:
        with pytest.raises(UsageError, match="cannot be the name"):
            verb()


def test_an_empty_mount_point_is_no_store(tmp_path: Path, file: Path) -> None:
    """Without its marker a directory is neither opened, nor read, nor written, even when it had one before."""
    store = DiskStore.create(tmp_path / "warc")
    store.put(NAME, file)
    (tmp_path / "warc").rename(tmp_path / "unmounted")
    (tmp_path / "warc").mkdir()
    verbs: list[Callable[[], object]] = [
        lambda: DiskStore(tmp_path / "warc"),
        lambda: store.put(NAME, file),
        lambda: store.open(NAME),
        lambda: store.names(),
        lambda: store.delete(NAME),
    ]
    for verb in verbs:
        with pytest.raises(DiskError, match="is not a store") as refused:
            verb()
        assert len(refused.value.lines()) == 3

    assert contents(tmp_path / "warc") == {}


def test_making_a_store_twice_changes_nothing(store: DiskStore, file: Path, tmp_path: Path) -> None:
    """Creating is for the first time; a store that is there stays as it is."""
    store.put(NAME, file)
    before = contents(tmp_path / "archive")
    again = DiskStore.create(tmp_path / "archive" / "warc")

    assert (contents(tmp_path / "archive"), list(again.names())) == (before, [NAME])


@pytest.mark.parametrize(
    ("number", "why"),
    [(errno.ENOSPC, "full"), (errno.EDQUOT, "quota"), (errno.EROFS, "read-only"), (errno.EIO, "error")],
)
def test_disk_errors_are_told_in_three_lines(tmp_path: Path, number: int, why: str) -> None:
    """What failed, what it means for the records, what to do."""
    with pytest.raises(DiskError, match=why) as told, files.disk_errors(tmp_path / "x.warc.gz"):
        raise OSError(number, "as the kernel says it")

    assert len(told.value.lines()) == 3
    assert told.value.what.startswith("Cannot write x.warc.gz: ")


def test_other_errors_are_not_called_disk_errors(tmp_path: Path) -> None:
    """What has another cause keeps its own name."""
    with pytest.raises(FileNotFoundError), files.disk_errors(tmp_path):
        raise FileNotFoundError(errno.ENOENT, "none")


def test_replacing_leaves_the_old_or_the_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A replacement that breaks off leaves the old contents."""
    path = tmp_path / "state"
    files.create(path, b"old")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no space")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="no space"):
            files.replace(path, b"newer")
    assert path.read_bytes() == b"old"

    files.replace(path, b"newer")
    assert contents(tmp_path) == {"state": b"newer"}
