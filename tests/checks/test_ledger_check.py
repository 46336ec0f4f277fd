"""Whatever is changed in the files of the ledger, or in what they speak for, is found and named; nothing else is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from archiver.checks.findings import Kind
from archiver.checks.ledger_check import LedgerVerified, verify_ledger
from archiver.storage.archive import Archive
from archiver.storage.ledger import checkpoints, custody, keys, leaves, making, on_record
from archiver.storage.ledger.merkle import Growing, leaf_hash
from archiver.storage.ledger.signed_note import SignedNote
from tests.storage.ledger.ledgers import START, files_of, grow, place_of


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """An archive whose ledger was signed with 5, 301 and 601 leaves, and has two more."""
    with closing(Archive.create(tmp_path / "archive", agency="", moment=START)) as made:
        for count in (4, 295, 299):  # each checkpoint is entered before the next is made
            grow(made, count)
            making.make(made, place_of(made), at=START)
        grow(made, 2)
        yield made


def verified(archive: Archive) -> LedgerVerified:
    """Verify its ledger."""
    return verify_ledger(archive, place_of(archive))


def told(archive: Archive) -> list[str]:
    """The files that something was found of, each once."""
    return list(dict.fromkeys((one.file or "").removeprefix("ledger/") for one in verified(archive).findings))


def test_a_sound_ledger_has_no_findings(archive: Archive) -> None:
    """Everything is compared, what is not signed yet is counted, and nothing is written."""
    before = files_of(place_of(archive).ledger)
    assert verified(archive) == LedgerVerified(leaves=603, signed=601, checkpoints=3, findings=())
    assert files_of(place_of(archive).ledger) == before


def test_a_new_archive_has_a_sound_ledger(tmp_path: Path) -> None:
    """Without a leaf, without a key, without a checkpoint."""
    with closing(Archive.create(tmp_path / "new", agency="", moment=START)) as made:
        assert verified(made) == LedgerVerified(leaves=0, signed=0, checkpoints=0, findings=())


def test_a_checkpoint_that_a_crash_left_unnamed_is_no_finding(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is called the newest by the next one. One that was called so once has to be so for ever."""
    newest = place_of(archive).ledger / checkpoints.NEWEST
    before = newest.read_bytes()

    def interrupted(_ledger: Path, note: bytes) -> None:
        if note != before:
            raise KeyboardInterrupt

    with monkeypatch.context() as crash, pytest.raises(KeyboardInterrupt):
        crash.setattr(checkpoints, "name_newest", interrupted)
        making.make(archive, place_of(archive), at=START)
    assert (newest.read_bytes(), verified(archive).signed, verified(archive).findings) == (before, 604, ())

    making.make(archive, place_of(archive), at=START)
    newest.write_bytes(before)
    assert told(archive) == ["checkpoint"]


def test_every_file_that_is_changed_cut_or_gone_is_named(archive: Archive) -> None:
    """Of each file of the ledger: one bit in its middle, its last byte, all of it."""
    ledger = place_of(archive).ledger
    for name, data in files_of(ledger).items():
        middle = len(data) // 2
        changed = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
        for bent in (changed, data[:-1], None):
            (ledger / name).unlink()
            if bent is not None:
                (ledger / name).write_bytes(bent)
            found = told(archive)
            assert name in found, name
            (ledger / name).write_bytes(data)
    assert told(archive) == []


def _rewritten(statement: str) -> Callable[[Archive], None]:
    def rewrite(archive: Archive) -> None:
        with archive.database.transaction() as db:
            for row in db.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
                db.execute(f"DROP TRIGGER {row['name']}")
            db.execute(statement)

    return rewrite


def _forged(archive: Archive) -> None:
    place = place_of(archive)
    said = checkpoints.Checkpoint(origin=place.name, size=400, root=bytes(32))
    note = SignedNote(text=str(said), signatures=(place.key().sign(str(said)),))
    checkpoints.stored_at(place.ledger, 400).write_bytes(bytes(note))


def _signed_by_another(archive: Archive) -> None:
    place = place_of(archive)
    key = keys.create(place.ledger / "signing-key.theirs", place.name)
    path = checkpoints.stored_at(place.ledger, 601)
    said = checkpoints.parse_body(path.read_text(encoding="utf-8").partition("\n\n")[0] + "\n")
    path.write_bytes(bytes(SignedNote(text=str(said), signatures=(key.sign(str(said)),))))
    keys.enter(place.ledger, key.public, START)


def _renamed(archive: Archive) -> None:
    ledger = place_of(archive).ledger
    checkpoints.stored_at(ledger, 301).rename(checkpoints.stored_at(ledger, 302))


def _taken_away(archive: Archive) -> None:
    checkpoints.stored_at(place_of(archive).ledger, 5).unlink()


def _signed_again(archive: Archive) -> None:
    """With the ledger's own key, and nothing in it that is not true: but it is not the file that was stamped."""
    place = place_of(archive)
    path = checkpoints.stored_at(place.ledger, 301)
    first, signature = path.read_bytes().split(b"\n\n")
    path.write_bytes(first + b"\n\n" + 2 * signature)


