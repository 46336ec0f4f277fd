"""The register of accounts: which presences on which platforms the agency answers for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit


class Level(StrEnum):
    """The office an account speaks for; it decides between destruction and archival appraisal."""

    GOVERNING = "governing"
    EXECUTIVE = "executive"
    ADVISORY = "advisory"
    OTHER = "other"
    UNKNOWN = "unknown"


class AccountState(StrEnum):
    """Whether an account is polled."""

    ACTIVE = "active"
    STOPPED = "stopped"  # the archive stopped it: another account answers, or the platform says it is gone
    RETIRED = "retired"  # a person ended it; what was kept stays


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One registered presence on a platform.

    `url` is the origin (and path) the platform's API or feed is asked at; credentials are sent to this origin only.
    `credential` is a reference (`env:NAME`, `file:/path`, `systemd:NAME`), never the secret.
    """

    id: str
    platform: str
    handle: str
    url: str
    unit: str = ""
    purpose: str = ""
    audience: str = "public"
    owner: str = ""
    deputy: str = ""
    level: Level = Level.UNKNOWN
    credential: str | None = None
    platform_id: str | None = None
    state: AccountState = AccountState.ACTIVE
    state_reason: str = ""
    interval_minutes: int = 15
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        """Scheme, host and port of `url`, lower case: the only place its credential may go."""
        return origin_of(self.url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who a reply says it speaks for; compared with the platform id pinned at first contact."""

    platform_id: str
    handle: str = ""
    name: str = ""


def origin_of(url: str) -> str:
    """The origin of an absolute URL: scheme, host and port, with the port always written."""
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme.lower(), 0)
    return f"{parts.scheme.lower()}://{(parts.hostname or '').lower()}:{port}"
