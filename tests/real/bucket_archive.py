"""An archive with sealed files whose second store, or only store, is a bucket."""

from __future__ import annotations

import shutil
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from archiver.checks.doctor_store import copies, promises
from archiver.checks.findings import Finding
from archiver.checks.mending import Repaired, Work
from archiver.checks.repair import repair
from archiver.checks.seen import Patient, Seen
from archiver.checks.segment_check import FIRST, SECOND
from archiver.checks.verify import Scope, verify
from archiver.clock import SetClock
from archiver.config import Config
from archiver.config_stores import IN_THE_ARCHIVE, NOWHERE, Store
from archiver.polling.registry import registry
from archiver.storage.archive import Archive
from archiver.storage.copies import Copy, copies_in
from archiver.storage.keeping import Kept, PlaceStanding, keep_places, standings
from archiver.storage.places import places_of
from tests.real.s3 import KEYS


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketArchive:
    """The archive, what its configuration says, and the time."""

    config: Config
    clock: SetClock
    environ: dict[str, str] = field(default_factory=lambda: dict(KEYS))

    @property
    def directory(self) -> Path:
        """Where it lies."""
        return self.config.archive.directory

    def opened(self) -> closing[Archive]:
        """The archive."""
        return closing(Archive.open(self.directory, places=places_of(self.config, self.environ, self.clock)))

    def kept(self, *, patient: bool = False) -> tuple[Kept, ...]:
        """One round of keeping."""
        with self.opened() as archive:
            return keep_places(archive, self.clock.now, patient=patient)

    def later(self, **span: float) -> None:
        """Let time pass."""
        self.clock.move(timedelta(**span))

    def found(self, *scope: str) -> tuple[Finding, ...]:
        """What a verification finds."""
        chosen = scope or ((FIRST,) if self.config.second_store.kind == "none" else (FIRST, SECOND))
        with self.opened() as archive:
            return verify(archive, Scope(copies=chosen, deep=True)).findings

    def repaired(self) -> Repaired:
        """What a repair does."""
        with self.opened() as archive:
            return repair(archive, Work(actor="test", now=self.clock.now, carry_out=True))

    def standing(self) -> PlaceStanding:
        """How its one place stands."""
        with self.opened() as archive:
            (found,) = standings(archive)
            return found

    def doctored(self) -> list[Seen]:
        """What the doctor sees of its places."""
        with self.opened() as archive:
            patient = Patient(
                archive=archive,
                config=self.config,
                registry=registry(),
                clock=self.clock,
                environ=self.environ,
                offline=False,
            )
            return [*promises(patient), *copies(patient)]

    def noted(self, options: Store) -> dict[str, Copy]:
        """The copies noted of a place."""
        with self.opened() as archive:
            return copies_in(archive.database.connection(), options.place)

    def names(self) -> list[str]:
        """The names of the sealed files on this machine's disk, with their indexes."""
        with self.opened() as archive:
            return list(archive.sealed_here.names())


def bucket_archive(kept: Path, directory: Path, clock: SetClock, **stores: Store) -> BucketArchive:
    """A copy of an archive, with these stores (`store`, `second_store`)."""
    shutil.copytree(kept, directory)
    config = replace(
        Config(),
        archive=replace(Config().archive, directory=directory),
        **{"store": IN_THE_ARCHIVE, "second_store": NOWHERE} | stores,
    )
    return BucketArchive(config=config, clock=clock)


def no_secret(said: Any) -> bool:
    """Whether no secret key stands in what was said."""
    return not any(secret.partition(":")[2] in repr(said) for secret in KEYS.values())
