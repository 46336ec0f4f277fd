"""What the catalogue says of its own soundness, and the marks that checks leave in it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pysqlite3 import dbapi2 as sqlite

from archiver.model import iso, parse_iso
from archiver.storage.database import Connection, not_of_the_file

DatabaseError = sqlite.DatabaseError

# What must hold between rows, whatever they say: a sentence, and the ids of the captures (or items) where it does not.
_RULES = {
    "a capture does not have its three records": (
        "SELECT a.id AS account, c.id AS subject FROM captures c JOIN accounts a ON a.number = c.account"
        " WHERE (SELECT count(*) FROM records r WHERE r.capture = c.number AND r.segment = c.segment"
        " AND r.type IN ('response', 'request', 'metadata')) <> 3"
    ),
    "an item's current version is not among its versions": (
        "SELECT a.id AS account, i.remote_id AS subject FROM items i JOIN accounts a ON a.number = i.account"
        " WHERE NOT EXISTS (SELECT 1 FROM versions v WHERE v.item = i.id AND v.number = i.version"
        " AND v.digest = i.digest)"
    ),
    "a file's digest is not that of its capture": (
        "SELECT a.id AS account, c.id AS subject FROM media m JOIN captures c ON c.number = m.capture"
        " JOIN accounts a ON a.number = m.account WHERE m.sha256 <> c.payload_sha256"
    ),
    "an item refers to a file that is not held": (
        "SELECT a.id AS account, i.remote_id AS subject FROM item_media x JOIN items i ON i.id = x.item"
        " JOIN accounts a ON a.number = x.account WHERE x.sha256 IS NOT NULL AND NOT EXISTS"
        " (SELECT 1 FROM media m WHERE m.account = x.account AND m.sha256 = x.sha256)"
    ),
}


# The statistics of SQLite, the tables behind the full text, what was migrated when.
_MADE_BY_OTHERS = re.compile(r"sqlite_stat\d|search_(data|idx|docsize|config|content)|(idx_)?_sqlite_migrations.*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A rule between rows that does not hold, for this capture or item of this account."""

    rule: str
    account: str
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """When a check was last made, and what came of it."""

    name: str
    at: datetime
    result: Mapping[str, Any]


def is_sound(path: Path) -> bool:
    """Whether the file can be read as a catalogue throughout (SQLite's quick check).

    Raises DiskError where the disk does not let it be read, Locked where another process does not: nobody knows then.
    """
    try:
        with closing(sqlite.connect(os.fspath(path), isolation_level=None)) as db:
            return not structure_problems(db, deep=False)
    except DatabaseError as error:
        if trouble := not_of_the_file(path, error):
            raise trouble from error
        return False


def structure_problems(db: Connection, *, deep: bool) -> tuple[str, ...]:
    """What SQLite finds wrong in the file; `deep` also compares every index, the full text included."""
    rows = db.execute("PRAGMA integrity_check" if deep else "PRAGMA quick_check").fetchall()
    return tuple(str(row[0]) for row in rows if row[0] != "ok")


def schema_problems(db: Connection) -> tuple[str, ...]:
    """Tables, indexes and triggers that are not there, are others than they were made, or are none of ours."""
    import sqlite_utils  # imported here: only who verifies pays for it

    from archiver.storage.schema import MIGRATIONS

    made = sqlite.connect(":memory:", isolation_level=None)
    try:
        MIGRATIONS.apply(sqlite_utils.Database(made))
        ours, here = _schema(made), _schema(db)
    finally:
        made.close()
    return tuple(
        f"the {kind} {name} {_how_it_differs(ours.get((kind, name)), here.get((kind, name)))}"
        for kind, name in sorted({*ours, *here})
        if ours.get((kind, name)) != here.get((kind, name))
    )


def _schema(db: Connection) -> dict[tuple[str, str], str]:
    """What was made, by kind and name; without what SQLite and the program of migrations make for themselves."""
    rows = db.execute("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL")
    return {(row[0], row[1]): " ".join(row[2].split()) for row in rows if not _MADE_BY_OTHERS.fullmatch(row[1])}


def _how_it_differs(ours: str | None, here: str | None) -> str:
    if here is None:
        return "is not there any more"
    return "is none of ours" if ours is None else "is not what was made"


def reference_problems(db: Connection) -> tuple[str, ...]:
    """Rows that refer to what is not there."""
    rows = db.execute("PRAGMA foreign_key_check").fetchall()
    return tuple(f"a row of {row[0]} refers to a row of {row[2]} that is not there" for row in rows)


