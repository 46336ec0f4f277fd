"""The full-text index, written by us in the order of keys; every version of an item is findable."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Set

from archiver.model import Snapshot
from archiver.model.matching import words_of
from archiver.storage.database import Connection

Words = tuple[str, str, str]


def index_items(db: Connection, changed: Set[int], fresh: Mapping[int, Words]) -> None:
    """Write the index rows of items that changed, and of `fresh` ones, which have none yet and whose words are known.

    Ascending keys keep FTS5 from flushing.
    """
    for item in sorted(changed - fresh.keys()):
        db.execute("DELETE FROM search WHERE rowid = ?", (item,))
    db.executemany(
        "INSERT INTO search (rowid, body, people, scope) VALUES (?, ?, ?, ?)",
        [
            (item, *(words_of_item(db, item) if item in changed else fresh[item]))
            for item in sorted(changed | fresh.keys())
        ],
    )


def scope_tokens(account: int, kind: str) -> str:
    """What filters inside MATCH are met by."""
    return f"a{account} k{kind}"


def words_of_new(account: int, snapshot: Snapshot) -> Words:
    """What `words_of_item` will say of an item that is new with this snapshot."""
    alts = {medium.id: medium.alt for medium in snapshot.media}
    author = snapshot.author
    return _words(
        [(snapshot.title, snapshot.text, snapshot.details)],
        [alts[number] for number in sorted(alts) if alts[number]],
        (author.name, author.handle, author.id),
        scope_tokens(account, str(snapshot.kind)),
    )


def words_of_item(db: Connection, item: int) -> Words:
    """What is findable of an item: its words (of every version), its people, and its scope."""
    row = db.execute(
        "SELECT account, kind, author_id, author_handle, author_name FROM items WHERE id = ?", (item,)
    ).fetchone()
    versions = db.execute("SELECT title, text, details FROM versions WHERE item = ? ORDER BY number", (item,))
    media = db.execute("SELECT alt FROM item_media WHERE item = ? AND alt <> '' ORDER BY media_id", (item,))
    return _words(
        [(one["title"], one["text"], json.loads(one["details"] or "[]")) for one in versions],
        [medium["alt"] for medium in media],
        (row["author_name"], row["author_handle"], row["author_id"]),
        scope_tokens(row["account"], row["kind"]),
    )


def _words(
    versions: Iterable[tuple[str, str, Iterable[tuple[str, str]]]],
    alts: Iterable[str],
    people: Iterable[str],
    scope: str,
) -> Words:
    told = [f"{title}\n{text}\n{' '.join([value for _, value in details])}" for title, text, details in versions]
    body = "\n".join(dict.fromkeys((*told, *alts)))
    # As the words are compared (archiver.model.matching): FTS5's own reading differs for emoji and for ß.
    return " ".join(words_of(body)), " ".join(words_of(" ".join(people))), scope
