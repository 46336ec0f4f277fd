"""The leaves of the ledger that speak for what answers a request: its versions, and the exchanges that are copied."""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterator
from datetime import datetime

from archiver.model import iso
from archiver.storage.database import Connection, Row
from archiver.storage.ledger.leaves import Leaf, capture_leaf, shown_version, version_leaf
from archiver.storage.responsive import CITED, SHOWS_MORE

_COPIED = (
    f"{CITED} SELECT {{}} FROM cited c JOIN captures k ON k.number = c.capture"  # noqa: S608  (all of it is our own)
    f" WHERE :every_one OR NOT {SHOWS_MORE}"
)
_VERSIONS = (
    "SELECT {} FROM temp.responsive x JOIN versions v ON v.item = x.item JOIN items i ON i.id = v.item"
    " JOIN accounts a ON a.number = i.account JOIN captures k ON k.number = v.capture"
    " WHERE :until IS NULL OR v.first_seen <= :until"
)
OF_COPIED = (
    "k.leaf, k.number, k.id AS capture, k.ended, k.seed, (SELECT id FROM accounts WHERE number = k.account) AS account"
)
OF_VERSION = (
    "v.leaf, v.digest, v.first_seen, v.edited, v.title, v.text, v.visibility, v.details, i.kind, i.author_id,"
    " i.author_handle, i.remote_id, a.id AS account, k.id AS capture, k.seed"
)


def reach(db: Connection, until: datetime | None, *, every_one: bool) -> int:
    """The size a ledger must have to hold the leaves of everything that was gathered (`responsive.gathered`)."""
    wanted = {"until": iso(until) if until else None, "every_one": int(every_one)}
    newest = [db.execute(query.format(f"max({leaf})"), wanted).fetchone()[0] for query, leaf in (
        (_COPIED, "k.leaf"), (_VERSIONS, "v.leaf"))]  # fmt: skip
    return max(size or 0 for size in newest)


def leaves(db: Connection, until: datetime | None, *, every_one: bool) -> Iterator[tuple[int, Leaf]]:
    """Those leaves with their indexes (from 0), in order, made anew from the rows."""
    wanted = {"until": iso(until) if until else None, "every_one": int(every_one)}
    copied = db.execute(f"{_COPIED.format(OF_COPIED)} ORDER BY k.leaf", wanted)
    versions = db.execute(f"{_VERSIONS.format(OF_VERSION)} ORDER BY v.leaf", wanted)
    return heapq.merge(
        ((row["leaf"] - 1, capture_row(db, row)) for row in copied),
        ((row["leaf"] - 1, version_row(row)) for row in versions),
        key=lambda found: found[0],
    )


def capture_row(db: Connection, row: Row) -> Leaf:
    """The leaf of a capture, from a row of OF_COPIED."""
    stored = db.execute("SELECT sha256 FROM records WHERE capture = ? ORDER BY offset", (row["number"],))
    return capture_leaf(
        account=row["account"],
        capture=row["capture"],
        ended=row["ended"],
        records=[found["sha256"].hex() for found in stored],
        seed=row["seed"],
    )


def version_row(row: Row) -> Leaf:
    """The leaf of a version, from a row of OF_VERSION."""
    return version_leaf(
        account=row["account"],
        item=row["remote_id"],
        digest=row["digest"].hex(),
        capture=row["capture"],
        seen=row["first_seen"],
        shown=shown_version(row, json.loads(row["details"] or "[]")),
        seed=row["seed"],
    )
