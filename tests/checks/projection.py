"""Every derived row of a catalogue, internal numbers replaced by what they stand for, so that two can be compared."""

from __future__ import annotations

from typing import Any

from archiver.storage.database import Database
from archiver.storage.schema import DERIVED_TABLES

Rows = dict[str, list[tuple[Any, ...]]]

_LEFT_OUT = {("segments", "number"), ("captures", "number"), ("items", "id")}
_TERMS = "CREATE VIRTUAL TABLE temp.terms USING fts5vocab('main', 'search', 'instance')"


def projected(database: Database) -> Rows:
    """Each derived table's rows in an order that does not depend on how they came about."""
    db = database.connection()
    names = _names(db)
    return {table: _rows(db, table, names) for table in DERIVED_TABLES}


def apart_from_leaves(rows: Rows) -> Rows:
    """The rows without the numbers of their leaves."""
    return {
        table: [tuple(one for one in row if one[0] != "leaf") if table != "search" else row for row in found]
        for table, found in rows.items()
    }


def _names(db: Any) -> dict[str, dict[int, Any]]:
    accounts = {row["number"]: row["id"] for row in db.execute("SELECT number, id FROM accounts")}
    return {
        "account": accounts,
        "segment": {row["number"]: row["name"] for row in db.execute("SELECT number, name FROM segments")},
        "capture": {row["number"]: row["id"] for row in db.execute("SELECT number, id FROM captures")},
        "item": {
            row["id"]: (accounts[row["account"]], row["remote_id"])
            for row in db.execute("SELECT id, account, remote_id FROM items")
        },
    }


def _rows(db: Any, table: str, names: dict[str, dict[int, Any]]) -> list[tuple[Any, ...]]:
    if table == "search":
        return _words(db, names)
    rows = [
        tuple(
            (column, names[column][value] if column in names and value is not None else value)
            for column, value in dict(row).items()
            if (table, column) not in _LEFT_OUT
        )
        for row in db.execute(f"SELECT * FROM {table}")  # noqa: S608
    ]
    return sorted(rows, key=repr)


def _words(db: Any, names: dict[str, dict[int, Any]]) -> list[tuple[Any, ...]]:
    """Each word of the index: in which item, column and place."""
    db.execute("DROP TABLE IF EXISTS temp.terms")
    db.execute(_TERMS)
    scopes = {f"a{number}": name for number, name in names["account"].items()}
    found = [
        (
            names["item"][row["doc"]],
            row["col"],
            row["offset"],
            scopes.get(row["term"], row["term"]) if row["col"] == "scope" else row["term"],
        )
        for row in db.execute("SELECT * FROM terms")
    ]
    db.execute("DROP TABLE temp.terms")
    return sorted(found, key=repr)
