"""Proofs in a ledger of ten million leaves, and what the ledger adds to capturing."""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

from archiver.storage import ingest, versions
from archiver.storage.ledger import leaves, merkle
from archiver.storage.ledger.custody import place_of
from archiver.storage.ledger.making import make
from archiver.storage.ledger.merkle import HASH_BYTES, folded
from archiver.storage.ledger.tiles import WIDTH, Tiles, tile_path
from benchmarks import samples
from benchmarks.archives import NOW, folder, keep_pages, new_archive
from benchmarks.frame import Figure, main, pick, quantiles, tell

PROOF_GOAL = 5.0  # milliseconds
APPEND_GOAL = 10.0  # percent of capture
PROOFS = 2_000
_PARTS = (
    (ingest, "capture_leaf"),
    *((versions, name) for name in ("version_data", "shown_version")),
    *((leaves.Appending, name) for name in ("__init__", "give", "finish")),
)


def grown(ledger: Path, size: int) -> None:
    """Write the tiles of a tree whose leaf hashes are random, and nothing else of a ledger."""
    picked, level, hashes, count = random.Random(1), 0, _random, size
    while count:
        roots = []
        for index in range(-(-count // WIDTH)):
            some = hashes(picked, index, min(WIDTH, count - index * WIDTH))
            path = ledger / tile_path(level, index, len(some))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"".join(some))
            if len(some) == WIDTH:
                roots.append(folded(some))
        level, hashes, count = level + 1, _given(roots), len(roots)


def _random(picked: random.Random, _index: int, width: int) -> list[bytes]:
    data = picked.randbytes(width * HASH_BYTES)
    return [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]


def _given(roots: list[bytes]) -> Callable[[random.Random, int, int], list[bytes]]:
    return lambda _picked, index, width: roots[index * WIDTH : index * WIDTH + width]


def proofs(ledger: Path, size: int) -> Iterator[Figure]:
    """Inclusion and consistency proofs, each by a reader that has read nothing yet, and all by one."""
    picked, whole = random.Random(2), Tiles(ledger, size)
    root = merkle.root(whole.node, size)
    cold, warm, between = [], [], []
    for index in (picked.randrange(size) for _ in range(PROOFS)):
        cold.append(_milliseconds(lambda at=index: merkle.inclusion_proof(Tiles(ledger, size).node, at, size)))
        warm.append(_milliseconds(lambda at=index: merkle.inclusion_proof(whole.node, at, size)))
        between.append(_milliseconds(lambda at=index: merkle.consistency_proof(Tiles(ledger, size).node, at, size)))
        steps = merkle.inclusion_proof(whole.node, index, size)
        if not merkle.verify_inclusion(whole.node(0, index), index, size, steps, root):
            raise SystemExit("a proof does not hold")
    yield Figure(
        name="ledger/inclusion proof",
        what=f"median at {size:,} leaves, no tile read before",
        value=round(quantiles(cold)[0], 3),
        unit="ms",
        at_most=PROOF_GOAL,
        beside={
            "95th percentile": round(quantiles(cold)[1], 3),
            "with one reader": round(quantiles(warm)[0], 3),
            "consistency proof": round(quantiles(between)[0], 3),
        },
    )


def appending(directory: Path, pages: int) -> Figure:
    """The part of capturing that goes into leaves; beside it, what a checkpoint over them takes."""
    account, spent = samples.account(), [0.0]
    sent = [samples.exchange(number, page) for number, page in enumerate(samples.pages(pages))]
    archive = new_archive(directory / "archive", [account])
    watched = [patch.object(owner, name, _watched(getattr(owner, name), spent)) for owner, name in _PARTS]
    for one in watched:
        one.start()
    took = _milliseconds(lambda: keep_pages(archive, account, sent))
    for one in watched:
        one.stop()
    place = place_of(archive, "", {})
    signed = _milliseconds(lambda: make(archive, place, at=NOW))
    size = leaves.size(archive.database.connection())
    archive.close()
    return Figure(
        name="ledger/appending",
        what=f"of the time of capturing {pages:,} pages ({size:,} leaves)",
        value=round(100_000 * spent[0] / took, 2),
        unit="%",
        at_most=APPEND_GOAL,
        beside={
            "capture, ms a page": round(took / pages, 3),
            "checkpoint after it, ms a page": round(signed / pages, 3),
        },
    )


def _watched(real: Callable[..., Any], spent: list[float]) -> Callable[..., Any]:
    def call(*given: Any, **named: Any) -> Any:
        began = time.perf_counter()
        try:
            return real(*given, **named)
        finally:
            spent[0] += time.perf_counter() - began

    return call


def _milliseconds(way: Callable[[], object]) -> float:
    began = time.perf_counter()
    way()
    return 1000 * (time.perf_counter() - began)


def measure(chosen: argparse.Namespace) -> Iterator[Figure]:
    """Proofs first, then appending."""
    size = pick(chosen, 10_000_000, 300_000, 70_000)
    with folder() as directory:
        began = time.perf_counter()
        grown(directory / "ledger", size)
        tell(f"ledger: tiles of {size:,} leaves in {time.perf_counter() - began:.0f} s")
        yield from proofs(directory / "ledger", size)
    with folder() as directory:
        yield appending(directory, pick(chosen, 2_000, 200, 10))


if __name__ == "__main__":
    main(__doc__, measure)
