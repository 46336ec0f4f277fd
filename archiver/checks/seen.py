"""What the doctor looks over, and what a check of it saw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from archiver.clock import Clock
from archiver.config import Config
from archiver.errors import Exit
from archiver.polling.registry import Registry
from archiver.storage.archive import Archive


class Severity(StrEnum):
    """How bad it is. Only errors change the exit code."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one check saw. `exit` is the code of an error's cause."""

    id: str
    severity: Severity
    what: str
    fix: str = ""
    exit: Exit = Exit.OK


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """What is looked over. `offline`: no platform is asked."""

    archive: Archive
    config: Config
    registry: Registry
    clock: Clock
    environ: Mapping[str, str]
    offline: bool = True


def ok(check: str, what: str) -> Seen:
    """All is well."""
    return Seen(id=check, severity=Severity.OK, what=what)


def warning(check: str, what: str, fix: str) -> Seen:
    """Something to put right before it becomes an error."""
    return Seen(id=check, severity=Severity.WARNING, what=what, fix=fix)


def error(check: str, what: str, fix: str, code: Exit) -> Seen:
    """Something is being lost, or will be."""
    return Seen(id=check, severity=Severity.ERROR, what=what, fix=fix, exit=code)
