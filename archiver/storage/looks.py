"""What looks at items showed: present, hidden, absent, refused; and their counters over time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from archiver.model import CaptureNote, Means, Method, Role, Seen, iso
from archiver.storage.database import Connection
from archiver.storage.known_items import KnownItem
from archiver.storage.told import Told

ABSENT_STATUSES = (404, 410)
REFUSED_STATUSES = (401, 403, 451)
INSERT_COUNTER = "INSERT INTO counters (item, name, at, value) VALUES (?, ?, ?, ?)"


def note_shown(db: Connection, item: KnownItem, seen: Seen, note: CaptureNote, capture: int) -> None:
    """An item was shown. Recorded where that is news; a direct look always is."""
    direct = note.role is Role.CHECK
    if seen is item.seen and not direct:
        return
    _observe(db, item.id, note.ended, seen, Method.DIRECT if direct else Method.LISTING, capture, "")


def apply_check(db: Connection, account: int, note: CaptureNote, told: Told, capture: int) -> None:
    """A direct look at one item that did not show it: absent, refused, or no verdict."""
    shown = {snapshot.remote_id for snapshot in told.page.items} if told.page else set()
    if note.fetch.subject is None or note.fetch.subject in shown:
        return
    row = db.execute(
        "SELECT id FROM items WHERE account = :account AND remote_id = :remote",
        {"account": account, "remote": note.fetch.subject},
    ).fetchone()
    if row is None:
        return
    seen, detail = _verdict(note, told)
    _observe(db, row["id"], note.ended, seen, Method.DIRECT, capture, detail)


def _verdict(note: CaptureNote, told: Told) -> tuple[Seen, str]:
    if (
        told.page and told.page.items and not told.page.unread
    ):  # some servers give an edited item a new id, and lead to it from the old one
        return Seen.ABSENT, f"the direct look showed another item in its place: {told.page.items[0].remote_id}"
    detail = told.detail or told.problem or f"the direct look was answered {note.status}"
    if told.means is not None:
        return Seen.ABSENT if told.means is Means.ABSENT else Seen.REFUSED, detail
    if note.status in ABSENT_STATUSES:
        return Seen.ABSENT, detail
    return Seen.REFUSED if note.status in REFUSED_STATUSES else Seen.ERROR, detail


def _observe(db: Connection, item: int, at: datetime, seen: Seen, method: Method, capture: int, detail: str) -> None:
    db.execute(
        "INSERT INTO observations (item, at, seen, method, capture, detail) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        (item, iso(at), str(seen), str(method), capture, detail),
    )
    if seen is Seen.ERROR:  # nothing was learnt of the item itself
        return
    absent = seen is Seen.ABSENT
    db.execute(
        "UPDATE items SET seen = :seen, seen_at = :at,"
        " absent_since = CASE WHEN :absent THEN coalesce(absent_since, :at) ELSE NULL END,"
        " absent_checks = CASE WHEN :absent THEN absent_checks + 1 ELSE 0 END WHERE id = :item",
        {"seen": str(seen), "at": iso(at), "absent": int(absent), "item": item},
    )


def counter_rows(item: int, counters: Mapping[str, int], at: datetime) -> list[tuple[int, str, str, int]]:
    """The counters of an item that is new, for `INSERT_COUNTER`: there is nothing to compare them with."""
    return [(item, name, iso(at), value) for name, value in counters.items()]


def note_counters(db: Connection, item: int, counters: Mapping[str, int], at: datetime) -> None:
    """Likes, shares and the like, where they are not what they were."""
    for name, value in counters.items():
        last = db.execute(
            "SELECT value FROM counters WHERE item = ? AND name = ? ORDER BY at DESC LIMIT 1", (item, name)
        ).fetchone()
        if last is None or last["value"] != value:
            db.execute(
                f"{INSERT_COUNTER} ON CONFLICT (item, name, at) DO UPDATE SET value = excluded.value",
                (item, name, iso(at), value),
            )
