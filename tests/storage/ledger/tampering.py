"""Changes that somebody with every right on the catalogue could make, and how each is noticed by its leaves."""

from __future__ import annotations

from pathlib import Path

from pysqlite3 import dbapi2 as sqlite

from archiver.storage.ledger.recomputed import Why

# What is named in braces below.
_NAMED = {
    "capture": "SELECT number FROM captures WHERE stream = 'posts' ORDER BY number LIMIT 1",
    "version": "SELECT leaf FROM versions WHERE text <> '' ORDER BY leaf LIMIT 1",
    "other": "SELECT max(leaf) FROM versions",
    "note": "SELECT min(leaf) FROM records WHERE type = 'metadata'",
    "size": "SELECT max(sequence) FROM leaves",
}
# What is done, in what way it is noticed, and how the record is called.
BROKEN = {
    "a capture's name": ("UPDATE captures SET id = 'x' WHERE number = {capture}", Why.CHANGED, "The capture x of"),
    "its time": ("UPDATE captures SET ended = '2020' WHERE number = {capture}", Why.CHANGED, ", of 2020,"),
    "its account": ("UPDATE captures SET account = 3 - account WHERE number = {capture}", Why.CHANGED, "The capture"),
    "its seed": ("UPDATE captures SET seed = zeroblob(16) WHERE number = {capture}", Why.CHANGED, "The capture"),
    "no seed": ("UPDATE captures SET seed = NULL WHERE number = {capture}", Why.CHANGED, "The capture"),
    "digests": ("UPDATE records SET sha256 = zeroblob(32) WHERE capture = {capture}", Why.CHANGED, "The capture"),
    "a record lost": ("DELETE FROM records WHERE capture = {capture} AND type = 'request'", Why.CHANGED, "The capture"),
    "a record added": (
        "INSERT INTO records (segment, offset, length, capture, type, id, sha256) SELECT segment, offset + 1, 1,"
        " capture, type, id, sha256 FROM records WHERE capture = {capture} LIMIT 1",
        Why.CHANGED,
        "The capture",
    ),
    "records in another order": (
        "UPDATE records SET offset = 1000000 - offset WHERE capture = {capture}",
        Why.CHANGED,
        "The capture",
    ),
    "a capture lost": ("DELETE FROM captures WHERE number = {capture}", Why.UNCLAIMED, "Leaf "),
    "a capture without its leaf": ("UPDATE captures SET leaf = NULL WHERE number = {capture}", Why.UNSPOKEN, "has no"),
    "a text": ("UPDATE versions SET text = text || '.' WHERE leaf = {version}", Why.CHANGED, "Version 1 of"),
    "a title": ("UPDATE versions SET title = 'x' WHERE leaf = {version}", Why.CHANGED, "Version 1 of"),
    "a digest": ("UPDATE versions SET digest = zeroblob(32) WHERE leaf = {version}", Why.CHANGED, "Version 1 of"),
    "a visibility": ("UPDATE versions SET visibility = 'x' WHERE leaf = {version}", Why.CHANGED, "Version 1 of"),
    "an edit time": ("UPDATE versions SET edited = '2020' WHERE leaf = {version}", Why.CHANGED, "Version 1 of"),
    "details": ("UPDATE versions SET details = '[[1]]' WHERE leaf = {version}", Why.CHANGED, "Version 1 of"),
    "details that cannot be": ("UPDATE versions SET details = '[' WHERE leaf = {version}", Why.CHANGED, "Version 1"),
    "when it was seen": ("UPDATE versions SET first_seen = '2020' WHERE leaf = {version}", Why.CHANGED, "seen 2020,"),
    "who told it": (
        "UPDATE versions SET capture = {capture} WHERE leaf = {other}",
        Why.CHANGED,
        "Version",
    ),
    "an author": (
        "UPDATE items SET author_id = 'x' WHERE id = (SELECT item FROM versions WHERE leaf = {version})",
        Why.CHANGED,
        "Version 1 of",
    ),
    "a kind": (
        "UPDATE items SET kind = 'review' WHERE id = (SELECT item FROM versions WHERE leaf = {version})",
        Why.CHANGED,
        "Version 1 of",
    ),
    "a remote id": (
        "UPDATE items SET remote_id = 'x' WHERE id = (SELECT item FROM versions WHERE leaf = {version})",
        Why.CHANGED,
        "/x, first seen",
    ),
    "an item lost": (
        "DELETE FROM items WHERE id = (SELECT item FROM versions WHERE leaf = {version})",
        Why.CHANGED,
        "Version 1 of None",
    ),
    "a version lost": ("DELETE FROM versions WHERE leaf = {version}", Why.UNCLAIMED, "Leaf "),
    "a version put in": (
        "INSERT INTO versions SELECT item, 99, digest, content_digest, edited, first_seen, capture, source, title,"
        " text, visibility, language, media, details, flags, historic, NULL FROM versions WHERE leaf = {version}",
        Why.UNSPOKEN,
        "Version 99 of",
    ),
    "a version put in under another's leaf": (
        "INSERT INTO versions SELECT item, 99, digest, content_digest, edited, first_seen, capture, source, title,"
        " text, visibility, language, media, details, flags, historic, leaf FROM versions WHERE leaf = {version}",
        Why.SHARED,
        "which speaks for another",
    ),
    "a leaf that is not there": ("UPDATE versions SET leaf = 99999 WHERE leaf = {version}", Why.UNSPOKEN, "leaf 99999"),
    "two leaves exchanged": (
        "UPDATE versions SET leaf = {version} + {other} - leaf WHERE leaf IN ({version}, {other})",
        Why.CHANGED,
        "Version",
    ),
    "an account renamed": ("UPDATE accounts SET id = 'x' WHERE id = 'blog'", Why.CHANGED, " of x, "),
    "a note's digest": ("UPDATE records SET sha256 = zeroblob(32) WHERE leaf = {note}", Why.CHANGED, "The record"),
    "a note's name": ("UPDATE records SET id = 'x' WHERE leaf = {note}", Why.CHANGED, "The record x"),
    "a note lost": ("DELETE FROM records WHERE leaf = {note}", Why.UNCLAIMED, "Leaf "),
    "a note without its leaf": ("UPDATE records SET leaf = NULL WHERE leaf = {note}", Why.UNSPOKEN, "The record"),
    "who did it": ("UPDATE acts SET actor = 'x' WHERE sequence = 1", Why.CHANGED, "Act 1 (account pinned"),
    "when": ("UPDATE acts SET at = '2020' WHERE sequence = 1", Why.CHANGED, "Act 1 (account pinned"),
    "what": ("UPDATE acts SET act = 'x' WHERE sequence = 1", Why.CHANGED, "Act 1 (x"),
    "to what": ("UPDATE acts SET subject = 'x' WHERE sequence = 1", Why.CHANGED, "Act 1 (account pinned: x)"),
    "how": ("UPDATE acts SET detail = '{{}}' WHERE sequence = 1", Why.CHANGED, "Act 1 (account pinned"),
    "an act's place": ("UPDATE acts SET sequence = 77 WHERE sequence = 1", Why.CHANGED, "Act 77 "),
    "an act's salt": ("UPDATE acts SET salt = NULL WHERE sequence = 1", Why.CHANGED, "Act 1 "),
    "an act lost": ("DELETE FROM acts WHERE sequence = 1", Why.UNCLAIMED, "Leaf "),
    "an act put in": (
        "INSERT INTO acts (at, actor, act, subject, detail) VALUES ('2020', 'kim', 'x', 'y', '{{}}')",
        Why.UNSPOKEN,
        "(x: y) of kim, 2020, has no leaf",
    ),
    "a leaf changed": ("UPDATE leaves SET data = zeroblob(32) WHERE sequence = {version}", Why.CHANGED, "Version 1"),
    "a leaf lost": ("DELETE FROM leaves WHERE sequence = {version}", Why.GONE, "is not in the ledger any more"),
    "the last leaf lost": ("DELETE FROM leaves WHERE sequence = {size}", Why.UNSPOKEN, "which is not in the ledger"),
    "a leaf put in": ("INSERT INTO leaves VALUES ({size} + 1, zeroblob(32))", Why.UNCLAIMED, "not in the catalogue"),
}  # fmt: skip


def tampered(directory: Path, statement: str) -> dict[str, int]:
    """Change the catalogue behind the archive's back; the numbers of what was named in braces."""
    db = sqlite.connect(str(directory / "catalogue.sqlite"), isolation_level=None)
    named = {name: db.execute(query).fetchone()[0] for name, query in _NAMED.items()}
    hindering = (
        "SELECT type, name FROM sqlite_schema WHERE type = 'trigger' OR type = 'index' AND name LIKE '%_by_leaf'"
    )
    for kind, name in db.execute(hindering).fetchall():
        db.execute(f"DROP {kind} {name}")
    db.execute(statement.format(**named))
    db.close()
    return named
