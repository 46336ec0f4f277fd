"""J2: a migration happens whole or not at all, also where it changes tables."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlite_utils import Database as Tables
from sqlite_utils import Migrations

from archiver.errors import DiskError
from archiver.storage import schema
from archiver.storage.archive import Archive
from archiver.storage.database import Database
from tests.storage.warc_samples import NOON


def tables(path: Path) -> list[tuple[str, str]]:
    """Every table and index with its definition."""
    db = sqlite3.connect(path)
    try:
        return [(row[0], row[1]) for row in db.execute("SELECT name, coalesce(sql, '') FROM sqlite_master ORDER BY 1")]
    finally:
        db.close()


def test_a_migration_that_fails_in_the_middle_leaves_the_schema_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """J2. A column added before the failure is not there after it; mended, it goes through."""
    Archive.create(tmp_path / "archive", agency="A", moment=NOON).close()
    path = tmp_path / "archive/catalogue.sqlite"
    before = tables(path)
    later = Migrations("archiver-test")
    broken = [True]

    @later()
    def adds_and_fails(db: Tables) -> None:
        db.execute("ALTER TABLE accounts ADD COLUMN later TEXT")
        db.execute("CREATE TABLE later (one TEXT)")
        if broken[0]:
            db.execute("INSERT INTO nowhere VALUES (1)")

    monkeypatch.setattr(schema, "MIGRATIONS", later)
    database = Database(path)
    with pytest.raises(DiskError):
        database.migrate()
    database.close()
    assert [entry for entry in tables(path) if not entry[0].startswith(("_", "sqlite_"))] == [
        entry for entry in before if not entry[0].startswith(("_", "sqlite_"))
    ]

    broken[0] = False
    mended = Database(path)
    mended.migrate()
    mended.close()
    assert ("later" in dict(tables(path)), "later TEXT" in dict(tables(path))["accounts"]) == (True, True)
