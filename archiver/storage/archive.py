"""One archive on disk: one agency's catalogue, WARC files and what explains them to a stranger."""

from __future__ import annotations

import fcntl
import json
import os
import time
import tomllib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO

from archiver.config_stores import Store as Options
from archiver.errors import DiskError, Locked
from archiver.model import iso
from archiver.storage import copies, files
from archiver.storage.database import Database
from archiver.storage.filesystem import require_local
from archiver.storage.places import ON_THIS_MACHINE, Places, Staged
from archiver.storage.s3_store import S3Store
from archiver.storage.segments_table import SEALED, SegmentRow
from archiver.storage.stores import DiskStore, Store, stored_name

FORMAT = 1
_FOLDERS = ("spool", "ledger", "quarantine", "imports", "bundles")
LABEL, CATALOGUE, LOCK = "archive.toml", "catalogue.sqlite", ".lock"

_LOOKS, _LOOK_SECONDS = 200, 0.005  # for so long others may be looking at the lock when it is taken

_README = """This directory is an archive of public records of {agency}: posts, comments and messages of its accounts
on social media and blogs, kept by Archiver.

warc/ACCOUNT/YYYY-MM/   What the platforms sent, byte for byte, as WARC/1.1 files (ISO 28500), one series for each
                        account and month. Any WARC tool reads them. Each exchange is three records: response, request
                        (without credentials), and a metadata record in JSON. Beside each file lies NAME.index.json:
                        where each record begins and its SHA-256.
spool/                  The files still being written. They move to warc/ when they are full or the month is over.
catalogue.sqlite        What the files say, as tables (SQLite): items, versions, observations, coverage, gaps; and what
                        people did: accounts registered, requests opened, bundles made. All but the latter can be made
                        anew from the WARC files by `archiver rebuild`.
quarantine/             Ends of files that a crash or a damaged disk left unreadable, and catalogues that could not be
                        read. Nothing refers to them.
bundles/                Disclosure bundles made for public records requests.
ledger/                 What shows that nothing was changed since: a Merkle tree (RFC 6962) over salted hashes of all
                        that was captured and done, as C2SP tlog-tiles (tile/), and its signed states (checkpoints/).
                        keys has the public keys, acts.jsonl what was done. signing-key is secret.
imports/                Empty: this version puts nothing there.

Do not edit or remove anything here by hand: records would be lost, and `archiver verify` will say so.
"""


@dataclass(frozen=True, slots=True)
class _Label:
    archive_id: str
    agency: str


def _read_label(path: Path) -> _Label:
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
        label = _Label(said["id"], said["agency"])
        if said["format"] != FORMAT or not all(isinstance(one, str) for one in (label.archive_id, label.agency)):
            raise ValueError(f"its format is not {FORMAT}, or its values are no text")
    except (ValueError, KeyError) as error:
        raise DiskError(
            f"The label of the archive, {path}, cannot be read: {str(error).splitlines()[0]}.",
            means="The archive is not opened, so nothing is captured. What it holds is not affected.",
            do="Restore this small file from a backup, or use the version of Archiver that wrote it.",
        ) from error
    return label


