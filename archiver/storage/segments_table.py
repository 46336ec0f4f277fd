"""Which WARC files there are, how far each is committed, and where each record lies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from archiver.model import StoredRecord
from archiver.storage.database import Connection, Row
from archiver.storage.ledger.leaves import Appending, Leaves, note_leaf


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentRow:
    """One WARC file. `size` is what is committed of it (bytes); `sha256` is known once it is sealed."""

    number: int
    account: int
    name: str
    month: str
    state: str
    size: int
    sha256: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRow:
    """One stored WARC record, in its file."""

    segment: str
    record: StoredRecord


OPEN, SEALED, DAMAGED = "open", "sealed", "damaged"


def add_segment(db: Connection, *, account: int, name: str, month: str) -> int:
    """A new, growing WARC file; its number is returned."""
    row = db.execute(
        "INSERT INTO segments (account, name, month, state, size) VALUES (:account, :name, :month, 'open', 0)"
        " RETURNING number",
        {"account": account, "name": name, "month": month},
    ).fetchone()
    return int(row["number"])


def segments(db: Connection, state: str | None = None) -> tuple[SegmentRow, ...]:
    """The WARC files in this state (all where none is given), oldest first."""
    rows = db.execute("SELECT * FROM segments WHERE :state IS NULL OR state = :state ORDER BY number", {"state": state})
    return tuple(SegmentRow(**dict(row)) for row in rows)


def commit_size(db: Connection, segment: int, size: int) -> None:
    """Everything below `size` in this file is referred to by rows."""
    db.execute("UPDATE segments SET size = :size WHERE number = :number", {"size": size, "number": segment})


def mark_sealed(db: Connection, segment: int, *, size: int, sha256: str) -> None:
    """The file is finished and lies in the store."""
    db.execute(
        "UPDATE segments SET state = 'sealed', size = :size, sha256 = :sha256 WHERE number = :number",
        {"size": size, "sha256": sha256, "number": segment},
    )


def mark_damaged(db: Connection, segment: int) -> None:
    """The growing file has lost bytes that rows refer to: nothing is appended to it any more."""
    db.execute("UPDATE segments SET state = 'damaged' WHERE number = :number", {"number": segment})


def add_records(db: Connection, segment: int, capture: int, records: Iterable[StoredRecord]) -> None:
    """Where each record of a capture lies."""
    db.executemany(
        "INSERT INTO records (segment, offset, length, capture, type, id, sha256) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(segment, r.offset, r.length, capture, r.type, r.record_id, bytes.fromhex(r.sha256)) for r in records],
    )


def add_notes(db: Connection, segment: int, records: Iterable[StoredRecord], leaves: Leaves = Appending) -> None:
    """Where records lie that belong to no capture: the warcinfo of a file, the notes of runs and gaps; their leaves."""
    (account,) = db.execute(
        "SELECT a.id FROM segments s JOIN accounts a ON a.number = s.account WHERE s.number = ?", (segment,)
    ).fetchone()
    given = leaves(db)
    for r in records:
        leaf = given.give(note_leaf(account=account, record=r.record_id, sha256=r.sha256).data)
        db.execute(
            "INSERT INTO records (segment, offset, length, type, id, sha256, leaf) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (segment, r.offset, r.length, r.type, r.record_id, bytes.fromhex(r.sha256), leaf),
        )
    given.finish()


def records_in(db: Connection, segment: int) -> Iterator[StoredRecord]:
    """The records of one file, in the order they lie."""
    rows = db.execute("SELECT * FROM records WHERE segment = :segment ORDER BY offset", {"segment": segment})
    return (_record(row) for row in rows)


def records_of(db: Connection, capture: int) -> tuple[RecordRow, ...]:
    """The records of one capture: response, request, metadata."""
    rows = db.execute(
        "SELECT r.*, s.name FROM records r JOIN segments s ON s.number = r.segment WHERE r.capture = :capture"
        " ORDER BY r.offset",
        {"capture": capture},
    )
    return tuple(RecordRow(segment=row["name"], record=_record(row)) for row in rows)


def _record(row: Row) -> StoredRecord:
    return StoredRecord(
        record_id=row["id"],
        type=row["type"],
        offset=row["offset"],
        length=row["length"],
        sha256=row["sha256"].hex(),
    )
