"""Compares the derived rows of two catalogues, internal numbers replaced by what they stand for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pysqlite3 import dbapi2 as sqlite

from archiver.storage.database import Connection
from archiver.storage.schema import DERIVED_TABLES

_ACCOUNT = "(SELECT id FROM {db}.accounts WHERE number = t.{column})"
_ITEM = (
    "(SELECT a.id || '/' || i.remote_id FROM {db}.items i JOIN {db}.accounts a ON a.number = i.account"
    " WHERE i.id = t.{column})"
)
_STANDS_FOR = {
    "account": _ACCOUNT,
    "segment": "(SELECT name FROM {db}.segments WHERE number = t.{column})",
    "capture": "(SELECT id FROM {db}.captures WHERE number = t.{column})",
    "item": _ITEM,
}
_NUMBERS = {("segments", "number"), ("captures", "number"), ("items", "id")}  # mean nothing outside of a catalogue
_NAMES = ("item", "remote_id", "capture", "id", "account", "stream", "name", "run")  # by which a row is called
_WORDS = "search"


@dataclass(frozen=True, slots=True, kw_only=True)
class Differing:
    """A row that only one of two catalogues has, `here` or there. `name` is what people call it."""

    table: str
    name: str
    account: str | None
    here: bool


def differing(one: Path, other: Path) -> Iterator[Differing]:
    """The derived rows that `one` has and `other` has not, and the other way round, table by table."""
    db = sqlite.connect(":memory:", isolation_level=None)
    db.row_factory = sqlite.Row
    try:
        db.execute("ATTACH ? AS here", (os.fspath(one),))
        db.execute("ATTACH ? AS there", (os.fspath(other),))
        for table in DERIVED_TABLES:
            query = _words if table == _WORDS else _rows
            yield from _only(db, table, query(db, table, "here"), query(db, table, "there"), here=True)
            yield from _only(db, table, query(db, table, "there"), query(db, table, "here"), here=False)
    finally:
        db.close()


def _only(db: Connection, table: str, query: str, other: str, *, here: bool) -> Iterator[Differing]:
    for row in db.execute(f"{query} EXCEPT {other}"):
        told = dict(row)
        name = " ".join(str(told[column]) for column in _NAMES if told.get(column) is not None)
        account = told.get("account") or str(told.get("item") or "").partition("/")[0] or None
        yield Differing(table=table, name=name, account=account, here=here)


def _rows(db: Connection, table: str, side: str) -> str:
    """Every row of a table, so many times as it is there."""
    columns = [row["name"] for row in db.execute(f"PRAGMA {side}.table_info({table})")]
    said = ", ".join(f'{_said(side, column)} AS "{column}"' for column in columns if (table, column) not in _NUMBERS)
    return f"SELECT {said} FROM {side}.{table} t"  # noqa: S608  (names are our own)


def _said(side: str, column: str) -> str:
    form = _STANDS_FOR.get(column, 't."{column}"')
    return form.format(db=side, column=column)


def _words(db: Connection, _table: str, side: str) -> str:
    """Each word of the full text: in which item, column and place."""
    db.execute(f"DROP TABLE IF EXISTS temp.words_{side}")
    db.execute(f"CREATE VIRTUAL TABLE temp.words_{side} USING fts5vocab('{side}', 'search', 'instance')")
    item = _ITEM.format(db=side, column="doc")
    account = f"(SELECT id FROM {side}.accounts WHERE 'a' || number = t.term)"  # noqa: S608  (names are our own)
    term = f"CASE t.col WHEN 'scope' THEN coalesce({account}, t.term) ELSE t.term END"
    return f'SELECT {item} AS item, t.col, t."offset", {term} AS term FROM temp.words_{side} t'  # noqa: S608


def backup(db: Any, target: Path) -> None:
    """Copy the whole catalogue, as this connection sees it, into a new file."""
    made = sqlite.connect(os.fspath(target), isolation_level=None)
    try:
        db.backup(made)
    finally:
        made.close()
