"""Verification compares rows with each other and, in depth, with what the records say."""

from __future__ import annotations

import hashlib
import multiprocessing
from pathlib import Path
from typing import Any

import pytest
from pysqlite3 import dbapi2 as sqlite

from archiver.checks import leaf_check
from archiver.checks import verify as verifying
from archiver.checks.findings import Kind
from archiver.checks.reread import reread
from archiver.checks.verify import DEEP, ROUTINE, Scope, note_result, verify
from archiver.polling.registry import connectors
from archiver.storage.archive import Archive
from archiver.storage.soundness import last_check
from tests.checks.damage import told, verified, warc
from tests.checks.scenes import START

CHANGES = {
    "a record's digest": ("UPDATE records SET sha256 = zeroblob(32) WHERE type = 'request'", Kind.CHANGED, False),
    "a record's length": ("UPDATE records SET length = length - 1 WHERE offset = 0", Kind.EXTRA, False),
    "a file's digest": ("UPDATE segments SET sha256 = '00' WHERE state = 'sealed'", Kind.INDEX, False),
    "a lost record": ("DELETE FROM records WHERE type = 'request'", Kind.DISAGREES, False),
    "a lost capture": ("DELETE FROM captures WHERE role = 'check'", Kind.DISAGREES, False),
    "a lost act": ("DELETE FROM acts WHERE sequence = 1", Kind.ACTS, False),
    "an item without its version": ("UPDATE items SET version = 99", Kind.DISAGREES, False),
    "a row of nothing": ("UPDATE gaps SET account = 99", Kind.DISAGREES, False),
    "a file of another digest": ("UPDATE media SET sha256 = substr(sha256, 2)", Kind.DISAGREES, False),
    "a capture's time": ("UPDATE captures SET ended = '2020'", Kind.DISAGREES, True),
    "a capture's status": ("UPDATE captures SET status = 204 WHERE stream = 'posts'", Kind.DISAGREES, True),
    "a capture's name": ("UPDATE captures SET id = id || 'x'", Kind.DISAGREES, True),
    "a lost run": ("DELETE FROM runs", Kind.DISAGREES, True),
    "a lost gap": ("DELETE FROM gaps", Kind.DISAGREES, True),
    "a record's name": ("UPDATE records SET id = id || 'x'", Kind.DISAGREES, True),
}


def changed(directory: Path, statement: str) -> None:
    """Change the catalogue behind the archive's back; the triggers are there again afterwards."""
    db = sqlite.connect(str(directory / "catalogue.sqlite"), isolation_level=None)
    triggers = db.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        db.execute(f"DROP TRIGGER {name}")
    db.execute(statement)
    for _, sql in triggers:
        db.execute(sql)
    db.close()


@pytest.mark.parametrize("name", CHANGES)
def test_a_row_that_was_changed_is_found(copied: Path, name: str) -> None:
    """Each change to the catalogue shows against the files, the index beside them, or the other rows."""
    statement, kind, deep = CHANGES[name]
    changed(copied, statement)

    assert kind in {found.kind for found in verified(copied, deep=deep).findings}


def test_a_damaged_page_of_the_catalogue_is_found(copied: Path) -> None:
    """Bytes overwritten in the middle of the database: damaged, and nothing more is concluded from it."""
    path = copied / "catalogue.sqlite"
    with path.open("r+b") as file:
        for page in range(20, 30):
            file.seek(page * 8192)
            file.write(b"\x55" * 4096)

    assert {found.kind for found in verified(copied).findings} == {Kind.CATALOGUE}


def test_an_unsound_record_with_a_fitting_row_is_found_in_depth(copied: Path) -> None:
    """Whoever changes a record, its row, the file's and the index has its leaf and its own digest against them."""
    path = warc(copied, sealed=False)[0]
    data = bytearray(path.read_bytes())
    data[-12] ^= 1
    path.write_bytes(data)
    (found,) = verified(copied).findings
    with path.open("rb") as file:
        file.seek(found.offset or 0)
        sha256 = hashlib.sha256(file.read()).hexdigest()
    changed(copied, f"UPDATE records SET sha256 = x'{sha256}' WHERE id = '{found.record}'")  # noqa: S608

    by_leaf = (Kind.LEDGER, "catalogue.sqlite", None)
    assert told(verified(copied)) == [by_leaf]
    assert told(verified(copied, deep=True)) == [by_leaf, (Kind.UNSOUND, path.name, found.offset)]


def test_leaves_are_checked_by_several_processes(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each takes its part of them, and all of them together find what one would."""
    changed(copied, "UPDATE versions SET text = text || '.' WHERE historic = 0")
    alone = verified(copied).findings
    monkeypatch.setattr(leaf_check, "AT_ONCE", 50)
    assert verified(copied, jobs=2).findings == alone
    assert len(alone) > 100


def test_every_version_is_what_its_reply_shows(kept: Path) -> None:
    """Read again, the kept replies show just the versions that the catalogue has."""
    archive = Archive.open(kept)

    assert list(reread(archive, connectors())) == []
    archive.close()


def test_a_version_that_was_rewritten_is_found_by_reading_again(copied: Path) -> None:
    """Words changed in the catalogue are not what the reply showed."""
    changed(copied, "UPDATE versions SET text = 'We never said so.' WHERE text LIKE 'The board meets WEDNESDAY%'")
    archive = Archive.open(copied)
    found = list(reread(archive, connectors(), "social"))
    archive.close()

    assert {(one.kind, one.account, "its words differ" in one.what) for one in found} == {
        (Kind.DISAGREES, "social", True)
    }


def test_several_processes_find_the_same(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes over the files, one damage in each of two files, in the same order as one process gives it."""
    for path in warc(copied)[:2]:
        path.chmod(0o600)
        path.write_bytes(b"x" + path.read_bytes()[1:])
    monkeypatch.setattr(verifying, "WORTH_PROCESSES", 0)

    assert verified(copied, jobs=2) == verified(copied, jobs=1)
    assert multiprocessing.active_children() == []


def test_the_last_verification_is_remembered(copied: Path) -> None:
    """A deep one counts as a routine one too; one account's is not remembered."""
    archive = Archive.open(copied)
    db = archive.database.connection()

    def at(name: str) -> Any:
        check = last_check(db, name)
        return check and (check.at, check.result["findings"])

    note_result(archive, Scope(account="blog"), verify(archive, Scope(account="blog")), START)
    before = (at(ROUTINE), at(DEEP))
    note_result(archive, Scope(deep=True), verify(archive, Scope(deep=True)), START)
    after = (at(ROUTINE), at(DEEP))
    archive.close()

    assert before == (None, None)
    assert after == ((START, 0), (START, 0))
