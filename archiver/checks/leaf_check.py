"""Checks every row that a leaf of the ledger speaks for: whether it still says what was entered when it was kept."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path

from archiver.checks.findings import Finding, Kind
from archiver.storage.archive import CATALOGUE, Archive
from archiver.storage.database import Database
from archiver.storage.ledger import leaves
from archiver.storage.ledger.recomputed import Mismatch, of_leaves, without_leaf

AT_ONCE = 100_000  # leaves that one process checks at once; fewer are checked sooner than processes start


def leaf_findings(archive: Archive, jobs: int) -> Iterator[Finding]:
    """Where rows and leaves do not agree, of everything that has a leaf now."""
    with archive.database.snapshot() as db:
        size = leaves.size(db)
        found = list(without_leaf(db))
    parts = [(start, min(start + AT_ONCE, size)) for start in range(0, size, AT_ONCE)]
    check = partial(_checked, archive.directory / CATALOGUE)
    if jobs > 1 and len(parts) > 1:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(min(jobs, len(parts)), mp_context=context) as pool:
            found += [one for some in pool.map(check, parts) for one in some]
    else:
        found += [one for part in parts for one in check(part)]
    return map(_finding, found)


def _checked(catalogue: Path, part: tuple[int, int]) -> list[Mismatch]:
    with closing(Database(catalogue)) as database, database.snapshot() as db:
        return list(of_leaves(db, *part))


def _finding(found: Mismatch) -> Finding:
    return Finding(kind=Kind.LEDGER, what=found.what, file=CATALOGUE, account=found.account)
