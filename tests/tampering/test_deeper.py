"""What somebody with full rights would try who knows how the archive is checked: found and named all the same."""

# ruff: noqa: S608 - statements of the test itself

from __future__ import annotations

import gzip
import hashlib
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from archiver.storage.acts import ARCHIVE, MADE_ANEW, WITHOUT_ROW, record_act
from archiver.storage.archive import CATALOGUE, Archive
from archiver.storage.copying import index_bytes
from archiver.storage.ledger import checkpoints, keys
from archiver.storage.ledger.custody import place_of
from archiver.storage.ledger.making import make
from tests.tampering.kept import Kept
from tests.tampering.rows import change
from tests.tampering.test_files import file_gone, sealed

Tamper = Callable[[Kept], None]


def _rows(*statements: str) -> Tamper:
    def tamper(mine: Kept) -> None:
        assert change(mine.directory, statements) > 0

    return tamper


def _schema(*statements: str) -> Tamper:
    def tamper(mine: Kept) -> None:
        with closing(sqlite3.connect(mine.directory / CATALOGUE)) as db:
            for statement in statements:
                db.execute(statement)

    return tamper


def _excused(mine: Kept) -> None:
    """A sealed file gone with its rows, an act that says a rebuild did not find them, and all of it signed."""
    file_gone(mine)
    _rebuilt(mine, {WITHOUT_ROW: ["1-100000"], "registered again": []})


def _level_excused(mine: Kept) -> None:
    change(mine.directory, ("UPDATE accounts SET level = 'governing' WHERE id = 'social'",))
    _rebuilt(mine, {WITHOUT_ROW: [], "registered again": ["social"]})


def _rebuilt(mine: Kept, detail: dict[str, object]) -> None:
    with closing(Archive.open(mine.directory)) as archive:
        with archive.database.transaction() as db:
            record_act(db, at=mine.clock.now(), actor=ARCHIVE, act=MADE_ANEW, subject=CATALOGUE, detail=detail)
        make(archive, place_of(archive, "", {}), at=mine.clock.now())


def _longer(mine: Kept) -> None:
    """Bytes behind a sealed file; size, digest and index made to agree with it."""
    path = sealed(mine)
    path.chmod(0o600)
    path.write_bytes(path.read_bytes() + gzip.compress(b"planted"))
    size, digest = path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest()
    change(mine.directory, (f"UPDATE segments SET size = {size}, sha256 = '{digest}' WHERE name = '{path.name}'",))
    _index_anew(mine, path)


def _index_anew(mine: Kept, path: Path) -> None:
    with closing(Archive.open(mine.directory)) as archive:
        db = archive.database.connection()
        (number,) = db.execute("SELECT number FROM segments WHERE name = ?", (path.name,)).fetchone()
        index = path.with_name(f"{path.name}.index.json")
        index.unlink(missing_ok=True)
        index.write_bytes(index_bytes(db, number))


def _exchanged(mine: Kept) -> None:
    first, second, *_ = sorted((mine.directory / "warc").rglob("*.warc.gz"))
    aside = first.with_name("aside")
    first.rename(aside)
    second.rename(first)
    aside.rename(second)


def _renamed(mine: Kept) -> None:
    """A sealed file called otherwise, its row and index too."""
    path = sealed(mine)
    name = path.name.replace("T", "T0", 1).replace("T00", "T01", 1)
    change(mine.directory, (f"UPDATE segments SET name = '{name}' WHERE name = '{path.name}'",))
    path.with_name(f"{path.name}.index.json").unlink()
    _index_anew(mine, path.rename(path.with_name(name)))


def _key_exchanged(mine: Kept) -> None:
    path = mine.directory / "ledger" / keys.PRIVATE
    path.unlink()
    keys.create(path, "archiver/another")


def _kept_file(pattern: str) -> Callable[[Kept], Path]:
    return lambda mine: next((mine.directory / "ledger").glob(pattern))


def _gone(pattern: str) -> Tamper:
    return lambda mine: _kept_file(pattern)(mine).unlink()


def _bent(pattern: str) -> Tamper:
    def tamper(mine: Kept) -> None:
        path = _kept_file(pattern)(mine)
        data = path.read_bytes()
        path.write_bytes(data[:-4] + bytes([data[-4] ^ 1]) + data[-3:])

    return tamper


def _older_checkpoint(mine: Kept) -> None:
    """An older one gone, and what tells of it."""
    ledger = mine.directory / "ledger"
    checkpoints.stored_at(ledger, checkpoints.sizes(ledger)[0]).unlink()
    change(mine.directory, ("UPDATE acts SET act = 'noted' WHERE act = 'checkpoints entered'",))


