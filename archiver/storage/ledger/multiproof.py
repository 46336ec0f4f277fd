"""One proof for many leaves: the nodes of the tree that they need in common to lead to the root."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

Node = tuple[int, int]  # level, and index within it, as merkle.Reader takes them


def needed_nodes(indexes: Sequence[int], size: int) -> Iterator[Node]:
    """The nodes which, with the leaves at `indexes` (rising, each once), give the root of a tree of `size` leaves.

    Level by level from below, by index; none of them can be computed from the others. ValueError for an index outside.
    """
    if indexes and not 0 <= indexes[0] <= indexes[-1] < size:
        raise ValueError(f"leaves {indexes[0]} to {indexes[-1]} are not in a tree of {size}")
    here = indexes
    for level in range(size.bit_length()):
        peak = _peak(level, size)
        known = set(here)
        beside = {index ^ 1 for index in here if index != peak} - known
        if peak is not None and peak not in known:
            beside.add(peak)
        for index in sorted(beside):
            yield level, index
        here = sorted({index >> 1 for index in here if index != peak})


def _peak(level: int, size: int) -> int | None:
    """The whole subtree of this level that stands at the tree's right edge and has no sibling."""
    return (size >> level) - 1 if size >> level & 1 else None