def _put_between(archive: Archive) -> None:
    place, db = place_of(archive), archive.database.connection()
    growing = Growing()
    for data in leaves.datas(db, 0, 200):
        growing.add(leaf_hash(data))
    said = checkpoints.Checkpoint(origin=place.name, size=200, root=growing.root())
    note = SignedNote(text=str(said), signatures=(place.key().sign(str(said)),))
    checkpoints.stored_at(place.ledger, 200).write_bytes(bytes(note))


ROWS = "catalogue.sqlite"
DONE = {
    "a leaf changed": (
        _rewritten("UPDATE leaves SET data = zeroblob(32) WHERE sequence = 7"),
        [
            "tile/entries/000",
            "tile/0/000",
            "checkpoints/000000000301",
            "checkpoints/000000000601",
            "tile/1/000.p/2",
            ROWS,
        ],
    ),
    "a leaf removed": (_rewritten("DELETE FROM leaves WHERE sequence = 7"), ["leaves", ROWS]),
    "the last leaves removed": (_rewritten("DELETE FROM leaves WHERE sequence > 600"), ["checkpoints"]),
    "an act changed": (_rewritten("UPDATE acts SET actor = 'Mallory' WHERE sequence = 7"), ["acts.jsonl", ROWS]),
    "an act removed": (_rewritten("DELETE FROM acts WHERE sequence = 7"), ["acts.jsonl", ROWS]),
    "a checkpoint forged with the key": (_forged, ["checkpoints/000000000400"]),
    "a checkpoint signed by another key": (_signed_by_another, ["keys", "checkpoints/000000000601", "checkpoint"]),
    "a checkpoint renamed": (_renamed, ["checkpoints/000000000302", "checkpoints/000000000301"]),
    "an older checkpoint taken away": (_taken_away, ["checkpoints/000000000005"]),
    "an older checkpoint signed once more": (_signed_again, ["checkpoints/000000000301"]),
    "a checkpoint put among the older ones": (_put_between, ["checkpoints/000000000200"]),
    "a tile too many": (
        lambda archive: (place_of(archive).ledger / "tile/0/009").write_bytes(bytes(8192)),
        ["tile/0/009"],
    ),
}


@pytest.mark.parametrize("step", range(1, 9))
def test_what_a_crash_left_of_a_checkpoint_is_no_finding(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """Half a tile, tiles or acts that nobody signed yet, partial tiles of before: the next checkpoint settles all."""
    grow(archive, 300)
    done = []

    def interrupted(real: Callable[..., Any]) -> Callable[..., Any]:
        def do(*arguments: Any) -> Any:
            done.append(real)
            if len(done) == step:
                raise KeyboardInterrupt
            return real(*arguments)

        return do

    with monkeypatch.context() as crash, pytest.raises(KeyboardInterrupt):
        for name in ("rename", "replace", "unlink"):
            crash.setattr(Path, name, interrupted(getattr(Path, name)))
        making.make(archive, place_of(archive), at=START)
    assert told(archive) == []

    making.make(archive, place_of(archive), at=START)
    assert told(archive) == []
    assert list(place_of(archive).ledger.rglob(".*.part")) == []


@pytest.mark.parametrize(("how", "expected"), DONE.values(), ids=DONE)
def test_what_was_done_to_the_ledger_is_found(
    archive: Archive, how: Callable[[Archive], None], expected: list[str]
) -> None:
    """And told of the files that show it."""
    how(archive)
    assert set(expected) <= set(told(archive))
    if expected[0] not in ("checkpoints", "keys"):  # there more follows from it
        assert told(archive) == expected


def test_a_ledger_whose_key_was_replaced_and_lost_is_sound(archive: Archive) -> None:
    """Every key it was ever signed with is known."""
    place = place_of(archive)
    for lost in (False, True):
        custody.rotate(archive, place, at=START, actor="Rhea", lost=lost)
        making.make(archive, place, at=START)
    assert verified(archive) == LedgerVerified(leaves=607, signed=607, checkpoints=5, findings=())


def test_an_older_checkpoint_that_is_gone_is_missed_though_the_catalogue_forgets_it(archive: Archive) -> None:
    """The ledger itself tells of it: who takes the act away too is found by its leaf."""
    checkpoints.stored_at(place_of(archive).ledger, 5).unlink()
    (found,) = verified(archive).findings
    assert (found.kind, found.file) == (Kind.CHECKPOINT, "ledger/checkpoints/000000000005")
    assert found.what == "The checkpoint of 5 leaves, which was signed, is not there any more."
    assert "archiver repair" in found.do

    _rewritten("DELETE FROM acts WHERE act = 'checkpoints entered'")(archive)
    assert {"acts.jsonl", ROWS} <= set(told(archive))


def test_the_checkpoints_of_an_archive_that_entered_none_are_entered_at_once(archive: Archive) -> None:
    """As those of the versions before: with the next checkpoint, all that were signed."""
    _rewritten("UPDATE acts SET act = 'noted' WHERE act = 'checkpoints entered'")(archive)
    place, db = place_of(archive), archive.database.connection()
    expected = {size: sha256(checkpoints.read(place.ledger, size) or b"").hexdigest() for size in (5, 301, 601)}
    assert set(on_record.on_record(db)) == {601}
    on_record.enter(archive, place.ledger, keys.known_keys(place.ledger), at=START)
    assert on_record.on_record(db) == expected
