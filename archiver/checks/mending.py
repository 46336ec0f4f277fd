"""What a repair is asked for, what it comes to, and how one whole file takes the place of a damaged one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from archiver.checks.segment_check import SECOND
from archiver.storage import files
from archiver.storage.acts import record_act
from archiver.storage.archive import Archive
from archiver.storage.copies import copy_of, note_copy
from archiver.storage.s3_store import S3Store
from archiver.storage.stores import DiskStore, Placed

Progress = Callable[[int, int], None]  # bytes done, bytes in all
LEDGER = "ledger"  # the archive's own folder, where checkpoints lie beside every store


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """A file that was restored, or can be. `copy`: the store that lacked it, or LEDGER.

    `records`: how many of its records were damaged, None where all of it was missing or it has none. `quarantined`:
    where its damaged bytes are now, in words.
    """

    file: str
    copy: str
    records: int | None
    source: str
    quarantined: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hopeless:
    """A file that no copy proves as a whole. `offsets` are the records that no copy has."""

    file: str
    why: str
    offsets: tuple[int, ...] = ()


@dataclass(slots=True, kw_only=True)
class Repaired:
    """What was looked at, what was (or can be) restored, what cannot, and what could not be read or written."""

    files: int = 0
    mended: list[Mended] = field(default_factory=list)
    hopeless: list[Hopeless] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """How a repair is made. `carry_out` False: it is only said what would be done. `account` None: everything."""

    actor: str
    now: Callable[[], datetime]
    carry_out: bool = False
    account: str | None = None
    progress: Progress = lambda _done, _total: None


def put_back(archive: Archive, mended: Mended, source: Path, *, actor: str, at: datetime) -> Mended:
    """Put a whole file in the place of a damaged one, which goes to quarantine; an act tells of it, written before.

    A bucket keeps the damaged bytes as an older version.
    """
    if mended.copy == LEDGER:
        return _put_back_here(archive, mended, source, actor, at)
    store = _holder(archive, mended)
    with source.open("rb") as file:
        size, sha256 = files.measured(file)
    if isinstance(store, S3Store):
        before = copy_of(archive.database.connection(), store.options.place, mended.file)
        mended = replace(mended, quarantined=f"version {before.version} of it in {store.place}" if before else "")
        _tell(archive, mended, actor, at)
        placed = store.find(mended.file, size, sha256) or store.put_again(mended.file, source)
        _note(archive, store.options.place, mended, size, sha256, placed, at)
        return mended
    aside = _aside(archive, mended, at)
    if store.path(mended.file).exists():
        mended = replace(mended, quarantined=aside.name)
    _tell(archive, mended, actor, at)
    store.restore(mended.file, source, aside)
    if mended.copy == SECOND:
        _note(archive, archive.places.second.place, mended, size, sha256, Placed(), at)
    return mended


def _put_back_here(archive: Archive, mended: Mended, source: Path, actor: str, at: datetime) -> Mended:
    target, aside = archive.directory / mended.file, _aside(archive, mended, at)
    with files.disk_errors(target, means="The damaged file is still in its place."):
        files.make_directories(target.parent)
        if target.exists():
            mended = replace(mended, quarantined=aside.name)
            files.copy(target, aside)
        _tell(archive, mended, actor, at)
        files.copy_over(source, target)
    return mended


def _aside(archive: Archive, mended: Mended, at: datetime) -> Path:
    return archive.quarantine / f"{Path(mended.file).name}.{mended.copy}.{at:%Y%m%dT%H%M%SZ}"


def _holder(archive: Archive, mended: Mended) -> DiskStore | S3Store:
    """The store that the damaged file lies in, or should."""
    if mended.copy == SECOND:
        return archive.place(archive.places.second)
    if archive.places.first.kind == "s3" and not archive.sealed_here.path(mended.file).exists():
        return archive.place(archive.places.first)
    return archive.sealed_here


def _tell(archive: Archive, mended: Mended, actor: str, at: datetime) -> None:
    detail = {
        "file": mended.file,
        "copy": mended.copy,
        "damaged records": mended.records,
        "from": mended.source,
        "quarantined": mended.quarantined,
    }
    with archive.database.transaction() as db:
        account = mended.file.partition("/")[0]
        record_act(db, at=at, actor=actor, act="file restored", subject=account, detail=detail)


def _note(archive: Archive, place: str, mended: Mended, size: int, sha256: str, placed: Placed, at: datetime) -> None:
    with archive.database.transaction() as db:
        note_copy(db, place, mended.file, size, sha256, placed, at)