def act_problems(db: Connection) -> tuple[str, ...]:
    """Holes in the sequence of acts: something was taken out."""
    rows = db.execute(
        "SELECT sequence, lag(sequence, 1, 0) OVER (ORDER BY sequence) AS before FROM acts ORDER BY sequence"
    )
    return tuple(
        f"between act {row['before']} and act {row['sequence']} something is missing"
        for row in rows
        if row["sequence"] != row["before"] + 1
    )


def broken_rules(db: Connection) -> Iterator[Broken]:
    """Where rows that must agree do not."""
    for rule, query in _RULES.items():
        for row in db.execute(query):
            yield Broken(rule=rule, account=row["account"], subject=row["subject"])


def sqlite_version() -> tuple[int, ...]:
    """The version of the SQLite that is linked in."""
    return tuple(int(part) for part in sqlite.sqlite_version.split("."))


def lacking_features(db: Connection) -> tuple[str, ...]:
    """What the archive needs of SQLite and this one was built without."""
    built = {row[0] for row in db.execute("PRAGMA compile_options")}
    return tuple(feature for feature in ("ENABLE_FTS5",) if feature not in built)


def count(db: Connection, table: str) -> int:
    """The rows of a table (a name of ours)."""
    (found,) = db.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608  (names are our own)
    return int(found)


def note_check(db: Connection, name: str, at: datetime, result: Mapping[str, Any]) -> None:
    """Remember when a check was made and what came of it."""
    db.execute(
        "INSERT INTO checks (name, at, result) VALUES (:name, :at, :result)"
        " ON CONFLICT (name) DO UPDATE SET at = excluded.at, result = excluded.result",
        {"name": name, "at": iso(at), "result": json.dumps(dict(result), sort_keys=True)},
    )


def last_check(db: Connection, name: str) -> Checked | None:
    """The last check of this name."""
    row = db.execute("SELECT * FROM checks WHERE name = ?", (name,)).fetchone()
    return Checked(name=name, at=parse_iso(row["at"]), result=json.loads(row["result"])) if row else None


def stored_sums(db: Connection, segment: int) -> Iterator[tuple[int, int, bytes, str]]:
    """Offset, length, SHA-256 and id of each record of a file, in the order they lie."""
    cursor = db.cursor()
    cursor.row_factory = None  # plain tuples: there may be millions
    found: Iterator[tuple[int, int, bytes, str]] = cursor.execute(
        "SELECT offset, length, sha256, id FROM records WHERE segment = ? ORDER BY offset", (segment,)
    )
    return found


def capture_said(db: Connection, capture: str) -> dict[str, Any] | None:
    """What the catalogue says of a capture that its metadata record says too."""
    row = db.execute(
        "SELECT c.id, a.id AS account, c.run, c.role, c.stream, c.subject, c.fetch_key, c.token, c.connector, c.status,"
        " c.started, c.ended, c.payload_sha256 FROM captures c JOIN accounts a ON a.number = c.account WHERE c.id = ?",
        (capture,),
    ).fetchone()
    return dict(row) if row else None


def capture_is_known(db: Connection, capture: str) -> bool:
    """Whether the catalogue has a capture of this id."""
    return db.execute("SELECT 1 FROM captures WHERE id = ?", (capture,)).fetchone() is not None


def note_is_known(db: Connection, kind: str, identity: str) -> bool:
    """Whether the run or the gap that a record tells of is in the catalogue."""
    table = {"run": "runs", "gap": "gaps"}[kind]
    return db.execute(f"SELECT 1 FROM {table} WHERE id = ?", (identity,)).fetchone() is not None  # noqa: S608


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionTold:
    """A version of an item, as the catalogue has it, and the capture that told it."""

    account: str
    capture: str
    remote_id: str
    number: int
    digest: str
    title: str
    text: str


def versions_told(db: Connection, account: str | None) -> Iterator[VersionTold]:
    """Every version of the items of an account (of all), those of one capture together."""
    rows = db.execute(
        "SELECT a.id AS account, c.id AS capture, i.remote_id, v.number, v.digest, v.title, v.text FROM versions v"
        " JOIN items i ON i.id = v.item JOIN captures c ON c.number = v.capture"
        " JOIN accounts a ON a.number = c.account WHERE :account IS NULL OR a.id = :account"
        " ORDER BY c.number, v.item, v.number",
        {"account": account},
    )
    return (VersionTold(**dict(row) | {"digest": row["digest"].hex()}) for row in rows)
