"""Whatever is changed in rows, leaves or stored bytes, recomputing the leaves finds it and names it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from archiver.model import parse_iso
from archiver.storage.acts import MADE_ANEW, WITHOUT_ROW, record_act
from archiver.storage.archive import Archive
from archiver.storage.ledger import leaves, stored_bytes
from archiver.storage.ledger.recomputed import Mismatch, Why, mismatches
from tests.archives import Filled
from tests.storage.ledger.tampering import BROKEN, tampered


@pytest.fixture
def archive(filled: Filled) -> Iterator[Archive]:
    """A filled archive, its catalogue without what would hinder whoever has it in their hands."""
    with closing(Archive.open(filled.directory)) as opened:
        yield opened


def found(archive: Archive, start: int = 0) -> list[Mismatch]:
    """What recomputing finds."""
    with archive.database.snapshot() as db:
        return list(mismatches(db, start, leaves.size(db)))


def test_where_nothing_was_changed_nothing_is_found(archive: Archive) -> None:
    """Of any range; and there are leaves of every kind."""
    size = leaves.size(archive.database.connection())
    assert [found(archive, start) for start in (0, 1, size // 2, size - 1, size)] == [[]] * 5
    assert list(stored_bytes.changed(archive, archive.database.connection(), 0, size)) == []
    counts = [
        archive.database.connection().execute(f"SELECT count(leaf) FROM {table}").fetchone()[0]  # noqa: S608
        for table in ("captures", "versions", "records", "acts")
    ]
    assert (sum(counts), min(counts) > 0) == (size, True)


@pytest.mark.parametrize("name", BROKEN)
def test_every_change_is_found_and_named(archive: Archive, name: str) -> None:
    """Whoever changes a row or a leaf, without the other, is told of, by what the record is called."""
    statement, why, words = BROKEN[name]
    tampered(archive.directory, statement)
    told = found(archive)
    assert any(one.why is why and words in one.what for one in told), told


def test_a_mismatch_tells_which_record_of_which_account_since_when(archive: Archive) -> None:
    """Whole, for one of them."""
    leaf = tampered(archive.directory, "UPDATE versions SET text = 'x' WHERE leaf = {version}")["version"]
    row = (
        archive.database.connection()
        .execute(
            "SELECT v.leaf, v.first_seen, a.id AS account, i.remote_id FROM versions v JOIN items i ON i.id = v.item"
            " JOIN accounts a ON a.number = i.account WHERE v.leaf = ?",
            (leaf,),
        )
        .fetchone()
    )
    called = f"Version 1 of {row['account']}/{row['remote_id']}, first seen {row['first_seen']},"
    assert found(archive) == [
        Mismatch(
            why=Why.CHANGED,
            what=f"{called} is not what leaf {row['leaf']} of the ledger says it was.",
            leaf=row["leaf"],
            account=row["account"],
            at=row["first_seen"],
        )
    ]
    assert found(archive, start=row["leaf"]) == []


def test_leaves_that_a_rebuild_found_no_row_for_are_no_mismatch(archive: Archive) -> None:
    """As long as the last act of a rebuild says so."""
    leaf = tampered(archive.directory, "DELETE FROM versions WHERE leaf = {version}")["version"]
    for said, expected in (([f"{leaf}"], []), (["1-2"], [leaf])):
        with archive.database.transaction() as db:
            detail: dict[str, Any] = {WITHOUT_ROW: said}
            record_act(
                db,
                at=parse_iso("2026-12-01T00:00:00Z"),
                actor="archiver",
                act=MADE_ANEW,
                subject="catalogue.sqlite",
                detail=detail,
            )
        assert [one.leaf for one in found(archive)] == expected


def test_stored_bytes_that_were_changed_are_found_and_named(archive: Archive) -> None:
    """By record and file; another file, or another range, is not told of."""
    db = archive.database.connection()
    row = db.execute(
        "SELECT r.offset, r.id, s.name, c.leaf, c.ended, a.id AS account FROM captures c"
        " JOIN records r ON r.capture = c.number AND r.type = 'request'"
        " JOIN segments s ON s.number = r.segment JOIN accounts a ON a.number = c.account ORDER BY c.leaf DESC LIMIT 1"
    ).fetchone()
    path = next(archive.directory.rglob(row["name"]))
    data = bytearray(path.read_bytes())
    data[row["offset"] + 20] ^= 1
    path.write_bytes(data)
    size = leaves.size(db)
    how = f"at offset {row['offset']} of {row['name']}, it is not what was written"
    assert list(stored_bytes.changed(archive, db, 0, size)) == [
        Mismatch(
            why=Why.BYTES,
            what=f"The record {row['id']} of leaf {row['leaf']} cannot be vouched for: {how}.",
            leaf=row["leaf"],
            account=row["account"],
            at=row["ended"],
        )
    ]
    assert list(stored_bytes.changed(archive, db, row["leaf"], size)) == []
    path.unlink()
    assert {one.account for one in stored_bytes.changed(archive, db, 0, size)} == {row["account"]}
