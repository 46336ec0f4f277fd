"""What an exchange means, as rows: the one way rows come about, live, after a crash and in a rebuild."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from archiver.model import CaptureNote, Page, Role, Snapshot, StoredRecord, iso, tidied
from archiver.storage import known_items, looks, media_rows, notices, search_index, versions
from archiver.storage.accounts import account_id_of
from archiver.storage.captures import columns_of
from archiver.storage.database import ROW_FAULTS, Connection, savepoint
from archiver.storage.known_items import KnownItem
from archiver.storage.ledger.leaves import Appending, Giving, Leaves, capture_leaf, old_seed
from archiver.storage.new_items import NewItems
from archiver.storage.segments_table import add_records
from archiver.storage.told import Told


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an exchange lies."""

    segment: int
    records: Sequence[StoredRecord]


@dataclass(slots=True, kw_only=True)
class Written:
    """What one transaction has changed so far; its full text is written at the end, in the order of keys.

    `fresh` are items that are new, with their words; what changed since is read again.
    `leaves` gives the ledger's leaves of one exchange.
    """

    fresh: dict[int, search_index.Words] = field(default_factory=dict)
    to_index: set[int] = field(default_factory=set)
    leaves: Leaves = Appending

    def finish(self, db: Connection) -> None:
        """Write the full text of what changed."""
        search_index.index_items(db, self.to_index, self.fresh)
        self.fresh.clear()
        self.to_index.clear()


def shown_digest(status: int, page: Page | None, payload_sha256: str) -> str:
    """What a reply showed, in one digest: equal for two replies that show the same, whatever their bytes."""
    told = hashlib.sha256(str(status).encode())
    if page is None:
        told.update(payload_sha256.encode())
        return told.hexdigest()
    for snapshot in page.items:
        told.update(f"{snapshot.remote_id}\n{snapshot.digest}\n".encode())
    if page.identity:
        told.update(f"{page.identity.platform_id}\n{page.identity.handle}\n{page.identity.name}".encode())
    return told.hexdigest()


def tidied_page(page: Page) -> Page:
    """The page with every text of its items made storable, and each item once as what it is now."""
    items = _once_current(tuple(tidied(snapshot) for snapshot in page.items))
    return page if all(a is b for a, b in zip(items, page.items, strict=True)) else replace(page, items=items)


def _once_current(items: tuple[Snapshot, ...]) -> tuple[Snapshot, ...]:
    """Where a reply shows an item twice and differently, the first is what it is now, the others stand beside it."""
    shown: dict[str, str] = {}
    return tuple(
        snapshot
        if snapshot.historic or shown.setdefault(snapshot.remote_id, snapshot.digest) == snapshot.digest
        else replace(snapshot, historic=True, flags=(*snapshot.flags, "shown-twice"))
        for snapshot in items
    )


def apply_exchange(db: Connection, account: int, note: CaptureNote, told: Told, place: Place, written: Written) -> int:
    """Write the rows of one kept exchange; its capture number is returned. A capture known already is left alone."""
    found = db.execute("SELECT number FROM captures WHERE id = :id", {"id": note.capture_id}).fetchone()
    if found is not None:
        return int(found["number"])
    teller = _add_capture(db, account, note, told, place, written.leaves(db))
    capture = teller.number
    add_records(db, place.segment, capture, place.records)
    _remember(db, account, note, told, capture)
    if told.page is not None:
        notices.apply_page(db, account, told.page, note.ended)
        _apply_page(db, account, note, told.page, teller, written)
    if note.role is Role.MEDIA:
        media_rows.apply_media(db, account, note, told, capture)
    if note.role is Role.CHECK:
        looks.apply_check(db, account, note, told, capture)
    teller.leaves.finish()
    return capture


def apply_or_unread(db: Connection, account: int, note: CaptureNote, told: Told, place: Place, written: Written) -> str:
    """As `apply_exchange`; where a fault of ours forbids its rows, it is kept unread. Why, or nothing, is returned."""
    try:
        with savepoint(db):
            own = Written(leaves=written.leaves)
            apply_exchange(db, account, note, told, place, own)
    except ROW_FAULTS as fault:
        problem = f"its rows could not be written ({type(fault).__name__})"
        apply_exchange(db, account, note, Told(page=None, problem=problem), place, written)
        return problem
    written.fresh |= own.fresh
    written.to_index |= own.to_index
    return ""


