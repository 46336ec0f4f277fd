"""Items that a reply shows for the first time: their rows, gathered while it is read and written together."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from archiver.model import CaptureNote, Snapshot, iso
from archiver.model.times import epoch_second
from archiver.storage import looks, versions
from archiver.storage.database import Connection
from archiver.storage.known_items import KnownItem

TIME_SHIFT = 20  # an item's key is its second, shifted, plus 20 bits that tell items of one second apart

_INSERT = (
    "INSERT INTO items (id, account, remote_id, kind, author_id, author_handle, author_name, created, created_raw,"
    " parent, thread, link, context, first_seen, version, digest, visibility, edited, seen, seen_at, absent_checks)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, 0)"
)
Values = tuple[Any, ...]


class NewItems:
    """The rows of new items of one capture. Whoever reads the catalogue for one of them must `write` before."""

    def __init__(
        self, db: Connection, account: int, note: CaptureNote, teller: versions.Teller, shown: Iterable[Snapshot]
    ) -> None:
        """`shown`: the snapshots that are of new items."""
        self._db, self._account, self._teller = db, account, teller
        self._seen = note.ended
        self._keys: dict[str, int] = {}
        for snapshot in shown:
            self._keys.setdefault(snapshot.remote_id, self._first_key(snapshot))
        self._taken = _taken(db, list(self._keys.values()))
        self._items: list[Values] = []
        self._versions: list[Values] = []
        self._counters: list[Values] = []

    def add(self, snapshot: Snapshot) -> KnownItem:
        """Gather the rows of an item that is new with this snapshot."""
        item = KnownItem(
            id=self._free_key(self._keys[snapshot.remote_id]),
            remote_id=snapshot.remote_id,
            kind=str(snapshot.kind),
            author_id=snapshot.author.id,
            author_handle=snapshot.author.handle,
            version=1,
            digest=snapshot.digest,
            seen=snapshot.seen,
            thread=snapshot.thread,
        )
        self._items.append(self._row(item, snapshot))
        self._versions.append(versions.row_of(item, 1, snapshot, self._teller))
        self._counters += looks.counter_rows(item.id, snapshot.counters, self._seen)
        return item

    def write(self) -> None:
        """Write the rows gathered so far."""
        for insert, rows in (
            (_INSERT, self._items),
            (versions.INSERT, self._versions),
            (looks.INSERT_COUNTER, self._counters),
        ):
            if rows:
                self._db.executemany(insert, rows)
                rows.clear()

    def _row(self, item: KnownItem, snapshot: Snapshot) -> Values:
        seen = iso(self._seen)
        return (
            item.id,
            self._account,
            item.remote_id,
            item.kind,
            item.author_id,
            item.author_handle,
            snapshot.author.name,
            iso(snapshot.created) if snapshot.created else None,
            snapshot.created_raw,
            snapshot.parent,
            item.thread,
            snapshot.link,
            int(snapshot.context),
            seen,
            bytes.fromhex(item.digest),
            str(snapshot.visibility),
            iso(snapshot.edited) if snapshot.edited else None,
            str(item.seen),
            seen,
        )

    def _first_key(self, snapshot: Snapshot) -> int:
        """A key led by time and fixed by the item's identity, so that a rebuild finds the same."""
        named = hashlib.sha256(f"{self._account}\n{snapshot.remote_id}".encode()).digest()
        within = int.from_bytes(named[:4]) >> (32 - TIME_SHIFT)
        return (epoch_second(snapshot.created or self._seen) << TIME_SHIFT) | within

    def _free_key(self, key: int) -> int:
        if key in self._taken:
            key = self._next_free(key)
        self._taken.add(key)
        return key

    def _next_free(self, key: int) -> int:
        second, within = divmod(key, 1 << TIME_SHIFT)
        for step in range(1, 1 << TIME_SHIFT):
            following = (second << TIME_SHIFT) | ((within + step) % (1 << TIME_SHIFT))
            if following not in self._taken and not _taken(self._db, [following]):
                return following
        raise OverflowError("more than a million items of one second")


def _taken(db: Connection, keys: list[int]) -> set[int]:
    """Those of the keys that are an item's."""
    rows = db.execute("SELECT i.id FROM json_each(?) j CROSS JOIN items i ON i.id = j.value", (json.dumps(keys),))
    return {row["id"] for row in rows}
