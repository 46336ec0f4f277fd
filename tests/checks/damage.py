"""What is needed to damage an archive and to see what is found."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from archiver.checks.findings import Kind
from archiver.checks.verify import Scope, Verified, verify
from archiver.storage.archive import Archive


def verified(directory: Path, **how: Any) -> Verified:
    """What a verification finds."""
    with closing(Archive.open(directory)) as archive:
        return verify(archive, Scope(**how))


def warc(directory: Path, *, sealed: bool = True) -> list[Path]:
    """The WARC files, sealed or growing, the largest first."""
    found = (directory / ("warc" if sealed else "spool")).rglob("*.warc.gz")
    return sorted(found, key=lambda path: (-path.stat().st_size, path.name))


def rewritten(path: Path, change: Callable[[bytearray], None]) -> None:
    """Change a file's bytes, read-only or not."""
    data = bytearray(path.read_bytes())
    change(data)
    path.chmod(0o600)
    path.write_bytes(data)


def told(result: Verified) -> list[tuple[Kind, str | None, int | None]]:
    """What kind of finding, in which file, where."""
    return [(found.kind, found.file, found.offset) for found in result.findings]


def rows(directory: Path, query: str) -> list[tuple[Any, ...]]:
    """Rows of the catalogue."""
    with closing(Archive.open(directory)) as archive:
        return [tuple(row) for row in archive.database.connection().execute(query).fetchall()]
