"""Secrets by reference: found when needed, shown nowhere, sent to one origin only."""

from __future__ import annotations

import base64
import os
import re
import stat
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import NoReturn

from archiver.errors import AuthError, Refused
from archiver.model import Account, Auth, Basic, Fetch, HeaderKey, NoAuth, origin_of
from archiver.polling.guard import check_plain

_LONGEST = 65536
_NAME = re.compile(r"[A-Za-z0-9_.@-]{1,255}")
_UNSENDABLE = re.compile(r"[\x00-\x1f\x7f]")
_MEANS = "The account cannot be polled until this is put right; a gap is on record meanwhile."


class Secret:
    """A credential whose value shows only when asked for by `reveal`; `reference` says where it came from."""

    __slots__ = ("_value", "reference")

    def __init__(self, value: str, *, reference: str) -> None:
        self._value = value
        self.reference = reference

    def reveal(self) -> str:
        """The value itself."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret({self.reference})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is neither copied nor written out")


def secret_of(account: Account, environ: Mapping[str, str]) -> Secret | None:
    """The secret an account refers to, looked for anew, so that a renewed one counts at once; None: it refers to none.

    Raises AuthError. `environ` also tells where systemd keeps the credentials of this process.
    """
    if not account.credential:
        return None
    folder = environ.get("CREDENTIALS_DIRECTORY")
    return resolve(account.credential, environ, Path(folder) if folder else None)


def resolve(reference: str, environ: Mapping[str, str], credentials_directory: Path | None) -> Secret:
    """The secret that `env:NAME`, `file:/path` or `systemd:NAME` refers to. Raises AuthError, never with its value."""
    source, _, name = reference.partition(":")
    if source == "env" and name:
        value = environ.get(name)
        if value is None:
            raise _missing(f"The environment variable {name} is not set.", f"Set {name} where the archiver runs.")
    elif source == "file" and name:
        value = _file(Path(name), private=True)
    elif source == "systemd" and _NAME.fullmatch(name) and name not in (".", ".."):
        value = _credential(name, credentials_directory)
    else:
        raise _missing("A credential reference cannot be read.", "Write env:NAME, file:/path or systemd:NAME.")
    return Secret(_sendable(value, reference), reference=reference)


def may_carry(account: Account, fetch: Fetch) -> bool:
    """Whether a fetch goes to the account's own origin, the only place its credential is sent to."""
    try:
        check_plain(fetch.url)
        return origin_of(fetch.url) == account.origin
    except (Refused, ValueError):
        return False


def authorize(headers: MutableMapping[str, str], auth: Auth, secret: Secret | None) -> None:
    """Add the credential to `headers` as the platform wants it; nothing without one. Raises AuthError if unsendable."""
    if isinstance(auth, NoAuth) or secret is None:
        return
    value = secret.reveal()
    if isinstance(auth, Basic):
        if ":" not in value:
            raise _missing(f"The credential {secret.reference} has no user name.", "Write it as user:password.")
        headers["Authorization"] = "Basic " + base64.b64encode(value.encode()).decode()
        return
    if not re.fullmatch(r"[\x21-\x7e]+", value):
        raise _missing(
            f"The credential {secret.reference} holds characters that no token has.",
            "Store the token again, alone, without blanks or line breaks in it.",
        )
    if isinstance(auth, HeaderKey):
        headers[auth.name] = value
    else:
        headers["Authorization"] = f"Bearer {value}"


def _missing(what: str, do: str) -> AuthError:
    return AuthError(what, means=_MEANS, do=do)


def _credential(name: str, directory: Path | None) -> str:
    if directory is None:
        raise _missing(
            f"The systemd credential {name} is not there: this process was given no credentials directory.",
            f"Start it through its unit, with LoadCredential={name}:/path in it.",
        )
    return _file(directory / name, private=False)  # systemd sees to who may read these


def _file(path: Path, *, private: bool) -> str:
    if not path.is_absolute():
        raise _missing(f"The credential file {path} is not an absolute path.", "Write file:/ and the whole path.")
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            _check_kept_private(path, os.fstat(file.fileno()).st_mode, private=private)
            return _text(path, file.read(_LONGEST + 1))
    except OSError as failure:
        why = failure.strerror
    raise _missing(f"The credential file {path} cannot be read: {why}.", "Create it, readable by this user only.")


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)  # a pipe in place of the file would hold us up


def _check_kept_private(path: Path, mode: int, *, private: bool) -> None:
    if not stat.S_ISREG(mode):
        raise _missing(f"The credential file {path} is not a regular file.", "Put the credential in a file of its own.")
    if private and mode & 0o077:
        raise _missing(
            f"The credential file {path} can be read by other users of this host.",
            f"Run: chmod 600 {path}  (and replace the credential if others use this host).",
        )


def _text(path: Path, data: bytes) -> str:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = ""
    if not text or len(data) > _LONGEST:
        raise _missing(f"The credential file {path} does not hold a credential.", "Write the credential in it, alone.")
    return text


def _sendable(value: str, reference: str) -> str:
    value = value.strip(" \t\r\n")
    if not value:
        raise _missing(f"The credential {reference} is empty.", "Store the credential there.")
    if _UNSENDABLE.search(value):
        raise _missing(
            f"The credential {reference} holds a line break or control character.",
            "Store the credential alone, on one line.",
        )
    return value
