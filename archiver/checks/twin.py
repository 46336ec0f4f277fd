"""A twin of the archive in a folder of its own, in which the catalogue is made anew and compared with the one in use.

Nothing of the archive itself is changed, and the daemon may work meanwhile: what is compared is of one moment.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from archiver.checks.findings import Finding, Kind
from archiver.checks.rebuild import Tools, end_open_runs, rebuild
from archiver.config import Config
from archiver.errors import ArchiverError
from archiver.storage import comparing, segments_table
from archiver.storage.accounts import account_numbers
from archiver.storage.archive import CATALOGUE, LABEL, Archive
from archiver.storage.segments_table import SEALED, SegmentRow
from archiver.storage.stores import DiskStore, stored_name

_BEFORE = "catalogue.before.sqlite"
MOST_TOLD = 1000  # of the rows that differ: after so many, one more says nothing


def findings(archive: Archive, tools: Tools, *, beside: Path | None = None) -> tuple[Finding, ...]:
    """Every derived row that the kept WARC files do not give, and every row they give that is not there.

    The twin lies in `beside` (a folder with room for the catalogue three times and all growing files), else where
    temporary files do.
    """
    with _folder(beside) as folder:
        try:
            _copied(archive, folder)
            config = _config(tools.config, folder)
            end_open_runs(folder, replace(tools, config=config))
            with closing(Archive.open(folder)) as twin:
                comparing.backup(twin.database.connection(), folder / _BEFORE)
            rebuild(folder, replace(tools, config=config, despite_damage=True))
        except ArchiverError as error:
            what = f"The kept files could not be read again into rows: {error.what}"
            return (Finding(kind=Kind.DISAGREES, what=what, file=CATALOGUE),)
        return tuple(_told(folder / _BEFORE, folder / CATALOGUE))


@contextmanager
def _folder(beside: Path | None) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="archiver-twin-", dir=beside) as name:
        yield Path(name)


def _copied(archive: Archive, folder: Path) -> None:
    """The catalogue as it is now, and the files it knows, no longer than it knows them."""
    for name in ("spool", "quarantine", "ledger"):
        (folder / name).mkdir()
    shutil.copyfile(archive.directory / LABEL, folder / LABEL)
    DiskStore.create(folder / "warc")
    comparing.backup(archive.database.connection(), folder / CATALOGUE)
    with closing(Archive.open(folder)) as twin:
        db = twin.database.connection()
        accounts = {number: name for name, number in account_numbers(db).items()}
        for row in segments_table.segments(db):
            _copy_file(archive, folder, row, accounts[row.account])


def _copy_file(archive: Archive, folder: Path, row: SegmentRow, account: str) -> None:
    sealed = row.state == SEALED
    target = folder / "warc" / stored_name(account, row.month, row.name) if sealed else folder / "spool" / row.name
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with archive.open_segment(row.name, account, row.month) as source, target.open("wb") as copy:
            _copy_bytes(source, copy, row.size)
    except (ArchiverError, FileNotFoundError):
        return  # told by the verification of the files, and again by what is missing among the rows


def _copy_bytes(source: BinaryIO, target: BinaryIO, length: int) -> None:
    while length and (data := source.read(min(length, 1 << 20))):
        target.write(data)
        length -= len(data)


def _config(config: Config, folder: Path) -> Config:
    plain = Config()
    return replace(
        config,
        archive=replace(config.archive, directory=folder, reserve_megabytes=0),
        store=plain.store,
        second_store=plain.second_store,
    )


def _told(before: Path, anew: Path) -> Iterator[Finding]:
    for count, one in enumerate(comparing.differing(before, anew)):
        if count == MOST_TOLD:
            yield Finding(kind=Kind.DISAGREES, what=f"More than {MOST_TOLD} rows differ.", file=CATALOGUE)
            return
        how = "is not what the kept files say" if one.here else "is said by the kept files, and is not there"
        what = f"In the catalogue, a row of {one.table} ({one.name}) {how}."
        yield Finding(kind=Kind.DISAGREES, what=what, file=CATALOGUE, account=one.account)
