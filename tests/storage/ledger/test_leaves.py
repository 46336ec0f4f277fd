"""What a leaf is made of, and the table that only grows."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.errors import VerificationError
from archiver.model import canonical_json
from archiver.storage.database import Database
from archiver.storage.ledger import leaves
from archiver.storage.ledger.leaves import (
    act_leaf,
    capture_leaf,
    note_leaf,
    old_seed,
    shown_version,
    version_data,
    version_leaf,
)

SEED = bytes(range(16))
WHEN = "2026-11-21T22:01:24.000000Z"
_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
_SHOWN = st.fixed_dictionaries(
    {
        "author_id": _TEXT,
        "author_handle": _TEXT,
        "kind": _TEXT,
        "edited": st.none() | _TEXT,
        "title": _TEXT,
        "text": _TEXT,
        "visibility": _TEXT,
    }
)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An empty catalogue."""
    made = Database.create(tmp_path / "catalogue.sqlite")
    yield made
    made.close()


def salted(salt: bytes, said: bytes) -> bytes:
    """What stands in the ledger."""
    return hashlib.sha256(salt + said).digest()


def keyed(about: bytes) -> bytes:
    """A salt made from the seed."""
    return hmac.new(SEED, about, hashlib.sha256).digest()[:16]


def test_a_captures_leaf_is_what_the_contract_says() -> None:
    """Written out by hand: entry, salt and data."""
    leaf = capture_leaf(account="social", capture="c1", ended=WHEN, records=["aa", "bb"], seed=SEED)
    said = b'{"account":"social","capture":"c1","ended":"2026-11-21T22:01:24.000000Z","leaf":"capture",'
    assert leaf.data == salted(keyed(b"capture"), said + b'"records":["aa","bb"]}')


def test_a_versions_leaf_is_what_the_contract_says() -> None:
    """Its salt is its own, so that it can go while those of others of the same capture stay."""
    leaf = version_leaf(account="social", item="1", digest="dd", capture="c1", seen=WHEN, shown="ee", seed=SEED)
    said = b'{"account":"social","capture":"c1","digest":"dd","item":"1","leaf":"version",'
    said += b'"seen":"2026-11-21T22:01:24.000000Z","shown":"ee"}'
    assert leaf.data == salted(keyed(b"version\n1\ndd"), said)


def test_a_notes_leaf_is_what_the_contract_says() -> None:
    """Its salt is the number in its record's name."""
    name = "urn:uuid:00112233-4455-6677-8899-aabbccddeeff"
    leaf = note_leaf(account="social", record=name, sha256="ff")
    said = b'{"account":"social","leaf":"note","record":"urn:uuid:00112233-4455-6677-8899-aabbccddeeff","sha256":"ff"}'
    assert leaf.data == salted(bytes.fromhex("00112233445566778899aabbccddeeff"), said)


def test_an_acts_leaf_is_what_the_contract_says() -> None:
    """Whoever did it, to what, and every detail."""
    leaf = act_leaf(sequence=7, at=WHEN, actor="kim", act="closed", subject="2026-1", detail={"n": [1]}, salt=SEED)
    said = b'{"act":"closed","actor":"kim","at":"2026-11-21T22:01:24.000000Z","detail":{"n":[1]},"leaf":"act",'
    assert leaf.data == salted(SEED, said + b'"sequence":7,"subject":"2026-1"}')


def test_a_capture_without_a_seed_has_one_made_of_its_metadata() -> None:
    """For what was kept before there were seeds."""
    assert old_seed(bytes(32)) == hashlib.sha256(b"archiver seed\n" + bytes(32)).digest()[:16]


@given(said=st.fixed_dictionaries(dict.fromkeys(("account", "item", "digest", "capture", "seen", "shown"), _TEXT)))
def test_the_fast_way_to_a_versions_data_leads_to_the_same(said: dict[str, str]) -> None:
    """Whatever the texts are."""
    assert version_data(**said, seed=SEED) == version_leaf(**said, seed=SEED).data


@given(row=_SHOWN, details=st.lists(st.tuples(_TEXT, _TEXT)))
def test_what_a_version_shows_is_hashed_as_canonical_json(row: dict[str, Any], details: list[tuple[str, str]]) -> None:
    """Whatever it shows, and whether its details come from a reply or out of a row."""
    author = [row["author_id"], row["author_handle"]]
    rest = {name: row[name] for name in ("kind", "edited", "title", "text", "visibility")}
    said = canonical_json({"author": author, "details": details} | rest)
    assert shown_version(row, tuple(details)) == shown_version(row, [list(pair) for pair in details])
    assert shown_version(row, details) == hashlib.sha256(said).hexdigest()


def test_leaves_are_counted_from_one_and_told_from_nought(database: Database) -> None:
    """As the ledger and RFC 6962 count."""
    told = [bytes([number]) * 32 for number in range(6)]
    with database.transaction() as db:
        assert leaves.size(db) == 0
        assert [leaves.append(db, told[0]), leaves.append_all(db, told[1:4])] == [1, 2]
        appending = leaves.Appending(db)
        assert [appending.give(told[4]), appending.give(told[5])] == [5, 6]
        appending.finish()
    db = database.connection()
    assert (leaves.size(db), list(leaves.datas(db, 0, 6)), list(leaves.datas(db, 2, 4))) == (6, told, told[2:4])
    assert list(leaves.datas(db, 3, 3)) == []


@pytest.mark.parametrize("gone", [1, 2, 3])
def test_a_leaf_that_was_taken_out_is_missed(database: Database, gone: int) -> None:
    """At the beginning, in the middle and at the end."""
    with database.transaction() as db:
        leaves.append_all(db, [bytes([number]) * 32 for number in range(3)])
        db.execute("DROP TRIGGER leaves_are_never_removed")
        db.execute("DELETE FROM leaves WHERE sequence = ?", (gone,))
    with pytest.raises(VerificationError, match=f"Leaf {gone} of the ledger is not there"):
        list(leaves.datas(database.connection(), 0, 3))
