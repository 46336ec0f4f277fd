"""The program as a person runs it: a process of its own for each command, its answer read as JSON."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

_CONFIG = """[agency]
name = "Tamarack Hollow School District"
records_officer = "Pat Example"

[archive]
directory = "{archive}"
reserve_megabytes = 0

[network]
allow_loopback = true
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Commands on one archive below `folder`. `environ` holds the credentials."""

    folder: Path
    environ: Mapping[str, str] = field(repr=False)

    @property
    def archive(self) -> Path:
        """The archive's directory."""
        return self.folder / "archive"

    def begin(self) -> None:
        """A configuration and a new archive."""
        (self.folder / "archiver.toml").write_text(_CONFIG.format(archive=self.archive))
        self.run("init")

    def run(self, *words: str) -> dict[str, Any]:
        """One command, which must end well; its answer."""
        command = [sys.executable, "-m", "archiver.cli", "--config", str(self.folder / "archiver.toml"), "--json"]
        done = subprocess.run(
            [*command, *words],
            env={**os.environ, **self.environ},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def bundle(self, request: str, *scope: str) -> Bundle:
        """A request opened with this scope, and its bundle, verified."""
        opened = self.run("requests", "open", "--id", request, "--text", f"All about {request}", *scope)
        made = self.run("requests", "bundle", request)
        verified = self.run("bundle", "verify", made["file"])
        assert (verified["items"], made["items"]) == (opened["items"], opened["items"])
        return Bundle(Path(made["file"]), opened["items"])


@dataclass(frozen=True)
class Bundle:
    """A bundle on disk, read with the standard library alone; `items` is how many the program said are in scope."""

    path: Path
    items: int

    @cached_property
    def files(self) -> dict[str, bytes]:
        """The files below data/, by name."""
        with zipfile.ZipFile(self.path) as bundle:
            names = [name for name in bundle.namelist() if "/data/" in name]
            return {name.partition("/data/")[2]: bundle.read(name) for name in names}

    @property
    def rows(self) -> dict[str, dict[str, Any]]:
        """The lines of items.jsonl, by the platform's ids."""
        lines = self.files["items.jsonl"].decode().splitlines()
        return {row["remote_id"]: row for row in map(json.loads, lines)}

    @property
    def table(self) -> list[dict[str, str]]:
        """The lines of items.csv."""
        return list(csv.DictReader(io.StringIO(self.files["items.csv"].decode("utf-8-sig"), newline="")))

    @property
    def records(self) -> bytes:
        """The WARC file."""
        return self.files["records/records.warc.gz"]

    @property
    def pages(self) -> str:
        """What a requester reads: the index and all pages, as HTML."""
        names = [name for name in self.files if name.startswith("pages/") and name.endswith(".html")]
        return "\n".join(self.files[name].decode() for name in ["index.html", *names])
