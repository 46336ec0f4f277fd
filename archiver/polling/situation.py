"""Where a reply arrives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from archiver.model import Account
from archiver.storage.run_rows import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Where a reply arrives: the account (and its number), the run, whether files are kept, and the time.

    Of `passing` streams nothing is missed that a listing no longer shows; `newest` is how many a thread shows at most.
    """

    account: Account
    number: int
    run: Run
    media: bool
    now: datetime
    passing: frozenset[str] = frozenset()
    newest: Mapping[str, int] = field(default_factory=dict)
