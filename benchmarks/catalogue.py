"""A large catalogue of made-up items, filled straight into the tables: for what reads, not for what writes."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from archiver.model import Account, Level, iso
from archiver.storage.archive import Archive
from archiver.storage.database import Connection
from archiver.storage.new_items import TIME_SHIFT
from archiver.storage.search_index import scope_tokens
from benchmarks import samples
from benchmarks.archives import NOW
from benchmarks.frame import tell

ACCOUNTS = 400
SPAN = timedelta(days=365 * 11)
_CHUNK = 20_000
_KINDS = ("post", "post", "post", "comment", "comment", "message")
_ITEM = (
    "INSERT INTO items (id, account, remote_id, kind, author_id, author_handle, author_name, created, created_raw,"
    " link, context, first_seen, version, digest, visibility, seen, seen_at, absent_since, absent_checks, thread)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, '', ?, 0, ?, 1, ?, 'public', ?, ?, ?, ?, ?)"
)
_VERSION = (
    "INSERT INTO versions (item, number, digest, content_digest, first_seen, capture, source, title, text, visibility,"
    " language, media, details, flags, historic) VALUES (?, 1, ?, ?, ?, 1, '/0', '', ?, 'public', 'en', '', '', '', 0)"
)


def fill(archive: Archive, count: int) -> None:
    """So many items of 400 accounts over eleven years, in the order of time; one in twenty has become absent."""
    with archive.database.transaction() as db:
        _begin(db)
    for first in range(0, count, _CHUNK):
        size = min(_CHUNK, count - first)
        with archive.database.transaction() as db:
            _add(db, list(_made(first, size, count)), samples.texts(size, seed=first))
        if first and first % 200_000 == 0:
            tell(f"  {first:,} items")
    db = archive.database.connection()
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def accounts() -> list[Account]:
    """The accounts, half of them of schools, half of the governing level."""
    levels = (Level.OTHER, Level.GOVERNING)
    return [replace(samples.account(number), level=levels[number % 2]) for number in range(1, ACCOUNTS + 1)]


def begin_of(count: int, number: int) -> datetime:
    """When item `number` of so many was made."""
    return NOW - SPAN + (SPAN / count) * number


def _begin(db: Connection) -> None:
    moment = iso(NOW)
    db.execute("INSERT INTO segments (number, account, name, month, state, size) VALUES (1, 1, 's', 'm', 'open', 0)")
    db.execute(
        "INSERT INTO captures (number, id, account, segment, kind, run, started, ended, walked, problem, last_seen,"
        " last_run, times) VALUES (1, 'c', 1, 1, 'exchange', 'r', ?, ?, 1, '', ?, 'r', 1)",
        (moment, moment, moment),
    )


def _made(first: int, size: int, count: int) -> Iterator[tuple[int, int, str, str]]:
    """Key, account, kind and time of items."""
    rng = random.Random(first)
    for number in range(first, first + size):
        made = begin_of(count, number)
        key = (int(made.replace(tzinfo=UTC).timestamp()) << TIME_SHIFT) | (number % (1 << TIME_SHIFT))
        yield key, rng.randrange(1, ACCOUNTS + 1), rng.choice(_KINDS), iso(made)


def _add(db: Connection, made: list[tuple[int, int, str, str]], said: list[str]) -> None:
    items, versions, words = [], [], []
    for (key, account, kind, created), text in zip(made, said, strict=True):
        digest, gone = hashlib.sha256(text.encode()).digest(), key % 20 == 0
        author = f"reader{key % 9973}"
        items.append(
            (
                *(key, account, str(key), kind, author, author, author, created, f"https://social.example/{key}"),
                *(created, digest, "absent" if gone else "present", created, created if gone else None),
                *(2 if gone else 0, str(key - key % 5)),
            )
        )
        versions.append((key, digest, digest, created, text))
        words.append((key, text.lower().rstrip("."), author, scope_tokens(account, kind)))
    db.executemany(_ITEM, items)
    db.executemany(_VERSION, versions)
    db.executemany("INSERT INTO search (rowid, body, people, scope) VALUES (?, ?, ?, ?)", words)
