"""Public records requests and the bundles made for them, as rows."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime

from archiver.errors import NotFound
from archiver.model import PublicRecordsRequest, RequestState, Selector, canonical_json, iso, parse_iso
from archiver.storage.database import Connection, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleRow:
    """One bundle that was made: its file below `bundles/`, SHA-256 (hex) and length of it, and its count of items."""

    request: str
    made: datetime
    name: str
    sha256: str
    size: int
    items: int


def add_request(db: Connection, request: PublicRecordsRequest, opened: datetime) -> None:
    """Store a new request. Its id must be new."""
    db.execute(
        "INSERT INTO requests (id, received, due, requester, text, selector, opened_by, opened, closed, closing)"
        " VALUES (:id, :received, :due, :requester, :text, :selector, :opened_by, :opened, NULL, '')",
        {
            "id": request.id,
            "received": iso(request.received),
            "due": request.due.isoformat(),
            "requester": request.requester,
            "text": request.text,
            "selector": canonical_json(request.selector.to_json()).decode(),
            "opened_by": request.opened_by,
            "opened": iso(opened),
        },
    )


def close_request(db: Connection, request_id: str, *, closed: datetime, note: str) -> None:
    """The request is closed."""
    db.execute("UPDATE requests SET closed = ?, closing = ? WHERE id = ?", (iso(closed), note, request_id))


def request_called(db: Connection, request_id: str) -> PublicRecordsRequest:
    """The request of this id. Raises NotFound."""
    row = db.execute("SELECT * FROM requests WHERE id = ?", (request_id,)).fetchone()
    if row is None:
        raise NotFound(f"No request is known as {request_id!r}.", do="List them: archiver requests list --all")
    return _request(row)


def requests(db: Connection, *, closed_too: bool = True) -> tuple[PublicRecordsRequest, ...]:
    """The requests, the one due first before the others."""
    rows = db.execute(
        "SELECT * FROM requests WHERE :closed_too OR closed IS NULL ORDER BY closed IS NOT NULL, due, id",
        {"closed_too": int(closed_too)},
    )
    return tuple(_request(row) for row in rows)


def add_bundle(db: Connection, bundle: BundleRow) -> None:
    """A bundle was made."""
    db.execute(
        "INSERT INTO bundles (request, made, name, sha256, size, items) VALUES (?, ?, ?, ?, ?, ?)",
        (bundle.request, iso(bundle.made), bundle.name, bundle.sha256, bundle.size, bundle.items),
    )


def bundles_of(db: Connection, request_id: str) -> tuple[BundleRow, ...]:
    """The bundles made for a request, in order."""
    rows = db.execute("SELECT * FROM bundles WHERE request = ? ORDER BY number", (request_id,))
    return tuple(
        BundleRow(
            request=row["request"],
            made=parse_iso(row["made"]),
            name=row["name"],
            sha256=row["sha256"],
            size=row["size"],
            items=row["items"],
        )
        for row in rows
    )


def _request(row: Row) -> PublicRecordsRequest:
    return PublicRecordsRequest(
        id=row["id"],
        received=parse_iso(row["received"]),
        text=row["text"],
        selector=Selector.from_json(json.loads(row["selector"])),
        opened_by=row["opened_by"],
        due=date.fromisoformat(row["due"]),
        requester=row["requester"],
        state=RequestState.CLOSED if row["closed"] else RequestState.OPEN,
        closed=parse_iso(row["closed"]) if row["closed"] else None,
        closing_note=row["closing"],
    )
