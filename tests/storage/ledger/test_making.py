"""A checkpoint is made of what was computed anew, or not at all; and whatever was signed stays signed."""

from __future__ import annotations

import fcntl
import os
from datetime import timedelta
from pathlib import Path

import pytest

from archiver.errors import AuthError, Locked
from archiver.storage import soundness
from archiver.storage.archive import Archive
from archiver.storage.ledger import acts_file, checkpoints, custody, keys, leaves, making, merkle, signed_note
from archiver.storage.ledger.tiles import Tiles
from tests.storage.ledger.ledgers import START, files_of, grow, made, place_of
from tests.storage.ledger.trees import tree_hash

HOUR = timedelta(hours=1)


def leaves_of(archive: Archive) -> list[bytes]:
    """The data of every leaf."""
    db = archive.database.connection()
    return list(leaves.datas(db, 0, leaves.size(db)))


def test_the_first_checkpoint_makes_the_key_and_signs_it_too(archive: Archive) -> None:
    """An archive without a key gets one on record; the checkpoint is of every leaf, that of the act among them."""
    grow(archive, 5)
    place, found = place_of(archive), made(archive)
    assert found.new
    assert found.checkpoint == checkpoints.Checkpoint(
        origin=f"archiver/{archive.id}", size=6, root=tree_hash(leaves_of(archive))
    )
    assert signed_note.signers(found.note, keys.known_keys(place.ledger)) == (custody.current(archive, place).public,)
    assert sorted(files_of(place.ledger)) == [
        "acts.jsonl",
        "checkpoint",
        "checkpoints/000000000006",
        "keys",
        "tile/0/000.p/6",
        "tile/entries/000.p/6",
    ]


def test_a_checkpoint_of_nothing_new_is_the_one_there_is(archive: Archive) -> None:
    """Where nothing was added, nothing is written."""
    grow(archive, 1)
    first, before = made(archive), files_of(place_of(archive).ledger)
    again = made(archive)
    assert (again.checkpoint, again.note, again.new) == (first.checkpoint, first.note, False)
    assert files_of(place_of(archive).ledger) == before


@pytest.mark.parametrize("steps", [(1, 1, 1), (250, 3, 10), (300, 600), (255, 1, 255, 1)])
def test_every_checkpoint_continues_the_one_before(archive: Archive, steps: tuple[int, ...]) -> None:
    """All of them stay, and each is the beginning of the newest tree."""
    ledger = place_of(archive).ledger
    for count in steps:
        grow(archive, count)
        made(archive)
    all_leaves, sizes = leaves_of(archive), checkpoints.sizes(ledger)
    assert len(sizes) == len(steps)
    for size in sizes:
        note = checkpoints.read(ledger, size)
        assert note is not None
        said, _ = checkpoints.opened(note, keys.known_keys(ledger), origin=place_of(archive).name)
        assert said.root == tree_hash(all_leaves[:size])
    assert (ledger / "checkpoint").read_bytes() == checkpoints.read(ledger)
    assert merkle.root(Tiles(ledger, sizes[-1]).node, sizes[-1]) == tree_hash(all_leaves)
    widths = {name.rpartition("/")[2] for name in files_of(ledger) if name.startswith("tile/0/") and ".p/" in name}
    assert widths == ({str(sizes[-1] % 256)} if sizes[-1] % 256 else set())


def test_the_acts_lie_beside_with_their_salts(archive: Archive) -> None:
    """Each line gives back its act and the leaf that speaks for it."""
    grow(archive, 3)
    made(archive)
    kept = list(acts_file.read(place_of(archive).ledger))
    all_leaves = leaves_of(archive)
    assert [(one.sequence, one.act, one.detail.get("number")) for one in kept[:3]] == [
        (1, "noted", 0),
        (2, "noted", 1),
        (3, "noted", 2),
    ]
    assert [one.told.data for one in kept] == [all_leaves[one.leaf - 1] for one in kept]
    assert len(kept) == 4


def test_one_signer_at_a_time(archive: Archive) -> None:
    """While somebody makes a checkpoint, nobody else does."""
    grow(archive, 1)
    descriptor = os.open(place_of(archive).ledger / making.LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    with pytest.raises(Locked, match="is making a checkpoint"):
        made(archive)
    os.close(descriptor)
    assert made(archive).new


def test_a_replaced_key_signs_once_more_beside_its_successor(archive: Archive) -> None:
    """The first checkpoint of the new key carries both signatures, the next one its own alone."""
    place = place_of(archive)
    grow(archive, 1)
    made(archive)
    handed = custody.rotate(archive, place, at=START, actor="Rhea")
    assert handed.old is not None
    known = keys.known_keys(place.ledger)
    assert signed_note.signers(made(archive).note, known) == (handed.new.public, handed.old.public)
    grow(archive, 1)
    assert signed_note.signers(made(archive).note, known) == (handed.new.public,)


def test_a_lost_key_signs_nothing_more(archive: Archive) -> None:
    """What shows the connection then are the checkpoints themselves, each of which the next one continues."""
    place = place_of(archive)
    grow(archive, 1)
    made(archive)
    handed = custody.rotate(archive, place, at=START, actor="Rhea", lost=True)
    assert signed_note.signers(made(archive).note, keys.known_keys(place.ledger)) == (handed.new.public,)


def test_a_key_that_is_not_there_is_told_and_remembered(archive: Archive) -> None:
    """Nothing is signed, capturing is not affected, and status and doctor can say so."""
    place = place_of(archive)
    grow(archive, 1)
    made(archive)
    (place.ledger / keys.PRIVATE).unlink()
    grow(archive, 1)
    with pytest.raises(AuthError, match="cannot be read"):
        made(archive)
    tried = soundness.last_check(archive.database.connection(), making.TRIED)
    signed = soundness.last_check(archive.database.connection(), making.SIGNED)
    assert tried is not None
    assert "cannot be read" in tried.result["refused"]
    assert signed is not None
    assert signed.result["size"] == 2


def test_a_checkpoint_is_due_an_hour_after_the_last_try_where_there_is_something_to_sign(archive: Archive) -> None:
    """Not without new leaves, not earlier, and at once where the clock was set back."""
    place = place_of(archive)
    grow(archive, 1)
    assert making.due(archive, place, START)
    made(archive)
    assert not making.due(archive, place, START + 2 * HOUR)
    grow(archive, 1)
    assert not making.due(archive, place, START + HOUR - timedelta(seconds=1))
    assert making.due(archive, place, START + HOUR)
    assert making.due(archive, place, START - HOUR)


def test_a_checkpoint_that_is_there_is_never_replaced(tmp_path: Path) -> None:
    """Of one size there is one: the first that was written, and it is the one that is named."""
    checkpoints.publish(tmp_path, 4, b"first")
    checkpoints.publish(tmp_path, 4, b"second")
    assert (checkpoints.read(tmp_path, 4), (tmp_path / "checkpoint").read_bytes()) == (b"first", b"first")


def test_the_empty_ledger_may_be_signed(tmp_path: Path) -> None:
    """A checkpoint of size 0 has the root of no leaves, and every other continues it."""
    said = checkpoints.Checkpoint(origin="archiver/x", size=0, root=merkle.EMPTY_ROOT)
    key = keys.create(tmp_path / "key", "archiver/x")
    note = bytes(signed_note.SignedNote(text=str(said), signatures=(key.sign(str(said)),)))
    checkpoints.publish(tmp_path, 0, note)
    assert checkpoints.opened(checkpoints.read(tmp_path) or b"", [key.public], origin="archiver/x")[0] == said
    assert checkpoints.sizes(tmp_path) == (0,)
