"""Calls the command line in this process, with a clock and an environment of the test's own."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from archiver.cli.frame import archiver
from archiver.cli.session import Session
from archiver.clock import SetClock
from tests.archives import START

CONFIG = """
[agency]
name = "Tamarack Hollow School District"
records_officer = "Rhea Quist, records@tamarack.example"
[archive]
directory = "archive"
reserve_megabytes = 0
[network]
allow_loopback = true
[logging]
level = "error"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a call printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)

    @property
    def error(self) -> dict[str, Any]:
        """The error that was told as JSON on standard error."""
        told: dict[str, Any] = json.loads(self.err.strip().splitlines()[-1])["error"]
        return told


@dataclass(kw_only=True)
class Caller:
    """Calls `archiver` in a folder with a configuration and, usually, an archive in it."""

    folder: Path
    clock: SetClock = field(default_factory=lambda: SetClock(START + timedelta(hours=1)))
    environ: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Write the configuration."""
        (self.folder / "archiver.toml").write_text(CONFIG, encoding="utf-8")
        self.environ = {"ARCHIVER_CONFIG": str(self.folder / "archiver.toml")} | self.environ

    def __call__(self, *words: str, stdin: str | None = None) -> Said:
        """Call it with these words."""
        session = Session(clock=self.clock, environ=self.environ)
        given = ["--actor", "Rhea Quist", *words]
        result = CliRunner().invoke(archiver, given, obj=session, input=stdin)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Said(code=result.exit_code, out=result.stdout, err=result.stderr)
