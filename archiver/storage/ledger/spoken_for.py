"""The rows that leaves speak for: what each one's leaf must say, and what people call the row."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from archiver.storage.database import Connection, Row
from archiver.storage.ledger.leaves import act_leaf, capture_leaf, note_leaf, shown_version, version_data


@dataclass(frozen=True, slots=True)
class Kind:
    """A table whose rows have leaves: `rows` is to be ended with a condition on `leaf`, `missing` finds those without.

    `account` and `at` are columns of every kind; `at` is the time a row tells of.
    """

    rows: str
    leaf: str
    missing: str
    made: Callable[[Row], bytes]
    named: Callable[[Row], str]


@dataclass(frozen=True, slots=True)
class Claim:
    """A row that says which leaf speaks for it."""

    kind: Kind
    row: Row

    @property
    def data(self) -> bytes:
        """What the leaf must be. Raises one of database.ROW_FAULTS where the row says what none can say."""
        return self.kind.made(self.row)

    @property
    def named(self) -> str:
        """The row, in words that begin a sentence."""
        return self.kind.named(self.row)

    @property
    def account(self) -> str | None:
        """The account it belongs to, where it belongs to one."""
        return None if self.row["account"] is None else str(self.row["account"])

    @property
    def at(self) -> str | None:
        """The time it tells of."""
        return None if self.row["at"] is None else str(self.row["at"])


def claims(db: Connection, kind: Kind, start: int, stop: int) -> Iterator[tuple[int, Claim]]:
    """The rows of a kind whose leaves have indexes from `start` up to `stop`, by leaf."""
    rows = db.execute(
        f"{kind.rows} WHERE {kind.leaf} > ? AND {kind.leaf} <= ? ORDER BY {kind.leaf}",
        (start, stop),
    )
    return ((row["leaf"], Claim(kind, row)) for row in rows)


def unclaiming(db: Connection, kind: Kind, last: int) -> Iterator[tuple[int | None, Claim]]:
    """The rows of a kind that have no leaf, or one that cannot be: below 1 or above `last`."""
    for condition in (kind.missing, f"{kind.leaf} > {last:d}", f"{kind.leaf} < 1"):
        for row in db.execute(f"{kind.rows} WHERE {condition}"):
            yield row["leaf"], Claim(kind, row)


def _capture(row: Row) -> bytes:
    stored = (row["stored"] or "").split(",")
    return capture_leaf(
        account=row["account"], capture=row["id"], ended=row["at"], records=stored, seed=row["seed"]
    ).data


def _version(row: Row) -> bytes:
    return version_data(
        account=row["account"],
        item=row["remote_id"],
        digest=row["digest"].hex(),
        capture=row["capture"],
        seen=row["at"],
        shown=shown_version(row, json.loads(row["details"]) if row["details"] else ()),
        seed=row["seed"],
    )


def _note(row: Row) -> bytes:
    return note_leaf(account=row["account"], record=row["id"], sha256=row["sha256"].hex()).data


def _act(row: Row) -> bytes:
    said = {name: row[name] for name in ("sequence", "at", "actor", "act", "subject", "salt")}
    return act_leaf(**said, detail=json.loads(row["detail"])).data


def _named_capture(row: Row) -> str:
    return f"The capture {row['id']} of {row['account']}, of {row['at']},"


def _named_version(row: Row) -> str:
    return f"Version {row['number']} of {row['account']}/{row['remote_id']}, first seen {row['at']},"


def _named_note(row: Row) -> str:
    return f"The record {row['id']} at offset {row['offset']} of {row['file']}"


def _named_act(row: Row) -> str:
    return f"Act {row['sequence']} ({row['act']}: {row['subject']}) of {row['actor']}, {row['at']},"


# LEFT JOIN: what refers to something that is gone is still a row, and is called by its name.
KINDS = (
    Kind(
        rows="SELECT c.leaf, c.id, c.ended AS at, c.seed, a.id AS account, (SELECT group_concat(lower(hex(r.sha256)),"
        " ',' ORDER BY r.segment, r.offset) FROM records r WHERE r.capture = c.number) AS stored"
        " FROM captures c LEFT JOIN accounts a ON a.number = c.account",
        leaf="c.leaf",
        missing="c.leaf IS NULL",
        made=_capture,
        named=_named_capture,
    ),
    Kind(
        rows="SELECT v.leaf, v.number, v.digest, v.first_seen AS at, v.edited, v.title, v.text, v.visibility,"
        " v.details, i.kind, i.author_id, i.author_handle, i.remote_id, a.id AS account, c.id AS capture, c.seed"
        " FROM versions v LEFT JOIN items i ON i.id = v.item LEFT JOIN accounts a ON a.number = i.account"
        " LEFT JOIN captures c ON c.number = v.capture",
        leaf="v.leaf",
        missing="v.leaf IS NULL",
        made=_version,
        named=_named_version,
    ),
    Kind(
        rows="SELECT r.leaf, r.id, r.sha256, r.offset, s.name AS file, a.id AS account, NULL AS at FROM records r"
        " LEFT JOIN segments s ON s.number = r.segment LEFT JOIN accounts a ON a.number = s.account",
        leaf="r.leaf",
        missing="r.leaf IS NULL AND r.capture IS NULL",
        made=_note,
        named=_named_note,
    ),
    Kind(
        rows="SELECT leaf, sequence, at, actor, act, subject, detail, salt, NULL AS account FROM acts",
        leaf="leaf",
        missing="leaf IS NULL",
        made=_act,
        named=_named_act,
    ),
)
