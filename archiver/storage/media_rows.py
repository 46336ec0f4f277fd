"""The files items carry: where they were said to be, and which bytes we hold."""

from __future__ import annotations

import json

from archiver.model import CaptureNote, Snapshot
from archiver.storage.database import Connection
from archiver.storage.told import Told


def note_media(db: Connection, account: int, item: int, snapshot: Snapshot) -> None:
    """The files a snapshot names; one that we hold already (by the platform's id of it) is linked at once."""
    for medium in snapshot.media:
        db.execute(
            "INSERT INTO item_media (item, media_id, account, url, alt, type, sha256, missing)"
            " VALUES (:item, :id, :account, :url, :alt, :type,"
            " (SELECT o.sha256 FROM item_media o WHERE o.account = :account AND o.media_id = :id"
            "  AND o.sha256 IS NOT NULL ORDER BY o.item LIMIT 1), '')"
            " ON CONFLICT (item, media_id) DO UPDATE SET url = excluded.url, alt = excluded.alt",
            {
                "item": item,
                "id": medium.id,
                "account": account,
                "url": medium.url,
                "alt": medium.alt,
                "type": medium.type,
            },
        )


def apply_media(db: Connection, account: int, note: CaptureNote, told: Told, capture: int) -> None:
    """What came of asking for a file: its bytes, or why they are missing. A redirect is neither."""
    if 300 <= note.status < 400 and told.location:
        return
    if told.problem or not 200 <= note.status < 300:
        mark_missing(db, account, note.fetch.token or "", told.problem or f"the server answered {note.status}")
        return
    keep_media(
        db,
        account,
        media_id=note.fetch.token or "",
        sha256=note.payload_sha256,
        size=note.payload_length,
        media_type=told.media_type,
        capture=capture,
        truncated=str(note.truncated or ""),
    )


def keep_media(
    db: Connection,
    account: int,
    *,
    media_id: str,
    sha256: str,
    size: int,
    media_type: str,
    capture: int,
    truncated: str,
) -> None:
    """The bytes are held: say so for every item that carries this file."""
    db.execute(
        "INSERT INTO media (account, sha256, size, type, capture, truncated) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        (account, sha256, size, media_type, capture, truncated),
    )
    db.execute(
        "UPDATE item_media SET sha256 = :sha256, missing = '' WHERE account = :account AND media_id = :id",
        {"sha256": sha256, "account": account, "id": media_id},
    )


def mark_missing(db: Connection, account: int, media_id: str, reason: str) -> None:
    """The bytes are not held: say why, for every item that carries this file."""
    db.execute(
        "UPDATE item_media SET missing = :reason WHERE account = :account AND media_id = :id AND sha256 IS NULL",
        {"reason": reason, "account": account, "id": media_id},
    )


def held_media(db: Connection, account: int, media_ids: list[str]) -> frozenset[str]:
    """Those of the named files whose bytes are held."""
    rows = db.execute(
        "SELECT DISTINCT m.media_id FROM json_each(:ids) j CROSS JOIN item_media m ON m.account = :account"
        " AND m.media_id = j.value WHERE m.sha256 IS NOT NULL",
        {"ids": json.dumps(media_ids), "account": account},
    )
    return frozenset(row["media_id"] for row in rows)


def lacks_others(db: Connection, account: int, remote_id: str, media_id: str) -> bool:
    """Whether a file of this item other than the one named is not held whole."""
    row = db.execute(
        "SELECT 1 FROM items i JOIN item_media m ON m.item = i.id"
        " LEFT JOIN media held ON held.account = m.account AND held.sha256 = m.sha256"
        " WHERE i.account = :account AND i.remote_id = :remote AND m.media_id <> :media"
        " AND (m.sha256 IS NULL OR held.truncated <> '') LIMIT 1",
        {"account": account, "remote": remote_id, "media": media_id},
    ).fetchone()
    return row is not None
