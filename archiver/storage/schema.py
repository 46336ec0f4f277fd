"""The catalogue's tables, as migrations in order."""

from __future__ import annotations

from typing import Any

from sqlite_utils import Migrations

from archiver.storage.ledger.backfill import backfill

MIGRATIONS = Migrations("archiver")

_ACTS_ARE_NEVER_CHANGED = """CREATE TRIGGER acts_are_never_changed BEFORE UPDATE ON acts
BEGIN SELECT RAISE(ABORT, 'acts are never changed'); END"""

# What people did. Never rebuilt, acts never changed.
_ACTS = (
    """CREATE TABLE acts (
    sequence INTEGER PRIMARY KEY, at TEXT NOT NULL, actor TEXT NOT NULL, act TEXT NOT NULL,
    subject TEXT NOT NULL, detail TEXT NOT NULL
) STRICT""",
    _ACTS_ARE_NEVER_CHANGED,
    """CREATE TRIGGER acts_are_never_removed BEFORE DELETE ON acts
BEGIN SELECT RAISE(ABORT, 'acts are never removed'); END""",
    """CREATE TABLE accounts (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, platform TEXT NOT NULL, handle TEXT NOT NULL,
    url TEXT NOT NULL, unit TEXT NOT NULL, purpose TEXT NOT NULL, audience TEXT NOT NULL, owner TEXT NOT NULL,
    deputy TEXT NOT NULL, level TEXT NOT NULL, credential TEXT, platform_id TEXT, state TEXT NOT NULL,
    state_reason TEXT NOT NULL, interval_minutes INTEGER NOT NULL, options TEXT NOT NULL
) STRICT""",
    """CREATE TABLE requests (
    id TEXT PRIMARY KEY, received TEXT NOT NULL, due TEXT NOT NULL, requester TEXT NOT NULL, text TEXT NOT NULL,
    selector TEXT NOT NULL, opened_by TEXT NOT NULL, opened TEXT NOT NULL, closed TEXT, closing TEXT NOT NULL
) STRICT""",
    """CREATE TABLE bundles (
    number INTEGER PRIMARY KEY, request TEXT NOT NULL REFERENCES requests (id), made TEXT NOT NULL, name TEXT NOT NULL,
    sha256 TEXT NOT NULL, size INTEGER NOT NULL, items INTEGER NOT NULL
) STRICT""",
)

# What the WARC files say. Dropped and made anew by a rebuild.
_CAPTURES = (
    """CREATE TABLE segments (
    number INTEGER PRIMARY KEY, account INTEGER NOT NULL REFERENCES accounts (number), name TEXT NOT NULL UNIQUE,
    month TEXT NOT NULL, state TEXT NOT NULL, size INTEGER NOT NULL, sha256 TEXT
) STRICT""",
    """CREATE TABLE captures (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, account INTEGER NOT NULL REFERENCES accounts (number),
    segment INTEGER NOT NULL REFERENCES segments (number), kind TEXT NOT NULL, run TEXT NOT NULL, role TEXT,
    stream TEXT, subject TEXT, fetch_key TEXT, token TEXT, connector TEXT, status INTEGER, started TEXT NOT NULL,
    ended TEXT NOT NULL, payload_sha256 TEXT, shown_digest TEXT, walked INTEGER NOT NULL, problem TEXT NOT NULL,
    last_seen TEXT NOT NULL, last_run TEXT NOT NULL, times INTEGER NOT NULL
) STRICT""",
    "CREATE INDEX captures_by_fetch ON captures (account, fetch_key, number)",
    "CREATE INDEX captures_by_stream ON captures (account, stream, subject, number)",
    """CREATE TABLE records (
    segment INTEGER NOT NULL REFERENCES segments (number), offset INTEGER NOT NULL, length INTEGER NOT NULL,
    capture INTEGER REFERENCES captures (number) ON DELETE CASCADE, type TEXT NOT NULL, id TEXT NOT NULL,
    sha256 BLOB NOT NULL, PRIMARY KEY (segment, offset)
) STRICT, WITHOUT ROWID""",
    "CREATE INDEX records_by_capture ON records (capture)",
    """CREATE TABLE validators (
    account INTEGER NOT NULL, fetch_key TEXT NOT NULL, etag TEXT NOT NULL, last_modified TEXT NOT NULL,
    capture INTEGER NOT NULL REFERENCES captures (number) ON DELETE CASCADE, PRIMARY KEY (account, fetch_key)
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE once (
    account INTEGER NOT NULL, what TEXT NOT NULL, token TEXT NOT NULL, PRIMARY KEY (account, what, token)
) STRICT, WITHOUT ROWID""",
)