class Archive:
    """An archive that was opened: its directory, catalogue and stores.

    `sealed_here` is where segments are sealed, `store` where they are read: the same, or a bucket that they go on to.
    """

    def __init__(self, directory: Path, *, archive_id: str, agency: str, database: Database, places: Places) -> None:
        self.directory = directory
        self.id = archive_id
        self.agency = agency
        self.database = database
        self.places = places
        self.sealed_here = DiskStore(places.folder(directory))
        self.store: Store = self.sealed_here
        if places.first.kind == "s3":
            self.store = Staged(self.sealed_here, self.place(places.first))

    def place(self, options: Options) -> DiskStore | S3Store:
        """A place that sealed files go to from here. DiskError where it is a folder that is not there."""
        return self.places.opened(options, partial(self._version, options.place))

    def _version(self, place: str, name: str) -> str | None:
        copy = copies.copy_of(self.database.connection(), place, name)
        return copy.version if copy else None

    @property
    def second(self) -> Store | None:
        """The store of second copies, None where there is none. DiskError where it is a folder that is not there."""
        return None if self.places.second.kind == "none" else self.place(self.places.second)

    @classmethod
    def create(cls, directory: Path, *, agency: str, moment: datetime, places: Places = ON_THIS_MACHINE) -> Archive:
        """A new archive in an empty or missing directory. Raises DiskError where something lies there."""
        require_local(directory)
        with files.disk_errors(directory):
            if directory.exists() and any(directory.iterdir()):
                there = "holds an archive already" if (directory / LABEL).exists() else "is not empty"
                raise DiskError(
                    f"{directory} {there}: none was begun in it.",
                    means="Nothing was changed.",
                    do="Name an empty directory for a new archive ([archive] directory in the configuration).",
                )
            files.make_directories(directory)
            directory.chmod(0o700)
            for folder in _FOLDERS:
                files.make_directories(directory / folder)
        DiskStore.create(places.folder(directory))
        Database.create(directory / CATALOGUE).close()
        files.create(directory / "README.txt", _README.format(agency=agency or "a public agency").encode())
        name = json.dumps(agency, ensure_ascii=False)  # a TOML text too, which knows no surrogate pairs
        label = f'format = {FORMAT}\nid = "{uuid.uuid4()}"\nagency = {name}\ncreated = "{iso(moment)}"\n'
        files.create(directory / LABEL, label.encode())  # last: without it there is no archive
        return cls.open(directory, places=places)

    @classmethod
    def open(cls, directory: Path, *, places: Places = ON_THIS_MACHINE, database: Database | None = None) -> Archive:
        """An existing archive. Raises DiskError where its label is not there: an empty mount point is no archive.

        `database` stands in for its catalogue, which need not be there then.
        """
        label = directory / LABEL
        if not label.is_file():
            raise DiskError(
                f"There is no archive in {directory}.",
                means="Nothing is captured. If there was one, its disk is not mounted; nothing in it is lost by this.",
                do="Mount the disk, or begin a new archive: archiver init",
            )
        said = _read_label(label)
        database = database or Database.open(directory / CATALOGUE)
        return cls(directory, archive_id=said.archive_id, agency=said.agency, database=database, places=places)

    @property
    def spool(self) -> Path:
        """Where segments grow."""
        return self.directory / "spool"

    @property
    def quarantine(self) -> Path:
        """Where torn tails go."""
        return self.directory / "quarantine"

    @property
    def bundles(self) -> Path:
        """Where disclosure bundles are written."""
        return self.directory / "bundles"

    def open_segment(self, segment: SegmentRow | str, account_id: str = "", month: str = "") -> BinaryIO:
        """A WARC file for reading, wherever it lies now."""
        if isinstance(segment, SegmentRow):
            if segment.state == SEALED:
                return self.store.open(stored_name(account_id, segment.month, segment.name))
            return (self.spool / segment.name).open("rb")
        path = self.spool / segment
        return path.open("rb") if path.exists() else self.store.open(stored_name(account_id, month, segment))

    @contextmanager
    def only_writer(self) -> Iterator[None]:
        """Held by the one process that captures, seals or rebuilds; the kernel lets go of it when the process ends."""
        require_local(self.directory)
        descriptor = os.open(self.directory / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            for last in (*[False] * _LOOKS, True):
                if _locked(descriptor, fcntl.LOCK_EX):
                    break
                if last or not _locked(descriptor, fcntl.LOCK_SH):
                    raise Locked(
                        "Another Archiver process is capturing into this archive.",
                        means="Nothing was changed; the other process goes on.",
                        do="Let it work, or stop it first: systemctl stop archiver",
                    )
                fcntl.flock(descriptor, fcntl.LOCK_UN)  # somebody only asked whether it is held (see `is_captured`)
                time.sleep(_LOOK_SECONDS)
            yield
        finally:
            os.close(descriptor)

    def is_captured(self) -> bool:
        """Whether some process captures, seals or rebuilds now. The lock is asked for a moment, and shared."""
        try:
            descriptor = os.open(self.directory / LOCK, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            return not _locked(descriptor, fcntl.LOCK_SH)
        finally:
            os.close(descriptor)

    def close(self) -> None:
        """Close the catalogue."""
        self.database.close()


def _locked(descriptor: int, how: int) -> bool:
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
