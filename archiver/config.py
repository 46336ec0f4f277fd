"""What an installation is told in its TOML file, read into frozen values; secrets never stand in it."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any, get_type_hints

from archiver.config_ledger import SHOWN_TO_NOBODY, Ledger
from archiver.config_stores import IN_THE_ARCHIVE, NOWHERE, Store, misfits
from archiver.config_values import (
    DAYS,
    FOLDER,
    HEADER,
    LOCATION,
    TEXT,
    YES_OR_NO,
    ZONE,
    Reader,
    Unfit,
    choice,
    whole,
)
from archiver.errors import ConfigError

_UNCHANGED = "Nothing was started and nothing in the archive was changed."
_SYSTEM_FILE = Path("/etc/archiver/config.toml")
_BY_REFERENCE = (
    "Keep it in the environment, in a file or as a systemd credential, and give the account a reference to it: "
    "env:NAME, file:/path or systemd:NAME."
)
_SECRET_WORDS = ("token", "password", "passwd", "secret", "credential", "api_key", "apikey", "private_key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Agency:
    """Whose records these are."""

    name: Annotated[str, TEXT] = ""
    records_officer: Annotated[str, TEXT] = ""
    time_zone: Annotated[str, ZONE] = "America/Los_Angeles"


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """Where the archive lies, and how its files grow."""

    directory: Annotated[Path, FOLDER] = Path("archive")
    segment_megabytes: Annotated[int, whole("megabytes", 1, 4096)] = 256
    reserve_megabytes: Annotated[int, whole("megabytes", 0, 1_048_576)] = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Polling:
    """How often the platforms are asked, and how far back they are walked again."""

    threads: Annotated[int, whole("threads", 1, 128)] = 16
    interval_minutes: Annotated[int, whole("minutes", 1, 10_080)] = 15
    overlap_hours: Annotated[int, whole("hours", 0, 8_760)] = 72
    rewalk_days: Annotated[int, whole("days", 0, 36_500)] = 30
    rewalk_every_hours: Annotated[int, whole("hours", 1, 8_760)] = 24
    deep_rewalk_days: Annotated[int, whole("days", 0, 36_500)] = 365
    deep_rewalk_every_hours: Annotated[int, whole("hours", 1, 8_760)] = 168
    media: Annotated[bool, YES_OR_NO] = True
    user_agent: Annotated[str, HEADER] = "Archiver (public records archive)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """What a connection may do, and how much of it."""

    ca_bundle: Annotated[Path | None, LOCATION] = None
    allow_loopback: Annotated[bool, YES_OR_NO] = False
    connect_seconds: Annotated[int, whole("seconds", 1, 300)] = 10
    total_seconds: Annotated[int, whole("seconds", 1, 86_400)] = 300
    api_megabytes: Annotated[int, whole("megabytes", 1, 1024)] = 64
    media_megabytes: Annotated[int, whole("megabytes", 1, 1_048_576)] = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Files of the agency's own that stand in place of the built-in ones (None)."""

    authorities: Annotated[Path | None, LOCATION] = None
    rules: Annotated[Path | None, LOCATION] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """How the days of a public records request are counted. `closures` are days the agency is closed by its own act."""

    closures: Annotated[tuple[date, ...], DAYS] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Logging:
    """What is told while working. `auto` is text on a terminal and JSON elsewhere."""

    format: Annotated[str, choice("auto", "json", "text")] = "auto"
    level: Annotated[str, choice("debug", "info", "warning", "error")] = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The whole configuration. `origin` is the file it came from, `given` the options that the file names."""

    agency: Agency = Agency()
    archive: Archive = Archive()
    polling: Polling = Polling()
    network: Network = Network()
    store: Store = IN_THE_ARCHIVE
    second_store: Store = NOWHERE
    ledger: Ledger = SHOWN_TO_NOBODY
    retention: Retention = Retention()
    requests: Requests = Requests()
    logging: Logging = Logging()
    origin: Path | None = field(default=None, compare=False)
    given: frozenset[str] = field(default=frozenset(), compare=False)


_SECTIONS: dict[str, Any] = {part.name: part.default for part in fields(Config) if part.compare}
_READERS: dict[str, dict[str, Reader]] = {
    section: {name: hint.__metadata__[0] for name, hint in get_type_hints(type(default), include_extras=True).items()}
    for section, default in _SECTIONS.items()
}


def load(path: Path | None, environ: Mapping[str, str], *, here: Path | None = None) -> Config:
    """The configuration of `path`, else of $ARCHIVER_CONFIG, else of ./archiver.toml, else of the system's file.

    Where none of them is there the defaults hold, with paths relative to `here` (the current folder). Raises
    ConfigError for a file that was named and cannot be read, and for anything in it that is not understood.
    """
    here = here or Path.cwd()
    named = path or Path(environ.get("ARCHIVER_CONFIG", ""))
    if named == Path():
        named = next(filter(_is_there, (here / "archiver.toml", _SYSTEM_FILE)), named)
    if named == Path():
        return parse("", here)
    file = here / named
    return replace(parse(_content(file), file.parent, name=str(file)), origin=file)


def parse(content: str, folder: Path, *, name: str = "the configuration") -> Config:
    """The configuration that a TOML text says, its relative paths taken from `folder`. Raises ConfigError."""
    try:
        tables = tomllib.loads(content)
    except (ValueError, RecursionError) as error:  # ValueError: also of a number of thousands of digits
        raise ConfigError(f"{name} is not valid TOML: {error}.", means=_UNCHANGED, do="Correct that line.") from error
    problems = [*_unknown(tables), *_unfit(tables, folder)]
    sections = {} if problems else {name: _section(name, tables.get(name, {}), folder) for name in _SECTIONS}
    if sections:
        problems += [_Problem(what=what, do=do) for what, do in misfits(sections["store"], sections["second_store"])]
    if problems:
        more = f" ({len(problems) - 1} more to mend in this file.)" if problems[1:] else ""
        raise ConfigError(f"{name}: {problems[0].what}{more}", means=_UNCHANGED, do=problems[0].do)
    return Config(**sections, given=frozenset(f"{section}.{key}" for section in tables for key in tables[section]))


def settings(config: Config) -> dict[str, Any]:
    """Every option by its dotted name, in the order of the file, with the value that holds."""
    return {
        f"{section}.{name}": getattr(getattr(config, section), name)
        for section, readers in _READERS.items()
        for name in readers
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Problem:
    """What is wrong with one key, and what to do. The value is never repeated: it may be a secret."""

    what: str
    do: str


def _is_there(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError as error:  # a folder we may not look into: going on with the defaults would start another archive
        raise _unreadable(path, error) from error


def _content(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 text.", means=_UNCHANGED, do="Save it as UTF-8.") from error
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> ConfigError:
    what = f"The configuration file {path} cannot be read: {error.strerror}."
    return ConfigError(what, means=_UNCHANGED, do="Name a file that this user may read.")


def _unknown(tables: Mapping[str, Any]) -> Iterator[_Problem]:
    for section, table in tables.items():
        if section not in _SECTIONS:
            yield _stranger(section, section, list(_SECTIONS), "section")
        elif isinstance(table, dict):
            names = _READERS[section]
            yield from (_stranger(f"{section}.{key}", key, list(names), "option") for key in table if key not in names)


def _stranger(dotted: str, key: str, names: list[str], what: str) -> _Problem:
    if any(word in key.lower() for word in _SECRET_WORDS):
        return _Problem(what=f"{dotted} looks like a secret, and secrets do not belong in this file.", do=_BY_REFERENCE)
    home = next((section for section, readers in _READERS.items() if key in readers), None)
    near = difflib.get_close_matches(key, names, n=1, cutoff=0.5)
    if home:
        do = f"Put {key} under [{home}]."
    elif near:
        do = f"Did you mean {near[0]}?"
    else:
        do = f"The {what}s here are {', '.join(names)}."
    return _Problem(what=f"there is no {what} {dotted}.", do=do)


def _unfit(tables: Mapping[str, Any], folder: Path) -> Iterator[_Problem]:
    for section in _SECTIONS.keys() & tables.keys():
        table = tables[section]
        if isinstance(table, dict):
            yield from _unfit_values(section, table, folder)
        else:
            do = f"Write [{section}] on a line of its own and its options below it."
            yield _Problem(what=f"{section} is a section, not an option.", do=do)


def _unfit_values(section: str, table: Mapping[str, Any], folder: Path) -> Iterator[_Problem]:
    for name, reader in _READERS[section].items():
        try:
            if name in table:
                reader(table[name], folder)
        except Unfit as error:
            yield _Problem(what=f"{section}.{name} cannot be used as it is written.", do=f"It takes {error}.")


def _section(section: str, table: Mapping[str, Any], folder: Path) -> Any:
    default = _SECTIONS[section]
    paths = {one.name: folder / one.default for one in fields(default) if isinstance(one.default, Path)}
    return replace(default, **paths | {name: _READERS[section][name](value, folder) for name, value in table.items()})
