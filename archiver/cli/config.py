"""`archiver config`: the configuration that holds, and whether a file can be used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, is_dataclass
from datetime import date
from pathlib import Path
from typing import Any

import click

from archiver.cli.session import Session, pass_session
from archiver.cli.terminal import line
from archiver.config import Config, settings


@click.group()
def config() -> None:
    """The configuration that holds."""


@config.command()
@click.option("--origin", is_flag=True, help="Say for each option whether the file or the default decides.")
@pass_session
def show(session: Session, *, origin: bool) -> None:
    """Show every option with the value that holds."""
    held = session.config
    values = {name: _plain(value) for name, value in settings(held).items()}
    answer: dict[str, Any] = {"file": str(held.origin) if held.origin else None, "options": values}
    if origin:
        answer["origin"] = {name: _origin(session, name) for name in values}
    session.show(answer, _lines(session, values, origin=origin))


@config.command()
@pass_session
def check(session: Session) -> None:
    """Check the configuration file; exit code 3 where it cannot be used."""
    held = session.config
    where = str(held.origin) if held.origin else None
    said = f"{where} can be used." if where else "There is no configuration file; the defaults hold."
    session.show({"file": where, "given": sorted(held.given)}, [said, f"{len(held.given)} options are set in it."])


def _lines(session: Session, values: dict[str, Any], *, origin: bool) -> Iterator[str]:
    yield f"From {session.config.origin or 'no file: the defaults hold'}"
    for name, value in values.items():
        yield f"{name} = {_words(value)}" + (f"    ({_origin(session, name)})" if origin else "")


def _origin(session: Session, name: str) -> str:
    held: Config = session.config
    if name == "archive.directory" and session.directory is not None:
        return "--archive"
    return str(held.origin) if name in held.given else "default"


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {name: _plain(inner) for name, inner in asdict(value).items()}
    return value


def _words(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(str(part) for part in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return '""' if value in (None, "") else line(str(value))
