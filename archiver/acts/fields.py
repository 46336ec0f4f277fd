"""What a person may enter about an account: each field checked, with a remedy; a secret is refused and not repeated."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, urlsplit

from archiver.errors import UsageError
from connectors.links import CREDENTIAL_NAMES

LONGEST_TEXT = 200
LONGEST_INTERVAL = 10_080  # minutes: a week

_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_NOT_IN_ID = re.compile(r"[^a-z0-9]+")
_REFERENCE = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*|file:/[^\x00-\x1f\x7f]+|systemd:[A-Za-z0-9_.@-]{1,255}")
_OPTION = re.compile(r"[a-z][a-z0-9_]{0,39}")
_UNCHANGED = "Nothing was registered or changed."


def account_id(given: str) -> str:
    """An account's id: it names folders and stands in commands. Raises UsageError."""
    if not _ID.fullmatch(given):
        raise _refused(
            f"{given!r} cannot be the id of an account.",
            "Use 1 to 40 lower-case letters, digits and inner hyphens, such as district-blog.",
        )
    return given


def id_from(platform: str, handle: str) -> str:
    """An id made of platform and handle. Raises UsageError where nothing of the handle can stand in one."""
    name = _NOT_IN_ID.sub("-", handle.lower()).strip("-")
    if not name:
        raise _refused("The handle has no letter or digit an id could be made of.", "Give one: --id NAME")
    return f"{platform}-{name}"[:40].strip("-")


def text(name: str, given: str) -> str:
    """One line about the account. Raises UsageError."""
    said = given.strip()
    if not said.isprintable() or len(said) > LONGEST_TEXT:
        raise _refused(f"The {name} is not one line of text.", f"Write at most {LONGEST_TEXT} characters on one line.")
    return said


def handle(given: str) -> str:
    """What the account is called on its platform. Raises UsageError."""
    said = text("handle", given)
    if not said:
        raise _refused("The handle is empty.", "Give the account's name on its platform: --handle NAME")
    return said


def url(given: str) -> str:
    """Where the platform's API or feed is asked. Raises UsageError; what could be a secret is not repeated."""
    try:
        parts = urlsplit(given.strip())
        usable = parts.scheme.lower() in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not given.strip().isprintable() or " " in given.strip():
        raise _refused("The address is not an absolute http or https one.", "Write it whole: https://host/path")
    if parts.username is not None or parts.password is not None:
        raise _refused("The address holds a user name or password.", _BY_REFERENCE)
    if any(name.lower() in CREDENTIAL_NAMES for name, _ in parse_qsl(parts.query, keep_blank_values=True)):
        raise _refused("The address holds a parameter that looks like a credential.", _BY_REFERENCE)
    return parts._replace(fragment="").geturl()


def credential(given: str) -> str | None:
    """A reference to a secret; None for the empty text. Raises UsageError, never with what was given."""
    if not given:
        return None
    if not _REFERENCE.fullmatch(given):
        raise _refused(
            "The credential is not a reference. What you typed is not repeated here: it may be the secret itself.",
            f"{_BY_REFERENCE} If a secret was typed, remove it from the shell's history and replace it.",
        )
    return given


def interval(given: int) -> int:
    """Minutes between two polls. Raises UsageError."""
    if not 1 <= given <= LONGEST_INTERVAL:
        raise _refused(f"An interval of {given} minutes is out of bounds.", f"Choose 1 to {LONGEST_INTERVAL} minutes.")
    return given


def options(given: Iterable[str]) -> Mapping[str, str]:
    """Settings of the connector, each written NAME=VALUE. Raises UsageError."""
    found: dict[str, str] = {}
    for one in given:
        name, sign, value = one.partition("=")
        if name.lower() in CREDENTIAL_NAMES:
            raise _refused(f"The option {name} looks like a credential.", _BY_REFERENCE)
        if not sign or not _OPTION.fullmatch(name):
            raise _refused("An option of the connector cannot be read.", "Write NAME=VALUE, such as rest_route=1.")
        found[name] = text(f"option {name}", value)
    return found


_BY_REFERENCE = "Name where the secret is kept: --credential env:NAME, file:/path or systemd:NAME."


def _refused(what: str, do: str) -> UsageError:
    return UsageError(what, means=_UNCHANGED, do=do)
