"""Everything that can go wrong, by what to do next.

ArchiverError                exit  what it means
├── UsageError                  2  the command's words are off
├── ConfigError                 3  the configuration cannot be used
├── DiskError                   4  the disk is full, read-only, or the archive is not where it was
│   └── StoreDown                  a store of sealed files does not answer, or cannot be used
├── AuthError                   5  a credential is missing or refused
├── PlatformDown                7  the platform does not answer, or not with what was asked for
│   ├── Unreadable                 a reply is not what the platform documents; its bytes are kept
│   └── Refused                    a guard of ours refused an address
├── VerificationError          10  kept bytes are not what they were
├── Locked                     11  another process works on this archive
└── NotFound                    2  no such account, item or request

Exit 1 is a fault of this program, 6 is "a platform asks us to wait", 8 "gaps are open", 12 "done in part": results, not
exceptions.
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


class StoreDown(DiskError):
    """A store of sealed files does not answer, or cannot be used as it is."""


class AuthError(ArchiverError):
    """A credential is missing or was refused."""

    exit = Exit.AUTH


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


class VerificationError(ArchiverError):
    """Kept bytes are not what they were."""

    exit = Exit.VERIFICATION


class Locked(ArchiverError):
    """Another process works on this archive."""

    exit = Exit.LOCKED