_MEDIUM = "(SELECT min(sha256) FROM item_media WHERE sha256 IS NOT NULL)"
CHANGES: dict[str, tuple[Tamper, str]] = {
    "why something was not captured": (_rows("UPDATE gaps SET cause = 'rate limit'"), "a row of gaps"),
    "which file a post has": (
        _rows(f"UPDATE item_media SET sha256 = {_MEDIUM} WHERE sha256 > {_MEDIUM}"), "a row of item_media"
    ),
    "what a picture shows": (_rows("UPDATE item_media SET alt = 'Nothing'"), "a row of item_media"),
    "what kind of file it is": (_rows("UPDATE media SET type = 'text/html'"), "a row of media"),
    "words to be found that nobody wrote": (
        _rows("INSERT INTO search (rowid, body, people, scope) VALUES (424242, 'planted', '', '')"), "a row of search"
    ),
    "how a poll ended": (_rows("UPDATE runs SET outcome = 'partial'"), "a row of runs"),
    "when a poll was": (_rows("UPDATE runs SET begun = '2020-01-01T00:00:00.000000Z'"), "a row of runs"),
    "how an absence was seen": (_rows("UPDATE observations SET method = 'listing'"), "a row of observations"),
    "what is not asked again": (_rows("INSERT INTO once VALUES (1, 'comments 1', 'x')"), "a row of once"),
    "what passes for unchanged": (_rows("UPDATE validators SET etag = 'x'"), "a row of validators"),
    "when a request came in": (
        _rows("UPDATE requests SET received = '2020-01-01T00:00:00.000000Z' WHERE id = 'R1'"), "of request R1"
    ),
    "since when a request holds": (
        _rows("UPDATE requests SET opened = '2030-01-01T00:00:00.000000Z' WHERE id = 'R1'"), "of request R1"
    ),
    "an account that nobody registered": (
        _rows(
            "INSERT INTO accounts SELECT 9, 'planted', platform, handle, url, unit, purpose, audience, owner, deputy,"
            " level, credential, platform_id, state, state_reason, interval_minutes, options FROM accounts LIMIT 1"
        ),
        "of account planted something that no act tells of",
    ),
    "a bundle that nobody made": (
        _rows("INSERT INTO bundles SELECT 9, request, made, 'R1-9.zip', sha256, size, items FROM bundles"),
        "of bundle R1-9.zip something that no act tells of",
    ),
    "what an act says": (
        _rows("UPDATE acts SET detail = json_set(detail, '$.level', 'other') WHERE act = 'account registered'"),
        "is not what leaf",
    ),
    "an act's salt": (_rows("UPDATE acts SET salt = randomblob(16) WHERE sequence = 2"), "is not what leaf"),
    "a sealed file's digest": (
        _rows("UPDATE segments SET sha256 = 'x' WHERE state = 'sealed'"), "does not have the digest it was sealed with"
    ),
    "a trigger that changes what will be captured": (
        _schema("CREATE TRIGGER planted AFTER INSERT ON items BEGIN UPDATE items SET created = NULL; END"), "planted"
    ),
    "the triggers that forbid changes": (
        _schema("DROP TRIGGER acts_are_never_changed", "DROP TRIGGER leaves_are_never_removed"),
        "acts_are_never_changed",
    ),
    "a table that is none of ours": (_schema("CREATE TABLE planted (x)"), "planted"),
    "an index that is not there": (_schema("DROP INDEX items_by_thread"), "items_by_thread"),
    "a file and rows taken out, as if a rebuild had not found them": (_excused, "rebuild"),
    "an account changed, as if a rebuild had registered it": (_level_excused, "of account social another level"),
    "bytes behind a sealed file, everything made to agree": (_longer, "belong to no record"),
    "two sealed files in each other's place": (_exchanged, "is not what was written"),
    "a sealed file called otherwise, with row and index": (_renamed, "called"),
    "the private key exchanged": (_key_exchanged, "signing key"),
    "a time stamp gone": (_gone("stamps/*/one.tsr"), "stamp"),
    "a time stamp gone with what was noted of it": (_gone("stamps/*/one.json"), "authority one"),
    "a time stamp changed": (_bent("stamps/*/one.tsr"), "stamp"),
    "a cosignature gone": (_gone("witnesses/esd/*"), "witness esd"),
    "a cosignature that cannot be one": (
        lambda mine: _kept_file("witnesses/esd/*")(mine).write_bytes(b"\xe2\x80\x94 x\n") and None, "witness esd"
    ),
    "how far a witness saw": (_rows("UPDATE anchored SET size = size + 1 WHERE name = 'esd'"), "witness esd"),
    "that an anchor failed": (_rows("DELETE FROM anchor_gaps"), "mailbox officer"),
    "since when an anchor failed": (
        _rows("UPDATE anchor_gaps SET since = '2030-01-01T00:00:00.000000Z'"), "mailbox officer"
    ),
    "an older checkpoint, and that it was": (_older_checkpoint, "is not what leaf"),
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGES)
def test_what_a_knowing_hand_changes_is_found_and_named(mine: Kept, what: str) -> None:
    """Also where it knows which checks there are."""
    tamper, words = CHANGES[what]
    tamper(mine)
    found = mine.findings()

    assert [one.what for one in found if words in one.what] != [], found
