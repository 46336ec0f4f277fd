"""The catalogue's tables, as migrations in order."""

from __future__ import annotations

from typing import Any

from sqlite_utils import Migrations

from archiver.storage.first_tables import ACTS, ACTS_ARE_NEVER_CHANGED, CAPTURES, ITEMS, LOOKED_AT, POLLING
from archiver.storage.ledger.backfill import backfill

MIGRATIONS = Migrations("archiver")

# The leaves of the ledger; `leaf` says which of them speaks for a row, `seed` and `salt` what hides its entry.
_LEDGER = (
    """CREATE TABLE leaves (
    sequence INTEGER PRIMARY KEY, data BLOB NOT NULL CHECK (length(data) = 32)
) STRICT""",
    """CREATE TRIGGER leaves_are_never_changed BEFORE UPDATE ON leaves
BEGIN SELECT RAISE(ABORT, 'leaves are never changed'); END""",
    """CREATE TRIGGER leaves_are_never_removed BEFORE DELETE ON leaves
BEGIN SELECT RAISE(ABORT, 'leaves are never removed'); END""",
    "ALTER TABLE captures ADD COLUMN leaf INTEGER",
    "ALTER TABLE captures ADD COLUMN seed BLOB",
    "ALTER TABLE versions ADD COLUMN leaf INTEGER",
    "ALTER TABLE records ADD COLUMN leaf INTEGER",
    "ALTER TABLE acts ADD COLUMN leaf INTEGER",
    "ALTER TABLE acts ADD COLUMN salt BLOB",
)
_BY_LEAF = (
    "CREATE UNIQUE INDEX captures_by_leaf ON captures (leaf)",
    "CREATE UNIQUE INDEX versions_by_leaf ON versions (leaf)",
    "CREATE UNIQUE INDEX records_by_leaf ON records (leaf) WHERE leaf IS NOT NULL",
    "CREATE UNIQUE INDEX acts_by_leaf ON acts (leaf)",
)

# What fixes the ledger outside the archive: the newest checkpoint each place took, and since when one took none.
_ANCHORS = (
    """CREATE TABLE anchored (
    kind TEXT NOT NULL, name TEXT NOT NULL, size INTEGER NOT NULL, at TEXT NOT NULL, PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE anchor_gaps (
    number INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, size INTEGER NOT NULL, cause TEXT NOT NULL,
    detail TEXT NOT NULL, since TEXT NOT NULL, tries INTEGER NOT NULL, last_try TEXT NOT NULL, next_try TEXT NOT NULL,
    closed TEXT, closed_size INTEGER
) STRICT""",
    "CREATE UNIQUE INDEX anchor_gaps_standing ON anchor_gaps (kind, name) WHERE closed IS NULL",
)

# What a store outside was seen to hold. Kept by a rebuild; what of it is lost is found again by comparing bytes.
_COPIES = """CREATE TABLE copies (
    place TEXT NOT NULL, name TEXT NOT NULL, size INTEGER NOT NULL, sha256 TEXT NOT NULL, version TEXT,
    put_at TEXT NOT NULL, locked_until TEXT, held INTEGER NOT NULL, PRIMARY KEY (place, name)
) STRICT, WITHOUT ROWID"""

# What was edited, by when: a message's period is counted from its last edit.
_BY_EDIT = "CREATE INDEX items_by_edit ON items (account, kind, edited, created, context) WHERE edited IS NOT NULL"
_BY_TIME_OF_ABSENCE = """CREATE INDEX items_by_time_of_absence
ON items (absent_since, account, kind, absent_checks, context) WHERE absent_since IS NOT NULL"""

# What runs took of a platform's days, by who shares them. A walk that waits for the next keeps what it has to ask.
_UNITS = (
    "ALTER TABLE frontier RENAME TO frontier_before",
    POLLING[0].replace("UNIQUE (account, fetch_key)", "UNIQUE (account, fetch_key, run)"),
    "INSERT INTO frontier SELECT * FROM frontier_before",
    "DROP TABLE frontier_before",
    """CREATE TABLE day_units (
    pool TEXT NOT NULL, ends TEXT NOT NULL, run TEXT NOT NULL, account INTEGER NOT NULL REFERENCES accounts (number),
    depth TEXT NOT NULL, units INTEGER NOT NULL, PRIMARY KEY (pool, ends, run)
) STRICT, WITHOUT ROWID""",
)

DERIVED_TABLES = (
    "segments", "captures", "records", "validators", "once", "items", "versions", "appearances", "observations",
    "counters", "media", "item_media", "search", "runs", "unchanged", "coverage", "gaps", "notices", "drift", "totals",
)  # fmt: skip
PRIMARY_TABLES = (
    "leaves", "acts", "accounts", "requests", "bundles", "schedule", "checks", "spending", "charged", "run_costs",
    "anchored", "anchor_gaps", "copies", "day_units",
)  # fmt: skip


@MIGRATIONS()
def first_tables(db: Any) -> None:
    """Acts and registers; captures, items and what was looked at; polling state."""
    for statement in (*ACTS, *CAPTURES, *ITEMS, *LOOKED_AT, *POLLING):
        db.execute(statement)


@MIGRATIONS()
def ledger_leaves(db: Any) -> None:
    """The ledger's leaves, one for everything that was kept or done before there were any too."""
    for statement in _LEDGER:
        db.execute(statement)
    db.execute("DROP TRIGGER acts_are_never_changed")
    backfill(db.conn)
    for statement in (ACTS_ARE_NEVER_CHANGED, *_BY_LEAF):
        db.execute(statement)


@MIGRATIONS()
def anchors(db: Any) -> None:
    """Where checkpoints are fixed outside the archive."""
    for statement in _ANCHORS:
        db.execute(statement)


@MIGRATIONS()
def copies(db: Any) -> None:
    """Where each sealed file has a copy."""
    db.execute(_COPIES)


@MIGRATIONS()
def anchored_digest(db: Any) -> None:
    """Which checkpoint a place took, not only of which size: one made anew is shown to it again."""
    db.execute("ALTER TABLE anchored ADD COLUMN digest TEXT NOT NULL DEFAULT ''")


@MIGRATIONS()
def items_by_edit(db: Any) -> None:
    """What becomes due is found as a range also where an edit says when."""
    db.execute(_BY_EDIT)


@MIGRATIONS()
def day_units(db: Any) -> None:
    """What was spent of a platform's day outlasts the process, and a walk waits beside the polls."""
    for statement in _UNITS:
        db.execute(statement)


@MIGRATIONS()
def items_by_time_of_absence(db: Any) -> None:
    """What became absent within a few days is one range, not one for each account and kind."""
    db.execute(_BY_TIME_OF_ABSENCE)
