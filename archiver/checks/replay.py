"""Reads the WARC files of one account again, in the order they were written, into rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from archiver.checks.warc_files import WarcFile, as_registered, measured, next_whole, open_file, registered_in
from archiver.errors import VerificationError
from archiver.model import Account, parse_iso
from archiver.polling.replaying import Replayer
from archiver.storage import run_rows, segments_table, soundness
from archiver.storage.archive import Archive
from archiver.storage.database import Connection
from archiver.storage.ingest import Place, Written, apply_or_unread
from archiver.storage.ledger.restoring import Finding
from archiver.storage.note_shape import require_shape
from archiver.storage.recovery import recover
from archiver.storage.segments_table import RecordRow
from archiver.storage.units import Found, FoundNote, Unit, end_of, units

# Exchanges wait for their run's record, which says between which of them others showed nothing new. So many wait at
# most, to bound memory; those of a longer run are taken in their own order alone.
MOST_WAITING = 20_000

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """A part of a file that holds no whole records, from `start` up to `end` (None: to the end of the file)."""

    file: WarcFile
    start: int
    end: int | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Exchange:
    """An exchange that waits for its run's record, and the file it lies in."""

    found: Found
    file: WarcFile
    segment: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Registered:
    """What a file that was begun between two exchanges says of the account."""

    said: Mapping[str, Any]


class AccountReplay:
    """One account's files made into rows; the account is followed through its registrations and its pinning.

    `exchanges` counts what was written, `damages` tells what could not be, `quarantined` are the torn tails moved away.
    """

    def __init__(self, archive: Archive, replayer: Replayer, account: Account, number: int, now: datetime) -> None:
        self.exchanges = 0
        self.damages: list[Damage] = []
        self.quarantined: list[str] = []
        self._archive = archive
        self._replayer = replayer
        self._account = account
        self._number = number
        self._now = now
        self._waiting: list[_Exchange | _Registered] = []

    def replay(self, files: Sequence[WarcFile], progress: Progress) -> None:
        """Every file, in its order."""
        for file in files:
            with self._archive.database.transaction() as db:
                size = self._file(db, file)
                if file is files[-1]:
                    self._settle(db, "", ())
            progress(size)

    def _file(self, db: Connection, file: WarcFile) -> int:
        segment = segments_table.add_segment(db, account=self._number, name=file.name, month=file.month)
        end = 0
        for unit in self._units(file):
            end = end_of(unit)
            self._take(db, file, segment, unit)
        if not file.sealed:
            segments_table.commit_size(db, segment, end)
            return end
        size, sha256 = measured(self._archive, file)
        segments_table.mark_sealed(db, segment, size=size, sha256=sha256)
        return size

    def _units(self, file: WarcFile) -> Iterator[Unit]:
        """The whole units; damage between them is noted, a torn tail of a growing file goes to quarantine."""
        start: int | None = 0
        while start is not None:
            try:
                with open_file(self._archive, file) as opened:
                    for unit in units(opened, start, name=file.name):
                        yield unit
                        start = end_of(unit)
                return
            except VerificationError as error:
                start = self._behind(file, start, error.what)

    def _behind(self, file: WarcFile, bad: int, why: str) -> int | None:
        with open_file(self._archive, file) as opened:
            following = next_whole(opened, bad)
        if following is None and not file.sealed:
            left = recover(self._archive.spool / file.name, bad, self._archive.quarantine, self._now)
            self.quarantined += [left.quarantined.name] if left.quarantined else []
        else:
            self.damages.append(Damage(file=file, start=bad, end=following, why=why))
        return following

    def _take(self, db: Connection, file: WarcFile, segment: int, unit: Unit) -> None:
        if isinstance(unit, Found):
            self._waiting.append(_Exchange(found=unit, file=file, segment=segment))
            if len(self._waiting) > MOST_WAITING:
                self._settle(db, "", ())
        elif isinstance(unit, FoundNote):
            if why := _wrong_shape(unit):
                self.damages.append(Damage(file=file, start=unit.records[0].offset, end=end_of(unit), why=why))
                return
            if unit.said["record"] == "run":
                self._settle(db, unit.said["run"], unit.said["unchanged"])
            run_rows.apply_note(db, self._number, segment, unit.records[0], unit.said, Finding)
        else:
            segments_table.add_notes(db, segment, unit.records, Finding)
            self._waiting.append(_Registered(said=registered_in(self._archive, file, unit.records[0])))

    def _settle(self, db: Connection, run: str, unchanged: Sequence[Mapping[str, Any]]) -> None:
        """Write what waits, and the replies that showed nothing new where they belong between it."""
        notes, written = list(reversed(unchanged)), Written(leaves=Finding)
        for waiting in self._waiting:
            if isinstance(waiting, _Registered):
                self._account = as_registered(self._account, waiting.said)
                continue
            while notes and parse_iso(notes[-1]["at"]) < waiting.found.note.ended:
                run_rows.touch(db, self._number, run, notes.pop())
            self._apply(db, waiting, written)
        for note in reversed(notes):
            run_rows.touch(db, self._number, run, note)
        self._waiting.clear()
        written.finish(db)

    def _apply(self, db: Connection, waiting: _Exchange, written: Written) -> None:
        found = waiting.found
        response = RecordRow(segment=waiting.file.name, record=found.records[0])
        told = self._replayer.told(self._account, found.note, response, waiting.file.month)
        place = Place(segment=waiting.segment, records=found.records)
        self.exchanges += not soundness.capture_is_known(db, found.note.capture_id)  # one that lies twice counts once
        problem = apply_or_unread(db, self._number, found.note, told, place, written)
        identity = told.page.identity if told.page and not problem else None
        if identity and self._account.platform_id is None:
            self._account = replace(self._account, platform_id=identity.platform_id)


def _wrong_shape(unit: FoundNote) -> str:
    """Why a note is none of ours, whatever its digests say; empty where it is one."""
    try:
        require_shape(unit.said)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        return f"a note that Archiver did not write ({error})"
    return ""
