"""The full-text index, written by us in the order of keys; every version of an item is findable."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable

from archiver.model.matching import words_of
from archiver.storage.database import Connection


def index_items(db: Connection, items: Iterable[int], *, fresh: Collection[int] = ()) -> None:
    """(Re)write the index rows of these items; ascending keys keep FTS5 from flushing. `fresh` have none yet."""
    for item in items:
        if item not in fresh:
            db.execute("DELETE FROM search WHERE rowid = ?", (item,))
        db.execute(
            "INSERT INTO search (rowid, body, people, scope) VALUES (?, ?, ?, ?)", (item, *words_of_item(db, item))
        )


def scope_tokens(account: int, kind: str) -> str:
    """What filters inside MATCH are met by."""
    return f"a{account} k{kind}"


def words_of_item(db: Connection, item: int) -> tuple[str, str, str]:
    """What is findable of an item: its words (of every version), its people, and its scope."""
    row = db.execute(
        "SELECT account, kind, author_id, author_handle, author_name FROM items WHERE id = ?", (item,)
    ).fetchone()
    bodies: dict[str, None] = {}
    for version in db.execute("SELECT title, text, details FROM versions WHERE item = ? ORDER BY number", (item,)):
        details = " ".join(value for _, value in json.loads(version["details"])) if version["details"] else ""
        bodies[f"{version['title']}\n{version['text']}\n{details}"] = None
    for medium in db.execute("SELECT alt FROM item_media WHERE item = ? AND alt <> ''", (item,)):
        bodies[medium["alt"]] = None
    people = f"{row['author_name']} {row['author_handle']} {row['author_id']}"
    # As the words are compared (archiver.model.matching): FTS5's own reading differs for emoji and for ß.
    return " ".join(words_of("\n".join(bodies))), " ".join(words_of(people)), scope_tokens(row["account"], row["kind"])
