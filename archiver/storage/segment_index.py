"""The JSON beside a sealed file: what lies where in it, for those who have nothing but a text editor."""

from __future__ import annotations

import json

from archiver.storage.database import Connection
from archiver.storage.segments_table import records_in


def index_of(db: Connection, segment: int, *, account_id: str, name: str, size: int, sha256: str) -> bytes:
    """The index of a segment, byte for byte a function of its rows."""
    records = [
        {"offset": r.offset, "length": r.length, "type": r.type, "id": r.record_id, "sha256": r.sha256}
        for r in records_in(db, segment)
    ]
    told = {"file": name, "size": size, "sha256": sha256, "account": account_id, "records": records}
    return (json.dumps(told, indent=1) + "\n").encode()
