"""What people (and the archive itself) decided: an append-only table of acts."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from archiver.model import canonical_json, iso, parse_iso
from archiver.storage.database import Connection
from archiver.storage.ledger.leaves import SALT_BYTES, act_leaf, append

ARCHIVE = "archiver"  # the actor of what no person decided
MADE_ANEW = "catalogue made anew"
WITHOUT_ROW = "leaves without a row"  # what the act of a rebuild says of leaves whose rows could not be made again


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One entry: who did what to what, when."""

    sequence: int
    at: datetime
    actor: str
    act: str
    subject: str
    detail: Mapping[str, Any]


def record_act(db: Connection, *, at: datetime, actor: str, act: str, subject: str, detail: Mapping[str, Any]) -> None:
    """Append one act and its leaf, in the transaction of what it changes."""
    (sequence,) = db.execute("SELECT coalesce(max(sequence), 0) + 1 FROM acts").fetchone()
    said = {"sequence": sequence, "at": iso(at), "actor": actor, "act": act, "subject": subject}
    detail_json, salt = canonical_json(detail).decode(), os.urandom(SALT_BYTES)
    leaf = append(db, act_leaf(**said, detail=json.loads(detail_json), salt=salt).data)
    db.execute(
        "INSERT INTO acts (sequence, at, actor, act, subject, detail, leaf, salt)"
        " VALUES (:sequence, :at, :actor, :act, :subject, :detail, :leaf, :salt)",
        said | {"detail": detail_json, "leaf": leaf, "salt": salt},
    )


def acts_on(db: Connection, subject: str) -> tuple[Act, ...]:
    """Everything done to one account or request, in order."""
    rows = db.execute("SELECT * FROM acts WHERE subject = :subject ORDER BY sequence", {"subject": subject})
    return tuple(
        Act(
            sequence=row["sequence"],
            at=parse_iso(row["at"]),
            actor=row["actor"],
            act=row["act"],
            subject=row["subject"],
            detail=json.loads(row["detail"]),
        )
        for row in rows
    )
