"""Searches and retention over a large catalogue: a million items, or five with --big."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from benchmarks import due, searches
from benchmarks.archives import folder, new_archive
from benchmarks.catalogue import accounts, fill
from benchmarks.frame import Figure, main, pick, tell


def measure(chosen: argparse.Namespace) -> Iterator[Figure]:
    """Fill once, then ask."""
    items = pick(chosen, 1_000_000, 30_000, 2_000, 5_000_000)
    with folder() as directory:
        archive = new_archive(directory / "archive", accounts())
        tell(f"large: filling a catalogue with {items:,} items")
        fill(archive, items)
        db = archive.database.connection()
        yield from searches.figures(db, items, count=pick(chosen, 24, 8, 4), repeats=pick(chosen, 5, 3, 1))
        yield from due.figures(db, items, rounds=pick(chosen, 5, 3, 1))
        archive.close()


if __name__ == "__main__":
    main(__doc__, measure)
