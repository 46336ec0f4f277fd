"""Items as they are shown and disclosed: identity, versions, observations, files."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice

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

_TOGETHER = 200  # items: one question for all of them in place of five for each
_GIVEN = "FROM json_each(:ids) j CROSS JOIN"
_ITEMS = (
    "SELECT i.*, a.id AS account_id, a.platform, a.handle, a.unit"
    f" {_GIVEN} items i ON i.id = j.value JOIN accounts a ON a.number = i.account"
)
_VERSIONS = (
    f"SELECT v.*, c.id AS capture_id {_GIVEN} versions v ON v.item = j.value"
    " JOIN captures c ON c.number = v.capture ORDER BY v.item, v.number"
)
_LOOKS = f"SELECT o.* {_GIVEN} observations o ON o.item = j.value ORDER BY o.item, o.at"
_SHOWN = (
    f"SELECT p.item, c.ended, c.last_seen {_GIVEN} appearances p ON p.item = j.value"
    " JOIN captures c ON c.number = p.capture"
)
_MEDIA = (
    f"SELECT m.*, h.size, h.type AS held_type, h.truncated {_GIVEN} item_media m ON m.item = j.value"
    " LEFT JOIN media h ON h.account = m.account AND h.sha256 = m.sha256 ORDER BY m.item, m.media_id"
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
    """The items of these keys, whole, in this order; read and held some at a time."""
    rest = iter(keys)
    while some := list(islice(rest, _TOGETHER)):
        yield from _together(db, some)


def _together(db: Connection, keys: list[int]) -> Iterator[DisclosedItem]:
    ids = {"ids": json.dumps(keys)}
    items = {row["id"]: row for row in db.execute(_ITEMS, ids)}
    versions, looks, shown, media = (
        _by_item(db.execute(sql, ids).fetchall()) for sql in (_VERSIONS, _LOOKS, _SHOWN, _MEDIA)
    )
    for key in keys:
        if row := items.get(key):
            told = _observations(row, versions[key][0], looks.get(key, []), shown.get(key, []))
            yield _disclosed(row, versions[key], told, media.get(key, []))


def _by_item(rows: list[Row]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["item"]].append(row)
    return found


def _disclosed(
    row: Row, versions: list[Row], told: tuple[DisclosedObservation, ...], media: list[Row]
) -> DisclosedItem:
    flags = [flag for found in versions if found["flags"] for flag in json.loads(found["flags"])]
    return DisclosedItem(
        id=item_id(row["id"]),
        account_id=row["account_id"],
        platform=row["platform"],
        handle=row["handle"],
        unit=row["unit"],
        kind=Kind(row["kind"]),
        remote_id=row["remote_id"],
        author=Author(id=row["author_id"], handle=row["author_handle"], name=row["author_name"]),
        versions=tuple([_version(found) for found in versions]),
        created=_time(row["created"]),
        created_raw=row["created_raw"],
        language=versions[-1]["language"],
        link=row["link"],
        parent=row["parent"],
        thread=row["thread"],
        observations=told,
        media=tuple([_medium(found) for found in media]),
        context=bool(row["context"]),
        flags=tuple(dict.fromkeys(flags)),
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


def _observations(item: Row, first: Row, looks: list[Row], shown: list[Row]) -> tuple[DisclosedObservation, ...]:
    """What looks at the item showed, in order; equal looks in a row are one."""
    told = [_first_look(item, first, shown, looks[0]["at"] if looks else None)]
    for look in looks:
        seen, method, at = Seen(look["seen"]), Method(look["method"]), parse_iso(look["at"])
        began = told.pop().first if (told[-1].seen, told[-1].method) == (seen, method) else at
        told.append(DisclosedObservation(seen=seen, method=method, first=began, last=at, detail=look["detail"]))
    return tuple(told)


def _first_look(item: Row, version: Row, shown: list[Row], before: str | None) -> DisclosedObservation:
    """From when the item was first shown to when it last was, before anything else was seen of it."""
    times = [
        row["last_seen"] if before is None or row["last_seen"] < before else row["ended"]
        for row in shown
        if before is None or row["ended"] < before
    ]
    first = parse_iso(item["first_seen"])
    return DisclosedObservation(
        seen=seen_as(Visibility(version["visibility"])),
        method=Method.LISTING,
        first=first,
        last=parse_iso(max(times)) if times else first,
    )


def _medium(row: Row) -> DisclosedMedia:
    """A file an item carries, held or missing."""
    return DisclosedMedia(
        id=row["media_id"],
        url=row["url"],
        type=row["held_type"] or row["type"],
        alt=row["alt"],
        sha256=row["sha256"],
        size=row["size"],
        missing=row["missing"] or ("" if row["sha256"] else "not asked for yet"),
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
