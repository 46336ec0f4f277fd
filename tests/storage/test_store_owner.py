"""A store is one archive's: a second archive, or a second copy of the same one, that puts into it is found out."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archiver.checks.verify import Scope, verify
from archiver.config_stores import Store
from archiver.storage.archive import Archive
from archiver.storage.keeping import Kept, keep_places
from archiver.storage.ledger import making
from archiver.storage.owning import OWNER
from archiver.storage.places import Places
from archiver.storage.stores import DiskStore
from tests.storage.ledger.ledgers import grow, place_of

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """A folder for second copies."""
    DiskStore.create(tmp_path / "store")
    return Places(second=Store(kind="disk", directory=tmp_path / "store"))


@pytest.fixture
def opened(tmp_path: Path, places: Places) -> Iterator[ExitStack]:
    """Closes what a test opens."""
    with ExitStack() as held:
        yield held


def signed(archive: Archive) -> Archive:
    """With one checkpoint more."""
    grow(archive, 1)
    making.make(archive, place_of(archive), at=AT)
    return archive


def kept(archive: Archive) -> Kept:
    """One round of copying."""
    (done,) = keep_places(archive, lambda: AT, patient=False)
    return done


def files(folder: Path) -> dict[str, bytes]:
    """Everything in the store."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_second_archive_puts_nothing_into_the_store_of_another(
    tmp_path: Path, places: Places, opened: ExitStack
) -> None:
    """It is told whose the store is, as often as it tries; the first one goes on."""
    one, two = (
        signed(opened.enter_context(closing(Archive.create(tmp_path / name, agency="", moment=AT, places=places))))
        for name in ("one", "two")
    )
    first, before = kept(one), files(tmp_path / "store")
    second = kept(two)

    assert (first.put, first.trouble, before[OWNER]) == (1, "", f"archiver/{one.id}\n".encode())
    assert (second.put, second.waiting, files(tmp_path / "store") == before) == (0, 1, True)
    assert second.trouble == f"The store under [second_store] is that of another archive (archiver/{one.id})."
    assert kept(signed(one)).trouble == ""


def test_a_second_copy_of_an_archive_that_goes_on_by_itself_is_told_of(
    tmp_path: Path, places: Places, opened: ExitStack
) -> None:
    """As two hosts that were restored from one backup: what each signs has the other's names, and other bytes."""
    with closing(Archive.create(tmp_path / "one", agency="", moment=AT, places=places)) as first:
        signed(first)
        kept(first)
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    one, two = (opened.enter_context(closing(Archive.open(tmp_path / name, places=places))) for name in ("one", "two"))
    went_on, followed = kept(signed(one)), kept(signed(two))

    assert went_on.trouble == ""
    assert "000000000004" in followed.trouble
    assert "other bytes" in followed.trouble
    assert kept(signed(signed(one))).trouble == ""
    told = [one.file for one in verify(two, Scope(copies=("second_store",))).findings]
    assert told == ["ledger/checkpoints/000000000006", "ledger/checkpoints/000000000008"]


def test_a_restored_archive_goes_on_with_its_store(tmp_path: Path, places: Places) -> None:
    """Where the other copy is no more, nothing stands in the way."""
    with closing(Archive.create(tmp_path / "one", agency="", moment=AT, places=places)) as first:
        signed(first)
        kept(first)
    (tmp_path / "one").rename(tmp_path / "restored")
    with closing(Archive.open(tmp_path / "restored", places=places)) as archive:
        assert kept(signed(archive)).trouble == ""
        assert verify(archive, Scope(copies=("store", "second_store"))).findings == ()


def test_a_store_that_lost_its_mark_gets_it_again(tmp_path: Path, places: Places) -> None:
    """With the next round."""
    with closing(Archive.create(tmp_path / "one", agency="", moment=AT, places=places)) as archive:
        kept(archive)
        (tmp_path / "store" / OWNER).unlink()
        assert kept(archive).trouble == ""
    assert (tmp_path / "store" / OWNER).exists()
