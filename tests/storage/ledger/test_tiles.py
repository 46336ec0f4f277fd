"""The files of the ledger are those of C2SP tlog-tiles, whatever the steps in which the tree grew."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.errors import VerificationError
from archiver.storage.ledger import merkle, tiles
from archiver.storage.ledger.tiles import ENTRIES, Tiles
from tests.storage.ledger.trees import data_of, datas, tree_hash

LEAVES = datas(800)


def grow(ledger: Path, *sizes: int) -> None:
    """Let the tree grow from size to size, partial tiles of smaller ones dropped as a checkpoint does."""
    old = 0
    for new in sizes:
        tiles.append(ledger, old, new, LEAVES[old - old % 256 : new])
        tiles.drop_partial(ledger, old, new)
        old = new


def names(ledger: Path) -> set[str]:
    """Every file below a ledger."""
    return {str(path.relative_to(ledger)) for path in ledger.rglob("*") if path.is_file()}


def contents(ledger: Path) -> dict[str, bytes]:
    """Every file below a ledger, with what it holds."""
    return {name: (ledger / name).read_bytes() for name in names(ledger)}


def test_a_tile_lies_where_the_format_says() -> None:
    """Numbers in groups of three digits, all but the last with an x; the width of a partial tile behind it."""
    assert tiles.tile_path(0, 0) == "tile/0/000"
    assert tiles.tile_path(3, 1234067) == "tile/3/x001/x234/067"
    assert tiles.tile_path(ENTRIES, 273, 112) == "tile/entries/273.p/112"
    assert tiles.tile_path(1, 1000, 17) == "tile/1/x001/000.p/17"


def test_a_tree_of_seventy_thousand_has_the_tiles_that_the_format_names() -> None:
    """273 whole and one partial tile of level 0, one whole and one partial of level 1, one partial of level 2."""
    widths = {
        level: [width for index in range(400) if (width := tiles.width_of(level, index, 70_000))] for level in range(4)
    }
    assert widths == {0: [256] * 273 + [112], 1: [256, 17], 2: [1], 3: []}


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 512, 513, 800])
def test_the_files_of_a_tree_are_those_of_the_format(tmp_path: Path, size: int) -> None:
    """Leaf hashes and length-prefixed entries in groups of 256, the roots of whole groups a level up, nothing else."""
    grow(tmp_path, size)
    expected = {}
    for start in range(0, size, 256):
        some = LEAVES[start : min(start + 256, size)]
        end = f"{start // 256:03}" + ("" if len(some) == 256 else f".p/{len(some)}")
        expected[f"tile/0/{end}"] = b"".join(hashlib.sha256(b"\0" + data).digest() for data in some)
        expected[f"tile/entries/{end}"] = b"".join(b"\0\x20" + data for data in some)
    if whole := size // 256:
        roots = [tree_hash(LEAVES[n * 256 : (n + 1) * 256]) for n in range(whole)]
        expected[f"tile/1/000.p/{whole}"] = b"".join(roots)
    assert contents(tmp_path) == expected


@settings(max_examples=40, deadline=None)
@given(st.sets(st.integers(1, 800), min_size=1, max_size=8))
def test_the_files_do_not_depend_on_the_steps(tmp_path_factory: pytest.TempPathFactory, sizes: set[int]) -> None:
    """A tree that grew in many steps has, byte for byte, the files of one that was written at once."""
    stepwise, at_once = tmp_path_factory.mktemp("stepwise"), tmp_path_factory.mktemp("once")
    grow(stepwise, *sorted(sizes))
    grow(at_once, max(sizes))
    assert contents(stepwise) == contents(at_once)


def test_roots_and_proofs_are_read_from_the_files(tmp_path: Path) -> None:
    """Of this and of every smaller tree, through the tiles of the largest."""
    grow(tmp_path, 3, 300, 700)
    read = Tiles(tmp_path, 700).node
    picked = random.Random(5)
    for size in (1, 2, 3, 255, 256, 257, 300, 512, 640, 699, 700):
        top = merkle.root(read, size)
        assert top == tree_hash(LEAVES[:size])
        for index in {0, size - 1, picked.randrange(size)}:
            steps = merkle.inclusion_proof(read, index, size)
            assert merkle.verify_inclusion(merkle.leaf_hash(LEAVES[index]), index, size, steps, top)


def test_three_levels_of_tiles_are_one_tree(tmp_path: Path) -> None:
    """Beyond 65,536 leaves the roots of tiles of tiles are used, grown in steps across that bound."""
    sizes = (65_000, 65_536, 66_000)
    leaves = datas(sizes[-1])
    old = 0
    for new in sizes:
        tiles.append(tmp_path, old, new, leaves[old - old % 256 : new])
        tiles.drop_partial(tmp_path, old, new)
        old = new
    assert {name for name in names(tmp_path) if name.startswith(("tile/1", "tile/2"))} == {
        "tile/1/000",
        "tile/1/001.p/1",
        "tile/2/000.p/1",
    }
    read = Tiles(tmp_path, old).node
    assert [merkle.root(read, size) for size in sizes] == [tree_hash(leaves[:size]) for size in sizes]


def test_the_entries_are_read_back(tmp_path: Path) -> None:
    """The bundles hold the data of the leaves, in order."""
    grow(tmp_path, 300)
    read = Tiles(tmp_path, 300)
    assert [*read.entries(0), *read.entries(1)] == LEAVES[:300]
    assert read.hashes(0, 1) == tuple(map(merkle.leaf_hash, LEAVES[256:300]))


def test_what_a_crash_left_is_written_over_and_swept_away(tmp_path: Path) -> None:
    """Tiles of a larger tree that was never signed give way to those of the tree that is."""
    grow(tmp_path, 250)
    other = [data_of(-number) for number in range(270)]
    tiles.append(tmp_path, 250, 270, LEAVES[:250] + other[250:])
    tiles.append(tmp_path, 250, 300, LEAVES[:300])
    tiles.drop_partial(tmp_path, 250, 300)
    fresh = tmp_path.parent / "fresh"
    grow(fresh, 300)
    assert contents(tmp_path) == contents(fresh)


def test_nothing_of_a_signed_tree_is_written_again(tmp_path: Path) -> None:
    """Growing touches no file that the smaller tree has."""
    grow(tmp_path, 600)
    before = {name: (tmp_path / name).stat().st_ino for name in names(tmp_path)}
    tiles.append(tmp_path, 600, 800, LEAVES[512:800])
    assert {name: (tmp_path / name).stat().st_ino for name in before} == before


def test_a_tree_of_none_has_no_files(tmp_path: Path) -> None:
    """Neither growing from nothing to nothing nor sweeping makes any."""
    grow(tmp_path, 0)
    assert names(tmp_path) == set()
    assert merkle.root(Tiles(tmp_path, 0).node, 0) == merkle.EMPTY_ROOT


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("tile/0/000", None, "it is not there"),
        ("tile/0/000", b"", "it has 0 bytes"),
        ("tile/0/001.p/44", bytes(31), "it has 31 bytes"),
        ("tile/1/000.p/1", bytes(64), "it has 64 bytes"),
    ],
)
def test_a_tile_that_is_not_there_or_too_short_is_told(
    tmp_path: Path, name: str, data: bytes | None, told: str
) -> None:
    """Which file, and how."""
    grow(tmp_path, 300)
    (tmp_path / name).unlink()
    if data is not None:
        (tmp_path / name).write_bytes(data)
    level, index = int(name[5]), int(name[7:10])
    with pytest.raises(VerificationError, match=f"{name}, is not what it was: {told}"):
        Tiles(tmp_path, 300).hashes(level, index)


@pytest.mark.parametrize("data", [b"", b"\0", b"\0\x20", b"\0\x20" + bytes(32) * 2, b"\0\x21" + bytes(32)])
def test_a_bundle_that_is_not_of_its_form_is_told(tmp_path: Path, data: bytes) -> None:
    """An entry too few or too many, or a length that leads beyond the end."""
    grow(tmp_path, 1)
    (tmp_path / "tile/entries/000.p/1").write_bytes(data)
    with pytest.raises(VerificationError, match="does not hold 1 entries"):
        Tiles(tmp_path, 1).entries(0)
