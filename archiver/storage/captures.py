"""Kept captures: found by their ids, and what their metadata records say of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from archiver.model import CaptureNote, iso
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


def columns_of(note: CaptureNote) -> dict[str, Any]:
    """The columns of a capture that its metadata record says, by name; the account is there by its id alone."""
    return {
        "id": note.capture_id,
        "run": note.run_id,
        "role": str(note.role),
        "stream": note.fetch.stream,
        "subject": note.fetch.subject,
        "fetch_key": note.fetch.key,
        "token": note.fetch.token,
        "connector": note.connector,
        "status": note.status,
        "started": iso(note.started),
        "ended": iso(note.ended),
        "payload_sha256": note.payload_sha256,
    }


def capture_called(db: Connection, capture: str) -> Capture | None:
    """The capture of this id, or None where it is not kept (any more)."""
    row = db.execute(
        "SELECT c.number, s.month FROM captures c JOIN segments s ON s.number = c.segment WHERE c.id = ?", (capture,)
    ).fetchone()
    if row is None:
        return None
    return Capture(number=row["number"], month=row["month"], records=records_of(db, row["number"]))
