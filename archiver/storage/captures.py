"""Kept captures, found by their ids."""

from __future__ import annotations

from dataclasses import dataclass

from archiver.storage.database import Connection
from archiver.storage.segments_table import RecordRow, records_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """One kept exchange: its number, the month of its file, and its records."""

    number: int
    month: str
    records: tuple[RecordRow, ...]

    @property
    def response(self) -> RecordRow:
        """The response record."""
        return self.records[0]

    @property
    def metadata(self) -> RecordRow:
        """The metadata record."""
        return self.records[-1]


def capture_called(db: Connection, capture: str) -> Capture | None:
    """The capture of this id, or None where it is not kept (any more)."""
    row = db.execute(
        "SELECT c.number, s.month FROM captures c JOIN segments s ON s.number = c.segment WHERE c.id = ?", (capture,)
    ).fetchone()
    if row is None:
        return None
    return Capture(number=row["number"], month=row["month"], records=records_of(db, row["number"]))
