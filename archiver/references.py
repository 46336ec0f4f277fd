"""Secrets by reference: found where `env:NAME`, `file:/path` or `systemd:NAME` says, shown nowhere."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from archiver.errors import AuthError

_LONGEST = 65536
_NAME = re.compile(r"[A-Za-z0-9_.@-]{1,255}")
_UNSENDABLE = re.compile(r"[\x00-\x1f\x7f]")


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


class _Missing(Exception):
    """What is wrong with a reference or its value, and what to do; never the value."""

    def __init__(self, what: str, do: str) -> None:
        super().__init__(what)
        self.what = what
        self.do = do


def credentials_folder(environ: Mapping[str, str]) -> Path | None:
    """Where systemd keeps the credentials of this process; None where it was not started with any."""
    folder = environ.get("CREDENTIALS_DIRECTORY")
    return Path(folder) if folder else None


def resolved(
    reference: str, environ: Mapping[str, str], folder: Path | None, *, means: str, lines: bool = False
) -> Secret:
    """The secret that a reference refers to: one line, or `lines` of them. Raises AuthError, never with its value.

    `means` is what it means that the secret is not there.
    """
    try:
        value = _value(reference, environ, folder)
        return Secret(value if lines else _sendable(value, reference), reference=reference)
    except _Missing as missing:
        what, do = missing.what, missing.do
    raise AuthError(what, means=means, do=do)


def _value(reference: str, environ: Mapping[str, str], folder: Path | None) -> str:
    source, _, name = reference.partition(":")
    if source == "env" and name:
        if name not in environ:
            raise _Missing(f"The environment variable {name} is not set.", f"Set {name} where the archiver runs.")
        return environ[name]
    if source == "file" and name:
        return _file(Path(name), private=True)
    if source == "systemd" and _NAME.fullmatch(name) and name not in (".", ".."):
        return _credential(name, folder)
    raise _Missing("A credential reference cannot be read.", "Write env:NAME, file:/path or systemd:NAME.")


def _credential(name: str, directory: Path | None) -> str:
    if directory is None:
        raise _Missing(
            f"The systemd credential {name} is not there: this process was given no credentials directory.",
            f"Start it through its unit, with LoadCredential={name}:/path in it.",
        )
    return _file(directory / name, private=False)  # systemd sees to who may read these


def _file(path: Path, *, private: bool) -> str:
    if not path.is_absolute():
        raise _Missing(f"The credential file {path} is not an absolute path.", "Write file:/ and the whole path.")
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            _check_kept_private(path, os.fstat(file.fileno()).st_mode, private=private)
            return _text(path, file.read(_LONGEST + 1))
    except OSError as failure:
        why = failure.strerror
    raise _Missing(f"The credential file {path} cannot be read: {why}.", "Create it, readable by this user only.")


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)  # a pipe in place of the file would hold us up


def _check_kept_private(path: Path, mode: int, *, private: bool) -> None:
    if not stat.S_ISREG(mode):
        raise _Missing(f"The credential file {path} is not a regular file.", "Put the credential in a file of its own.")
    if private and mode & 0o077:
        raise _Missing(
            f"The credential file {path} can be read by other users of this host.",
            f"Run: chmod 600 {path}  (and replace the credential if others use this host).",
        )


def _text(path: Path, data: bytes) -> str:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = ""
    if not text or len(data) > _LONGEST:
        raise _Missing(f"The credential file {path} does not hold a credential.", "Write the credential in it, alone.")
    return text


def _sendable(value: str, reference: str) -> str:
    value = value.strip(" \t\r\n")
    if not value:
        raise _Missing(f"The credential {reference} is empty.", "Store the credential there.")
    if _UNSENDABLE.search(value):
        raise _Missing(
            f"The credential {reference} holds a line break or control character.",
            "Store the credential alone, on one line.",
        )
    return value
