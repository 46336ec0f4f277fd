"""The Merkle tree of RFC 6962: hashes, roots and proofs over any reader of hashes, and their verification.

Edges, decided on purpose: the root of no leaves is SHA-256 of nothing; a tree of one has its leaf's hash as root and an
empty inclusion proof; from size 0 the consistency proof to any size is empty, and the old root must be that of none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from functools import reduce

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

# (level, index) -> the hash of the whole subtree over leaves index * 2**level up to (index + 1) * 2**level.
Reader = Callable[[int, int], bytes]


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf (32 bytes)."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node over two others (32 bytes)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def folded(hashes: Sequence[bytes]) -> bytes:
    """The root over a power of two of hashes side by side."""
    row = hashes
    while len(row) > 1:
        row = [node_hash(row[i], row[i + 1]) for i in range(0, len(row), 2)]
    return row[0]


class Growing:
    """A tree that leaf hashes are added to one after the other; of it only the right edge is held."""

    def __init__(self) -> None:
        self.size = 0
        self._whole: list[bytes] = []  # the roots of the whole subtrees side by side, the largest first

    def add(self, leaf: bytes) -> None:
        """Append one leaf by its hash."""
        self._whole.append(leaf)
        merges = self.size
        while merges & 1:
            right = self._whole.pop()
            self._whole[-1] = node_hash(self._whole[-1], right)
            merges >>= 1
        self.size += 1

    def root(self) -> bytes:
        """The root of what it has grown to (32 bytes)."""
        return reduce(lambda right, left: node_hash(left, right), reversed(self._whole)) if self._whole else EMPTY_ROOT


def root(read: Reader, size: int) -> bytes:
    """The root of a tree of `size` leaves (32 bytes)."""
    return _over(read, 0, size) if size else EMPTY_ROOT


def inclusion_proof(read: Reader, index: int, size: int) -> tuple[bytes, ...]:
    """What leads from leaf `index` to the root at `size`, from the leaf up. Raises ValueError where there is none."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    start, stop, path = 0, size, []
    while stop - start > 1:
        middle = start + _split(stop - start)
        if index < middle:
            path.append(_over(read, middle, stop))
            stop = middle
        else:
            path.append(_over(read, start, middle))
            start = middle
    return tuple(reversed(path))


def consistency_proof(read: Reader, old: int, new: int) -> tuple[bytes, ...]:
    """What shows that the tree of `new` leaves begins with that of `old`. Raises ValueError where new is smaller."""
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} does not grow out of one of {old}")
    if old == 0:
        return ()
    start, stop, path = 0, new, []
    while stop != old:
        middle = start + _split(stop - start)
        if old <= middle:
            path.append(_over(read, middle, stop))
            stop = middle
        else:
            path.append(_over(read, start, middle))
            start = middle
    if start:  # else it is the old root, which whoever verifies knows
        path.append(_over(read, start, stop))
    return tuple(reversed(path))


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the leaf with this hash stands at `index` in the tree with this root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size or not _are_hashes(leaf, root, *proof):
        return False
    node, last, found = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            found = node_hash(step, found)
            node, last = _up_to_right_child(node, last)
        else:
            found = node_hash(found, step)
        node, last = node >> 1, last >> 1
    return last == 0 and found == root


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the tree with the new root begins with that of the old one (RFC 9162, 2.1.4.2)."""
    if not 0 <= old <= new or not _are_hashes(old_root, new_root, *proof):
        return False
    if old == 0:
        return not proof and old_root == EMPTY_ROOT and (new > 0 or new_root == EMPTY_ROOT)
    if old == new:
        return not proof and old_root == new_root
    return _grows(old, new, old_root, new_root, proof)


def _grows(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    steps = iter(proof if old & (old - 1) else (old_root, *proof))  # a whole tree stands for itself
    node, last = old - 1, new - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    first = next(steps, b"")
    was = becomes = first
    for step in steps:
        if last == 0:
            return False
        if node & 1 or node == last:
            was, becomes = node_hash(step, was), node_hash(step, becomes)
            node, last = _up_to_right_child(node, last)
        else:
            becomes = node_hash(becomes, step)
        node, last = node >> 1, last >> 1
    return last == 0 and was == old_root and becomes == new_root


def _up_to_right_child(node: int, last: int) -> tuple[int, int]:
    """Past the levels on which the last node stands alone and is its own parent."""
    while node and not node & 1:
        node, last = node >> 1, last >> 1
    return node, last


def _are_hashes(*values: bytes) -> bool:
    return all(len(value) == HASH_BYTES for value in values)


def _split(count: int) -> int:
    """The largest power of two below `count`, which is 2 at least."""
    return 1 << (count - 1).bit_length() - 1


def _over(read: Reader, start: int, stop: int) -> bytes:
    """The hash over the leaves from `start` (a subtree's beginning) to `stop`."""
    return reduce(lambda right, left: node_hash(left, right), reversed([*_whole_parts(read, start, stop)]))


def _whole_parts(read: Reader, start: int, stop: int) -> Iterator[bytes]:
    """The hashes of the whole subtrees that make up a range, the largest first."""
    while start < stop:
        level = (stop - start).bit_length() - 1
        yield read(level, start >> level)
        start += 1 << level
