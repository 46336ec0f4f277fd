"""A catalogue as the first version of the schema had it, with the rows of one of today; without its full text."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import sqlite_utils
from pysqlite3 import dbapi2 as sqlite

from archiver.storage.schema import DERIVED_TABLES, MIGRATIONS, PRIMARY_TABLES


def as_schema_1(catalogue: Path) -> None:
    """Replace the catalogue, which nobody has open, by one that knows no ledger."""
    old = catalogue.with_name("old.sqlite")
    db = sqlite.connect(os.fspath(old), isolation_level=None)
    db.row_factory = sqlite.Row
    MIGRATIONS.apply(sqlite_utils.Database(db), stop_before="ledger_leaves")
    db.execute("ATTACH ? AS now", (os.fspath(catalogue),))
    known = {row["name"] for row in db.execute("SELECT name FROM main.sqlite_schema WHERE type = 'table'")}
    for table in (*PRIMARY_TABLES, *DERIVED_TABLES):
        if table in known and table != "search":
            names = ", ".join(f'"{name}"' for name in _columns(db, table))
            db.execute(f"INSERT INTO main.{table} ({names}) SELECT {names} FROM now.{table}")  # noqa: S608
    db.execute("DETACH now")
    db.execute("PRAGMA user_version = 1")
    db.close()
    for suffix in ("-wal", "-shm"):
        Path(f"{catalogue}{suffix}").unlink(missing_ok=True)
    old.replace(catalogue)


def _columns(db: Any, table: str) -> list[str]:
    return [row["name"] for row in db.execute(f"PRAGMA main.table_info({table})")]
