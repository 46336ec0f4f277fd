"""Puts what is sealed where it is not yet: into the bucket it belongs to, and into the store of second copies."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path

from archiver.config_stores import Store as Options
from archiver.errors import Locked, VerificationError
from archiver.storage import files
from archiver.storage.archive import Archive
from archiver.storage.copies import CHECKPOINTS, INDEX, names_in, note_copy, sealed_files
from archiver.storage.database import Connection
from archiver.storage.ledger.checkpoints import DIGITS
from archiver.storage.ledger.on_record import on_record
from archiver.storage.owning import claim
from archiver.storage.s3_store import S3Store
from archiver.storage.s3_upload import Stop, never
from archiver.storage.segment_index import index_of
from archiver.storage.stores import DiskStore, Placed

LOCK, SCRATCH = ".copying.lock", ".copying"


class Stopped(Exception):
    """Copying was told to end; what is not copied yet is copied in the next round."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """A place that everything sealed goes to: `role` is its section in the configuration."""

    role: str
    options: Options
    archive: Archive

    @property
    def place(self) -> str:
        """What its copies are noted under."""
        return self.options.place

    @cached_property
    def store(self) -> DiskStore | S3Store:
        """The store, opened. DiskError where it is a folder that is not there."""
        return self.archive.place(self.options)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A file that every place shall have. `segment`: the number of the segment it is, or is the index of."""

    name: str
    size: int
    sha256: str
    segment: int | None = None

    @property
    def is_index(self) -> bool:
        """Whether it is the index beside a segment."""
        return self.name.endswith(INDEX)


def targets(archive: Archive) -> tuple[Target, ...]:
    """The places that sealed files go to from this machine's disk."""
    places = archive.places
    found = [("store", places.first)] if places.first.kind == "s3" else []
    found += [("second_store", places.second)] if places.second.kind != "none" else []
    return tuple(Target(role=role, options=options, archive=archive) for role, options in found)


def wanted_names(archive: Archive) -> Iterator[str]:
    """The names of everything that a place shall have: segments with their indexes, and the ledger's checkpoints."""
    for segment in sealed_files(archive.database.connection()):
        yield segment.name
        yield segment.name + INDEX
    for path in _checkpoints(archive):
        yield CHECKPOINTS + path.name


def waiting(archive: Archive, target: Target) -> tuple[str, ...]:
    """What is not in a place yet."""
    there = names_in(archive.database.connection(), target.place)
    return tuple(name for name in wanted_names(archive) if name not in there)


