"""A bundle whose checkpoint a witness signed: the verifier tells who and when, and refuses what does not hold."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from archiver.anchoring.cosignature import cosigned, cosigning_key
from archiver.model import Selector
from archiver.storage.anchor_files import keep_witness
from archiver.verifier.verify_bundle import WITNESS, Wrong, signed_body
from tests.archives import Filled
from tests.verifier.bundles import asked, made_to_fit, proved_bundle, unpacked, verify

ESD, OTHER = (Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in (7, 8))
NAME = "esd.example/witness"
KEY, OTHER_KEY = str(cosigning_key(ESD, NAME)), str(cosigning_key(OTHER, NAME))
AT = datetime(2026, 11, 22, 3, 4, 5, tzinfo=UTC)
TOLD = f"Seen at 2026-11-22 03:04:05 UTC by {KEY}."


@pytest.fixture(scope="module")
def witnessed(filled_once: Filled, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle whose checkpoint two witnesses signed, one of which nobody knows any more."""
    folder = tmp_path_factory.mktemp("witnessed")
    shutil.copytree(filled_once.directory, folder / "archive")
    copied = replace(filled_once, directory=folder / "archive")
    asked(copied, Selector())
    proved_bundle(copied)
    (checkpoint,) = (folder / "archive/ledger/checkpoints").iterdir()
    text = checkpoint.read_text().partition("\n\n")[0] + "\n"
    for name, key in (("esd", ESD), ("gone", OTHER)):
        line = str(cosigned(text, key, NAME, AT)).encode()
        keep_witness(folder / "archive/ledger", name, int(checkpoint.name), line)
    return proved_bundle(copied, witnesses=[cosigning_key(ESD, NAME)])


def test_who_saw_it_and_when_is_told(witnessed: Path) -> None:
    """With the witness's own key named, or with the one in the bundle and what that leaves open."""
    named, unnamed = verify(witnessed, "--witness", KEY), verify(witnessed)

    assert (named.code, unnamed.code) == (0, 0), (named, unnamed)
    assert f"{TOLD}\n" in named.out
    assert f"{TOLD} Compare its key with the one that the witness itself tells.\n" in unnamed.out


def test_a_witness_that_did_not_sign_is_not_taken_for_one(witnessed: Path, whole: Path) -> None:
    """Neither in a bundle that another one signed, nor in a bundle that none did."""
    other, none = verify(witnessed, "--witness", OTHER_KEY), verify(whole, "--witness", KEY)

    assert (other.code, other.out.splitlines()[-1]) == (
        1,
        "WRONG: the checkpoint is signed by no key that is known.",
    )
    assert (none.code, none.out.splitlines()[-1]) == (1, "WRONG: data/proof/witnesses.txt is missing.")


def test_what_the_readme_says_of_witnesses_is_there(witnessed: Path, tmp_path: Path) -> None:
    """The option, and what a witness signs."""
    root = unpacked(witnessed, tmp_path / "out")

    assert "--witness KEY" in (root / "README.txt").read_text()
    assert (root / "data/proof/witness-keys.txt").read_text() == f"{KEY}\n"


BODY = "archiver/x\n5\nAAAA"


def note(line: str) -> str:
    """A checkpoint with this line below."""
    return f"{BODY}\n\n{line}"


def changed(line: str, change: Callable[[bytes], bytes]) -> str:
    """A line whose signature has other bytes."""
    start, _, value = line[:-1].rpartition(" ")
    return f"{start} {base64.b64encode(change(base64.b64decode(value))).decode()}\n"


SIGNED, ANOTHERS = (str(cosigned(BODY + "\n", key, NAME, AT)) for key in (ESD, OTHER))
OF_KEY = base64.b64decode(SIGNED.split()[2])[:4]
CHANGES: dict[str, tuple[str, str]] = {
    "of another checkpoint": (str(cosigned("archiver/x\n6\nAAAA\n", ESD, NAME, AT)), "does not hold"),
    "by another key": (ANOTHERS, "no key that is known"),
    "by another key under the name of this one": (changed(ANOTHERS, lambda raw: OF_KEY + raw[4:]), "does not hold"),
    "of another time": (changed(SIGNED, lambda raw: raw[:11] + bytes([raw[11] ^ 1]) + raw[12:]), "does not hold"),
    "cut off": (changed(SIGNED, lambda raw: raw[:-1]), "does not hold"),
    "as if an agency had signed": (
        changed(SIGNED, lambda raw: raw[:4] + ESD.sign((BODY + "\n").encode())), "does not hold"
    ),
    "nothing": ("", "is not a signed note"),
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGES)
def test_a_cosignature_that_does_not_hold_is_refused(what: str) -> None:
    """Each for its own reason."""
    line, why = CHANGES[what]
    assert signed_body(note(SIGNED), [KEY], "it", WITNESS)[1] == {KEY: int(AT.timestamp())}
    with pytest.raises(Wrong, match=why):
        signed_body(note(line), [KEY], "it", WITNESS)


def test_a_ledgers_key_is_none_of_a_witness(witnessed: Path, tmp_path: Path) -> None:
    """Nor the other way round: what one signs must not be taken for what the other does."""
    root = unpacked(witnessed, tmp_path / "out")
    ledger = (root / "data/proof/keys.txt").read_text().strip()
    said = verify(witnessed, "--witness", ledger)
    (root / "data/proof/keys.txt").write_text(f"{KEY}\n")

    assert (said.code, said.out.splitlines()[-1]) == (1, "WRONG: a key cannot be read.")
    assert "WRONG: a key cannot be read." in verify(made_to_fit(root)).out
