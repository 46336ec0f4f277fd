"""`archiver ledger`: checkpoints are made and checked, keys are begun and replaced, each told in words and as JSON."""

from __future__ import annotations

import base64
from pathlib import Path

from archiver.errors import Exit
from tests.cli.calling import Caller


def key_of(call: Caller) -> str:
    """The public key the ledger is signed with now."""
    return str(call("ledger", "key", "show", "--json").json["key"])


def test_a_new_archive_has_a_key_and_a_sound_ledger(new: Caller) -> None:
    """init makes the key, on record; the first checkpoint speaks for it."""
    shown = new("ledger", "key", "show", "--json").json
    assert shown["usable"]
    assert [one["key"] for one in shown["keys"]] == [shown["key"]]
    assert shown["private_key"] == f"file:{new.folder}/archive/ledger/signing-key"
    made = new("ledger", "checkpoint", "--json").json
    assert (made["size"], made["new"]) == (1, True)
    assert made["checkpoint"].split("\n")[2] == base64.b64encode(bytes.fromhex(made["root"])).decode()
    assert new("ledger", "verify", "--json").json | {"findings": []} == {
        "schema": 1,
        "sound": True,
        "leaves": 1,
        "signed": 1,
        "checkpoints": 1,
        "findings": [],
    }


def test_a_checkpoint_says_what_was_signed(new: Caller) -> None:
    """How many leaves, in which file, by whom; and that there was nothing to sign the second time."""
    first, again = new("ledger", "checkpoint"), new("ledger", "checkpoint")
    assert first.out.startswith("A checkpoint of 1 leaves was signed: ledger/checkpoints/000000000001\nRoot: ")
    assert again.out.startswith("Nothing was added since the checkpoint of 1 leaves")
    assert first.out.splitlines()[1:] == again.out.splitlines()[1:]


def test_a_checkpoint_of_a_filled_archive_proves_all_of_it(full: Caller) -> None:
    """Everything captured has its leaf, and every leaf is what it speaks for."""
    made = full("ledger", "checkpoint", "--json").json
    checked = full("ledger", "verify", "--json").json
    assert made["size"] > 100
    assert checked["findings"] == []
    assert checked["signed"] == checked["leaves"] == made["size"]


def test_what_was_changed_is_told_and_nothing_is_signed(new: Caller) -> None:
    """Exit code 10, with the file; the newest checkpoint stays."""
    new("ledger", "checkpoint")
    new("ledger", "key", "rotate")
    ledger = new.folder / "archive/ledger"
    tile = ledger / "tile/0/000.p/2"
    tile.write_bytes(bytes(64))
    found = new("ledger", "verify")
    assert found.code == Exit.VERIFICATION
    assert found.out.startswith("LEDGER DISAGREES  ledger/tile/0/000.p/2\n")
    newest = (ledger / "checkpoint").read_bytes()
    (ledger / "acts.jsonl").write_text("{}\n", encoding="utf-8")
    new("requests", "open", "--text", "All posts")
    refused = new("ledger", "checkpoint", "--json")
    assert (refused.code, refused.error["what"]) == (10, "The acts in the catalogue are not those that acts.jsonl has.")
    assert (ledger / "checkpoint").read_bytes() == newest
    assert "REFUSED" in new("status").out


def test_a_checkpoint_is_refused_over_a_record_that_changed_on_the_disk(full: Caller) -> None:
    """One byte of one WARC file: exit code 10, the record named; nothing of the ledger is signed."""
    file = next((full.folder / "archive/spool").glob("*.warc.gz"))
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    told = full("ledger", "checkpoint", "--json")
    assert told.code == Exit.VERIFICATION
    assert "cannot be vouched for: at offset" in told.error["what"]
    assert not (full.folder / "archive/ledger/checkpoint").exists()


def test_one_checkpoint_continues_another_or_does_not(new: Caller) -> None:
    """By size, by file, with the proof; a checkpoint of a ledger that was rewritten since is told with exit code 10."""
    new("ledger", "checkpoint")
    kept = new.folder / "kept"
    kept.write_bytes((new.folder / "archive/ledger/checkpoint").read_bytes())
    new("ledger", "key", "rotate")
    by_size, by_file = (new("ledger", "consistency", old, "--json").json for old in ("1", str(kept)))
    assert by_size == by_file
    assert by_size | {"proof": len(by_size["proof"])} == {
        "schema": 1,
        "old": by_size["old"],
        "new": by_size["new"],
        "consistent": True,
        "proof": 2,
    }
    assert "continues that of 1" in new("ledger", "consistency", "1", "3").out
    assert new("ledger", "consistency", "3", "1").code == Exit.USAGE
    assert new("ledger", "consistency", "9").code == Exit.USAGE
    assert new("ledger", "consistency", "no such file").code == Exit.USAGE
    kept.write_bytes(b"x")
    assert new("ledger", "consistency", str(kept)).code == Exit.VERIFICATION


