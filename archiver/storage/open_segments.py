"""The WARC files that are growing: one for each account, found again after a crash, sealed when finished."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from archiver.model import Account, iso
from archiver.model.times import month_of
from archiver.storage import files, segments_table
from archiver.storage.accounts import account_id_of, account_numbers
from archiver.storage.archive import Archive
from archiver.storage.copies import INDEX
from archiver.storage.segment_index import index_of
from archiver.storage.segments import Sealed, Segment, account_and_month, seal, should_seal
from archiver.storage.segments_table import OPEN, SegmentRow
from archiver.storage.stores import stored_name

MOST_OPEN = 256  # file descriptors

Recover = Callable[[SegmentRow], None]


@dataclass(slots=True)
class Growing:
    """An open segment, and the number of its row."""

    segment: Segment
    account: int
    month: str
    row: int

    @property
    def name(self) -> str:
        """The file's name."""
        return self.segment.path.name


class OpenSegments:
    """Hands out the segment each account's records go to. Used by the one writer only.

    `recover` is called for a file that holds more than its rows say, before anything is appended to it.
    """

    def __init__(self, archive: Archive, *, limit_bytes: int, recover: Recover) -> None:
        self._archive = archive
        self._recover = recover
        self._limit = limit_bytes
        self._held: OrderedDict[str, Growing] = OrderedDict()

    def of(self, account: Account, number: int, moment: datetime) -> Growing:
        """The account's segment of this month, begun where there is none."""
        held = self._held.pop(account.id, None)
        if held is not None and should_seal(held.segment.size, held.month, moment, self._limit):
            held.segment.close()
            held = None
        held = held or self._found(number, moment) or self._begun(account, number, moment)
        self._held[account.id] = held
        while len(self._held) > MOST_OPEN:
            self._held.popitem(last=False)[1].segment.close()
        return held

    def settle(self, account_id: str) -> None:
        """What the account's file holds beyond its rows becomes rows; also where it has none at all."""
        self.forget(account_id)
        adopt_files_without_row(self._archive)
        number = account_numbers(self._archive.database.connection(), (account_id,))[account_id]
        for row in segments_table.segments(self._archive.database.connection(), OPEN):
            if row.account == number:
                self._settle(row)

    def _settle(self, row: SegmentRow) -> bool:
        """False where the file is not in the spool."""
        path = self._archive.spool / row.name
        if not path.exists():
            return False
        if path.stat().st_size != row.size:
            self._recover(row)
        return True

    def forget(self, account_id: str) -> None:
        """Close the account's segment: what it holds is looked at again before it is used again."""
        held = self._held.pop(account_id, None)
        if held is not None:
            held.segment.close()

    def close(self) -> None:
        """Close every file."""
        for account_id in list(self._held):
            self.forget(account_id)

    def seal_finished(self, moment: datetime) -> tuple[Sealed, ...]:
        """Seal every open segment that is large enough or of a month that is over."""
        sealed = []
        for row in segments_table.segments(self._archive.database.connection(), OPEN):
            if should_seal(row.size, row.month, moment, self._limit):
                sealed.append(self._seal(row))
        return tuple(sealed)

    def _seal(self, row: SegmentRow) -> Sealed:
        account_id = account_id_of(self._archive.database.connection(), row.account)
        if account_id in self._held and self._held[account_id].name == row.name:
            self.forget(account_id)
        self._settle(row)
        return put_away(self._archive, row)

    def _found(self, number: int, moment: datetime) -> Growing | None:
        """A file that still grows; one that is finished only waits to be sealed."""
        for row in segments_table.segments(self._archive.database.connection(), OPEN):
            finished = should_seal(row.size, row.month, moment, self._limit)
            if row.account == number and not finished and self._settle(row):
                segment = Segment.open_existing(self._archive.spool / row.name)
                return Growing(segment=segment, account=number, month=row.month, row=row.number)
        return None

    def _begun(self, account: Account, number: int, moment: datetime) -> Growing:
        db = self._archive.database.connection()
        (serial,) = db.execute("SELECT count(*) + 1 FROM segments WHERE account = ?", (number,)).fetchone()
        segment = Segment.create(
            self._archive.spool,
            account_id=account.id,
            registration=registration(account, moment),
            moment=moment,
            serial=int(serial),
        )
        try:
            row = self._add_row(segment, number, month_of(moment))
        except BaseException:  # a transaction that failed may yet turn out to be there: the file stays, to be adopted
            segment.close()
            raise
        return Growing(segment=segment, account=number, month=month_of(moment), row=row)

    def _add_row(self, segment: Segment, number: int, month: str) -> int:
        with self._archive.database.transaction() as db:
            row = segments_table.add_segment(db, account=number, name=segment.path.name, month=month)
            segments_table.add_notes(db, row, (segment.warcinfo,) if segment.warcinfo else ())
            segments_table.commit_size(db, row, segment.size)
        return row


def adopt_files_without_row(archive: Archive) -> None:
    """A file begun just before a crash, or when the disk failed, gets its row; it is empty until the file was read."""
    db = archive.database.connection()
    known = {row.name for row in segments_table.segments(db)}
    numbers = account_numbers(db)
    for path in sorted(archive.spool.glob("*.warc.gz")):
        account, month = account_and_month(path.name)
        if path.name not in known and account in numbers:
            with archive.database.transaction() as writing:
                segments_table.add_segment(writing, account=numbers[account], name=path.name, month=month)


def put_away(archive: Archive, row: SegmentRow) -> Sealed:
    """Seal a file into the store, with an index beside it; done again after a crash anywhere, it ends the same."""
    sealed = seal(archive.spool / row.name, archive.sealed_here, row.month)
    _put_index(archive, row, sealed)
    with archive.database.transaction() as db:
        segments_table.mark_sealed(db, row.number, size=sealed.size, sha256=sealed.sha256)
    return sealed


def _put_index(archive: Archive, row: SegmentRow, sealed: Sealed) -> None:
    db = archive.database.connection()
    account_id = account_id_of(db, row.account)
    told = index_of(db, row.number, account_id=account_id, name=row.name, size=sealed.size, sha256=sealed.sha256)
    index = archive.spool / f"{row.name}{INDEX}"
    files.replace(index, told)
    archive.sealed_here.put(stored_name(account_id, row.month, index.name), index)
    index.unlink()
    files.sync_directory(index.parent)  # before its row says so: nobody looks for it again


def registration(account: Account, moment: datetime) -> dict[str, object]:
    """What a segment says of the account it belongs to: what reading its replies again depends on."""
    return {
        "id": account.id,
        "platform": account.platform,
        "handle": account.handle,
        "url": account.url,
        "unit": account.unit,
        "level": str(account.level),
        "platform_id": account.platform_id,
        "options": dict(account.options),
        "with_credential": account.credential is not None,
        "as_of": iso(moment),
    }
