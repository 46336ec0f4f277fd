"""Restores sealed files that are damaged or missing from their other copy. Looks first; changes only when told to."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from archiver.checks import checkpoint_copies
from archiver.checks.mending import Hopeless, Mended, Repaired, Work, put_back
from archiver.checks.restoring import agrees_with_rows, damaged_records, merged
from archiver.checks.segment_check import FIRST, SECOND, store_of
from archiver.errors import AuthError, DiskError, VerificationError
from archiver.storage import files
from archiver.storage.archive import Archive
from archiver.storage.copies import INDEX, SealedFile, copy_of, sealed_files
from archiver.storage.copying import index_bytes, only_copier

_OTHER_DIGEST = (
    "Its records are whole, but not all of it as it was sealed: the catalogue was changed, or a record added."
)

_SCRATCH = ".repair-"


def repair(archive: Archive, work: Work) -> Repaired:
    """Compare both copies of each sealed file and checkpoint with what it was, and restore what one of them lacks.

    Raises Locked where another process copies or repairs, where it is to be carried out.
    """
    with ExitStack() as held:
        if work.carry_out:
            held.enter_context(only_copier(archive))
            for left in archive.spool.glob(f"{_SCRATCH}*"):  # of a repair that was broken off
                shutil.rmtree(left, ignore_errors=True)
        scratch = Path(held.enter_context(tempfile.TemporaryDirectory(dir=archive.spool, prefix=_SCRATCH)))
        done = Repaired()
        wanted = [one for one in sealed_files(archive.database.connection()) if _asked_for(one, work)]
        total, seen = sum(one.size for one in wanted), 0
        copies = _copies(archive, done)
        for segment in wanted:
            _File(archive=archive, segment=segment, copies=copies, work=work, scratch=scratch, done=done).look()
            seen += segment.size
            work.progress(seen, total)
        if work.account is None:  # the ledger is one, of all accounts
            checkpoint_copies.repair(archive, copies, work, scratch, done)
    return done


def _asked_for(segment: SealedFile, work: Work) -> bool:
    return work.account in (None, segment.name.partition("/")[0])


def _copies(archive: Archive, done: Repaired) -> tuple[str, ...]:
    """The copies that can be asked at all."""
    found = []
    for copy in (FIRST,) if archive.places.second.kind == "none" else (FIRST, SECOND):
        try:
            next(iter(store_of(archive, copy).names()), None)
            found.append(copy)
        except (DiskError, AuthError) as error:
            done.troubles.append(error.what)
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """One sealed file and its index, in every copy."""

    archive: Archive
    segment: SealedFile
    copies: Sequence[str]
    work: Work
    scratch: Path
    done: Repaired

    def look(self) -> None:
        """Find what is damaged, and mend it from what is not."""
        self.done.files += 1
        try:
            with ExitStack() as held:
                self._indexes(self._segment(held))
        except (DiskError, AuthError) as error:
            self.done.troubles.append(f"{self.segment.name}: {error.what}")

    def _segment(self, held: ExitStack) -> BinaryIO | None:
        """Mend the damaged copies; the file as it was sealed, None where no copy proves it."""
        name = self.segment.name
        opened = {copy: file for copy in self.copies if (file := self._opened(held, copy, name))}
        good = [copy for copy, file in opened.items() if self._is_good(file)]
        bad = [copy for copy in self.copies if copy not in good and (copy in opened or self._should_be(copy, name))]
        if not bad:
            return opened[good[0]] if good else None
        target = self.scratch / "file"
        if not self._made_whole({copy: opened[copy] for copy in good or opened}, target):
            return None
        for copy in bad:
            records = self._damage(opened.get(copy))
            self._mend(Mended(file=name, copy=copy, records=records, source=" and ".join(good[:1] or opened)), target)
        return held.enter_context(target.open("rb"))

    def _made_whole(self, copies: Mapping[str, BinaryIO], target: Path) -> bool:
        """Whether the file could be written anew from these copies."""
        segment = self.segment
        done = merged(self.archive.database.connection(), segment.number, copies, target, segment.sha256)
        if not done.whole:
            why = f"{len(done.lost)} of its records are whole in no copy." if done.lost else _OTHER_DIGEST
            self.done.hopeless.append(Hopeless(file=segment.name, why=why, offsets=done.lost))
        return done.whole

    def _indexes(self, whole: BinaryIO | None) -> None:
        """Write the index anew where it differs, from rows that the file itself proves."""
        name, db = self.segment.name + INDEX, self.archive.database.connection()
        told = index_bytes(db, self.segment.number)
        bad = [copy for copy in self.copies if self._index_differs(copy, name, told)]
        if not bad:
            return
        if whole is None or not agrees_with_rows(db, self.segment.number, whole):
            self.done.hopeless.append(Hopeless(file=name, why="The rows it is made of are not proved by the file."))
            return
        target = self.scratch / "index"
        target.write_bytes(told)
        for copy in bad:
            self._mend(Mended(file=name, copy=copy, records=None, source="catalogue"), target)

    def _index_differs(self, copy: str, name: str, told: bytes) -> bool:
        with ExitStack() as held:
            file = self._opened(held, copy, name)
            return self._should_be(copy, name) if file is None else file.read(len(told) + 1) != told

    def _opened(self, held: ExitStack, copy: str, name: str) -> BinaryIO | None:
        with suppress(VerificationError):
            return held.enter_context(store_of(self.archive, copy).open(name))
        return None

    def _is_good(self, file: BinaryIO) -> bool:
        return files.measured(file) == (self.segment.size, self.segment.sha256)

    def _should_be(self, copy: str, name: str) -> bool:
        """Whether a copy was made: one that was not yet is not damaged."""
        db, place = self.archive.database.connection(), self.archive.places.second.place
        return copy == FIRST or copy_of(db, place, name) is not None

    def _damage(self, file: BinaryIO | None) -> int | None:
        if file is None:
            return None
        return len(damaged_records(self.archive.database.connection(), self.segment.number, file))

    def _mend(self, mended: Mended, source: Path) -> None:
        if self.work.carry_out:
            mended = put_back(self.archive, mended, source, actor=self.work.actor, at=self.work.now())
        self.done.mended.append(mended)
