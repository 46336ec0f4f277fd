"""The versions of an item: each change of its substance once, in order."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from archiver.model import Snapshot, iso
from archiver.storage.database import Connection
from archiver.storage.known_items import KnownItem
from archiver.storage.ledger.leaves import Giving, shown_version, version_data


@dataclass(frozen=True, slots=True, kw_only=True)
class Teller:
    """The capture that tells versions: its row, what it is called, and where the leaves of what it tells come from."""

    number: int
    id: str
    account: str
    seen: datetime
    seed: bytes
    leaves: Giving


INSERT = (
    "INSERT INTO versions (item, number, digest, content_digest, edited, first_seen, capture, source, title, text,"
    " visibility, language, media, details, flags, historic, leaf)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


def row_of(
    item: KnownItem, number: int, snapshot: Snapshot, teller: Teller, *, changed: tuple[tuple[str, str], ...] = ()
) -> tuple[Any, ...]:
    """One version as a reply showed it, as values for `INSERT`; its leaf is given.

    `changed`: what the item itself said before, kept with its details.
    """
    details, seen = snapshot.details + changed, iso(teller.seen)
    edited = iso(snapshot.edited) if snapshot.edited else None
    return (
        item.id,
        number,
        bytes.fromhex(snapshot.digest),
        bytes.fromhex(snapshot.content_digest),
        edited,
        seen,
        teller.number,
        snapshot.source,
        snapshot.title,
        snapshot.text,
        str(snapshot.visibility),
        snapshot.language,
        json.dumps([medium.id for medium in snapshot.media]) if snapshot.media else "",
        json.dumps(details, ensure_ascii=False) if details else "",
        json.dumps(snapshot.flags) if snapshot.flags else "",
        int(snapshot.historic),
        teller.leaves.give(_leaf(item, snapshot, edited, details, teller, seen)),
    )


def _leaf(
    item: KnownItem,
    snapshot: Snapshot,
    edited: str | None,
    details: tuple[tuple[str, str], ...],
    teller: Teller,
    seen: str,
) -> bytes:
    """The data of the leaf that speaks for a version."""
    said = {
        "kind": item.kind,
        "author_id": item.author_id,
        "author_handle": item.author_handle,
        "edited": edited,
        "title": snapshot.title,
        "text": snapshot.text,
        "visibility": str(snapshot.visibility),
    }
    return version_data(
        account=teller.account,
        item=item.remote_id,
        digest=snapshot.digest,
        capture=teller.id,
        seen=seen,
        shown=shown_version(said, details),
        seed=teller.seed,
    )


def add_current(db: Connection, item: KnownItem, snapshot: Snapshot, teller: Teller) -> int:
    """A change: the next version, now the current one. Its number is returned.

    The item's date follows the platform's: a draft that is published, a post that is dated back.
    """
    number = _next_number(db, item.id)
    db.execute(INSERT, row_of(item, number, snapshot, teller, changed=_date_before(db, item.id, snapshot)))
    db.execute(
        "UPDATE items SET version = :number, digest = :digest, visibility = :visibility, edited = :edited,"
        " link = :link, author_name = :name, parent = :parent, thread = coalesce(:thread, thread),"
        " created = coalesce(:created, created) WHERE id = :item",
        {
            "number": number,
            "digest": bytes.fromhex(snapshot.digest),
            "visibility": str(snapshot.visibility),
            "edited": iso(snapshot.edited) if snapshot.edited else None,
            "link": snapshot.link,
            "name": snapshot.author.name,
            "parent": snapshot.parent,
            "thread": snapshot.thread,
            "created": iso(snapshot.created) if snapshot.created else None,
            "item": item.id,
        },
    )
    return number


def add_historic(db: Connection, item: KnownItem, snapshot: Snapshot, teller: Teller) -> tuple[int, bool]:
    """A version told by the platform's edit history: its number, and whether it was new to us.

    One we saw ourselves carries no edit time (the first) or the same one. What a history does not tell (WordPress's is
    silent about the picture of a post) makes no other version of the same words at the same time.
    """
    edited = iso(snapshot.edited) if snapshot.edited else None
    row = db.execute(
        "SELECT v.number FROM versions v JOIN items i ON i.id = v.item WHERE v.item = :item"
        " AND (v.content_digest = :content OR (NOT v.historic AND v.title = :title AND v.text = :text"
        " AND :edited IS NOT NULL)) AND (v.edited = :edited OR :edited IS NULL"
        " OR (v.edited IS NULL AND i.created = :edited)) ORDER BY v.number",
        {
            "item": item.id,
            "content": bytes.fromhex(snapshot.content_digest),
            "title": snapshot.title,
            "text": snapshot.text,
            "edited": edited,
        },
    ).fetchone()
    if row is not None:
        return int(row["number"]), False
    number = _next_number(db, item.id)
    db.execute(INSERT, row_of(item, number, snapshot, teller))
    return number, True


def _date_before(db: Connection, item: int, snapshot: Snapshot) -> tuple[tuple[str, str], ...]:
    """The date the item had, where the platform gives it another now."""
    row = db.execute("SELECT created FROM items WHERE id = ?", (item,)).fetchone()
    if snapshot.created is None or row["created"] in (None, iso(snapshot.created)):
        return ()
    return (("date-before", str(row["created"])),)


def _next_number(db: Connection, item: int) -> int:
    row = db.execute("SELECT max(number) AS newest FROM versions WHERE item = ?", (item,)).fetchone()
    return int(row["newest"] or 0) + 1
