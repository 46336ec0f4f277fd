"""Checks one WARC file against its rows: routine by the digests of its stored members, deep by reading every record."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from archiver.checks.findings import Finding, Kind
from archiver.checks.record_check import read_again
from archiver.errors import AuthError, ConfigError, StoreDown, VerificationError
from archiver.storage import files, soundness
from archiver.storage.archive import Archive
from archiver.storage.copies import INDEX
from archiver.storage.database import Connection
from archiver.storage.places import ON_THIS_MACHINE, Places
from archiver.storage.segment_index import index_of
from archiver.storage.segments_table import SEALED, SegmentRow
from archiver.storage.stores import Store, stored_name

_CHUNK = 4 << 20
FIRST, SECOND = "store", "second_store"  # the copies, by the sections of the configuration


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One file to check. `growing`: somebody may be appending to it, so that more bytes than rows are no finding."""

    directory: Path
    places: Places = ON_THIS_MACHINE
    segment: SegmentRow
    account: str
    deep: bool
    growing: bool
    copy: str = FIRST

    @property
    def stored(self) -> str:
        """The file's name in a store."""
        return stored_name(self.account, self.segment.month, self.segment.name)


@dataclass(slots=True, kw_only=True)
class Checked:
    """What was read, and what was found."""

    records: int = 0
    size: int = 0
    findings: list[Finding] = field(default_factory=list)


def check_segment(task: Task) -> Checked:
    """Check one file; may run in a process of its own."""
    with closing(Archive.open(task.directory, places=task.places)) as archive:
        return _checked(archive, task)


def store_of(archive: Archive, copy: str) -> Store:
    """The store that holds the first or the second copy. DiskError where it is not there."""
    found = archive.store if copy == FIRST else archive.second
    if found is None:
        raise ConfigError("No second store is configured.", do="Name one under [second_store] in the configuration.")
    return found


def _checked(archive: Archive, task: Task) -> Checked:
    done = Checked()
    try:
        _look(archive, task, done)
    except (StoreDown, AuthError) as error:
        done.findings.append(_finding(task, Kind.UNREAD, error.what))
    return done


def _look(archive: Archive, task: Task, done: Checked) -> None:
    try:
        opened = _opened(archive, task)
    except (FileNotFoundError, VerificationError):
        what = f"{task.segment.name} of {task.account} is not there ({task.segment.size} bytes)."
        done.findings.append(_finding(task, Kind.MISSING, what))
        return
    with opened as file:
        db = archive.database.connection()
        done.findings += _size_findings(task, file.seek(0, os.SEEK_END))
        _check_records(db, task, file, done)
    if task.segment.state == SEALED:
        done.findings += _index_findings(archive, task, db)
    done.size = task.segment.size


def _opened(archive: Archive, task: Task) -> BinaryIO:
    if task.copy != FIRST:
        return store_of(archive, task.copy).open(task.stored)
    try:
        return archive.open_segment(task.segment, task.account)
    except FileNotFoundError:  # it may have been sealed since its row was read
        return archive.store.open(task.stored)


def _size_findings(task: Task, size: int) -> Iterator[Finding]:
    if size > task.segment.size and not task.growing:
        more = size - task.segment.size
        what = f"{task.segment.name} has {more} bytes behind its committed end."
        yield _finding(task, Kind.EXTRA, what, offset=task.segment.size)


def _check_records(db: Connection, task: Task, file: BinaryIO, done: Checked) -> None:
    """Every record by its row; what lies between the rows; in a deep check every record's contents too."""
    members, size, end = _Members(file), file.seek(0, os.SEEK_END), 0
    for offset, length, sha256, record in soundness.stored_sums(db, task.segment.number):
        done.records += 1
        if offset != end:
            done.findings.append(_between(task, end, offset))
        end = offset + length
        if end > size:
            done.findings.append(_short(task, size, offset, record))
            return
        held = members.held(offset, length)
        if (hashlib.sha256(held).digest() if held is not None else members.digest(offset, length)) != sha256:
            what = f"The record at offset {offset} of {task.segment.name} is not what was written."
            done.findings.append(_finding(task, Kind.CHANGED, what, offset=offset, record=record))
        elif task.deep:
            found = read_again(db, file, task.segment.name, (offset, length, record), held)
            done.findings += [_finding(task, kind, what, offset=offset, record=record) for kind, what in found]
    if end < min(task.segment.size, size):
        done.findings.append(_between(task, end, task.segment.size))
    elif end > task.segment.size:
        what = f"{task.segment.name} is committed up to {task.segment.size}, but rows refer to bytes up to {end}."
        done.findings.append(_finding(task, Kind.DISAGREES, what, offset=task.segment.size))


class _Members:
    """Parts of a file that are asked for in the order they lie, read in large pieces."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._start = 0
        self._held = memoryview(b"")

    def held(self, offset: int, length: int) -> memoryview | None:
        """These bytes; None where they are too many to be held."""
        if length > _CHUNK:
            return None
        at = offset - self._start
        if at < 0 or at + length > len(self._held):
            self._file.seek(offset)
            self._start, self._held, at = offset, memoryview(self._file.read(_CHUNK)), 0
        return self._held[at : at + length]

    def digest(self, offset: int, length: int) -> bytes:
        """SHA-256 of bytes too many to be held."""
        self._file.seek(offset)
        told = hashlib.sha256()
        while length > 0 and (piece := self._file.read(min(length, _CHUNK))):
            told.update(piece)
            length -= len(piece)
        return told.digest()


def _index_findings(archive: Archive, task: Task, db: Connection) -> Iterator[Finding]:
    """The JSON beside a sealed file, compared with the rows; in a deep check also the digest of the whole file."""
    row, store = task.segment, store_of(archive, task.copy)
    index = f"{row.name}{INDEX}"
    told = index_of(db, row.number, account_id=task.account, name=row.name, size=row.size, sha256=str(row.sha256))
    try:
        with store.open(f"{task.stored}{INDEX}") as opened:
            said = opened.read(len(told) + 1)
    except VerificationError:
        yield _finding(task, Kind.INDEX, f"{index} is not there.")
    else:
        if said != told:
            yield _finding(task, Kind.INDEX, f"{index} and the catalogue's rows do not agree.")
    if task.deep:
        with store.open(task.stored) as opened:
            _, sha256 = files.measured(opened)
        if sha256 != task.segment.sha256:
            what = f"{task.segment.name} as a whole does not have the digest it was sealed with."
            yield _finding(task, Kind.DIGEST, what)


def _between(task: Task, start: int, end: int) -> Finding:
    if end < start:
        what = f"Two rows refer to the same bytes of {task.segment.name}, from offset {end} on."
        return _finding(task, Kind.DISAGREES, what, offset=end)
    what = f"{end - start} bytes of {task.segment.name} at offset {start} belong to no record of the catalogue."
    return _finding(task, Kind.EXTRA, what, offset=start)


def _short(task: Task, size: int, offset: int, record: str) -> Finding:
    lost = task.segment.size - size
    what = f"{task.segment.name} ends at offset {size}: {lost} bytes are missing, from the record at {offset} on."
    return _finding(task, Kind.SHORT, what, offset=offset, record=record)


def _finding(task: Task, kind: Kind, what: str, *, offset: int | None = None, record: str | None = None) -> Finding:
    return Finding(
        kind=kind,
        what=what,
        file=task.segment.name,
        offset=offset,
        record=record,
        account=task.account,
        copy=task.copy if task.segment.state == SEALED else None,
    )
