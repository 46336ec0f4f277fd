"""What came of polling an account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from archiver.model import Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """What came of polling an account: how much was asked, when to come again, and what stands in the way.

    `cause` is why it could not go on, where that has a name.
    """

    account_id: str
    asked: int
    next_due: datetime
    finished: bool
    trouble: str = ""
    cause: Cause | None = None
