"""Everything that can go wrong, by what to do next.

ArchiverError                exit  what it means
├── UsageError                  2  the command's words are off
├── ConfigError                 3  the configuration cannot be used
├── DiskError                   4  the disk is full, read-only, or the archive is not where it was
├── AuthError                   5  a credential is missing or refused
├── RateLimited                 6  the platform asks us to wait
├── PlatformDown                7  the platform does not answer, or not with what was asked for
│   ├── Unreadable                 a reply is not what the platform documents; its bytes are kept
│   └── Refused                    a guard of ours refused an address
├── HoldError                   9  a hold forbids it
├── VerificationError          10  kept bytes are not what they were
├── Locked                     11  another process works on this archive
└── NotFound                    2  no such account, item or request

Exit 1 is a fault of this program, 8 is "gaps are open" and 12 "done in part": results, not exceptions.
"""

from __future__ import annotations

from enum import IntEnum

from archiver.model.coverage import Cause


class Exit(IntEnum):
    """Exit codes by cause; documented in docs/commands.md."""

    OK = 0
    FAULT = 1
    USAGE = 2
    CONFIG = 3
    DISK = 4
    AUTH = 5
    RATE_LIMITED = 6
    PLATFORM_DOWN = 7
    GAPS = 8
    HELD = 9
    VERIFICATION = 10
    LOCKED = 11
    PARTIAL = 12


class ArchiverError(Exception):
    """What happened, what it means for the records, and what to do: the three lines a user is shown."""

    exit = Exit.FAULT

    def __init__(self, what: str, *, means: str = "Nothing was lost.", do: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.means = means
        self.do = do

    def lines(self) -> tuple[str, ...]:
        """The lines to show, without empty ones."""
        return tuple(line for line in (self.what, self.means, self.do) if line)


class UsageError(ArchiverError):
    """The command's words are off."""

    exit = Exit.USAGE


class NotFound(UsageError):
    """No such account, item or request."""


class ConfigError(ArchiverError):
    """The configuration cannot be used."""

    exit = Exit.CONFIG


class DiskError(ArchiverError):
    """The disk is full, read-only, or the archive is not where it was."""

    exit = Exit.DISK


class AuthError(ArchiverError):
    """A credential is missing or was refused."""

    exit = Exit.AUTH


class RateLimited(ArchiverError):
    """The platform asks us to wait."""

    exit = Exit.RATE_LIMITED


class PlatformDown(ArchiverError):
    """The platform does not answer, or not with what was asked for. `cause` is what a gap of it is called."""

    exit = Exit.PLATFORM_DOWN

    def __init__(self, what: str, *, cause: Cause = Cause.NETWORK, means: str = "", do: str = "") -> None:
        super().__init__(what, means=means or "Nothing already kept is affected; a gap is on record.", do=do)
        self.cause = cause


class Unreadable(PlatformDown):
    """A reply is not what the platform documents; its bytes are kept and can be read again later."""

    def __init__(self, what: str, *, cause: Cause = Cause.UNREADABLE, means: str = "", do: str = "") -> None:
        super().__init__(what, cause=cause, means=means, do=do)


class Refused(PlatformDown):
    """A guard of ours refused an address."""

    def __init__(self, what: str, *, cause: Cause = Cause.GUARD, means: str = "", do: str = "") -> None:
        super().__init__(what, cause=cause, means=means, do=do)


class HoldError(ArchiverError):
    """A hold forbids it."""

    exit = Exit.HELD


class VerificationError(ArchiverError):
    """Kept bytes are not what they were."""

    exit = Exit.VERIFICATION


class Locked(ArchiverError):
    """Another process works on this archive."""

    exit = Exit.LOCKED
