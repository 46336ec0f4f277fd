"""Where the ledger's checkpoints are fixed outside the archive: what the configuration says of it."""

from __future__ import annotations

import re
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Annotated, Any, get_type_hints
from urllib.parse import urlsplit

from archiver.config_values import REFERENCE, YES_OR_NO, Reader, Unfit, choice, whole

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?")
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}")
_VKEY = re.compile(r"[\x21-\x2a\x2c-\x7e]+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]{40,}")
_REFERENCE = re.compile(r"env:\S+|systemd:\S+|file:/.+")
_MOST = 20  # of each kind: every one of them is asked in turn

_NAMED = Reader(
    expected="a short name in quotes, of small letters, digits and hyphens", read=lambda value, _: _like(value, _NAME)
)
_URL = Reader(
    expected="an address in quotes, http:// or https://, without a user name", read=lambda value, _: _url(value)
)
_PEM = Reader(expected="the path in quotes of a file of certificates in PEM", read=lambda value, at: _path(value, at))
_SERVER = Reader(
    expected='a host in quotes, with a port or without: "mail.example.org:587"',
    read=lambda value, _: _like(value, _HOST),
)
_MAIL = Reader(expected="one mail address in quotes", read=lambda value, _: _like(value, _ADDRESS))
_KEY = Reader(expected="a public key in quotes, NAME+ID+KEY, as the witness says it", read=lambda v, _: _like(v, _VKEY))
_SECRET = Reader(
    expected="a reference in quotes: env:NAME, file:/path or systemd:NAME",
    read=lambda value, _: _like(value, _REFERENCE),
)
_WORD = Reader(
    expected="one line of text in quotes", read=lambda value, _: _like(value, re.compile(r"[\x20-\x7e]{1,200}"))
)
_MINUTES = whole("minutes", 1, 44_640)


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """An RFC 3161 time-stamp authority. `certificates` holds what its stamps are verified against (PEM)."""

    name: Annotated[str, _NAMED]
    url: Annotated[str, _URL]
    certificates: Annotated[Path, _PEM]
    every_minutes: Annotated[int, _MINUTES] = 60
    local_network: Annotated[bool, YES_OR_NO] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """A host that remembers what it saw of this ledger (C2SP tlog-witness). `key` is its public key (vkey)."""

    name: Annotated[str, _NAMED]
    url: Annotated[str, _URL]
    key: Annotated[str, _KEY]
    every_minutes: Annotated[int, _MINUTES] = 60
    local_network: Annotated[bool, YES_OR_NO] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """A mailbox that checkpoints are sent to. `credential` refers to the password of `user`; never without TLS."""

    name: Annotated[str, _NAMED]
    server: Annotated[str, _SERVER]
    sender: Annotated[str, _MAIL]
    to: Annotated[str, _MAIL]
    security: Annotated[str, choice("starttls", "tls", "none")] = "starttls"
    user: Annotated[str, _WORD] = ""
    credential: Annotated[str, _SECRET] = ""
    every_minutes: Annotated[int, _MINUTES] = 1440
    local_network: Annotated[bool, YES_OR_NO] = False


def _tables(kind: Any, what: str) -> Reader:
    """Reads a list of tables into instances of `kind`, whose names are all different."""
    readers = {name: hint.__metadata__[0] for name, hint in get_type_hints(kind, include_extras=True).items()}
    needed = [one.name for one in fields(kind) if one.default is MISSING]

    def read(value: Any, at: Path) -> tuple[Any, ...]:
        if type(value) is not list or len(value) > _MOST:
            raise ValueError
        found = tuple(kind(**_row(table, at, readers, needed)) for table in value)
        if len({one.name for one in found}) < len(found):
            raise Unfit(f"{what}, each with a name of its own")
        for one in found:
            _go_together(one)
        return found

    return Reader(expected=f"{what}, each a table of its own (docs/anchoring.md), at most {_MOST}", read=read)


def _row(table: Any, at: Path, readers: dict[str, Reader], needed: list[str]) -> dict[str, Any]:
    """The values of one table. Raises Unfit; a value is never repeated, since it may be a secret."""
    if type(table) is not dict:
        raise ValueError
    if table.keys() - readers.keys():
        raise Unfit(f"in each table no other option than {', '.join(readers)}; secrets only by reference")
    missing = [name for name in needed if name not in table]
    if missing:
        raise Unfit(f"in each table {' and '.join(missing)} too")
    values = {}
    for name, value in table.items():
        try:
            values[name] = readers[name](value, at)
        except Unfit as error:
            raise Unfit(f"as {name} in each table {error}") from error
    return values


def _go_together(one: Any) -> None:
    if isinstance(one, Mailbox):
        if bool(one.user) != bool(one.credential):
            raise Unfit("user and credential together, or neither")
        if one.credential and one.security == "none":
            raise Unfit('a credential only with security = "starttls" or "tls", which keep it from others')


def _like(value: Any, pattern: re.Pattern[str]) -> str:
    if type(value) is not str or not pattern.fullmatch(value):
        raise ValueError
    return value


def _url(value: Any) -> str:
    line = _like(value, re.compile(r"[\x21-\x7e]{1,2000}"))
    parts = urlsplit(line)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc or parts.port == 0:
        raise ValueError
    return line


def _path(value: Any, at: Path) -> Path:
    if type(value) is not str or not value.isprintable() or not value or value.startswith("~"):
        raise ValueError
    return at / value


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """What checkpoints are signed with, and who is shown each, so that the ledger cannot be rewritten unseen.

    Where nothing is said: the key in the archive's `ledger/`, and nobody.
    """

    key: Annotated[str, REFERENCE] = ""
    authorities: Annotated[tuple[Authority, ...], _tables(Authority, "a list of time-stamp authorities")] = ()
    witnesses: Annotated[tuple[Witness, ...], _tables(Witness, "a list of witnesses")] = ()
    mailboxes: Annotated[tuple[Mailbox, ...], _tables(Mailbox, "a list of mailboxes")] = ()
    retry_minutes: Annotated[int, whole("minutes", 1, 1440)] = 15


SHOWN_TO_NOBODY = Ledger()
