"""What a crash left at the end of a segment: whole units are found again, a torn tail goes to quarantine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from archiver.errors import VerificationError
from archiver.storage import files
from archiver.storage.units import FoundNote, Unit, end_of, units


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """A segment that ends with a whole unit again, at `end`; 0 where nothing whole was in it.

    `units` are the whole ones behind the committed end, in the order they lie. `problem` says why the rest, now in
    the file `quarantined`, was none; both are empty where there was no rest.
    """

    end: int
    units: tuple[Unit, ...]
    quarantined: Path | None = None
    problem: str = ""

    @property
    def notes(self) -> tuple[FoundNote, ...]:
        """The whole notes of runs and gaps."""
        return tuple(unit for unit in self.units if isinstance(unit, FoundNote))


def recover(path: Path, committed_end: int, quarantine: Path, moment: datetime) -> Recovered:
    """Find the whole units behind `committed_end` (bytes), move what follows them to quarantine, make both durable.

    VerificationError where the file is shorter than what was committed of it; then nothing is changed.
    """
    size = path.stat().st_size
    if size < committed_end:
        raise _lost(path, committed_end, size)
    found, problem = _whole_units(path, committed_end)
    end = end_of(found[-1]) if found else committed_end
    with files.disk_errors(path, means="Nothing was removed from it."):
        kept = _quarantined(path, end, quarantine, moment) if end < size else None
        _cut(path, end)
    return Recovered(end=end, units=tuple(found), quarantined=kept, problem=problem)


def _whole_units(path: Path, start: int) -> tuple[list[Unit], str]:
    found: list[Unit] = []
    try:
        with path.open("rb") as file:
            for unit in units(file, start, name=path.name):
                found.append(unit)  # one by one: those before the problem count
    except VerificationError as error:
        return found, error.what
    return found, ""


def _quarantined(path: Path, start: int, quarantine: Path, moment: datetime) -> Path:
    """Copy the tail aside. Done again after a crash it is the same copy; another tail of this place gets its time."""
    files.make_directories(quarantine)
    target = quarantine / f"{path.name}.{start}.tail"
    if target.exists() and not files.same(path, target, start=start):
        target = quarantine / f"{path.name}.{start}.{moment.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}.tail"
    if not target.exists():
        files.copy(path, target, start=start)
    return target


def _cut(path: Path, end: int) -> None:
    # Synced in any case: rows will rely on units that until now may only have been in memory.
    with path.open("r+b") as file:
        file.truncate(end)
        files.sync_file(file)


def _lost(path: Path, committed: int, size: int) -> VerificationError:
    return VerificationError(
        f"{path.name} ends at offset {size}, but the catalogue refers to bytes up to {committed}.",
        means=f"{committed - size} bytes of kept records are missing from this copy; nothing was changed.",
        do="Restore the file from a backup before Archiver runs again; then run `archiver verify`.",
    )
