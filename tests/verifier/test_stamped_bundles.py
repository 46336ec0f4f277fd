"""A bundle with a stamped checkpoint: the verifier tells when that was, and refuses every stamp that is not sound."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509

from archiver.model import Selector
from archiver.verifier.verify_bundle import Wrong, stamp_time
from tests.anchoring.authority import TestAuthority
from tests.archives import Filled
from tests.verifier.bundles import asked, proved_bundle, unpacked, verify

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")


@pytest.fixture(scope="module")
def tsa(tmp_path_factory: pytest.TempPathFactory) -> TestAuthority:
    """The authority that is trusted."""
    return TestAuthority(directory=tmp_path_factory.mktemp("tsa") / "one", name="One")


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> TestAuthority:
    """An authority that is not."""
    return TestAuthority(directory=tmp_path_factory.mktemp("tsa") / "two", name="Two")


def query(data: bytes, folder: Path, *options: str) -> bytes:
    """What openssl asks an authority about `data`."""
    (folder / "data").write_bytes(data)
    words = [
        "openssl",
        "ts",
        "-query",
        "-data",
        folder / "data",
        "-sha256",
        "-cert",
        "-out",
        folder / "query",
        *options,
    ]
    subprocess.run(words, check=True, capture_output=True)
    return (folder / "query").read_bytes()


def roots(authority: TestAuthority) -> list[x509.Certificate]:
    """What the authority is trusted by."""
    return x509.load_pem_x509_certificates(authority.root.read_bytes())


@pytest.fixture
def stamped(filled_once: Filled, tmp_path: Path, tsa: TestAuthority) -> Path:
    """A bundle with a stamp."""
    shutil.copytree(filled_once.directory, tmp_path / "archive")
    copied = replace(filled_once, directory=tmp_path / "archive")
    asked(copied, Selector())
    proved_bundle(copied)
    (checkpoint,) = (tmp_path / "archive" / "ledger" / "checkpoints").iterdir()
    folder = tmp_path / "archive" / "ledger" / "stamps" / checkpoint.name
    folder.mkdir(parents=True)
    (folder / "one.tsr").write_bytes(tsa.answer(query(checkpoint.read_bytes(), tmp_path)))
    return proved_bundle(copied, {"one": tsa.root})


def test_the_time_is_told_and_openssl_agrees(stamped: Path, tmp_path: Path, tsa: TestAuthority) -> None:
    """With the command of the README; another authority's root is refused by both."""
    root = unpacked(stamped, tmp_path / "out")
    command = [
        "openssl", "ts", "-verify", "-data", "data/proof/checkpoint", "-in", "data/proof/stamps/one.tsr", "-CAfile",
    ]  # fmt: skip
    done = subprocess.run(
        [*command, "data/proof/stamps/one.pem"], check=False, capture_output=True, text=True, cwd=root
    )

    said = verify(stamped, "--root", str(tsa.root))
    assert (said.code, "Stamped at 20" in said.out, "UTC by one;" in said.out) == (0, True, True), said
    assert (done.returncode, done.stdout.strip()) == (0, "Verification: OK")
    assert " ".join(command) in re.sub(r"\s*\\\n\s*", " ", (root / "README.txt").read_text())


def test_a_root_that_is_not_trusted_is_refused(stamped: Path, other: TestAuthority) -> None:
    """Though the bundle brings the right one."""
    said = verify(stamped, "--root", str(other.root))

    assert said.out.startswith("WRONG: the time stamp of one does not hold: its certificate leads to no authority")


CHANGES: dict[str, tuple[Callable[[bytes, TestAuthority, TestAuthority, Path], bytes], str]] = {
    "of other words": (lambda _, tsa, __, at: tsa.answer(query(b"other", at)), "it is of something else"),
    "of another authority": (lambda data, _, other, at: other.answer(query(data, at)), "leads to no authority"),
    "by an expired certificate": (
        lambda data, tsa, _, at: tsa.answer(query(data, at), signer="expired.pem"), "certificate was not valid"
    ),
    "by a certificate to come": (
        lambda data, tsa, _, at: tsa.answer(query(data, at), signer="future.pem"), "certificate was not valid"
    ),
    "without its certificate": (
        lambda data, tsa, _, at: tsa.answer(_without_certificate(query(data, at))), "certificate of its signer"
    ),
    "refused": (lambda data, tsa, _, at: tsa.answer(query(data, at, "-sha1")), "the authority refused"),
    "with bytes behind it": (lambda data, tsa, _, at: tsa.answer(query(data, at)) + b"\0\0", "strange bytes behind"),
    "cut off": (lambda data, tsa, _, at: tsa.answer(query(data, at))[:-40], ""),
    "nothing": (lambda *_: b"", ""),
    "noise": (lambda *_: bytes(range(256)), ""),
}  # fmt: skip


def _without_certificate(asked_: bytes) -> bytes:
    """The query with its last field, certReq, turned to false by leaving it out."""
    assert asked_.endswith(b"\x01\x01\xff")
    return bytes([asked_[0], asked_[1] - 3]) + asked_[2:-3]


@pytest.mark.parametrize("what", CHANGES)
def test_a_stamp_that_is_not_sound_is_refused(
    what: str, tsa: TestAuthority, other: TestAuthority, tmp_path: Path
) -> None:
    """Each for its own reason."""
    change, why = CHANGES[what]
    with pytest.raises((Wrong, ValueError, IndexError), match=why or None):
        stamp_time(change(b"words", tsa, other, tmp_path), b"words", roots(tsa))


def test_a_sound_stamp_holds_with_a_chain_too(tsa: TestAuthority, tmp_path: Path) -> None:
    """Also one that openssl sends with more certificates than its signer's."""
    asked_ = query(b"words", tmp_path)

    for chain in ("", "chain.pem"):
        time, root = stamp_time(tsa.answer(asked_, chain=chain), b"words", roots(tsa))
        assert [root] == roots(tsa)
        assert time.year >= 2026


def test_no_byte_that_is_signed_can_be_changed(tsa: TestAuthority, tmp_path: Path) -> None:
    """Single bits all over the answer: refused, or nothing that is told by the answer differs."""
    answer = tsa.answer(query(b"words", tmp_path))
    sound = stamp_time(answer, b"words", roots(tsa))
    chance = random.Random(3161)
    for _ in range(400):
        place, bit = chance.randrange(len(answer)), 1 << chance.randrange(8)
        changed = answer[:place] + bytes([answer[place] ^ bit]) + answer[place + 1 :]
        try:
            told = stamp_time(changed, b"words", roots(tsa))
        except Exception:  # noqa: BLE001 - the program says "does not hold" for each of them
            continue
        assert told == sound
