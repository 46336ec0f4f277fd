"""B18: an archive is not kept on a file system whose locks bind nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from archiver.errors import DiskError
from archiver.storage import filesystem
from archiver.storage.archive import Archive
from archiver.storage.filesystem import kind_of
from tests.storage.warc_samples import NOON

LINES = """22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/root rw
23 22 0:50 / /srv/our\\040records rw,relatime - nfs4 host:/export rw,vers=4.2
24 22 0:51 / /srv rw,relatime - xfs /dev/sdb rw
25 24 0:52 / /srv/office rw - cifs //host/share rw
"""


@pytest.fixture
def mounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the kernel says is mounted where."""
    monkeypatch.setattr(filesystem, "MOUNTS", tmp_path / "mountinfo")
    (tmp_path / "mountinfo").write_text(LINES)
    return tmp_path / "mountinfo"


@pytest.mark.parametrize(
    ("directory", "kind"),
    [
        ("/", "ext4"),
        ("/srv/archive", "xfs"),
        ("/srv/our records/archive", "nfs4"),
        ("/srv/office", "cifs"),
        ("/srv/offices", "xfs"),
        ("/home", "ext4"),
    ],
)
def test_the_nearest_mount_says_what_a_directory_lies_on(mounts: Path, directory: str, kind: str) -> None:
    """Names with blanks are written with escapes."""
    assert kind_of(Path(directory)) == kind


def test_an_archive_over_a_network_is_neither_begun_nor_captured_into(mounts: Path, tmp_path: Path) -> None:
    """It can be read; nothing is written."""
    local = Archive.create(tmp_path / "archive", agency="A", moment=NOON)
    mounts.write_text(f"22 1 8:1 / {tmp_path} rw - nfs host:/ rw\n")
    with pytest.raises(DiskError, match="over a network"), local.only_writer():
        pass
    with pytest.raises(DiskError, match=r"over a network \(nfs\)"):
        Archive.create(tmp_path / "another", agency="A", moment=NOON)
    assert not (tmp_path / "another").exists()
    local.close()


def test_where_the_kernel_says_nothing_nothing_is_refused(mounts: Path, tmp_path: Path) -> None:
    """As in a container without proc."""
    mounts.unlink()
    Archive.create(tmp_path / "archive", agency="A", moment=NOON).close()
