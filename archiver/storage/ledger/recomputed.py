"""Recomputes leaves from the rows they speak for, and says in words where rows and ledger do not agree."""

from __future__ import annotations

import heapq
import json
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from operator import itemgetter

from archiver.storage.acts import MADE_ANEW, WITHOUT_ROW
from archiver.storage.database import ROW_FAULTS, Connection
from archiver.storage.ledger.leaves import size
from archiver.storage.ledger.restoring import from_ranges
from archiver.storage.ledger.spoken_for import KINDS, Claim, claims, unclaiming


class Why(StrEnum):
    """In what way rows and ledger do not agree."""

    CHANGED = "row changed"  # it does not say what its leaf says
    SHARED = "leaf of another row"
    UNSPOKEN = "row without a leaf"
    UNCLAIMED = "leaf without a row"
    GONE = "leaf missing"
    BYTES = "stored bytes changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """Where rows and ledger do not agree. `leaf` is a sequence (from 1), None for a row that has no leaf.

    `what` names the record in a sentence. `at` is the time that the row tells of (ISO); of a leaf without a row, that
    of the nearest row before it.
    """

    why: Why
    what: str
    leaf: int | None = None
    account: str | None = None
    at: str | None = None


def mismatches(db: Connection, start: int, stop: int) -> Iterator[Mismatch]:
    """Where the leaves from index `start` (from 0) up to `stop` and their rows do not agree; rows without a leaf, all.

    To be asked within a snapshot, so that all of it is of one moment.
    """
    yield from without_leaf(db)
    yield from of_leaves(db, start, stop)


def of_leaves(db: Connection, start: int, stop: int) -> Iterator[Mismatch]:
    """As `mismatches`, of these leaves alone. One may be without a row where the act of the last rebuild says so."""
    excused = _Excused(db)
    expected, at = start + 1, None
    for sequence, found in groupby(_merged(db, start, stop), key=itemgetter(0)):
        if sequence > expected:
            yield _gone(expected, sequence - 1, at)
        expected = sequence + 1
        data, rows = _sorted_out(found)
        if data is None:
            yield _gone(sequence, sequence, rows[0].at)
        elif not rows and sequence not in excused:
            yield _unclaimed(sequence, at)
        else:
            yield from _differing(sequence, data, rows)
        at = next((claim.at for claim in rows if claim.at), at)
    if expected <= stop:
        yield _gone(expected, stop, at)


def without_leaf(db: Connection) -> Iterator[Mismatch]:
    """The rows that no leaf speaks for, though each should have one."""
    last = size(db)
    for kind in KINDS:
        for leaf, claim in unclaiming(db, kind, last):
            how = "has no leaf in the ledger" if leaf is None else f"refers to leaf {leaf}, which is not in the ledger"
            yield _of_row(Why.UNSPOKEN, claim, leaf, f"{claim.named} {how}.")


def _merged(db: Connection, start: int, stop: int) -> Iterator[tuple[int, bytes | Claim]]:
    """Each leaf's data and then the rows that claim it, in the order of the leaves."""
    cursor = db.cursor()
    cursor.row_factory = None  # plain tuples: there may be millions
    wanted = (start, stop)
    kept = cursor.execute(
        "SELECT sequence, data FROM leaves WHERE sequence > ? AND sequence <= ? ORDER BY sequence", wanted
    )
    return heapq.merge(kept, *(claims(db, kind, start, stop) for kind in KINDS), key=itemgetter(0))


def _sorted_out(found: Iterator[tuple[int, bytes | Claim]]) -> tuple[bytes | None, list[Claim]]:
    data, rows = None, []
    for _, one in found:
        if isinstance(one, bytes):
            data = one
        else:
            rows.append(one)
    return data, rows


def _differing(sequence: int, data: bytes, rows: Sequence[Claim]) -> Iterator[Mismatch]:
    """Rows that are not what their leaf says; of several that are, all but the first."""
    spoken_for = False
    for claim in rows:
        if _data(claim) != data:
            what = f"{claim.named} is not what leaf {sequence} of the ledger says it was."
            yield _of_row(Why.CHANGED, claim, sequence, what)
        elif spoken_for:
            what = f"{claim.named} refers to leaf {sequence} of the ledger, which speaks for another."
            yield _of_row(Why.SHARED, claim, sequence, what)
        else:
            spoken_for = True


def _data(claim: Claim) -> bytes | None:
    try:
        return claim.data
    except ROW_FAULTS:  # what it says cannot be entered at all
        return None


def _of_row(why: Why, claim: Claim, leaf: int | None, what: str) -> Mismatch:
    return Mismatch(why=why, what=what, leaf=leaf, account=claim.account, at=claim.at)


def _unclaimed(sequence: int, at: str | None) -> Mismatch:
    since = f", entered after {at}" if at else ""
    what = f"Leaf {sequence} of the ledger{since}, speaks for something that is not in the catalogue any more."
    return Mismatch(why=Why.UNCLAIMED, what=what, leaf=sequence, at=at)


def _gone(first: int, last: int, at: str | None) -> Mismatch:
    which = f"Leaf {first} is" if first == last else f"Leaves {first} to {last} are"
    what = f"{which} not in the ledger any more; what was entered before is of {at or 'no known time'}."
    return Mismatch(why=Why.GONE, what=what, leaf=first, at=at)


class _Excused:
    """The leaves that the last rebuild found no row for, and said so in its act."""

    def __init__(self, db: Connection) -> None:
        row = db.execute(
            "SELECT detail FROM acts WHERE act = ? ORDER BY sequence DESC LIMIT 1", (MADE_ANEW,)
        ).fetchone()
        try:
            self._ranges = from_ranges(json.loads(row["detail"]).get(WITHOUT_ROW, ())) if row else []
        except ROW_FAULTS:  # the act was changed, and is told of as such
            self._ranges = []
        self._starts = [found.start for found in self._ranges]

    def __contains__(self, sequence: int) -> bool:
        place = bisect_right(self._starts, sequence) - 1
        return place >= 0 and sequence in self._ranges[place]
