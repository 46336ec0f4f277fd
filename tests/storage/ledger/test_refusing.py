"""Nothing is signed over what was changed, wherever it was; and the catalogue remembers why."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from archiver.errors import DiskError, VerificationError
from archiver.storage import files, soundness
from archiver.storage.archive import Archive
from archiver.storage.ledger import checkpoints, making, signed_note
from tests.storage.ledger.ledgers import files_of, grow, made, place_of


def refused(archive: Archive, match: str) -> None:
    """Nothing may be signed, and no file of the ledger that was signed may change; the catalogue remembers why."""
    ledger = place_of(archive).ledger
    signed = {name: data for name, data in files_of(ledger).items() if name.startswith("checkpoint")}
    with pytest.raises(VerificationError, match=match) as error:
        made(archive)
    assert {name: data for name, data in files_of(ledger).items() if name.startswith("checkpoint")} == signed
    tried = soundness.last_check(archive.database.connection(), making.TRIED)
    assert tried is not None
    assert tried.result == {"refused": error.value.what}


def _rewrite(archive: Archive, statement: str) -> None:
    with archive.database.transaction() as db:
        triggers = db.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        for row in triggers:
            db.execute(f"DROP TRIGGER {row['name']}")
        db.execute(statement)
        for row in triggers:
            db.execute(row["sql"])


ROWS = {
    "a signed leaf of the open tile": (
        "UPDATE leaves SET data = zeroblob(32) WHERE sequence = 300",
        "not a continuation of the checkpoint of 301",
    ),
    "the newest leaves removed": (
        "DELETE FROM leaves WHERE sequence > 290",
        "The catalogue has 290 leaves, and 301 were signed",
    ),
    "a leaf removed": ("DELETE FROM leaves WHERE sequence = 303", "Leaf 303 is not in the ledger any more"),
    "a new act changed": ("UPDATE acts SET actor = 'Mallory' WHERE leaf = 305", "of Mallory, .* is not what leaf 305"),
    "a new leaf changed": ("UPDATE leaves SET data = zeroblob(32) WHERE sequence = 305", "is not what leaf 305"),
    "a new act without its leaf": ("UPDATE acts SET leaf = NULL WHERE leaf = 305", "has no leaf in the ledger"),
    "a new act removed": ("DELETE FROM acts WHERE leaf = 305", "not in the catalogue any more"),
    "an act changed": ("UPDATE acts SET actor = 'Mallory' WHERE sequence = 5", "The acts in the catalogue are not"),
    "an act removed": ("DELETE FROM acts WHERE sequence = 5", "The acts in the catalogue are not"),
}


@pytest.mark.parametrize(("statement", "match"), ROWS.values(), ids=ROWS)
def test_nothing_is_signed_over_rows_that_changed(archive: Archive, statement: str, match: str) -> None:
    """Leaves and acts that were signed must be what they were, and none may be missing."""
    grow(archive, 300)
    made(archive)
    grow(archive, 5)
    _rewrite(archive, statement)
    refused(archive, match)


@pytest.mark.parametrize(
    ("name", "match"),
    [
        ("tile/0/000", "leaves from 0 on is not what was read back"),
        ("tile/0/001.p/45", "leaves from 256 on is not what was read back"),
        ("tile/entries/001.p/45", "leaves from 256 on is not what was read back"),
        ("tile/1/000.p/1", "tree over tile 0 of level 0 is not what was read back"),
    ],
)
def test_nothing_is_signed_over_tiles_that_were_not_written_as_they_were_meant(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, name: str, match: str
) -> None:
    """A disk that keeps something else than it was given is found out before anything is signed."""
    grow(archive, 300)
    path, real = place_of(archive).ledger / name, files.write_aside

    def write_aside(where: Path, data: bytes) -> Path:
        return real(where, data[:-1] + bytes([data[-1] ^ 1]) if where == path else data)

    monkeypatch.setattr(files, "write_aside", write_aside)
    refused(archive, match)
    monkeypatch.undo()
    assert made(archive).new


FILES = {
    "tile/1/000.p/1": "The tree over tile 0 of level 0 is not what was read back|not a continuation|is not what it was",
    "checkpoints/000000000301": "does not fit the text|This ",
    "keys": "This public key does not have the id",
    "acts.jsonl": "The acts in the catalogue are not",
}


@pytest.mark.parametrize(("name", "match"), FILES.items(), ids=FILES)
@pytest.mark.parametrize("how", ["a changed bit", "emptied"])
def test_nothing_is_signed_over_files_that_changed(archive: Archive, name: str, match: str, how: str) -> None:
    """Tiles that are built on, checkpoints, keys and acts must be what they were."""
    grow(archive, 300)
    made(archive)
    grow(archive, 300)
    path = place_of(archive).ledger / name
    data = path.read_bytes()
    path.write_bytes(b"" if how == "emptied" else data[:20] + bytes([data[20] ^ 1]) + data[21:])
    if (name, how) in {("keys", "emptied"), ("acts.jsonl", "emptied")}:
        assert made(archive).new  # both are given back from the catalogue
        assert path.read_bytes().startswith(data)
    else:
        refused(archive, match)


def test_a_checkpoint_that_is_gone_is_missed(archive: Archive) -> None:
    """The catalogue remembers what was signed last: the ledger cannot be begun again unseen."""
    grow(archive, 3)
    made(archive)
    ledger = place_of(archive).ledger
    grow(archive, 1)
    made(archive)
    (ledger / "checkpoints/000000000006").unlink()
    grow(archive, 1)
    refused(archive, "The checkpoint of 6 leaves, made at .* is gone")
    (ledger / "checkpoints/000000000004").unlink()
    refused(archive, "The checkpoint of 6 leaves, made at .* is gone")


def test_another_checkpoint_of_the_same_size_is_noticed(archive: Archive) -> None:
    """Though its signature is right: somebody had the key."""
    place = place_of(archive)
    grow(archive, 3)
    made(archive)
    said = checkpoints.Checkpoint(origin=place.name, size=4, root=bytes(32))
    note = signed_note.SignedNote(text=str(said), signatures=(place.key().sign(str(said)),))
    checkpoints.stored_at(place.ledger, 4).write_bytes(bytes(note))
    grow(archive, 1)
    refused(archive, "The checkpoint of 4 leaves is not the one that was made")


def test_a_full_disk_is_told_as_one_and_the_next_checkpoint_completes_it(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever it was met; nothing is signed by halves."""
    real, left = files.write_aside, [0]

    def write_aside(where: Path, data: bytes) -> Path:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, "No space left on device", str(where))
        return real(where, data)

    monkeypatch.setattr(files, "write_aside", write_aside)
    for written in range(20):
        grow(archive, 1)
        left[0] = written
        try:
            made(archive)
        except DiskError as error:
            assert error.what.endswith("the disk is full.")
            tried = soundness.last_check(archive.database.connection(), making.TRIED)
            assert tried is not None
            assert tried.result == {"refused": error.what}
            making.newest(place_of(archive))  # raises where what there is is not whole
        else:
            break
    assert written == 6  # what the one before left undone, two tiles, acts, the checkpoint, and as the newest
    monkeypatch.undo()
    assert made(archive).checkpoint.size == checkpoints.sizes(place_of(archive).ledger)[-1]
