"""What a crash left: whole exchanges become rows without being asked for again, torn tails go to quarantine."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from archiver.clock import Clock
from archiver.config import Polling
from archiver.errors import VerificationError
from archiver.model import Account, CaptureNote, Gap
from archiver.polling import consequences, runs
from archiver.polling.replaying import Replayer
from archiver.polling.situation import Situation
from archiver.storage import files, frontier, run_rows, segments_table
from archiver.storage.accounts import account_called, account_id_of
from archiver.storage.archive import Archive
from archiver.storage.coverage_rows import gap_note
from archiver.storage.database import Connection
from archiver.storage.ingest import Place, Written, apply_or_unread
from archiver.storage.open_segments import adopt_files_without_row, put_away
from archiver.storage.recovery import recover
from archiver.storage.segments import Segment
from archiver.storage.segments_table import OPEN, RecordRow, SegmentRow
from archiver.storage.stores import stored_name
from archiver.storage.units import Found, FoundNote, Unit

LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """Brings the growing files and the catalogue together again, before anything is polled or appended."""

    replayer: Replayer
    policy: Polling
    clock: Clock

    @property
    def _archive(self) -> Archive:
        return self.replayer.archive

    def all(self) -> None:
        """Every growing file."""
        files.discard_unfinished(self._archive.spool)
        adopt_files_without_row(self._archive)
        for row in segments_table.segments(self._archive.database.connection(), OPEN):
            try:
                self._put_away_or_recover(row)
            except VerificationError as error:  # left as it is, for `archiver verify`; its account begins a new file
                LOG.error("segment set aside segment=%s problem=%s", row.name, error.what)
                with self._archive.database.transaction() as db:
                    segments_table.mark_damaged(db, row.number)

    def one(self, row: SegmentRow) -> None:
        """One growing file. Raises VerificationError where it has lost bytes that rows refer to."""
        path = self._archive.spool / row.name
        found = recover(path, row.size, self._archive.quarantine, self.clock.now())
        if found.quarantined:
            LOG.warning("torn tail moved to quarantine segment=%s problem=%s", row.name, found.problem)
        account = self._account(row.account)
        with self._archive.database.transaction() as db:
            gaps: dict[str, Gap] = {}
            written = Written()
            for unit in found.units:
                gaps |= {gap.id: gap for gap in self._ingest(db, account, row, unit, written)}
            written.finish(db)
            said = {unit.about for unit in found.notes if unit.said["record"] == "gap"}
            end = self._note(db, row, found.end, [gap for gap in gaps.values() if gap.id not in said])
            segments_table.commit_size(db, row.number, end)

    def _ingest(
        self, db: Connection, account: Account, row: SegmentRow, unit: Unit, written: Written
    ) -> tuple[Gap, ...]:
        if isinstance(unit, FoundNote):
            self._ingest_note(db, row, unit)
            return ()
        if not isinstance(unit, Found):
            segments_table.add_notes(db, row.number, unit.records)
            return ()
        response = RecordRow(segment=row.name, record=unit.records[0])
        told = self.replayer.told(account, unit.note, response, row.month)
        place = Place(segment=row.number, records=unit.records)
        at = self._situation(db, account, row, unit.note)
        if at is None:
            apply_or_unread(db, row.account, unit.note, told, place, written)
            return ()
        hops = frontier.hops_of(db, row.account, unit.note.fetch)
        result = consequences.of_reply(db, at, unit.note, told, hops=hops)
        if problem := apply_or_unread(db, row.account, unit.note, told, place, written):
            result = consequences.of_unwritten(db, at, unit.note.role, unit.note.fetch, problem)
        runs.apply(db, at, unit.note.fetch, result, self.policy)
        return result.gaps

    def _situation(self, db: Connection, account: Account, row: SegmentRow, note: CaptureNote) -> Situation | None:
        """Where the reply stood when it came: what follows from it is then the same, gaps and their names included."""
        run = run_rows.open_run(db, row.account)
        if run is None or run.id != note.run_id:
            return None
        return Situation(account=account, number=row.account, run=run, media=self.policy.media, now=note.ended)

    def _ingest_note(self, db: Connection, row: SegmentRow, unit: FoundNote) -> None:
        run = run_rows.open_run(db, row.account)
        run_rows.apply_note(db, row.account, row.number, unit.records[0], unit.said)
        if unit.said["record"] == "run" and run is not None and run.id == unit.about:
            runs.end(db, row.account, run, done=unit.said["outcome"] == "done")

    def _note(self, db: Connection, row: SegmentRow, end: int, gaps: Sequence[Gap]) -> int:
        """Gaps that were not noted before the crash are noted now; where the file then ends is returned."""
        if not gaps:
            return end
        with Segment.open_existing(self._archive.spool / row.name) as segment:
            for gap in gaps:
                note = gap_note(gap)
                record = segment.append_note(note, gap.id, self.clock.now())
                run_rows.apply_note(db, row.account, row.number, record, note)
            segment.sync()
            return segment.size

    def _account(self, number: int) -> Account:
        db = self._archive.database.connection()
        return account_called(db, account_id_of(db, number))

    def _put_away_or_recover(self, row: SegmentRow) -> None:
        """After a crash between putting a file away and saying so, the store has it, the spool perhaps too.

        One that is in both is finished: appending to it would change what was put away, where that is a hard link.
        """
        account_id = account_id_of(self._archive.database.connection(), row.account)
        stored = stored_name(account_id, row.month, row.name)
        if (self._archive.spool / row.name).exists() and stored not in self._archive.sealed_here.names(stored):
            self.one(row)
        else:
            put_away(self._archive, row)
