"""Items as they are shown and disclosed: identity, versions, observations, files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime

from archiver.errors import NotFound
from archiver.model import Author, Kind, Method, Seen, Visibility, parse_iso
from archiver.model.disclosure import DisclosedItem, DisclosedMedia, DisclosedObservation, DisclosedVersion
from archiver.model.item import seen_as
from archiver.model.retention import ItemFacts
from archiver.storage.database import Connection, Row
from archiver.storage.search_index import words_of_item

_ITEM = (
    "SELECT i.*, a.id AS account_id, a.platform, a.handle, a.unit FROM items i JOIN accounts a ON a.number = i.account"
)


def item_id(key: int) -> str:
    """An item's key as people write it."""
    return str(key)


def key_of(db: Connection, item: str) -> int:
    """The key of an item named by its id, or by ACCOUNT/REMOTE-ID. Raises NotFound."""
    account, _, remote = item.partition("/")
    row = (
        db.execute("SELECT id FROM items WHERE id = ?", (int(item),)).fetchone()
        if item.isdecimal() and len(item) < 19  # no key is longer, and SQLite's integers end beyond
        else db.execute(
            "SELECT i.id FROM items i JOIN accounts a ON a.number = i.account WHERE a.id = ? AND i.remote_id = ?",
            (account, remote),
        ).fetchone()
    )
    if row is None:
        raise NotFound(f"No item is known as {item!r}.", do="Find it first: archiver search WORDS")
    return int(row["id"])


def disclosed_items(db: Connection, keys: Iterable[int]) -> Iterator[DisclosedItem]:
    """The items of these keys, whole, one at a time."""
    for key in keys:
        row = db.execute(f"{_ITEM} WHERE i.id = ?", (key,)).fetchone()
        if row is not None:
            yield _disclosed(db, row)


def _disclosed(db: Connection, row: Row) -> DisclosedItem:
    versions = db.execute(
        "SELECT v.*, c.id AS capture_id FROM versions v JOIN captures c ON c.number = v.capture"
        " WHERE v.item = ? ORDER BY v.number",
        (row["id"],),
    ).fetchall()
    return DisclosedItem(
        id=item_id(row["id"]),
        account_id=row["account_id"],
        platform=row["platform"],
        handle=row["handle"],
        unit=row["unit"],
        kind=Kind(row["kind"]),
        remote_id=row["remote_id"],
        author=Author(id=row["author_id"], handle=row["author_handle"], name=row["author_name"]),
        versions=tuple(_version(found) for found in versions),
        created=_time(row["created"]),
        created_raw=row["created_raw"],
        language=versions[-1]["language"],
        link=row["link"],
        parent=row["parent"],
        thread=row["thread"],
        observations=_observations(db, row["id"]),
        media=_media(db, row["id"]),
        context=bool(row["context"]),
        flags=tuple(dict.fromkeys(flag for found in versions for flag in json.loads(found["flags"] or "[]"))),
    )


def _version(row: Row) -> DisclosedVersion:
    return DisclosedVersion(
        number=row["number"],
        first_seen=parse_iso(row["first_seen"]),
        capture_id=row["capture_id"],
        digest=row["digest"].hex(),
        source=row["source"],
        edited=_time(row["edited"]),
        title=row["title"],
        text=row["text"],
        visibility=Visibility(row["visibility"]),
        details=tuple((name, value) for name, value in json.loads(row["details"] or "[]")),
        historic=bool(row["historic"]),
    )


def _observations(db: Connection, item: int) -> tuple[DisclosedObservation, ...]:
    """What looks at the item showed, in order; equal looks in a row are one."""
    told: list[DisclosedObservation] = []
    looks = db.execute("SELECT * FROM observations WHERE item = ? ORDER BY at", (item,)).fetchall()
    first_other = looks[0]["at"] if looks else None
    told.append(_first_look(db, item, first_other))
    for look in looks:
        seen, method, at = Seen(look["seen"]), Method(look["method"]), parse_iso(look["at"])
        first = told.pop().first if (told[-1].seen, told[-1].method) == (seen, method) else at
        told.append(DisclosedObservation(seen=seen, method=method, first=first, last=at, detail=look["detail"]))
    return tuple(told)


def _first_look(db: Connection, item: int, before: str | None) -> DisclosedObservation:
    """From when the item was first shown to when it last was, before anything else was seen of it."""
    row = db.execute(
        "SELECT i.first_seen, v.visibility, (SELECT max(CASE WHEN :before IS NULL OR c.last_seen < :before"
        " THEN c.last_seen ELSE c.ended END) FROM appearances p JOIN captures c ON c.number = p.capture"
        " WHERE p.item = i.id AND (:before IS NULL OR c.ended < :before)) AS last"
        " FROM items i JOIN versions v ON v.item = i.id AND v.number = 1 WHERE i.id = :item",
        {"item": item, "before": before},
    ).fetchone()
    first = parse_iso(row["first_seen"])
    return DisclosedObservation(
        seen=seen_as(Visibility(row["visibility"])),
        method=Method.LISTING,
        first=first,
        last=parse_iso(row["last"]) if row["last"] else first,
    )


def _media(db: Connection, item: int) -> tuple[DisclosedMedia, ...]:
    """The files an item carries, held or missing."""
    rows = db.execute(
        "SELECT m.*, h.size, h.type AS held_type, h.truncated FROM item_media m LEFT JOIN media h"
        " ON h.account = m.account AND h.sha256 = m.sha256 WHERE m.item = ? ORDER BY m.media_id",
        (item,),
    )
    return tuple(
        DisclosedMedia(
            id=row["media_id"],
            url=row["url"],
            type=row["held_type"] or row["type"],
            alt=row["alt"],
            sha256=row["sha256"],
            size=row["size"],
            missing=row["missing"] or ("" if row["sha256"] else "not asked for yet"),
        )
        for row in rows
    )


def item_facts(db: Connection, key: int) -> ItemFacts:
    """What selectors and retention ask of one item."""
    row = db.execute(f"{_ITEM} WHERE i.id = ?", (key,)).fetchone()
    return ItemFacts(
        id=item_id(key),
        account_id=row["account_id"],
        kind=Kind(row["kind"]),
        remote_id=row["remote_id"],
        first_seen=parse_iso(row["first_seen"]),
        author_id=row["author_id"],
        author_handle=row["author_handle"],
        thread=row["thread"],
        texts=words_of_item(db, key)[:2],
        created=_time(row["created"]),
        edited=_time(row["edited"]),
        seen=Seen(row["seen"]),
        absent_since=_time(row["absent_since"]),
        absent_checks=row["absent_checks"],
        context=bool(row["context"]),
    )


def _time(text: str | None) -> datetime | None:
    return parse_iso(text) if text else None
