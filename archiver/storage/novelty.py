"""Whether a reply shows anything new; and what is asked conditionally."""

from __future__ import annotations

from typing import Any

from archiver.model import CaptureNote, Fetch, Role, Snapshot, iso
from archiver.storage import notices
from archiver.storage.database import Connection
from archiver.storage.ingest import shown_digest
from archiver.storage.known_items import KnownItem, known
from archiver.storage.told import Told


def equal_capture(db: Connection, account: int, note: CaptureNote, told: Told) -> str | None:
    """The id of the newest kept capture that showed just this, where the reply holds nothing we do not have."""
    if note.role is Role.MEDIA:
        return _held_file(db, account, note) if 200 <= note.status < 300 and not told.problem else None
    if not told.whole:
        return _same_bytes(db, account, note, told)
    if told.page is not None and not _all_known(db, account, told.page.items):
        return None
    if told.page is not None and notices.is_news(db, account, told.page):
        return None
    row = db.execute(
        "SELECT id FROM captures WHERE account = :account AND fetch_key = :key AND status = :status"
        " AND shown_digest = :shown AND problem = '' ORDER BY number DESC LIMIT 1",
        {
            "account": account,
            "key": note.fetch.key,
            "status": note.status,
            "shown": shown_digest(note.status, told.page, note.payload_sha256),
        },
    ).fetchone()
    return str(row["id"]) if row else None


def unchanged_note(db: Connection, account: int, note: CaptureNote, told: Told, same: str) -> dict[str, Any]:
    """What the run's record will say of a reply that showed nothing new.

    What was asked, and the digest of the bytes that came, only where they are not those of the capture named: ids
    cannot be compressed, and every poll has them.
    """
    said: dict[str, Any] = {"at": iso(note.ended), "status": note.status, "same": same}
    kept = db.execute("SELECT fetch_key, payload_sha256 FROM captures WHERE id = ?", (same,)).fetchone()
    if kept["fetch_key"] != note.fetch.key:
        said["key"] = note.fetch.key
    if kept["payload_sha256"] != note.payload_sha256:
        said["payload"] = note.payload_sha256
    if note.fetch.token is not None and told.whole:
        said |= {"what": "media" if note.role is Role.MEDIA else note.fetch.key, "token": note.fetch.token}
    if note.role is Role.MEDIA:
        said["media"] = {
            "media_id": note.fetch.token,
            "sha256": note.payload_sha256,
            "size": note.payload_length,
            "media_type": told.media_type,
            "truncated": "",
        }
    elif told.page is not None and (counters := _changed_counters(db, account, told.page.items)):
        said["counters"] = counters
    return said


def validators(db: Connection, account: int, fetch: Fetch) -> tuple[tuple[str, str], ...]:
    """The headers that ask for this only if it changed since it was last read."""
    row = db.execute(
        "SELECT etag, last_modified FROM validators WHERE account = ? AND fetch_key = ?", (account, fetch.key)
    ).fetchone()
    if row is None:
        return ()
    headers = (("If-None-Match", row["etag"]), ("If-Modified-Since", row["last_modified"]))
    return tuple((name, value) for name, value in headers if value)


def validated_capture(db: Connection, account: int, fetch: Fetch) -> str:
    """The id of the capture whose validators were sent. Raises LookupError where there is none."""
    row = db.execute(
        "SELECT c.id FROM validators v JOIN captures c ON c.number = v.capture WHERE v.account = ? AND v.fetch_key = ?",
        (account, fetch.key),
    ).fetchone()
    if row is None:
        raise LookupError("no validators were kept for this fetch")
    return str(row["id"])


def forget_validators(db: Connection, account: int, fetch: Fetch) -> None:
    """Ask for the whole reply the next time."""
    db.execute("DELETE FROM validators WHERE account = ? AND fetch_key = ?", (account, fetch.key))


def _same_bytes(db: Connection, account: int, note: CaptureNote, told: Told) -> str | None:
    """Of what could not be read, the newest capture is equal only byte for byte, and for the same reason."""
    row = db.execute(
        "SELECT id, status, payload_sha256, problem FROM captures WHERE account = ? AND fetch_key = ?"
        " ORDER BY number DESC LIMIT 1",
        (account, note.fetch.key),
    ).fetchone()
    same = row and (row["status"], row["payload_sha256"], row["problem"]) == (
        note.status,
        note.payload_sha256,
        told.problem,
    )
    return str(row["id"]) if same else None


def _held_file(db: Connection, account: int, note: CaptureNote) -> str | None:
    row = db.execute(
        "SELECT c.id FROM media m JOIN captures c ON c.number = m.capture"
        " WHERE m.account = ? AND m.sha256 = ? AND m.truncated = ''",
        (account, note.payload_sha256),
    ).fetchone()
    return str(row["id"]) if row else None


def _all_known(db: Connection, account: int, items: tuple[Snapshot, ...]) -> bool:
    held = known(db, account, [snapshot.remote_id for snapshot in items])
    return all(_is_known(held.get(snapshot.remote_id), snapshot) for snapshot in items)


def _is_known(item: KnownItem | None, snapshot: Snapshot) -> bool:
    """A historic version is compared with the capture that showed it, not with the current one."""
    if item is None:
        return False
    return snapshot.historic or (item.digest == snapshot.digest and item.seen is snapshot.seen)


def _changed_counters(db: Connection, account: int, items: tuple[Snapshot, ...]) -> dict[str, dict[str, int]]:
    changed: dict[str, dict[str, int]] = {}
    for snapshot in items:
        for name, value in snapshot.counters.items():
            row = db.execute(
                "SELECT c.value FROM counters c JOIN items i ON i.id = c.item WHERE i.account = ? AND i.remote_id = ?"
                " AND c.name = ? ORDER BY c.at DESC LIMIT 1",
                (account, snapshot.remote_id, name),
            ).fetchone()
            if row is None or row["value"] != value:
                changed.setdefault(snapshot.remote_id, {})[name] = value
    return changed
