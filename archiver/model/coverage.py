"""What was looked at, and what was not: intervals walked, holes, and what was seen of an item."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Cause(StrEnum):
    """Why something could not be captured. The words are shown to users."""

    NETWORK = "network"
    TIMEOUT = "timeout"
    TLS = "tls"
    CUT = "cut short"
    UNDECODABLE = "undecodable"
    TOO_LARGE = "too large"
    GUARD = "address refused"
    AUTH = "credential refused"
    FORBIDDEN = "not allowed"
    GONE = "gone"
    MISSING = "not there"
    RATE_LIMIT = "rate limit"
    SERVER = "server error"
    UNREADABLE = "unreadable"
    IDENTITY = "another account answers"
    LOOP = "paging loop"
    WINDOW = "older than the platform shows"
    ARCHIVER = "archiver not running"
    BUDGET = "budget spent"
    SILENT = "shows less than it must"


class Seen(StrEnum):
    """What one look at an item showed. Never a conclusion about who did what."""

    PRESENT = "present"
    ABSENT = "absent"
    HIDDEN = "hidden"
    REFUSED = "refused"
    ERROR = "error"


class Method(StrEnum):
    """How an item was looked at."""

    LISTING = "listing"
    DIRECT = "direct"
    WEBHOOK = "webhook"
    TAKEOUT = "takeout"


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """An interval of an account's stream that was fully walked. `start` None: from the beginning."""

    account_id: str
    stream: str
    start: datetime | None
    end: datetime
    run_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A hole in what was captured: cause, bounds, and how it was repaired.

    `start` None: from the beginning; `end` None: still open. `first_known` and `last_known` are remote ids of the
    items at the edges of the hole. `subject` names one item where the hole is about one only.
    """

    id: str
    account_id: str
    stream: str
    cause: Cause
    detail: str
    opened: datetime
    start: datetime | None
    end: datetime | None = None
    subject: str | None = None
    first_known: str | None = None
    last_known: str | None = None
    closed: datetime | None = None
    repair: str = ""