def _add_capture(
    db: Connection, account: int, note: CaptureNote, told: Told, place: Place, leaves: Giving
) -> versions.Teller:
    page, seed = told.page, _seed(note, place)
    account_id, stored = account_id_of(db, account), [record.sha256 for record in place.records]
    leaf = capture_leaf(account=account_id, capture=note.capture_id, ended=iso(note.ended), records=stored, seed=seed)
    row = db.execute(
        "INSERT INTO captures (id, account, segment, kind, run, role, stream, subject, fetch_key, token, connector,"
        " status, started, ended, payload_sha256, shown_digest, walked, problem, last_seen, last_run, times,"
        " leaf, seed)"
        " VALUES (:id, :account, :segment, 'exchange', :run, :role, :stream, :subject, :fetch_key, :token, :connector,"
        " :status, :started, :ended, :payload_sha256, :shown, :walked, :problem, :ended, :run, 1, :leaf, :seed)"
        " RETURNING number",
        {
            **columns_of(note),
            "account": account,
            "segment": place.segment,
            "shown": shown_digest(note.status, page, note.payload_sha256),
            "walked": int(page.walked) if page else 0,
            "problem": told.problem,
            "leaf": leaves.give(leaf.data),
            "seed": seed,
        },
    ).fetchone()
    return versions.Teller(
        number=row["number"], id=note.capture_id, account=account_id, seen=note.ended, seed=seed, leaves=leaves
    )


def _seed(note: CaptureNote, place: Place) -> bytes:
    """What hides the leaves of a capture and its versions; made of its bytes where it was kept without one."""
    if note.seed:
        return bytes.fromhex(note.seed)
    return old_seed(bytes.fromhex(place.records[-1].sha256) if place.records else b"")


def _remember(db: Connection, account: int, note: CaptureNote, told: Told, capture: int) -> None:
    """What the next poll needs: that a once-only request was made, and the validators of the reply."""
    if note.fetch.token is not None and note.status < 400 and told.whole:
        what = "media" if note.role is Role.MEDIA else note.fetch.key
        db.execute(
            "INSERT INTO once (account, what, token) VALUES (:account, :what, :token) ON CONFLICT DO NOTHING",
            {"account": account, "what": what, "token": note.fetch.token},
        )
    if told.page is not None and (told.etag or told.last_modified):
        db.execute(
            "INSERT INTO validators (account, fetch_key, etag, last_modified, capture)"
            " VALUES (:account, :key, :etag, :modified, :capture) ON CONFLICT (account, fetch_key)"
            " DO UPDATE SET etag = excluded.etag, last_modified = excluded.last_modified, capture = excluded.capture",
            {
                "account": account,
                "key": note.fetch.key,
                "etag": told.etag,
                "modified": told.last_modified,
                "capture": capture,
            },
        )


def _apply_page(
    db: Connection, account: int, note: CaptureNote, page: Page, teller: versions.Teller, written: Written
) -> None:
    known = known_items.known(db, account, [snapshot.remote_id for snapshot in page.items])
    unknown = (snapshot for snapshot in page.items if snapshot.remote_id not in known)
    new = NewItems(db, account, note, teller, unknown)
    shown: list[tuple[int, int, str, int]] = []
    for snapshot in page.items:
        item = known.get(snapshot.remote_id)
        if item is None:
            item = known[snapshot.remote_id] = new.add(snapshot)
            written.fresh[item.id] = search_index.words_of_new(account, snapshot)
            number = item.version
        else:
            new.write()
            number = _apply_change(db, note, snapshot, item, teller, known, written)
            looks.note_counters(db, item.id, snapshot.counters, note.ended)
        shown.append((item.id, teller.number, snapshot.source, number))
    new.write()
    for snapshot in page.items:
        media_rows.note_media(db, account, known[snapshot.remote_id].id, snapshot)
    db.executemany(
        "INSERT INTO appearances (item, capture, source, version) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", shown
    )


def _apply_change(
    db: Connection,
    note: CaptureNote,
    snapshot: Snapshot,
    item: KnownItem,
    teller: versions.Teller,
    known: dict[str, KnownItem],
    written: Written,
) -> int:
    """A look at an item we know: a new version where its substance changed. Its version number is returned."""
    if snapshot.historic:
        number, is_new = versions.add_historic(db, item, snapshot, teller)
    elif snapshot.digest != item.digest:
        number, is_new = versions.add_current(db, item, snapshot, teller), True
        known[snapshot.remote_id] = item.with_version(number, snapshot.digest)
    else:
        number, is_new = item.version, False
    if is_new:
        written.to_index.add(item.id)
    if snapshot.thread and item.thread is None:  # met alone first (a mention), and now in its conversation
        db.execute("UPDATE items SET thread = ? WHERE id = ? AND thread IS NULL", (snapshot.thread, item.id))
    if not snapshot.historic:
        looks.note_shown(db, item, snapshot.seen, note, teller.number)
    return number
