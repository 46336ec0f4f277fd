"""A bundle that was changed, by accident or by somebody: the verifier refuses it and names what is wrong."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.verifier.bundles import END, NOTE, TAGS, made_to_fit, unpacked, verify

EVERY_BYTE = "ARCHIVER_EVERY_BYTE"
SOME = 1500


def _flip(at: float) -> Callable[[bytes], bytes]:
    def flipped(data: bytes) -> bytes:
        place = min(int(at * len(data)), len(data) - 1)
        return data[:place] + bytes([data[place] ^ 0x20]) + data[place + 1 :]

    return flipped


CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "first byte": _flip(0.0),
    "byte in the middle": _flip(0.5),
    "last byte": _flip(1.0),
    "cut by one": lambda data: data[:-1],
    "emptied": lambda _: b"",
    "one byte more": lambda data: data + b"\n",
    "twice": lambda data: data + data,
    "turned round": lambda data: data[::-1],
}


def test_no_byte_of_the_zip_file_can_be_changed(small: Path, tmp_path: Path) -> None:
    """Single bytes all over it, each made another one; with ARCHIVER_EVERY_BYTE set, every one of them."""
    data = bytearray(small.read_bytes())
    chance = random.Random(20261122)
    every = range(len(data))
    places = every if os.environ.get(EVERY_BYTE) else [*sorted(chance.sample(every, SOME)), *every[-400:]]
    path = tmp_path / "changed.zip"
    passed = []
    for place in places:
        was = data[place]
        data[place] ^= chance.randrange(1, 256)
        path.write_bytes(data)
        said = verify(path)
        data[place] = was
        if said.code != 1 or not said.out.startswith("WRONG: "):
            passed.append((place, said))

    assert passed == []


@pytest.mark.parametrize("what", CHANGES)
def test_no_file_can_be_changed(small: Path, tmp_path: Path, what: str) -> None:
    """Each file of the unpacked bundle in turn: refused, and the file is named."""
    root = unpacked(small, tmp_path / "out")
    for path in sorted(one for one in root.rglob("*") if one.is_file()):
        data = path.read_bytes()
        path.write_bytes(CHANGES[what](data))
        said = verify(root)
        name = path.relative_to(root).as_posix()
        if path.read_bytes() != data:
            assert (said.code, name in said.out or name == TAGS) == (1, True), (name, said)
        path.write_bytes(data)
    assert verify(root).code == 0


def test_no_file_can_be_taken_away_or_added(small: Path, tmp_path: Path) -> None:
    """Each file in turn is missed by its name, as is each that was put there."""
    root = unpacked(small, tmp_path / "out")
    for path in sorted(one for one in root.rglob("*") if one.is_file()):
        aside = shutil.move(path, tmp_path / "aside")
        said = verify(root)
        shutil.move(aside, path)
        assert (said.code, said.out) == (1, f"WRONG: {path.relative_to(root).as_posix()} is missing.\n")
    (root / "data" / "more.txt").write_text("more")
    assert verify(root).out == "WRONG: data/more.txt is in no manifest.\n"


@pytest.mark.parametrize("what", CHANGES)
def test_manifests_made_to_fit_do_not_help(small: Path, tmp_path: Path, what: str) -> None:
    """Somebody without the agency's key changes a file and makes both manifests anew: the signature tells."""
    root = unpacked(small, tmp_path / "out")
    kept = {path: path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}
    changeable = [path for path in kept if path.name not in (TAGS, NOTE, END, "manifest-sha256.txt", "bundle.json")]
    for path in changeable:
        path.write_bytes(CHANGES[what](kept[path]))
        said = verify(made_to_fit(root))
        if path.read_bytes() != kept[path]:
            assert (said.code, said.out.startswith("WRONG: ")) == (1, True), (path, said)
        for other, data in kept.items():
            other.write_bytes(data)
    assert verify(root).code == 0
