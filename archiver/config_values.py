"""How one value of the configuration file is read: what is expected, and the value it becomes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo


class Unfit(Exception):
    """A value is not what its option takes; the message completes the sentence "it takes ..."."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Reads one TOML value; relative paths are taken from a folder. `read` raises ValueError where it does not fit."""

    expected: str
    read: Callable[[Any, Path], Any]

    def __call__(self, value: Any, folder: Path) -> Any:
        """The value to use. Raises Unfit."""
        try:
            return self.read(value, folder)
        except (ValueError, KeyError, OSError) as error:  # KeyError and OSError: what an unknown time zone raises
            raise Unfit(self.expected) from error


def choice(*words: str) -> Reader:
    """One of a few words."""
    return Reader(expected=" or ".join(f'"{word}"' for word in words), read=lambda value, _: _one_of(value, words))


def whole(unit: str, least: int, most: int) -> Reader:
    """A whole number of a unit, bounds included."""
    return Reader(
        expected=f"a whole number of {unit} from {least} to {most}, without quotes",
        read=lambda value, _: _within(_is(value, int), least, most),
    )


def _is(value: Any, kind: type) -> Any:
    if type(value) is not kind:  # not isinstance: true is an int, and a date-time is a date
        raise ValueError
    return value


def _line(value: Any, _: Path) -> str:
    line: str = _is(value, str)
    if not line.isprintable():
        raise ValueError
    return line


def _ascii(value: Any, at: Path) -> str:
    line = _line(value, at).strip()
    if not line or not line.isascii():
        raise ValueError
    return line


def _one_of(value: Any, words: tuple[str, ...]) -> str:
    if value not in words:
        raise ValueError
    return str(value)


def _within(value: int, least: int, most: int) -> int:
    if not least <= value <= most:
        raise ValueError
    return value


def _path(value: Any, at: Path) -> Path | None:
    line = _line(value, at)
    if line.startswith("~"):  # the daemon's user has no home folder to put there
        raise ValueError
    return at / line if line else None


def _folder(value: Any, at: Path) -> Path:
    path = _path(value, at)
    if path is None:
        raise ValueError
    return path


def _zone(value: Any, at: Path) -> str:
    return ZoneInfo(_line(value, at)).key


def _days(value: Any, _: Path) -> tuple[date, ...]:
    return tuple(sorted({_is(day, date) for day in _is(value, list)}))


def _endpoint(value: Any, at: Path) -> str:
    line = _line(value, at)
    parts = urlsplit(line)
    loopback = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost")
    if line and (not parts.hostname or not (parts.scheme == "https" or loopback) or parts.username or parts.query):
        raise ValueError
    return line.rstrip("/")


def _like(pattern: str) -> Callable[[Any, Path], str]:
    def read(value: Any, at: Path) -> str:
        line = _line(value, at)
        if line and not re.fullmatch(pattern, line):
            raise ValueError
        return line

    return read


TEXT = Reader(expected='one line of text in quotes, such as "Lakeside School District"', read=_line)
HEADER = Reader(expected="one line of plain ASCII text in quotes, not empty", read=_ascii)
YES_OR_NO = Reader(expected="true or false, without quotes", read=lambda value, _: _is(value, bool))
ZONE = Reader(expected='the name of a time zone, such as "America/Los_Angeles"', read=_zone)
FOLDER = Reader(expected="a folder's path in quotes, not empty and without ~", read=_folder)
LOCATION = Reader(expected="a path in quotes, absolute or from the configuration file's folder, without ~", read=_path)
DAYS = Reader(expected="a list of days without quotes, such as [2026-12-24, 2026-12-31]", read=_days)
ENDPOINT = Reader(expected='an address in quotes, "https://..." (http only for this machine)', read=_endpoint)
BUCKET = Reader(expected="the name of a bucket in quotes", read=_like(r"[A-Za-z0-9][A-Za-z0-9._-]{1,62}"))
KEY_PREFIX = Reader(
    expected='letters, digits, ".", "_", "-" and "/" in quotes, with "/" at the end and not at the beginning',
    read=_like(r"([A-Za-z0-9][A-Za-z0-9._-]*/)+"),
)
REFERENCE = Reader(
    expected="a reference in quotes: env:NAME, file:/path or systemd:NAME", read=_like(r"(env|systemd):\S+|file:/.+")
)
