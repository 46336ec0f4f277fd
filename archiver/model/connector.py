"""The contract of a connector: two pure functions, and what it declares about its platform."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from archiver.model.account import Account
from archiver.model.capture import Fetch, Reply
from archiver.model.item import ItemRef, Page


@dataclass(frozen=True, slots=True)
class NoAuth:
    """Nothing is added."""


@dataclass(frozen=True, slots=True)
class Bearer:
    """`Authorization: Bearer SECRET` (RFC 6750)."""


@dataclass(frozen=True, slots=True)
class Basic:
    """`Authorization: Basic`, the secret being `user:password` (RFC 7617)."""


Auth = NoAuth | Bearer | Basic


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """At most `requests` in any `seconds`, as the platform allows one client."""

    requests: int
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """One thing a platform can be asked for, and how far it carries. Shown to users by `archiver platforms`."""

    name: str
    holds: str
    history: str
    changes: str
    not_captured: str = ""


@runtime_checkable
class Connector(Protocol):
    """What each platform says. No session, clock, loop, retry or database in it."""

    platform: str
    title: str
    version: int  # raise it when reading changes; rebuild then reads the old captures anew
    auth: Auth
    pace: Pace
    streams: tuple[Stream, ...]

    def first(self, account: Account) -> tuple[Fetch, ...]:
        """What to ask first in every run. The first reply that names the account pins or checks its identity."""
        ...

    def read(self, account: Account, fetch: Fetch, reply: Reply) -> Page:
        """What a reply of status 200 to 299 holds. Raises Unreadable where the body is not what was asked for."""
        ...

    def check(self, account: Account, item: ItemRef) -> Fetch | None:
        """How to look at one item directly (404 or 410 then means absent); None where the platform has no way."""
        ...
