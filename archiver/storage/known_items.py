"""What the catalogue knows of the items a page shows, in one question."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from archiver.model import Seen, parse_iso
from archiver.storage.database import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownItem:
    """An item's key and who made it, the number and digest (hex) of its current version, what the last look showed."""

    id: int
    remote_id: str
    kind: str
    author_id: str
    author_handle: str
    version: int
    digest: str
    seen: Seen
    thread: str | None = None

    def with_version(self, number: int, digest: str) -> KnownItem:
        """The same item after a change."""
        return replace(self, version=number, digest=digest)


def known(db: Connection, account: int, remote_ids: Iterable[str]) -> dict[str, KnownItem]:
    """The items of this account among `remote_ids`, by remote id."""
    # CROSS JOIN fixes the order of the loops: the planner would otherwise read every item of the account.
    rows = db.execute(
        "SELECT i.id, i.remote_id, i.kind, i.author_id, i.author_handle, i.version, i.digest, i.seen, i.thread"
        " FROM json_each(:ids) j"
        " CROSS JOIN items i ON i.account = :account AND i.remote_id = j.value",
        {"ids": json.dumps(list(remote_ids)), "account": account},
    )
    return {
        row["remote_id"]: KnownItem(
            id=row["id"],
            remote_id=row["remote_id"],
            kind=row["kind"],
            author_id=row["author_id"],
            author_handle=row["author_handle"],
            version=row["version"],
            digest=row["digest"].hex(),
            seen=Seen(row["seen"]),
            thread=row["thread"],
        )
        for row in rows
    }


def newest_of_thread(db: Connection, account: int, thread: str, *, before_run: str) -> tuple[str, datetime] | None:
    """Remote id and time of the newest item of a thread that was known before a run."""
    row = db.execute(
        "SELECT i.remote_id, i.created FROM items i JOIN versions v ON v.item = i.id AND v.number = 1"
        " JOIN captures f ON f.number = v.capture WHERE i.account = ? AND i.thread = ? AND i.created IS NOT NULL"
        " AND f.run <> ? ORDER BY i.created DESC LIMIT 1",
        (account, thread, before_run),
    ).fetchone()
    return (row["remote_id"], parse_iso(row["created"])) if row else None


def created(db: Connection, account: int, remote_id: str | None) -> datetime | None:
    """When an item was made, where we know the item and the platform said it."""
    row = db.execute("SELECT created FROM items WHERE account = ? AND remote_id = ?", (account, remote_id)).fetchone()
    return parse_iso(row["created"]) if row and row["created"] else None
