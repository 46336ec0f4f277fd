"""Proofs of many leaves at once: what they need in common leads to the root, and nothing of it is spare."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.storage.ledger import merkle
from archiver.storage.ledger.multiproof import needed_nodes
from archiver.verifier.verify_bundle import Wrong, tree_root


def _leaf(index: int) -> bytes:
    return hashlib.sha256(str(index).encode()).digest()


def _read(level: int, index: int) -> bytes:
    return merkle.folded([_leaf(one) for one in range(index << level, (index + 1) << level)])


@st.composite
def _wanted(draw: st.DrawFn) -> tuple[int, list[int]]:
    size = draw(st.integers(1, 200))
    return size, sorted(draw(st.sets(st.integers(0, size - 1))))


@given(_wanted())
def test_the_leaves_and_the_nodes_lead_to_the_root(wanted: tuple[int, list[int]]) -> None:
    """A program that shares no code with the writer finds the same root from them."""
    size, indexes = wanted
    known = {node: _read(*node) for node in needed_nodes(indexes, size)}
    assert tree_root(known | {(0, index): _leaf(index) for index in indexes}, size) == merkle.root(_read, size)


@given(_wanted(), st.data())
def test_no_node_is_spare(wanted: tuple[int, list[int]], data: st.DataObject) -> None:
    """Without any one of the nodes the root cannot be found."""
    size, indexes = wanted
    nodes = list(needed_nodes(indexes, size))
    if not nodes:
        return
    gone = data.draw(st.sampled_from(nodes))
    known = {node: _read(*node) for node in nodes if node != gone} | {(0, index): _leaf(index) for index in indexes}
    with pytest.raises(Wrong, match="a node of the tree is missing"):
        tree_root(known, size)


def test_a_leaf_outside_of_the_tree_is_refused() -> None:
    """A tree of three has no leaf of index 3."""
    with pytest.raises(ValueError, match="not in a tree of 3"):
        list(needed_nodes([1, 3], 3))
