"""What an archive holds, in plain values that do not depend on chance: read with SQLite alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pysqlite3 import dbapi2 as sqlite

ALL_RECORDS = "SELECT id FROM records"
ALL_RUNS = "SELECT id FROM runs"
LEAVES = "SELECT sequence, hex(data) FROM leaves ORDER BY sequence"
OPEN_RUNS = "SELECT id FROM runs WHERE ended IS NULL"

Holdings = Mapping[str, Counter[tuple[Any, ...]]]

_QUESTIONS = {
    "items": "SELECT a.id, i.remote_id, i.kind, i.version, hex(i.digest), i.seen FROM items i"
    " JOIN accounts a ON a.number = i.account",
    "versions": "SELECT i.remote_id, v.number, hex(v.digest), v.text, v.source FROM versions v"
    " JOIN items i ON i.id = v.item",
    "captures": "SELECT a.id, c.role, c.stream, c.subject, c.fetch_key, c.status, c.payload_sha256, c.problem"
    " FROM captures c JOIN accounts a ON a.number = c.account",
    "files": "SELECT i.remote_id, m.media_id, m.sha256, m.missing FROM item_media m JOIN items i ON i.id = m.item",
    "gaps": "SELECT account, stream, subject, cause, closed IS NULL FROM gaps",
    "covered": "SELECT DISTINCT account, stream FROM coverage",
    "accounts": "SELECT id, platform, handle, platform_id, state FROM accounts",
    "requests": "SELECT id, text, received, closed FROM requests",
    "sealed": "SELECT account, month FROM segments WHERE state = 'sealed'",
    "damaged": "SELECT account, month FROM segments WHERE state = 'damaged'",
}


def rows(archive: Path, question: str, *values: Any) -> list[tuple[Any, ...]]:
    """The rows of a question to the catalogue."""
    db = sqlite.connect(str(archive / "catalogue.sqlite"))
    try:
        return [tuple(row) for row in db.execute(question, values)]
    finally:
        db.close()


def leaves(archive: Path) -> tuple[tuple[Any, ...], ...]:
    """The ledger's leaves in order; none where the catalogue is of a version that knew of no ledger."""
    known = rows(archive, "SELECT 1 FROM sqlite_schema WHERE name = 'leaves'")
    return tuple(rows(archive, LEAVES)) if known else ()


def holdings(archive: Path) -> Holdings:
    """Everything the catalogue holds that has to be the same however often the work was interrupted."""
    return {name: Counter(rows(archive, question)) for name, question in _QUESTIONS.items()}


def differences(found: Holdings, wanted: Holdings) -> list[str]:
    """What is missing and what is too much, in words."""
    said = []
    for name, expected in wanted.items():
        for row in expected - found[name]:
            said.append(f"missing from {name}: {_short(row)}")
        for row in found[name] - expected:
            said.append(f"too much in {name}: {_short(row)}")
    return said


def _short(row: tuple[Any, ...]) -> str:
    return ", ".join(str(value)[:60] for value in row)