def test_a_checkpoint_kept_elsewhere_unmasks_a_ledger_that_was_made_anew(new: Caller) -> None:
    """Somebody with the key and full rights signs another history: the old checkpoint does not lead there."""
    from contextlib import closing

    from archiver.storage.archive import Archive
    from archiver.storage.ledger import checkpoints, tiles
    from archiver.storage.ledger.custody import place_of
    from archiver.storage.ledger.merkle import root
    from archiver.storage.ledger.signed_note import SignedNote

    new("ledger", "checkpoint")
    kept = new.folder / "kept"
    kept.write_bytes((new.folder / "archive/ledger/checkpoint").read_bytes())
    with closing(Archive.open(new.folder / "archive")) as archive:
        place = place_of(archive, "", {})
        tiles.append(place.ledger, 0, 2, [bytes(32), bytes(32)])
        said = checkpoints.Checkpoint(origin=place.name, size=2, root=root(tiles.Tiles(place.ledger, 2).node, 2))
        checkpoints.publish(
            place.ledger, 2, bytes(SignedNote(text=str(said), signatures=(place.key().sign(str(said)),)))
        )
    told = new("ledger", "consistency", str(kept), "--json")
    assert (told.code, told.error["what"]) == (10, "The checkpoint of 2 leaves does not continue that of 1.")


def test_a_key_is_replaced_and_both_sign_once(new: Caller) -> None:
    """What is told: the new key, where it lies, that both signed, and where the old one is to be destroyed."""
    before = key_of(new)
    told = new("ledger", "key", "rotate", "--json").json
    ledger = new.folder / "archive/ledger"
    assert told == {
        "schema": 1,
        "key": key_of(new),
        "private_key": f"file:{ledger}/signing-key",
        "size": 2,
        "signed_by_both": True,
        "old_private_key": told["old_private_key"],
    }
    assert told["key"] != before
    assert Path(told["old_private_key"].removeprefix("file:")).is_file()
    assert (ledger / "checkpoint").read_text(encoding="utf-8").count("— archiver/") == 2


def test_a_lost_key_is_replaced_without_it(new: Caller) -> None:
    """Without --lost it is told that the key is not there; with it the new key signs alone."""
    new("ledger", "checkpoint")
    (new.folder / "archive/ledger/signing-key").unlink()
    assert new("ledger", "checkpoint").code == Exit.AUTH
    assert "NOT USABLE" in new("ledger", "key", "show").out
    assert new("ledger", "key", "rotate").code == Exit.AUTH
    assert new("ledger", "key", "rotate", "--lost", "--old", "env:X").code == Exit.USAGE
    told = new("ledger", "key", "rotate", "--lost")
    assert told.code == 0
    assert "signed by the new key alone" in told.out
    assert new("ledger", "verify").code == 0


def test_a_key_for_another_place_is_made_in_a_file(new: Caller) -> None:
    """It signs nothing; where a file is there already, it is left alone, and so is the key that the ledger has."""
    made = new("ledger", "key", "new", "--file", str(new.folder / "k.pem"), "--json").json
    data = (new.folder / "k.pem").read_bytes()
    assert made["key"] != key_of(new)
    assert new("ledger", "key", "new", "--file", str(new.folder / "k.pem")).code == Exit.DISK
    assert new("ledger", "key", "new").code == Exit.USAGE
    assert (new.folder / "k.pem").read_bytes() == data


def test_a_key_moves_into_the_environment(new: Caller) -> None:
    """The new key lies where the configuration says now, the old one is given by reference: both sign once."""
    old = new.folder / "archive/ledger/signing-key"
    made = new("ledger", "key", "new", "--file", str(new.folder / "k.pem"), "--json").json
    new.environ["LEDGER_KEY"] = (new.folder / "k.pem").read_text(encoding="utf-8")
    config = new.folder / "archiver.toml"
    config.write_text(f'{config.read_text(encoding="utf-8")}\n[ledger]\nkey = "env:LEDGER_KEY"\n', encoding="utf-8")
    assert new("ledger", "checkpoint").code == Exit.AUTH
    assert new("ledger", "key", "rotate").code == Exit.USAGE
    told = new("ledger", "key", "rotate", "--old", f"file:{old}", "--json").json
    assert (told["key"], told["private_key"], told["signed_by_both"]) == (made["key"], "env:LEDGER_KEY", True)
    assert new("ledger", "verify").code == 0
