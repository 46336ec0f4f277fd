"""A segment: one growing WARC file of an account and month in the spool, until it is sealed into its store."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, Self, cast

from warcio.recordloader import ArcWarcRecord

from archiver.errors import DiskError, VerificationError
from archiver.model import Exchange, StoredRecord
from archiver.model.times import month_of
from archiver.storage import files
from archiver.storage.stores import Store, stored_name
from archiver.storage.warc import FastWriter
from archiver.storage.warc_records import exchange_records, note_record, warcinfo_record

_NAME = re.compile(r"(?P<account>[a-z0-9-]+)-(?P<year>\d{4})(?P<month>\d{2})\d{2}T\d{6}Z-\d{4,}\.warc\.gz")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A finished file in its store: its name there, its size in bytes, and its SHA-256 (hex)."""

    name: str
    size: int
    sha256: str


class Segment:
    """An open WARC file. What was appended counts as kept only after `sync`."""

    def __init__(self, path: Path, warcinfo: StoredRecord | None = None) -> None:
        self.path = path
        self.warcinfo = warcinfo
        self._file = path.open("r+b", buffering=0)
        self._writer = FastWriter(self._file, offset=self._file.seek(0, os.SEEK_END))

    @classmethod
    def create(
        cls, spool: Path, *, account_id: str, registration: Mapping[str, Any], moment: datetime, serial: int
    ) -> Self:
        """A new file with its warcinfo record, durable. DiskError where the name is taken: serials are used once.

        `registration` is the account as registered (platform, handle, url, unit, platform id), for those who find
        the file alone.
        """
        path = spool / segment_name(account_id, moment, serial)
        first = BytesIO()
        (stored,) = FastWriter(first).write_records([warcinfo_record(path.name, registration, moment)])
        with files.disk_errors(path):
            files.create(path, first.getvalue())
            return cls(path, stored)

    @classmethod
    def open_existing(cls, path: Path) -> Self:
        """A file begun earlier, to append behind its end; `archiver.storage.recovery` comes before."""
        with files.disk_errors(path):
            return cls(path)

    @property
    def size(self) -> int:
        """Bytes written, synced or not."""
        return self._writer.offset

    def append_exchange(self, exchange: Exchange) -> tuple[StoredRecord, ...]:
        """Append response, request and metadata. DiskError: nothing of it is left in the file."""
        return self._append(exchange_records(exchange))

    def append_note(self, said: Mapping[str, Any], about: str, moment: datetime) -> StoredRecord:
        """Append the note of the run, or of the gap, of this id. DiskError: nothing of it is left in the file."""
        return self._append([note_record(about, said, moment)])[0]

    def sync(self) -> None:
        """Make what was appended durable. After a DiskError the segment is closed: what it holds is not known."""
        with self._closed_on_failure(), files.disk_errors(self.path):
            files.sync_file(self._open_file())

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _append(self, records: Sequence[ArcWarcRecord]) -> tuple[StoredRecord, ...]:
        self._open_file()
        start = self.size
        try:
            with files.disk_errors(self.path):
                return self._writer.write_records(records)
        except BaseException:  # also an interrupt: half an exchange must never stand before a whole one
            self._cut_back(start)
            raise

    def _cut_back(self, end: int) -> None:
        with self._closed_on_failure(), files.disk_errors(self.path):
            self._file.truncate(end)
            self._file.seek(end)
            self._writer.rewind(end)

    def _open_file(self) -> BinaryIO:
        if self._file.closed:
            raise DiskError(
                f"{self.path.name} was closed after a disk error and takes nothing more.",
                means="What was kept in it before is checked at the next start; nothing is lost.",
                do="Look at the disk, then start Archiver again.",
            )
        return cast(BinaryIO, self._file)

    @contextmanager
    def _closed_on_failure(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self.close()
            raise


def segment_name(account_id: str, moment: datetime, serial: int) -> str:
    """The name of a file: account, time it was begun, and a serial that is never used again."""
    name = f"{account_id}-{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}-{serial:04d}.warc.gz"
    account_of(name)
    return name


def account_of(name: str) -> str:
    """The account whose records a file of this name holds. ValueError for the name of anything else."""
    account, _ = account_and_month(name)
    if not account:
        raise ValueError(f"not the name of a segment: {name}")
    return account


def account_and_month(name: str) -> tuple[str, str]:
    """Whose records a file of this name holds, and the month it was begun in; empty for the name of anything else."""
    found = _NAME.fullmatch(name)
    return (found["account"], f"{found['year']}-{found['month']}") if found else ("", "")


def should_seal(size: int, opened_month: str, now: datetime, limit_bytes: int) -> bool:
    """Whether a segment is finished: large enough, or of a month that is over."""
    return size >= limit_bytes or month_of(now) != opened_month


def seal(segment_path: Path, store: Store, month: str) -> Sealed:
    """Put a closed segment into its store as ACCOUNT/YYYY-MM/NAME, read it back, then remove it from the spool.

    It can be done again after a crash at any point: what is already in the store is compared, or only measured
    where the spool has let go of it. VerificationError where the store gives back other bytes; the spool keeps it.
    """
    name = stored_name(account_of(segment_path.name), month, segment_path.name)
    if not segment_path.exists():
        return _measured(name, store.open(name))
    here = _measured(name, segment_path.open("rb"))
    store.put(name, segment_path)
    if _measured(name, store.open(name)) != here:
        raise VerificationError(
            f"The store gave back other bytes than were put into it as {name}.",
            means="The file is still in the spool; nothing is lost.",
            do="Look at the disk or service that keeps the store, then run `archiver verify`.",
        )
    with files.disk_errors(segment_path):
        segment_path.unlink()
        files.sync_directory(segment_path.parent)
    return here


def _measured(name: str, file: BinaryIO) -> Sealed:
    with file:
        size, sha256 = files.measured(file)
    return Sealed(name=name, size=size, sha256=sha256)
