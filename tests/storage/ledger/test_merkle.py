"""The tree is that of RFC 6962, and no proof but the right one is accepted."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.storage.ledger import merkle
from tests.storage.ledger.trees import (
    PUBLISHED,
    PUBLISHED_ROOTS,
    data_of,
    datas,
    flipped,
    path,
    proof,
    reader_of,
    tree_hash,
)

MOST = 70
LEAVES = datas(MOST)
ROOTS = [tree_hash(LEAVES[:size]) for size in range(MOST + 1)]


def _decoded(*hashes: str) -> tuple[bytes, ...]:
    return tuple(b64decode(one) for one in hashes)


_A, _B, _C = _decoded(
    "vBoGQ7EuTS18d5GPROD095qDi2z57FtcKD4fTYhZnms=",
    "yoVOoSjtBQtBs1/8G4e46yveRh6eO1WW7Oa51ZdaCuA=",
    "037kGJdt2VdTwcc4Yrk5j6Kiz5tP8P3+izDNlSCWFLc=",
)
_D, _E, _F = _decoded(
    "lqKW0iTyhcZ77pPDD4owkVfw2qNdxbh+QQt4YwoJz8c=",
    "Xwg/ChozygdqlSeYMlgNs+DvRYS9/x9UyKNg9Q3jAx4=",
    "a0eq8p7jwq+a+Im8H7klTavTEXfxYjLdaqsDXKOb9uQ=",
)
_G, _H = _decoded("DrxdNDf74tsVi58Sah0RjjCBgQMdCpSfje3t68VY72o=", "sIaT7C5yFZcTBkHoIR5+7cy0wmQTlj7ubB4u0W/7Gl8=")
PUBLISHED_INCLUSIONS = {(0, 8): (_D, _E, _F), (5, 8): (_A, _B, _C), (2, 3): (PUBLISHED_ROOTS[2],)}
PUBLISHED_CONSISTENCIES = {
    (1, 1): (),
    (1, 8): (_D, _E, _F),
    (6, 8): (_G, _B, _C),
    (2, 5): (_E, _A),
    (6, 7): (_G, _H, _C),
}


def test_the_published_roots_are_ours() -> None:
    """The tree that implementations of Certificate Transparency share has its published root at every size."""
    roots = tuple(merkle.root(reader_of(PUBLISHED), size) for size in range(len(PUBLISHED) + 1))
    assert roots == PUBLISHED_ROOTS


def test_the_published_proofs_are_ours() -> None:
    """The proofs published with that tree are made, hash by hash, and accepted."""
    read = reader_of(PUBLISHED)
    inclusions = {key: merkle.inclusion_proof(read, *key) for key in PUBLISHED_INCLUSIONS}
    consistencies = {key: merkle.consistency_proof(read, *key) for key in PUBLISHED_CONSISTENCIES}
    assert (inclusions, consistencies) == (PUBLISHED_INCLUSIONS, PUBLISHED_CONSISTENCIES)
    for (index, size), steps in inclusions.items():
        assert merkle.verify_inclusion(merkle.leaf_hash(PUBLISHED[index]), index, size, steps, PUBLISHED_ROOTS[size])
    for (old, new), steps in consistencies.items():
        assert merkle.verify_consistency(old, new, PUBLISHED_ROOTS[old], PUBLISHED_ROOTS[new], steps)


def test_every_root_up_to_seventy_leaves_is_that_of_the_definition() -> None:
    """Roots are those of the recursive definition."""
    assert [merkle.root(reader_of(LEAVES), size) for size in range(MOST + 1)] == ROOTS


def test_a_tree_that_grows_leaf_by_leaf_has_the_same_roots() -> None:
    """Its right edge alone tells the root at every size."""
    tree, roots = merkle.Growing(), []
    for leaf in LEAVES:
        roots.append(tree.root())
        tree.add(merkle.leaf_hash(leaf))
    assert [*roots, tree.root()] == ROOTS
    assert tree.size == MOST


@pytest.mark.parametrize("size", range(1, MOST + 1))
def test_every_inclusion_proof_is_that_of_the_definition_and_holds_for_its_leaf_alone(size: int) -> None:
    """Of each leaf in each tree: the path of the definition, which verifies for that leaf and index and no other."""
    read = reader_of(LEAVES[:size])
    hashes = [merkle.leaf_hash(data) for data in LEAVES[:size]]
    for index in range(size):
        steps = merkle.inclusion_proof(read, index, size)
        assert list(steps) == path(index, LEAVES[:size])
        held = [
            (other, place)
            for other in range(size)
            for place in {index, other}
            if merkle.verify_inclusion(hashes[other], place, size, steps, ROOTS[size])
        ]
        assert held == [(index, index)]


@pytest.mark.parametrize("new", range(MOST + 1))
def test_every_consistency_proof_is_that_of_the_definition(new: int) -> None:
    """From each earlier size: the proof of the definition, which verifies."""
    read = reader_of(LEAVES[:new])
    for old in range(new + 1):
        steps = merkle.consistency_proof(read, old, new)
        assert list(steps) == proof(old, LEAVES[:new])
        assert merkle.verify_consistency(old, new, ROOTS[old], ROOTS[new], steps)


def _bent(steps: Sequence[bytes], *more: bytes) -> Iterator[tuple[bytes, ...]]:
    """Every proof that differs in one bit, that lacks a step or has one more, and with two steps exchanged."""
    for place, step in enumerate(steps):
        yield from ((*steps[:place], flipped(step, bit), *steps[place + 1 :]) for bit in range(256))
        yield (*steps[:place], *steps[place + 1 :])
        yield (*steps[:place], step[:-1], *steps[place + 1 :])
        yield (*steps[:place], step + b"\0", *steps[place + 1 :])
        if place and step != steps[place - 1]:
            yield (*steps[: place - 1], step, steps[place - 1], *steps[place + 1 :])
    for extra in (b"", b"garbage", bytes(32), *more):
        yield (extra, *steps)
        yield (*steps, extra)


@pytest.mark.parametrize("size", [1, 2, 3, 6, 7, 8, 13])
def test_no_bent_inclusion_proof_is_accepted(size: int) -> None:
    """One bit, step, length, size, index, leaf or root that differs: refused."""
    read, top = reader_of(LEAVES[:size]), ROOTS[size]
    for index in range(size):
        leaf, steps = merkle.leaf_hash(LEAVES[index]), merkle.inclusion_proof(read, index, size)
        assert not [one for one in _bent(steps, top, leaf) if merkle.verify_inclusion(leaf, index, size, one, top)]
        for bit in range(256):
            assert not merkle.verify_inclusion(flipped(leaf, bit), index, size, steps, top)
            assert not merkle.verify_inclusion(leaf, index, size, steps, flipped(top, bit))
        for other in {index - 1, index + 1, index ^ 2, -1, size, size + index} - {index}:
            assert not merkle.verify_inclusion(leaf, other, size, steps, top)
        assert not merkle.verify_inclusion(leaf[1:], index, size, steps, top)
        assert not merkle.verify_inclusion(leaf, index, size, steps, b"")


def test_bytes_moved_from_one_hash_to_the_next_are_noticed() -> None:
    """Both together hash to the same, so that lengths have to be looked at."""
    (one, two), root = map(merkle.leaf_hash, LEAVES[:2]), ROOTS[2]
    assert merkle.verify_inclusion(one, 0, 2, (two,), root)
    assert not merkle.verify_inclusion(one[:31], 0, 2, (one[31:] + two,), root)
    assert merkle.verify_consistency(1, 2, one, root, (two,))
    assert not merkle.verify_consistency(1, 2, one[:31], root, (one[31:] + two,))


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 6, 7, 8, 12, 13])
def test_no_bent_consistency_proof_is_accepted(size: int) -> None:
    """One bit, step, length, size or root that differs: refused."""
    read, top = reader_of(LEAVES[:size]), ROOTS[size]
    for old in range(1, size):
        was, steps = ROOTS[old], merkle.consistency_proof(read, old, size)
        assert not [one for one in _bent(steps, was, top) if merkle.verify_consistency(old, size, was, top, one)]
        for bit in range(256):
            assert not merkle.verify_consistency(old, size, flipped(was, bit), top, steps)
            assert not merkle.verify_consistency(old, size, was, flipped(top, bit), steps)
        for other in {old - 1, old + 1, old ^ 2, -1, 0, size + 1} - {old}:
            assert not merkle.verify_consistency(other, size, was, top, steps)
        assert not merkle.verify_consistency(old, size, top, was, steps)
        assert not merkle.verify_consistency(old, old - 1, was, top, steps)


def test_a_consistency_proof_holds_between_its_own_sizes_alone() -> None:
    """With the roots of the sizes claimed, a proof verifies for no pair of sizes but its own, up to 24 leaves."""
    pairs = [(old, new) for new in range(1, 25) for old in range(1, new + 1)]
    proofs = {pair: merkle.consistency_proof(reader_of(LEAVES), *pair) for pair in pairs}
    for steps in proofs.values():
        for old, new in pairs:
            if steps != proofs[old, new]:
                assert not merkle.verify_consistency(old, new, ROOTS[old], ROOTS[new], steps)


def test_nothing_is_proven_in_a_tree_of_none_or_beyond_its_end() -> None:
    """No leaf is in a tree of size 0, none at or behind its end or before its beginning."""
    for index, size in ((0, 0), (1, 1), (8, 8), (-1, 8)):
        with pytest.raises(ValueError, match="is not in a tree of"):
            merkle.inclusion_proof(reader_of(LEAVES), index, size)
        assert not merkle.verify_inclusion(merkle.leaf_hash(LEAVES[0]), index, size, (), merkle.EMPTY_ROOT)
    assert merkle.verify_inclusion(ROOTS[1], 0, 1, (), ROOTS[1])


def test_the_empty_tree_is_the_beginning_of_every_tree() -> None:
    """From size 0 the empty proof is accepted, with the root of no leaves only, and no other proof is."""
    for size in range(4):
        assert merkle.consistency_proof(reader_of(LEAVES), 0, size) == ()
        assert merkle.verify_consistency(0, size, merkle.EMPTY_ROOT, ROOTS[size], ())
        assert not merkle.verify_consistency(0, size, ROOTS[1], ROOTS[size], ())
        assert not merkle.verify_consistency(0, size, merkle.EMPTY_ROOT, ROOTS[size], (ROOTS[1],))
    assert not merkle.verify_consistency(0, 0, merkle.EMPTY_ROOT, ROOTS[1], ())
    assert not merkle.verify_consistency(0, 0, b"no hash", b"no hash", ())


def test_equal_trees_need_equal_roots_and_no_proof() -> None:
    """Of two trees of one size the roots must be equal and the proof empty."""
    for size in (1, 2, 7):
        assert merkle.verify_consistency(size, size, ROOTS[size], ROOTS[size], ())
        assert not merkle.verify_consistency(size, size, ROOTS[size], ROOTS[size + 1], ())
        assert not merkle.verify_consistency(size, size, ROOTS[size], ROOTS[size], (ROOTS[size],))


def test_a_tree_does_not_shrink() -> None:
    """From a larger tree to a smaller one there is no proof."""
    for old, new in ((2, 1), (1, 0), (-1, 1)):
        with pytest.raises(ValueError, match="does not grow"):
            merkle.consistency_proof(reader_of(LEAVES), old, new)
        assert not merkle.verify_consistency(old, new, ROOTS[1], ROOTS[1], ())


@given(st.data())
def test_large_trees_behave_as_small_ones(data: st.DataObject) -> None:
    """In trees of up to 600 leaves: root, inclusion and consistency are those of the definition, and are accepted."""
    size = data.draw(st.integers(1, 600))
    old, index = data.draw(st.integers(0, size)), data.draw(st.integers(0, size - 1))
    leaves = datas(size)
    read, top = reader_of(leaves), tree_hash(leaves)
    steps, grown = merkle.inclusion_proof(read, index, size), merkle.consistency_proof(read, old, size)
    assert (list(steps), list(grown)) == (path(index, leaves), proof(old, leaves))
    assert merkle.verify_inclusion(merkle.leaf_hash(data_of(index)), index, size, steps, top)
    assert merkle.verify_consistency(old, size, tree_hash(leaves[:old]), top, grown)


@given(st.integers(-3, 40), st.integers(-3, 40), st.lists(st.binary(max_size=33), max_size=8), st.binary(max_size=33))
def test_what_is_no_proof_is_refused_and_never_fails(a: int, b: int, steps: list[bytes], value: bytes) -> None:
    """Any numbers and bytes are answered with no, where they are not by chance the truth."""
    assert not merkle.verify_inclusion(value, a, b, steps, flipped(bytes(32), 3))
    assert not merkle.verify_consistency(a, b, value, flipped(bytes(32), 3), steps) or a == b or a == 0
