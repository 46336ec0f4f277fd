"""Rows of the catalogue changed by somebody with full rights: one statement each, past every trigger."""

# ruff: noqa: S608 - statements of the test itself

from __future__ import annotations

import os
from pathlib import Path

from pysqlite3 import dbapi2 as sqlite

_POST = "(SELECT id FROM items WHERE account = 1 AND kind = 'post' AND version = 1 ORDER BY id LIMIT 1)"
_LONG_AGO = "2020-01-01T00:00:00.000000Z"
_LATE = "(SELECT max(sequence) FROM acts)"

# What was done -> (the statements, words that must be among the findings).
CHANGES: dict[str, tuple[tuple[str, ...], str]] = {
    "a version's words": ((f"UPDATE versions SET text = 'Never said' WHERE item = {_POST}",), "Version 1 of social/"),
    "a version's title": ((f"UPDATE versions SET title = 'Another' WHERE item = {_POST}",), "Version 1 of social/"),
    "who could see it": ((f"UPDATE versions SET visibility = 'private' WHERE item = {_POST}",), "Version 1 of social/"),
    "when it was first seen": (
        (f"UPDATE versions SET first_seen = '{_LONG_AGO}' WHERE item = {_POST}",), "Version 1 of social/"
    ),
    "a version's digest": (
        (f"UPDATE versions SET digest = zeroblob(32) WHERE item = {_POST}",), "Version 1 of social/"
    ),
    "an edit undone": (
        (
            "UPDATE items SET version = 1, digest = (SELECT digest FROM versions WHERE item = items.id AND number = 1)"
            " WHERE version = 2",
            "DELETE FROM versions WHERE number = 2",
        ),
        "speaks for something that is not in the catalogue",
    ),
    "an item made to disappear": ((f"DELETE FROM items WHERE id = {_POST}",), "is said by the kept files, and is not"),
    "who wrote it": ((f"UPDATE items SET author_handle = 'somebody' WHERE id = {_POST}",), "Version 1 of social/"),
    "what kind it is": ((f"UPDATE items SET kind = 'story' WHERE id = {_POST}",), "Version 1 of social/"),
    "its date": ((f"UPDATE items SET created = '2020-01-01T00:00:00.000000Z' WHERE id = {_POST}",), "a row of items"),
    "what it answers": ((f"UPDATE items SET parent = '1' WHERE id = {_POST}",), "a row of items"),
    "an absence": (("UPDATE items SET seen = 'present', absent_since = NULL WHERE seen = 'absent'",), "row of items"),
    "an observation taken out": (("DELETE FROM observations",), "a row of observations"),
    "an observation put in": (
        (f"INSERT INTO observations SELECT {_POST}, '2026-09-23T00:00:00.000000Z', 'absent', 'direct', 1, ''",),
        "a row of observations",
    ),
    "a counter": (("UPDATE counters SET value = value + 100",), "a row of counters"),
    "a capture taken out": (
        ("DELETE FROM captures WHERE number = (SELECT max(number) FROM captures WHERE number NOT IN"
         " (SELECT capture FROM versions UNION SELECT capture FROM observations UNION SELECT capture FROM media))",),
        "is not in the catalogue"
    ),
    "when a capture ended": (
        ("UPDATE captures SET ended = '2020-01-01T00:00:00.000000Z' WHERE number = 1",), "The capture "
    ),
    "what a capture was answered": (("UPDATE captures SET status = 404 WHERE number = 2",), "a row of captures"),
    "how often a reply was the same": (("UPDATE captures SET times = times + 9 WHERE number = 2",), "row of captures"),
    "a capture's seed": (("UPDATE captures SET seed = randomblob(16) WHERE number = 1",), "The capture "),
    "a gap taken out": (("DELETE FROM gaps",), "a row of gaps"),
    "a gap told as repaired": (("UPDATE gaps SET closed = opened, repair = 'repaired'",), "a row of gaps"),
    "coverage made longer": (("UPDATE coverage SET start = ''",), "a row of coverage"),
    "a run taken out": (("DELETE FROM runs WHERE id = (SELECT min(id) FROM runs)",), "a row of runs"),
    "a file taken out": (("DELETE FROM media",), "a row of media"),
    "why a file is missing": (("UPDATE item_media SET missing = '' WHERE missing <> ''",), "a row of item_media"),
    "words not to be found": ((f"DELETE FROM search WHERE rowid = {_POST}",), "a row of search"),
    "where a record lies": (("UPDATE records SET offset = offset + 1 WHERE type = 'request'",), ""),
    "an act taken out": ((f"DELETE FROM acts WHERE sequence = {_LATE}",), "is not in the catalogue any more"),
    "an act in the middle": (("DELETE FROM acts WHERE sequence = 2",), "something is missing"),
    "who acted": ((f"UPDATE acts SET actor = 'Nobody' WHERE sequence = {_LATE}",), "of Nobody"),
    "an act put in": (
        ("INSERT INTO acts (at, actor, act, subject, detail) VALUES ('2026-09-22T00:00:00.000000Z', 'Rhea Quist',"
         " 'request closed', 'R2', '{\"note\": \"answered\"}')",),
        "has no leaf in the ledger",
    ),
    "a request closed": (("UPDATE requests SET closed = opened, closing = 'done' WHERE id = 'R2'",), "of request R2"),
    "a request forgotten": (("DELETE FROM requests WHERE id = 'R2'",), "of request R2 nothing"),
    "a request's scope": (
        ("UPDATE requests SET selector = '{\"accounts\": [\"blog\"]}' WHERE id = 'R2'",), "request R2"
    ),
    "an account's level": (("UPDATE accounts SET level = 'governing' WHERE id = 'social'",), "of account social"),
    "an account's owner": (
        ("UPDATE accounts SET owner = 'Mallory' WHERE id = 'social'",), "of account social another owner"
    ),
    "an account retired": (
        ("UPDATE accounts SET state = 'retired' WHERE id = 'blog'",), "of account blog another state"
    ),
    "a bundle's digest": (("UPDATE bundles SET sha256 = 'x'",), "of bundle R1-1.zip another sha256"),
    "a bundle's count": (("UPDATE bundles SET items = items - 1",), "of bundle R1-1.zip another items"),
    "a leaf": (("UPDATE leaves SET data = zeroblob(32) WHERE sequence = 7",), "leaf 7 of the ledger"),
    "the last leaves taken out": (("DELETE FROM leaves WHERE sequence > 200",), "the archive was put back"),
    "a leaf in the middle": (("DELETE FROM leaves WHERE sequence = 50",), "Leaf 50 is not in the ledger any more"),
    "leaves exchanged": (
        (
            "CREATE TEMP TABLE kept AS SELECT * FROM leaves WHERE sequence IN (3, 4)",
            "UPDATE leaves SET data = (SELECT data FROM temp.kept WHERE sequence = 7 - leaves.sequence)"
            " WHERE sequence IN (3, 4)",
        ),
        "leaf 3 of the ledger",
    ),
}  # fmt: skip


def change(directory: Path, statements: tuple[str, ...]) -> int:
    """Carry the statements out on the archive's catalogue, no trigger in the way; how many rows were touched.

    The triggers are there again afterwards.
    """
    db = sqlite.connect(os.fspath(directory / "catalogue.sqlite"), isolation_level=None)
    try:
        db.execute("PRAGMA foreign_keys = ON")
        triggers = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            db.execute(f"DROP TRIGGER {name}")
        touched = sum(db.execute(statement).rowcount for statement in statements)
        for _, sql in triggers:
            db.execute(sql)
        return touched
    finally:
        db.close()
