"""Files changed by somebody with full rights on disk, catalogue and key: found against the outside checkpoint."""

# ruff: noqa: S608 - statements of the test itself

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from archiver.storage.archive import Archive
from archiver.storage.ledger import checkpoints
from archiver.storage.ledger.backfill import backfill
from archiver.storage.ledger.custody import place_of
from archiver.storage.ledger.making import make
from tests.tampering import rows
from tests.tampering.kept import Kept
from tests.tampering.rows import change

Tamper = Callable[[Kept], None]


def sealed(mine: Kept) -> Path:
    """The first of the sealed files."""
    return sorted((mine.directory / "warc").rglob("*.warc.gz"))[0]


def _flip(path: Path, at: int = -40) -> None:
    path.chmod(0o600)
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def _cut(mine: Kept) -> None:
    path = sealed(mine)
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-500])


def _stranger(mine: Kept) -> None:
    path = sealed(mine)
    shutil.copy(path, path.with_name("social-20200101T000000Z-0001.warc.gz"))


def _tile(mine: Kept, kind: str) -> Path:
    return next(one for one in (mine.directory / "ledger" / "tile" / kind).rglob("*") if one.is_file())


def _appended(mine: Kept) -> None:
    path = sorted((mine.directory / "spool").glob("social*"))[0]
    path.write_bytes(path.read_bytes() + gzip.compress(b"WARC/1.1\r\n\r\n"))


def file_gone(mine: Kept) -> None:
    """With every row that refers to it."""
    path = sealed(mine)
    path.unlink()
    segment = f"(SELECT number FROM segments WHERE name = '{path.name}')"
    gone = f"(SELECT number FROM captures WHERE segment = {segment})"
    change(
        mine.directory,
        (
            f"DELETE FROM items WHERE id IN (SELECT item FROM versions WHERE capture IN {gone})",
            f"DELETE FROM observations WHERE capture IN {gone}",
            f"DELETE FROM media WHERE capture IN {gone}",
            f"DELETE FROM versions WHERE capture IN {gone}",
            f"DELETE FROM records WHERE segment = {segment}",
            f"DELETE FROM captures WHERE segment = {segment}",
            f"DELETE FROM segments WHERE name = '{path.name}'",
        ),
    )


def _put_back(mine: Kept) -> None:
    """The whole directory as it was before: nothing in it disagrees."""
    shutil.rmtree(mine.directory)
    shutil.copytree(mine.older, mine.directory)


def _catalogue_put_back(mine: Kept) -> None:
    for name in ("catalogue.sqlite", "catalogue.sqlite-wal", "catalogue.sqlite-shm"):
        (mine.directory / name).unlink(missing_ok=True)
        if (mine.older / name).exists():
            shutil.copy(mine.older / name, mine.directory / name)


def _written_anew(mine: Kept) -> None:
    """Words changed, every leaf made to fit, the ledger's files made anew and signed with the archive's own key."""
    change(mine.directory, ("UPDATE versions SET text = 'Never said' WHERE leaf = (SELECT min(leaf) FROM versions)",))
    _signed_anew(mine)


def _history_shortened(mine: Kept) -> None:
    """The last acts never happened: taken out with their leaves, everything signed anew."""
    change(mine.directory, ("DELETE FROM requests WHERE id = 'R2'", "DELETE FROM acts WHERE subject = 'R2'"))
    _signed_anew(mine)


def _signed_anew(mine: Kept) -> None:
    ledger = mine.directory / "ledger"
    shutil.rmtree(ledger / "tile")
    shutil.rmtree(ledger / checkpoints.FOLDER)
    for name in ("checkpoint", "acts.jsonl"):
        (ledger / name).unlink()
    forget = [f"UPDATE {table} SET leaf = NULL" for table in ("captures", "versions", "records", "acts")]
    change(mine.directory, (*forget, "DELETE FROM leaves", "DELETE FROM checks"))
    with closing(Archive.open(mine.directory)) as archive:
        with archive.database.transaction() as db:
            (trigger,) = db.execute("SELECT sql FROM sqlite_schema WHERE name = 'acts_are_never_changed'").fetchone()
            db.execute("DROP TRIGGER acts_are_never_changed")
            backfill(db)
            db.execute(trigger)
        make(archive, place_of(archive, "", {}), at=mine.clock.now())