_ITEMS = (
    """CREATE TABLE items (
    id INTEGER PRIMARY KEY, account INTEGER NOT NULL REFERENCES accounts (number), remote_id TEXT NOT NULL,
    kind TEXT NOT NULL, author_id TEXT NOT NULL, author_handle TEXT NOT NULL, author_name TEXT NOT NULL,
    created TEXT, created_raw TEXT NOT NULL, parent TEXT, thread TEXT, link TEXT NOT NULL, context INTEGER NOT NULL,
    first_seen TEXT NOT NULL, version INTEGER NOT NULL, digest BLOB NOT NULL, visibility TEXT NOT NULL, edited TEXT,
    seen TEXT NOT NULL, seen_at TEXT NOT NULL, absent_since TEXT, absent_checks INTEGER NOT NULL,
    UNIQUE (account, remote_id)
) STRICT""",
    "CREATE INDEX items_by_account ON items (account, kind, created, edited, context)",
    """CREATE INDEX items_by_absence ON items (account, kind, absent_since, absent_checks, context)
WHERE absent_since IS NOT NULL""",
    "CREATE INDEX items_by_thread ON items (account, thread) WHERE thread IS NOT NULL",
    """CREATE TABLE versions (
    item INTEGER NOT NULL REFERENCES items (id) ON DELETE CASCADE, number INTEGER NOT NULL, digest BLOB NOT NULL,
    content_digest BLOB NOT NULL, edited TEXT, first_seen TEXT NOT NULL, capture INTEGER NOT NULL REFERENCES captures,
    source TEXT NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL, visibility TEXT NOT NULL, language TEXT NOT NULL,
    media TEXT NOT NULL, details TEXT NOT NULL, flags TEXT NOT NULL, historic INTEGER NOT NULL,
    PRIMARY KEY (item, number)
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE appearances (
    item INTEGER NOT NULL REFERENCES items (id) ON DELETE CASCADE,
    capture INTEGER NOT NULL REFERENCES captures (number) ON DELETE CASCADE, source TEXT NOT NULL,
    version INTEGER NOT NULL, PRIMARY KEY (item, capture, source)
) STRICT, WITHOUT ROWID""",
    "CREATE INDEX appearances_by_capture ON appearances (capture)",
    """CREATE TABLE observations (
    item INTEGER NOT NULL REFERENCES items (id) ON DELETE CASCADE, at TEXT NOT NULL, seen TEXT NOT NULL,
    method TEXT NOT NULL, capture INTEGER NOT NULL REFERENCES captures (number), detail TEXT NOT NULL,
    PRIMARY KEY (item, at, seen, method)
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE counters (
    item INTEGER NOT NULL REFERENCES items (id) ON DELETE CASCADE, name TEXT NOT NULL, at TEXT NOT NULL,
    value INTEGER NOT NULL, PRIMARY KEY (item, name, at)
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE media (
    account INTEGER NOT NULL, sha256 TEXT NOT NULL, size INTEGER NOT NULL, type TEXT NOT NULL,
    capture INTEGER NOT NULL REFERENCES captures (number), truncated TEXT NOT NULL, PRIMARY KEY (account, sha256)
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE item_media (
    item INTEGER NOT NULL REFERENCES items (id) ON DELETE CASCADE, media_id TEXT NOT NULL, account INTEGER NOT NULL,
    url TEXT NOT NULL, alt TEXT NOT NULL, type TEXT NOT NULL, sha256 TEXT, missing TEXT NOT NULL,
    PRIMARY KEY (item, media_id)
) STRICT, WITHOUT ROWID""",
    "CREATE INDEX item_media_by_id ON item_media (account, media_id)",
    """CREATE VIRTUAL TABLE search USING fts5 (
    body, people, scope, content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 2"
)""",
    "INSERT INTO search (search, rank) VALUES ('secure-delete', 1)",
)

