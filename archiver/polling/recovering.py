"""What a crash left: whole exchanges become rows without being asked for again, torn tails go to quarantine."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from archiver.clock import Clock
from archiver.config import Polling
from archiver.errors import VerificationError
from archiver.model import Account, Gap
from archiver.polling import consequences, runs
from archiver.polling.consequences import Situation
from archiver.polling.replaying import Replayer
from archiver.storage import files, run_rows, segments_table
from archiver.storage.accounts import account_numbers, all_accounts
from archiver.storage.archive import Archive
from archiver.storage.database import Connection
from archiver.storage.ingest import Place, Written, apply_exchange
from archiver.storage.recovery import recover
from archiver.storage.segments import account_of, seal
from archiver.storage.segments_table import OPEN, RecordRow, SegmentRow
from archiver.storage.units import Found, FoundRun, Unit

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

    def all(self) -> tuple[Gap, ...]:
        """Every growing file. The gaps found on the way still have to be noted in the WARC."""
        self._adopt_files_without_row()
        gaps: list[Gap] = []
        for row in segments_table.segments(self._archive.database.connection(), OPEN):
            if not self._is_sealed_already(row):
                gaps += self._one_or_damaged(row)
        return tuple(gaps)

    def _one_or_damaged(self, row: SegmentRow) -> tuple[Gap, ...]:
        """A file that lost committed bytes is left as it is, for `archiver verify`; its account begins a new one."""
        try:
            return self.one(row)
        except VerificationError as error:
            LOG.error("segment set aside segment=%s problem=%s", row.name, error.what)
            with self._archive.database.transaction() as db:
                segments_table.mark_damaged(db, row.number)
            return ()

    def one(self, row: SegmentRow) -> tuple[Gap, ...]:
        """One growing file."""
        now = self.clock.now()
        found = recover(self._archive.spool / row.name, row.size, self._archive.quarantine, now)
        if found.quarantined:
            LOG.warning("torn tail moved to quarantine segment=%s problem=%s", row.name, found.problem)
        gaps: list[Gap] = []
        account = self._account(row.account)
        with self._archive.database.transaction() as db:
            written = Written()
            for unit in found.units:
                gaps += self._ingest(db, account, row, unit, written, now)
            written.finish(db)
            segments_table.commit_size(db, row.number, found.end)
        return tuple(gaps)

    def _ingest(
        self, db: Connection, account: Account, row: SegmentRow, unit: Unit, written: Written, now: datetime
    ) -> tuple[Gap, ...]:
        if isinstance(unit, FoundRun):
            run_rows.apply_note(db, row.account, row.number, unit.records[0], unit.said)
            return ()
        if not isinstance(unit, Found):
            segments_table.add_records(db, row.number, None, unit.records)
            return ()
        response = RecordRow(segment=row.name, record=unit.records[0])
        told = self.replayer.told(account, unit.note, response, row.month)
        run = run_rows.open_run(db, row.account)
        result = consequences.Consequences()
        if run is not None and run.id == unit.note.run_id:
            at = Situation(account=account, number=row.account, run=run, media=self.policy.media, now=now)
            result = consequences.of_reply(db, at, unit.note, told)
        place = Place(segment=row.number, records=unit.records)
        apply_exchange(db, row.account, unit.note, told, place, written)
        if run is not None and run.id == unit.note.run_id:
            runs.apply(db, at, unit.note.fetch, result, self.policy)
        return result.gaps

    def _account(self, number: int) -> Account:
        db = self._archive.database.connection()
        names = {found: account_id for account_id, found in account_numbers(db).items()}
        return next(account for account in all_accounts(db) if account.id == names[number])

    def _adopt_files_without_row(self) -> None:
        """A file begun just before a crash has no row yet."""
        db = self._archive.database.connection()
        known = {row.name for row in segments_table.segments(db)}
        numbers = account_numbers(db)
        for path in sorted(self._archive.spool.glob("*.warc.gz")):
            account = _owner(path.name)
            if path.name not in known and account in numbers:
                month = f"{path.name[len(account) + 1 :][:4]}-{path.name[len(account) + 5 :][:2]}"
                with self._archive.database.transaction() as writing:
                    segments_table.add_segment(writing, account=numbers[account], name=path.name, month=month)

    def _is_sealed_already(self, row: SegmentRow) -> bool:
        """A crash between putting a file and saying so: the spool has let go of it, the store has it."""
        if (self._archive.spool / row.name).exists():
            return False
        sealed = seal(self._archive.spool / row.name, self._archive.store, row.month)
        with self._archive.database.transaction() as db:
            segments_table.mark_sealed(db, row.number, size=sealed.size, sha256=sealed.sha256)
        files.sync_directory(self._archive.spool)
        return True


def _owner(name: str) -> str:
    try:
        return account_of(name)
    except ValueError:
        return ""
