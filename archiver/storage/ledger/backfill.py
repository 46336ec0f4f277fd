"""Gives a leaf to everything that has none: what was kept before there was a ledger, or what a rebuild found new."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from archiver.storage.database import Connection, Row
from archiver.storage.ledger.leaves import (
    SALT_BYTES,
    Leaf,
    act_leaf,
    append_all,
    capture_leaf,
    note_leaf,
    old_seed,
    shown_version,
    version_leaf,
)

_SOME = 5000  # rows held at once


@dataclass(frozen=True, slots=True)
class _Table:
    """Rows to give leaves, in the order of their key (`rows` asks for some behind one); how a row gets its columns."""

    key: tuple[str, ...]
    before: tuple[int, ...]
    rows: str
    leaf: Callable[[Connection, Row], tuple[Leaf, dict[str, Any]]]
    write: str


def backfill(db: Connection) -> None:
    """Acts, captures, versions, then records that belong to no capture, each in the order of their keys.

    It runs in a migration, too: nothing that came with a later one may be asked for here.
    """
    for table in _TABLES:
        last: tuple[int, ...] = table.before
        while rows := db.execute(table.rows, (*last, _SOME)).fetchall():
            last = tuple(rows[-1][name] for name in table.key)
            made = [table.leaf(db, row) for row in rows]
            first = append_all(db, [leaf.data for leaf, _ in made])
            columns = [columns for _, columns in made]
            db.executemany(table.write, [told | {"leaf": leaf} for leaf, told in enumerate(columns, first)])


def _act(_db: Connection, row: Row) -> tuple[Leaf, dict[str, Any]]:
    salt = os.urandom(SALT_BYTES)
    said = {name: row[name] for name in ("sequence", "at", "actor", "act", "subject")}
    leaf = act_leaf(**said, detail=json.loads(row["detail"]), salt=salt)
    return leaf, {"sequence": row["sequence"], "salt": salt}


def _capture(db: Connection, row: Row) -> tuple[Leaf, dict[str, Any]]:
    query = "SELECT sha256 FROM records WHERE capture = ? ORDER BY offset"
    stored = [found["sha256"] for found in db.execute(query, (row["number"],))]
    seed = row["seed"] or old_seed(stored[-1] if stored else b"")
    leaf = capture_leaf(
        account=row["account"],
        capture=row["id"],
        ended=row["ended"],
        records=[sha256.hex() for sha256 in stored],
        seed=seed,
    )
    return leaf, {"number": row["number"], "seed": seed}


def _version(_db: Connection, row: Row) -> tuple[Leaf, dict[str, Any]]:
    leaf = version_leaf(
        account=row["account"],
        item=row["remote_id"],
        digest=row["digest"].hex(),
        capture=row["capture"],
        seen=row["first_seen"],
        shown=shown_version(row, json.loads(row["details"] or "[]")),
        seed=row["seed"],
    )
    return leaf, {"item": row["item"], "number": row["number"]}


def _note(_db: Connection, row: Row) -> tuple[Leaf, dict[str, Any]]:
    leaf = note_leaf(account=row["account"], record=row["id"], sha256=row["sha256"].hex())
    return leaf, {"segment": row["segment"], "offset": row["offset"]}


_TABLES = (
    _Table(
        key=("sequence",),
        before=(0,),
        rows="SELECT * FROM acts WHERE leaf IS NULL AND sequence > ? ORDER BY sequence LIMIT ?",
        leaf=_act,
        write="UPDATE acts SET leaf = :leaf, salt = :salt WHERE sequence = :sequence",
    ),
    _Table(
        key=("number",),
        before=(0,),
        rows="SELECT c.number, c.id, c.ended, c.seed, a.id AS account FROM captures c"
        " CROSS JOIN accounts a ON a.number = c.account WHERE c.leaf IS NULL AND c.number > ?"
        " ORDER BY c.number LIMIT ?",
        leaf=_capture,
        write="UPDATE captures SET leaf = :leaf, seed = :seed WHERE number = :number",
    ),
    _Table(
        key=("item", "number"),
        before=(-1, 0),
        rows="SELECT v.item, v.number, v.digest, v.first_seen, v.title, v.text, v.edited, v.visibility, v.details,"
        " i.kind, i.author_id, i.author_handle, i.remote_id, a.id AS account, c.id AS capture, c.seed"
        " FROM versions v CROSS JOIN items i ON i.id = v.item CROSS JOIN accounts a ON a.number = i.account"
        " CROSS JOIN captures c ON c.number = v.capture"
        " WHERE v.leaf IS NULL AND (v.item, v.number) > (?, ?) ORDER BY v.item, v.number LIMIT ?",
        leaf=_version,
        write="UPDATE versions SET leaf = :leaf WHERE item = :item AND number = :number",
    ),
    _Table(
        key=("segment", "offset"),
        before=(0, -1),
        rows="SELECT r.segment, r.offset, r.id, r.sha256, a.id AS account FROM records r"
        " CROSS JOIN segments s ON s.number = r.segment CROSS JOIN accounts a ON a.number = s.account"
        " WHERE r.leaf IS NULL AND r.capture IS NULL AND (r.segment, r.offset) > (?, ?)"
        " ORDER BY r.segment, r.offset LIMIT ?",
        leaf=_note,
        write="UPDATE records SET leaf = :leaf WHERE segment = :segment AND offset = :offset",
    ),
)
