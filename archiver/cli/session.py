"""What one call of the program knows: the global options, and the archive they lead to."""

from __future__ import annotations

import json
import os
import pwd
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from archiver.clock import Clock, SystemClock
from archiver.errors import UsageError

if TYPE_CHECKING:
    from archiver.config import Config
    from archiver.storage.archive import Archive
    from archiver.storage.database import Connection
    from archiver.storage.places import Places

SCHEMA = 1  # of every JSON answer; raised when a field is removed or changes its meaning
_LONGEST_NAME = 100


@dataclass(kw_only=True)
class Session:
    """Global options as given, and what follows from them. Tests hand in a clock and an environment."""

    clock: Clock = field(default_factory=SystemClock)
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    config_path: str | None = None
    directory: str | None = None
    given_actor: str | None = None
    json: bool = False
    no_color: bool = False

    @cached_property
    def config(self) -> Config:
        """The configuration that holds, with --archive in it. Raises ConfigError."""
        from archiver.config import load

        found = load(Path(self.config_path) if self.config_path else None, self.environ)
        if self.directory is None:
            return found
        return replace(found, archive=replace(found.archive, directory=Path.cwd() / self.directory))

    @cached_property
    def archive(self) -> Archive:
        """The archive, opened. Raises DiskError where there is none."""
        from archiver.storage.archive import Archive

        return Archive.open(self.config.archive.directory, places=self.places)

    @property
    def places(self) -> Places:
        """Where sealed files are kept."""
        from archiver.storage.places import places_of

        return places_of(self.config, self.environ, self.clock)

    @property
    def db(self) -> Connection:
        """A connection for reading."""
        return self.archive.database.connection()

    @cached_property
    def zone(self) -> ZoneInfo:
        """The agency's time zone."""
        return ZoneInfo(self.config.agency.time_zone)

    @property
    def actor(self) -> str:
        """Who acts: --actor, else the system user who called, through sudo too. Raises UsageError."""
        name = self.environ.get("SUDO_USER") or _system_user() if self.given_actor is None else self.given_actor.strip()
        if not name or not name.isprintable() or len(name) > _LONGEST_NAME:
            raise UsageError(
                "The name of who acts cannot be recorded as it is.",
                means="Nothing was changed.",
                do=f"Give one line of at most {_LONGEST_NAME} characters: --actor NAME",
            )
        return name

    @property
    def color(self) -> bool:
        """Whether colour may be used: only on a terminal, and not where it was declined."""
        return sys.stdout is not None and sys.stdout.isatty() and not self.no_color and not self.environ.get("NO_COLOR")

    def now(self) -> datetime:
        """The time, aware, UTC."""
        return self.clock.now()

    def show(self, answer: Mapping[str, Any], lines: Iterable[str]) -> None:
        """The answer on standard output: as JSON with --json, else its lines."""
        if self.json:
            lines = [json.dumps({"schema": SCHEMA} | dict(answer), ensure_ascii=False, indent=2)]
        try:
            for line in lines:
                click.echo(line, color=self.color)
        except BrokenPipeError:  # whoever reads has seen enough, as `head` has; what is left goes nowhere
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def tell(self, line: str) -> None:
        """Progress or a warning, on standard error."""
        click.echo(line, err=True)

    def close(self) -> None:
        """Close the archive, if it was opened."""
        if "archive" in self.__dict__:
            self.archive.close()
            del self.archive


def _system_user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container's user without an entry
        return f"user {os.getuid()}"


pass_session = click.make_pass_decorator(Session)
