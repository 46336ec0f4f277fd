"""Finds the leaves of rows made anew: those of the ledger by their data; what it does not know is appended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from archiver.storage.database import Connection
from archiver.storage.ledger.backfill import backfill
from archiver.storage.ledger.leaves import size

_TABLES = ("captures", "versions", "records")


class Finding:
    """Gives each thing the leaf it had, each leaf once; None to what the ledger does not know. After `seek`."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def give(self, data: bytes) -> int | None:
        """The sequence of the oldest leaf of this data that nothing was given yet."""
        row = self._db.execute(
            "DELETE FROM temp.unfound WHERE data = :data"
            " AND sequence = (SELECT min(sequence) FROM temp.unfound WHERE data = :data) RETURNING sequence",
            {"data": data},
        ).fetchone()
        return None if row is None else int(row["sequence"])

    def finish(self) -> None:
        """Nothing is written: what was found is in the ledger."""


def seek(db: Connection, catalogue: str) -> None:
    """Make the leaves of an attached catalogue ready to be found again; those of acts are carried over with them."""
    db.execute(
        "CREATE TEMP TABLE unfound (data BLOB NOT NULL, sequence INTEGER NOT NULL, PRIMARY KEY (data, sequence))"
        " WITHOUT ROWID"
    )
    db.execute(
        f"INSERT INTO temp.unfound SELECT data, sequence FROM {catalogue}.leaves"  # noqa: S608  (a name of ours)
        f" WHERE sequence NOT IN (SELECT leaf FROM {catalogue}.acts WHERE leaf IS NOT NULL) ORDER BY data, sequence"
    )


def without_row(db: Connection) -> list[str]:
    """The leaves that were sought and not found, as a few words: `["7", "12-90"]`."""
    return as_ranges(row["sequence"] for row in db.execute("SELECT sequence FROM temp.unfound ORDER BY sequence"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """How many leaves of rows were found again, and how many were appended."""

    found: int
    appended: int


def settle(db: Connection) -> Settled:
    """Append what the ledger does not know of the rows, in the order of their keys."""
    found = sum(_spoken_for(db, table) for table in _TABLES)
    before = size(db)
    backfill(db)
    return Settled(found=found, appended=size(db) - before)


def as_ranges(sequences: Iterable[int]) -> list[str]:
    """Rising numbers as `7` and `12-90`."""
    found: list[list[int]] = []
    for sequence in sequences:
        if found and sequence == found[-1][1] + 1:
            found[-1][1] = sequence
        else:
            found.append([sequence, sequence])
    return [str(first) if first == last else f"{first}-{last}" for first, last in found]


def from_ranges(ranges: Sequence[str]) -> list[range]:
    """What `as_ranges` wrote."""
    ends = [text.split("-") for text in ranges]
    return [range(int(end[0]), int(end[-1]) + 1) for end in ends]


def _spoken_for(db: Connection, table: str) -> int:
    (count,) = db.execute(f"SELECT count(leaf) FROM {table}").fetchone()  # noqa: S608  (names are our own)
    return int(count)