def _other_key(mine: Kept) -> None:
    """Another archive's key and list of keys in place of this one's, the ledger signed anew with it."""
    ledger = mine.directory / "ledger"
    (ledger / "signing-key").unlink()
    (ledger / "keys").unlink()
    change(mine.directory, ("DELETE FROM acts WHERE subject = 'ledger'",))
    _signed_anew(mine)


def _bundle(mine: Kept) -> None:
    _flip(next((mine.directory / "bundles").glob("*.zip")))


def _index(mine: Kept) -> None:
    path = next((mine.directory / "warc").rglob("*.index.json"))
    path.chmod(0o600)
    said = json.loads(path.read_text())
    said["records"][0]["length"] += 1
    path.write_text(json.dumps(said))


def _label(mine: Kept) -> None:
    path = mine.directory / "archive.toml"
    path.write_text(path.read_text().replace('id = "', 'id = "0'))


def _checkpoint_of_others(mine: Kept) -> None:
    sizes = checkpoints.sizes(mine.directory / "ledger")
    shutil.copy(
        checkpoints.stored_at(mine.directory / "ledger", sizes[0]),
        checkpoints.stored_at(mine.directory / "ledger", sizes[-1]),
    )


CHANGES: dict[str, tuple[Tamper, str]] = {
    "a byte of a sealed file": (lambda mine: _flip(sealed(mine)), "is not what was written"),
    "a byte of a growing file": (
        lambda mine: _flip(sorted((mine.directory / "spool").glob("*.gz"))[0]), "is not what was written"
    ),
    "a sealed file cut short": (_cut, "end"),
    "a sealed file gone": (lambda mine: sealed(mine).unlink(), "is not there"),
    "a sealed file gone with its rows": (file_gone, "speaks for something that is not in the catalogue"),
    "bytes put behind a growing file": (_appended, ""),
    "a file put among the sealed ones": (_stranger, "20200101T000000Z-0001.warc.gz is not"),
    "the index beside a file": (_index, "index"),
    "a tile of hashes": (lambda mine: _flip(_tile(mine, "0")), "A tile of the ledger does not hold"),
    "a bundle of entries": (lambda mine: _flip(_tile(mine, "entries")), "A tile of the ledger does not hold"),
    "a tile gone": (lambda mine: _tile(mine, "0").unlink(), "A tile of the ledger is not there"),
    "a checkpoint": (lambda mine: _flip(mine.directory / "ledger" / "checkpoint", 60), ""),
    "a checkpoint under another size": (_checkpoint_of_others, "not of those it is named after"),
    "the acts beside the ledger": (
        lambda mine: _flip(mine.directory / "ledger" / "acts.jsonl"), "The acts beside the ledger"
    ),
    "the list of keys": (lambda mine: (mine.directory / "ledger" / "keys").write_text("") and None, "public keys"),
    "a bundle that was made": (_bundle, "The bundle is not the one that was made"),
    "the archive's label": (_label, "this archive calls itself"),
    "the whole archive put back": (_put_back, "the archive was put back"),
    "the catalogue put back": (_catalogue_put_back, "the archive was put back"),
    "words changed, everything signed anew": (_written_anew, "the ledger was written anew"),
    "acts taken out, everything signed anew": (_history_shortened, "the"),
    "another key, everything signed anew": (_other_key, "keys"),
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGES)
def test_a_changed_file_is_found_and_named(mine: Kept, what: str) -> None:
    """Also where everything within the archive was made to agree again."""
    tamper, words = CHANGES[what]
    tamper(mine)
    found = mine.findings()

    assert [one.what for one in found if words in one.what] != [], found


def test_all_that_was_changed_is_of_many_kinds() -> None:
    """Files and rows together: more than twice the twenty-five that are asked for."""
    assert len(CHANGES) + len(rows.CHANGES) >= 60
