"""Where a reply arrives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from archiver.model import Account
from archiver.storage.run_rows import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Where a reply arrives: the account (and its number), the run, whether files are kept, and the time.

    Of `passing` streams nothing is missed that a listing no longer shows.
    """

    account: Account
    number: int
    run: Run
    media: bool
    now: datetime
    passing: frozenset[str] = frozenset()
