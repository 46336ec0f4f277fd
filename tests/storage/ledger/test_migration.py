"""An archive of the version that had no ledger, opened by this one."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from archiver.checks.rebuild import Tools, rebuild
from archiver.clock import SetClock
from archiver.polling.registry import connectors
from archiver.storage.archive import CATALOGUE
from archiver.storage.database import SCHEMA_VERSION, Database
from archiver.storage.ledger import backfill, leaves
from archiver.storage.ledger.leaves import act_leaf, capture_leaf, note_leaf, old_seed, shown_version, version_leaf
from archiver.storage.ledger.recomputed import mismatches
from tests.archives import Filled, config_for, fill
from tests.storage.older import as_schema_1

_TABLES = ("acts", "captures", "versions", "records")


@pytest.fixture
def old(filled: Filled) -> Path:
    """A filled catalogue without a ledger."""
    database = Database.open(filled.directory / CATALOGUE)
    with database.transaction() as db:
        for number in range(3):
            db.execute(
                "INSERT INTO acts (at, actor, act, subject, detail) VALUES ('2026-11-21T13:00:00.000000Z', 'kim',"
                " 'account changed', 'blog', ?)",
                (json.dumps({"from": {"unit": str(number)}}),),
            )
    database.close()
    as_schema_1(filled.directory / CATALOGUE)
    return filled.directory / CATALOGUE


def rows(db: Any, query: str) -> list[dict[str, Any]]:
    """All rows."""
    return [dict(row) for row in db.execute(query)]


def test_everything_kept_or_done_so_far_has_its_own_leaf(old: Path) -> None:
    """Each act, capture, version and note, and nothing else; whatever their number is held at once."""
    plain = sqlite3.connect(old)
    counts = [plain.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in _TABLES]  # noqa: S608
    (notes,) = plain.execute("SELECT count(*) FROM records WHERE capture IS NULL").fetchone()
    plain.close()
    database = Database.open(old)
    db = database.connection()
    given = [
        sorted(row[0] for row in db.execute(f"SELECT leaf FROM {table} WHERE leaf IS NOT NULL"))  # noqa: S608
        for table in _TABLES
    ]
    assert [len(leaf) for leaf in given] == [*counts[:3], notes]
    assert min(counts) > 0
    assert sorted(leaf for found in given for leaf in found) == list(range(1, leaves.size(db) + 1))
    assert database.version() == SCHEMA_VERSION
    database.close()


def test_its_leaves_say_what_the_rows_say(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Data, seed and salt are those the encoders give, also where the rows come in many portions."""
    monkeypatch.setattr(backfill, "_SOME", 2)
    database = Database.open(old)
    db = database.connection()
    expected = {}
    for row in rows(db, "SELECT * FROM acts"):
        said = {name: row[name] for name in ("sequence", "at", "actor", "act", "subject", "salt")}
        expected[row["leaf"]] = act_leaf(**said, detail=json.loads(row["detail"])).data
        assert len(row["salt"]) == 16
    for row in rows(db, "SELECT c.*, a.id AS name FROM captures c JOIN accounts a ON a.number = c.account"):
        stored = rows(db, f"SELECT sha256 FROM records WHERE capture = {row['number']} ORDER BY offset")  # noqa: S608
        digests = [one["sha256"] for one in stored]
        assert row["seed"] == old_seed(digests[2])
        leaf = capture_leaf(
            account=row["name"],
            capture=row["id"],
            ended=row["ended"],
            records=[digest.hex() for digest in digests],
            seed=row["seed"],
        )
        expected[row["leaf"]] = leaf.data
    for row in rows(
        db,
        "SELECT v.*, i.remote_id, i.kind, i.author_id, i.author_handle, a.id AS account, c.id AS told,"
        " c.seed FROM versions v JOIN items i ON i.id = v.item JOIN accounts a ON a.number = i.account"
        " JOIN captures c ON c.number = v.capture",
    ):
        leaf = version_leaf(
            account=row["account"],
            item=row["remote_id"],
            digest=row["digest"].hex(),
            capture=row["told"],
            seen=row["first_seen"],
            shown=shown_version(row, json.loads(row["details"] or "[]")),
            seed=row["seed"],
        )
        expected[row["leaf"]] = leaf.data
    for row in rows(
        db,
        "SELECT r.*, a.id AS account FROM records r JOIN segments s ON s.number = r.segment"
        " JOIN accounts a ON a.number = s.account WHERE r.capture IS NULL",
    ):
        leaf = note_leaf(account=row["account"], record=row["id"], sha256=row["sha256"].hex())
        expected[row["leaf"]] = leaf.data
    assert [expected[number] for number in sorted(expected)] == list(leaves.datas(db, 0, leaves.size(db)))
    database.close()


def test_a_migration_that_is_stopped_leaves_the_old_catalogue(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever it stops; the next opening makes it whole."""
    for stopped_at in range(1, 5):
        monkeypatch.setattr(backfill, "_TABLES", (*_whole()[:stopped_at], None))
        with pytest.raises(AttributeError):
            Database.open(old)
        plain = sqlite3.connect(old)
        names = {row[0] for row in plain.execute("SELECT name FROM sqlite_schema")}
        assert "leaves" not in names
        assert plain.execute("PRAGMA user_version").fetchone() == (1,)
        plain.close()
    monkeypatch.setattr(backfill, "_TABLES", _whole())
    database = Database.open(old)
    assert leaves.size(database.connection()) > 0
    database.close()


def _whole(tables: tuple[Any, ...] = backfill._TABLES) -> tuple[Any, ...]:
    return tables


def test_a_rebuild_after_it_finds_every_leaf_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was kept without seeds has the seeds that its own bytes make, before and after."""
    with monkeypatch.context() as before:
        before.setattr("archiver.polling.asking.SALT_BYTES", 0)  # as the first version wrote: no seed
        filled = fill(tmp_path / "archive")
    as_schema_1(filled.directory / CATALOGUE)
    database = Database.open(filled.directory / CATALOGUE)
    leaves_before = list(leaves.datas(database.connection(), 0, leaves.size(database.connection())))
    database.close()
    tools = Tools(config=config_for(filled.directory), connectors=connectors(), clock=SetClock(filled.now))

    assert rebuild(filled.directory, tools).whole

    database = Database.open(filled.directory / CATALOGUE)
    with database.snapshot() as db:
        size = leaves.size(db)
        assert list(leaves.datas(db, 0, size))[:-1] == leaves_before
        assert list(mismatches(db, 0, size)) == []
    database.close()


@pytest.mark.parametrize("table", ["leaves", "acts"])
def test_after_it_leaves_and_acts_are_never_changed(old: Path, table: str) -> None:
    """The triggers stand, also the one that the migration had to take away for a moment."""
    database = Database.open(old)
    for statement in (f"UPDATE {table} SET sequence = 99", f"DELETE FROM {table}"):  # noqa: S608
        with pytest.raises(Exception, match="never"), database.transaction() as db:
            db.execute(statement)
    database.close()
