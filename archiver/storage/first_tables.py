"""The tables an archive first had. Never edited: what came since is in migrations (archiver.storage.schema)."""

from __future__ import annotations

ACTS_ARE_NEVER_CHANGED = """CREATE TRIGGER acts_are_never_changed BEFORE UPDATE ON acts
BEGIN SELECT RAISE(ABORT, 'acts are never changed'); END"""

# What people did. Never rebuilt, acts never changed.
ACTS = (
    """CREATE TABLE acts (
    sequence INTEGER PRIMARY KEY, at TEXT NOT NULL, actor TEXT NOT NULL, act TEXT NOT NULL,
    subject TEXT NOT NULL, detail TEXT NOT NULL
) STRICT""",
    ACTS_ARE_NEVER_CHANGED,
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
CAPTURES = (
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

ITEMS = (
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

LOOKED_AT = (
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
POLLING = (
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
