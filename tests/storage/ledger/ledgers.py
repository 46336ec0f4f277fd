"""An archive with a ledger that a test adds leaves to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from archiver.storage.archive import Archive
from archiver.storage.ledger import custody
from archiver.storage.ledger.keys import KeyPlace

START = datetime(2026, 11, 21, 12, tzinfo=UTC)


def place_of(archive: Archive, *, reference: str = "", environ: Mapping[str, str] | None = None) -> KeyPlace:
    """Where the archive's signing key lies."""
    return custody.place_of(archive, reference, environ or {})