@contextmanager
def only_copier(archive: Archive) -> Iterator[None]:
    """Held by the one process that copies, renews and repairs. Raises Locked."""
    descriptor = os.open(archive.directory / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Locked(
                "Another Archiver process is copying to the stores of this archive, or repairs from them.",
                means="Nothing was changed; the other process goes on.",
                do="Try again when it is done.",
            ) from error
        yield
    finally:
        os.close(descriptor)


def copy_round(
    archive: Archive, target: Target, now: Callable[[], datetime], *, locks_count: bool, stop: Stop = never
) -> tuple[str, ...]:
    """Put whatever the place does not have yet; each is read back and compared before it counts. What cannot be put.

    `locks_count`: whether a lock that the place tells of is one. What is damaged here is not copied. Raises what keeps
    every file from being put (StoreDown, AuthError, DiskError).
    """
    troubles, store = [], target.store
    with _scratch(archive) as scratch:
        claim(store, archive.id, scratch, target.role)
        for wanted in _missing(archive, target):
            stop()
            try:
                put = _put(archive, store, wanted, scratch, stop)
            except VerificationError as error:
                troubles.append(error.what)
                continue
            placed = put if locks_count else replace(put, locked_until=None)
            with archive.database.transaction() as db:
                note_copy(db, target.place, wanted.name, wanted.size, wanted.sha256, placed, now())
    return tuple(troubles)


def release(archive: Archive) -> int:
    """Let go of files on this machine's disk that a bucket is the store of, once every place has them."""
    if archive.places.first.kind != "s3":
        return 0
    db = archive.database.connection()
    held = [names_in(db, target.place) for target in targets(archive)]
    names = [name for name in archive.sealed_here.names() if all(name in copies for copies in held)]
    for name in names:
        archive.sealed_here.delete(name)
    return len(names)


def as_file(archive: Archive, wanted: Wanted, scratch: Path) -> Path:
    """The file's bytes, on this machine. VerificationError where it is not what was sealed or signed."""
    db = archive.database.connection()
    path = scratch / "file"
    if wanted.is_index and wanted.segment is not None:
        path.write_bytes(index_bytes(db, wanted.segment))
        return path
    here = archive.directory / wanted.name if wanted.segment is None else archive.sealed_here.path(wanted.name)
    if not here.exists():
        with archive.store.open(wanted.name) as kept, path.open("wb") as file:
            shutil.copyfileobj(kept, file, files.CHUNK)
        here = path
    with here.open("rb") as file:
        if files.measured(file) != (wanted.size, wanted.sha256):
            was = "signed" if wanted.segment is None else "sealed"
            raise VerificationError(
                f"{wanted.name} is not what was {was}, and was not copied.",
                means="A copy that was made before is not affected.",
                do="archiver verify, then archiver repair",
            )
    return here


def _put(archive: Archive, store: DiskStore | S3Store, wanted: Wanted, scratch: Path, stop: Stop) -> Placed:
    if isinstance(store, S3Store):
        return store.put(wanted.name, as_file(archive, wanted, scratch), stop)
    placed = store.put(wanted.name, as_file(archive, wanted, scratch))
    with store.open(wanted.name) as kept:
        if files.measured(kept) != (wanted.size, wanted.sha256):
            raise VerificationError(f"The second store gave back other bytes than were put into it as {wanted.name}.")
    return placed


def _missing(archive: Archive, target: Target) -> Iterator[Wanted]:
    db = archive.database.connection()
    there = names_in(db, target.place)
    for segment in list(sealed_files(db)):
        if segment.name not in there:
            yield Wanted(name=segment.name, size=segment.size, sha256=segment.sha256, segment=segment.number)
        if segment.name + INDEX not in there:
            yield of_bytes(segment.name + INDEX, index_bytes(db, segment.number), segment.number)
    signed = {f"{size:0{DIGITS}}": digest for size, digest in on_record(db).items()}
    for path in _checkpoints(archive):
        if CHECKPOINTS + path.name not in there:
            found = of_bytes(CHECKPOINTS + path.name, path.read_bytes(), None)
            yield replace(found, sha256=signed.get(path.name, found.sha256))


def of_bytes(name: str, data: bytes, segment: int | None) -> Wanted:
    """A file that shall have these bytes."""
    return Wanted(name=name, size=len(data), sha256=hashlib.sha256(data).hexdigest(), segment=segment)


def index_bytes(db: Connection, segment: int) -> bytes:
    """The index beside a sealed file, made of its rows."""
    row = db.execute(
        "SELECT s.name, s.size, s.sha256, a.id AS account_id FROM segments s JOIN accounts a ON a.number = s.account"
        " WHERE s.number = ?",
        (segment,),
    ).fetchone()
    return index_of(db, segment, **dict(row))


def _checkpoints(archive: Archive) -> list[Path]:
    folder = archive.directory / CHECKPOINTS
    return sorted(path for path in folder.glob("[!.]*") if path.is_file()) if folder.is_dir() else []


@contextmanager
def _scratch(archive: Archive) -> Iterator[Path]:
    """A folder for what has to lie on this machine for a moment; what an interrupted round left goes first."""
    folder = archive.spool / SCRATCH
    shutil.rmtree(folder, ignore_errors=True)
    try:
        with files.disk_errors(folder, means="Nothing was copied; nothing is lost."):
            folder.mkdir()
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
