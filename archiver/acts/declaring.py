"""Drafts the custodian's declaration: records are read again from disk before anything is said of them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from zoneinfo import ZoneInfo

from archiver import __version__
from archiver.storage import provenance
from archiver.storage.accounts import account_called
from archiver.storage.archive import Archive
from archiver.storage.database import Connection
from archiver.storage.item_rows import disclosed_items, key_of
from archiver.storage.kept_bytes import KeptBytes
from archiver.storage.provenance import Shown
from archiver.storage.responsive import Stored
from exports.declaration import Declared, Facts, KeptCapture, KeptRecord, draft


@dataclass(frozen=True, slots=True, kw_only=True)
class Custodian:
    """Who declares, for which agency, and the zone of the times."""

    name: str
    agency: str
    zone: ZoneInfo


def declaration(archive: Archive, items: Iterable[str], custodian: Custodian, *, now: datetime) -> str:
    """The draft on these items (ids, or ACCOUNT/REMOTE-ID). Changes nothing.

    Raises NotFound, and VerificationError where stored bytes are not what they were: then there is nothing to declare.
    """
    kept = KeptBytes(archive, tempfile.TemporaryFile)
    try:
        with archive.database.snapshot() as db:
            declared = [_declared(db, kept, key) for key in dict.fromkeys(key_of(db, item) for item in items)]
    finally:
        kept.close()
    return draft(
        Facts(
            agency=custodian.agency,
            custodian=custodian.name,
            software=f"Archiver {__version__}",
            verified=now,
            zone=custodian.zone,
            items=declared,
        )
    )


def _declared(db: Connection, kept: KeptBytes, key: int) -> Declared:
    item = next(iter(disclosed_items(db, (key,))))
    shown = {one.capture_id: one for one in provenance.shown(db, key)}
    told = [shown[version.capture_id] for version in item.versions]
    for one in told:
        _read_again(kept, one, item.account_id)
    return Declared(
        item=item,
        interval_minutes=account_called(db, item.account_id).interval_minutes,
        captures=tuple(map(_capture, told)),
    )


def _read_again(kept: KeptBytes, shown: Shown, account_id: str) -> None:
    month = PurePosixPath(shown.file).parent.name
    for one in shown.records:
        stored = Stored(
            file=one.segment,
            account_id=account_id,
            month=month,
            offset=one.record.offset,
            length=one.record.length,
            sha256=one.record.sha256,
        )
        for _ in kept.record(stored):
            pass


def _capture(shown: Shown) -> KeptCapture:
    return KeptCapture(
        capture_id=shown.capture_id,
        captured=shown.ended,
        records=tuple(
            KeptRecord(
                type=one.record.type,
                file=shown.file,
                offset=one.record.offset,
                length=one.record.length,
                sha256=one.record.sha256,
            )
            for one in shown.records
        ),
    )