_LOOKED_AT = (
    """CREATE TABLE runs (
    id TEXT PRIMARY KEY, account INTEGER NOT NULL REFERENCES accounts (number), depth TEXT NOT NULL,
    begun TEXT NOT NULL, ended TEXT, outcome TEXT NOT NULL
) STRICT""",
    "CREATE INDEX runs_by_account ON runs (account, begun)",
    """CREATE TABLE unchanged (
    run TEXT NOT NULL, sequence INTEGER NOT NULL, at TEXT NOT NULL, note TEXT NOT NULL, PRIMARY KEY (run, sequence)
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE coverage (
    account INTEGER NOT NULL REFERENCES accounts (number), stream TEXT NOT NULL, start TEXT NOT NULL,
    "end" TEXT NOT NULL, run TEXT NOT NULL, PRIMARY KEY (account, stream, start)
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE gaps (
    id TEXT PRIMARY KEY, account INTEGER NOT NULL REFERENCES accounts (number), stream TEXT NOT NULL, subject TEXT,
    cause TEXT NOT NULL, detail TEXT NOT NULL, opened TEXT NOT NULL, start TEXT, "end" TEXT, first_known TEXT,
    last_known TEXT, closed TEXT, repair TEXT NOT NULL
) STRICT""",
    "CREATE INDEX gaps_by_account ON gaps (account, stream, closed)",
    """CREATE TABLE notices (
    account INTEGER NOT NULL REFERENCES accounts (number), topic TEXT NOT NULL, words TEXT NOT NULL, until TEXT,
    at TEXT NOT NULL, PRIMARY KEY (account, topic)
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE drift (
    account INTEGER NOT NULL REFERENCES accounts (number), name TEXT NOT NULL, times INTEGER NOT NULL,
    first TEXT NOT NULL, last TEXT NOT NULL, PRIMARY KEY (account, name)
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE totals (
    account INTEGER NOT NULL REFERENCES accounts (number), stream TEXT NOT NULL, at TEXT NOT NULL,
    value INTEGER NOT NULL, PRIMARY KEY (account, stream, at)
) STRICT, WITHOUT ROWID""",
)

# Where the polling stands. Empty after a rebuild: the next run asks again.
_POLLING = (
    """CREATE TABLE frontier (
    id INTEGER PRIMARY KEY, account INTEGER NOT NULL REFERENCES accounts (number), run TEXT NOT NULL,
    role TEXT NOT NULL, fetch TEXT NOT NULL, fetch_key TEXT NOT NULL, hops INTEGER NOT NULL, attempts INTEGER NOT NULL,
    not_before TEXT NOT NULL, UNIQUE (account, fetch_key)
) STRICT""",
    """CREATE TABLE walks (
    run TEXT NOT NULL, stream TEXT NOT NULL, since TEXT, state TEXT NOT NULL, shown INTEGER NOT NULL,
    met_known INTEGER NOT NULL, oldest TEXT, PRIMARY KEY (run, stream)
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE schedule (
    account INTEGER PRIMARY KEY REFERENCES accounts (number), next_due TEXT NOT NULL, leased_until TEXT,
    last_success TEXT, last_rewalk TEXT, last_deep TEXT, failures INTEGER NOT NULL, trouble TEXT NOT NULL
) STRICT""",
    "CREATE INDEX schedule_by_due ON schedule (next_due)",
    """CREATE TABLE spending (
    account INTEGER NOT NULL REFERENCES accounts (number), month TEXT NOT NULL, millionths INTEGER NOT NULL,
    PRIMARY KEY (account, month)
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE charged (
    account INTEGER NOT NULL REFERENCES accounts (number), day TEXT NOT NULL, thing TEXT NOT NULL,
    PRIMARY KEY (account, day, thing)
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE run_costs (
    account INTEGER NOT NULL REFERENCES accounts (number), depth TEXT NOT NULL, run TEXT NOT NULL,
    millionths INTEGER NOT NULL, PRIMARY KEY (account, depth)
) STRICT, WITHOUT ROWID""",
    "CREATE TABLE checks (name TEXT PRIMARY KEY, at TEXT NOT NULL, result TEXT NOT NULL) STRICT",
)

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
    _POLLING[0].replace("UNIQUE (account, fetch_key)", "UNIQUE (account, fetch_key, run)"),
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
    for statement in (*_ACTS, *_CAPTURES, *_ITEMS, *_LOOKED_AT, *_POLLING):
        db.execute(statement)


@MIGRATIONS()
def ledger_leaves(db: Any) -> None:
    """The ledger's leaves, one for everything that was kept or done before there were any too."""
    for statement in _LEDGER:
        db.execute(statement)
    db.execute("DROP TRIGGER acts_are_never_changed")
    backfill(db.conn)
    for statement in (_ACTS_ARE_NEVER_CHANGED, *_BY_LEAF):
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
