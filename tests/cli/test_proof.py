"""`archiver proof`: what was captured is proved by a file, and the file says what it shows and what not."""

from __future__ import annotations

import pytest

from archiver.errors import Exit
from tests.cli.calling import Caller


@pytest.fixture
def signed(full: Caller) -> Caller:
    """Over a filled archive whose ledger was signed."""
    assert full("ledger", "checkpoint").code == 0
    return full


def some_item(call: Caller) -> str:
    """The id of an item that was edited: it has two versions."""
    found = call("search", "--json").json["items"]
    ids = [str(one["item"]) for one in found]
    return next(one for one in ids if len(call("item", "show", one, "--json").json["versions"]) > 1)


def test_a_proof_is_written_checked_and_told_in_words(signed: Caller) -> None:
    """To a new file, of the current version; checked with the archive's keys, or with the public key alone."""
    item, file = some_item(signed), signed.folder / "x.tlog-proof"
    told = signed("proof", item, "--output", str(file))
    key = signed("ledger", "key", "show", "--json").json["key"]
    assert told.out.splitlines()[0] == f"The proof was written to {file}."
    assert file.read_text(encoding="utf-8").startswith("c2sp.org/tlog-proof@v1\nextra ")
    checked = signed("proof", "--check", str(file), "--json").json
    version = signed("item", "show", item, "--json").json["versions"][-1]
    assert checked["holds"]
    assert checked["leaf"]["digest"] == version["sha256"]
    elsewhere = file.parent / "elsewhere"
    elsewhere.mkdir()
    assert Caller(folder=elsewhere)("proof", "--check", str(file), "--key", key).code == 0


def test_the_words_claim_no_more_than_is_shown(signed: Caller) -> None:
    """Unchanged since the checkpoint; not when that was, who the author is, or that nothing was missed."""
    words = signed("proof", some_item(signed)).err
    assert "neither was changed since" in words
    assert "Not shown by this file alone: when that was." in words
    assert "Not shown: that the platform or the author is genuine" in words
    for too_much in ("court", "authentic", "tamper", "guarantee"):
        assert too_much not in words.lower()


def test_every_version_and_its_capture_can_be_proved(signed: Caller) -> None:
    """The capture's leaf has the digests of its WARC records, which are those of the item's provenance."""
    item = some_item(signed)
    shown = signed("item", "show", item, "--json").json
    for version in shown["versions"]:
        number = str(version["number"])
        of_version = signed("proof", item, "--version", number, "--json").json
        of_capture = signed("proof", item, "--version", number, "--capture", "--json").json
        (told_by,) = [one for one in shown["provenance"] if one["capture"] == version["capture"]]
        assert of_version["leaf"]["digest"] == version["sha256"]
        assert of_version["leaf"]["capture"] == of_capture["leaf"]["capture"] == version["capture"]
        assert of_capture["leaf"]["records"] == [one["sha256"] for one in told_by["records"]]


def test_a_proof_on_standard_output_is_the_file(signed: Caller) -> None:
    """The words go to standard error, so that the proof can be written into a file."""
    item = some_item(signed)
    told = signed("proof", item)
    signed("proof", item, "--output", str(signed.folder / "x"))
    assert told.out == (signed.folder / "x").read_text(encoding="utf-8")


def test_a_changed_proof_shows_nothing(signed: Caller) -> None:
    """Exit code 10, also with the key of another archive."""
    file = signed.folder / "x"
    signed("proof", some_item(signed), "--output", str(file))
    other = signed("ledger", "key", "new", "--file", str(signed.folder / "k"), "--json").json["key"]
    assert signed("proof", "--check", str(file), "--key", other).code == Exit.VERIFICATION
    file.write_text(file.read_text(encoding="utf-8").replace("\nindex ", "\nindex 1"), encoding="utf-8")
    assert signed("proof", "--check", str(file)).code == Exit.VERIFICATION
    file.write_bytes(b"\xff")
    assert signed("proof", "--check", str(file)).code == Exit.VERIFICATION


def test_what_was_not_signed_yet_is_told(full: Caller) -> None:
    """With the command that signs it."""
    told = full("proof", some_item(full), "--json")
    assert (told.code, told.error["do"].partition(",")[0]) == (2, "archiver ledger checkpoint")


def test_the_words_of_the_command_are_checked(signed: Caller) -> None:
    """Neither an item nor a file, both, an item or version that is not there, a file that is there already."""
    item = some_item(signed)
    (signed.folder / "x").write_text("mine", encoding="utf-8")
    for words, code in (
        ((), Exit.USAGE),
        ((item, "--check", "x"), Exit.USAGE),
        (("nobody/1",), Exit.USAGE),
        ((item, "--version", "9"), Exit.USAGE),
        (("--check", str(signed.folder / "none")), Exit.USAGE),
        ((item, "--output", str(signed.folder / "x")), Exit.DISK),
    ):
        assert signed("proof", *words).code == code
    assert (signed.folder / "x").read_text(encoding="utf-8") == "mine"
