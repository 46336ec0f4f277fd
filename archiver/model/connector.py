"""The contract of a connector: two pure functions, and what it declares about its platform."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
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


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderKey:
    """The secret as it is, in the header of this name."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """`Authorization: Bearer` with an access token that is got with a refresh token (RFC 6749 section 6).

    The secret is JSON: `client_id`, `client_secret` (may be missing), `refresh_token`. With `rotates` the platform
    gives a new refresh token each time, so the reference must be a file that can be written.
    """

    token_url: str
    rotates: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """`Authorization: Bearer` with a token that a log-in gives; the secret is `identifier:password`.

    `login` and `refresh` are paths under the account's origin; the log-in is a JSON POST of `identifier` and
    `password` whose answer holds `token_field` and `refresh_field`.
    """

    login: str
    refresh: str
    token_field: str
    refresh_field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prolonged:
    """`Authorization: Bearer` with a token of limited life that is exchanged for a newer one before it lapses.

    `path` under the account's origin answers JSON with `access_token` and `expires_in` (seconds) when it is asked
    with `params` and the token in the parameter `access_token`. The reference must be a file that can be written.
    """

    path: str
    params: tuple[tuple[str, str], ...]
    days_before: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """`Authorization: Bearer`, and for apps that ask for it a proof of who sends the token, in the parameter `name`.

    The secret is the token, or JSON of `access_token` and `app_secret`: only then the proof is sent, the HMAC-SHA256
    of the token by the app's secret in hexadecimal digits.
    """

    name: str


Auth = NoAuth | Bearer | Basic | HeaderKey | Refreshed | Session | Prolonged | Proved


class Means(StrEnum):
    """What a platform means by a reply, where its status alone does not say it."""

    AUTH = "auth"  # the credential is no longer good
    REFUSED = "refused"  # it does not show us this
    ABSENT = "absent"  # it is not there
    WAIT = "wait"  # ask again after `wait_seconds`
    RETRY = "retry"  # ask again after a back-off
    INSTEAD = "instead"  # ask `instead`, which is smaller or otherwise different
    NOTHING = "nothing"  # a normal state with nothing to keep (comments are switched off)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What a reply means for what to do next, in the words of the platform (`detail` is shown to users)."""

    means: Means
    detail: str
    wait_seconds: float | None = None
    instead: Fetch | None = None


@runtime_checkable
class Judging(Protocol):
    """A connector of a platform that tells limits and errors in its bodies."""

    def judge(self, account: Account, fetch: Fetch, reply: Reply) -> Judged | None:
        """What the reply means beyond its status; None: what its status says."""
        ...


@runtime_checkable
class Priced(Protocol):
    """A connector of a platform that takes money for reading."""

    def estimate(self, fetch: Fetch) -> int:
        """The most a fetch can cost, in millionths of a dollar."""
        ...

    def price(self, fetch: Fetch, page: Page) -> int:
        """What a read page cost, in millionths of a dollar."""
        ...


@runtime_checkable
class Itemised(Protocol):
    """A priced connector of a platform that charges for a thing once in a UTC day, however often it is read that day.

    Every poll shows the newest page again: the sum of `price` over the polls of a day is many times what is charged.
    """

    def bill(self, fetch: Fetch, page: Page) -> Mapping[str, int]:
        """What each thing of a page costs, in millionths of a dollar, by a name that is the same all day."""
        ...


@runtime_checkable
class Pacing(Protocol):
    """A connector of a platform that tells in its own way how much of its allowance is used."""

    def pause(self, reply: Reply) -> float:
        """Seconds in which nothing more should be asked after this reply; 0.0 where there is plenty left."""
        ...


@runtime_checkable
class Weighing(Protocol):
    """A connector of a platform whose requests do not all count alike: its `pace` is in units, not in requests."""

    def units(self, fetch: Fetch) -> int:
        """How many units of the pace a fetch takes."""
        ...


@runtime_checkable
class ManyLogins(Protocol):
    """A connector of a platform with more than one way to log in; its `auth` is the usual one."""

    def auth_for(self, account: Account) -> Auth:
        """How this account's credential is sent."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The platform's own day: `ends` says when the day of a moment is over, `words` the same for people.

    `a_poll` is how much of a day's pace a regular poll takes, for as long as none has shown it.
    """

    ends: Callable[[datetime], datetime]
    words: str
    a_poll: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """At most so many requests in any `seconds`, as the platform allows one client; `of` names what is counted.

    Where not all requests count alike it is not `requests`, and the connector is `Weighing`. With a `day` they are
    counted in each of its days: what the polls still to come need is kept for them, and longer walks take the rest.
    """

    requests: int
    seconds: int
    of: str = "requests"
    day: Day | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """One thing a platform can be asked for, how far it carries, what it costs. Shown by `archiver platforms`.

    The items of a `passing` stream end by themselves (a story, a broadcast): none of them is missed in its listing.
    `newest` is how many a thread shows at most, older ones never; 0: all.
    """

    name: str
    holds: str
    history: str
    changes: str
    not_captured: str = ""
    costs: str = ""
    passing: bool = False
    newest: int = 0


@runtime_checkable
class Connector(Protocol):
    """What each platform says. No session, clock, loop, retry or database in it."""

    @property
    def platform(self) -> str:
        """The name of the platform, as accounts are registered with it."""
        ...

    @property
    def title(self) -> str:
        """Its name for people."""
        ...

    @property
    def version(self) -> int:
        """Raised when reading changes; rebuild then reads the old captures anew."""
        ...

    @property
    def auth(self) -> Auth:
        """How its credentials are sent."""
        ...

    @property
    def pace(self) -> Pace:
        """How fast it may be asked."""
        ...

    @property
    def streams(self) -> tuple[Stream, ...]:
        """What can be captured, how far back, and what cannot."""
        ...

    def first(self, account: Account) -> tuple[Fetch, ...]:
        """What to ask first in every run. The first reply that names the account pins or checks its identity."""
        ...

    def read(self, account: Account, fetch: Fetch, reply: Reply) -> Page:
        """What a reply of status 200 to 299 holds. Raises Unreadable where the body is not what was asked for."""
        ...

    def check(self, account: Account, item: ItemRef) -> Fetch | None:
        """How to look at one item directly (404 or 410 then means absent); None where the platform has no way."""
        ...


def auth_of(connector: Connector, account: Account) -> Auth:
    """How the credential of an account is sent."""
    return connector.auth_for(account) if isinstance(connector, ManyLogins) else connector.auth


def units_of(connector: Connector, fetch: Fetch) -> int:
    """How much of the platform's pace a fetch takes."""
    return connector.units(fetch) if isinstance(connector, Weighing) else 1
