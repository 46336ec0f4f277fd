"""Opens the places where sealed files are kept, as the configuration names them; each only when it is needed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO

from archiver.clock import Clock, SystemClock
from archiver.config import Config
from archiver.config_stores import IN_THE_ARCHIVE, NOWHERE
from archiver.config_stores import Store as Options
from archiver.errors import VerificationError
from archiver.storage.s3_client import connect
from archiver.storage.s3_store import S3Store
from archiver.storage.stores import DiskStore, Placed, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """What the configuration says of both stores, and what opening them needs. Goes to another process as it is."""

    first: Options = IN_THE_ARCHIVE
    second: Options = NOWHERE
    ca_bundle: Path | None = None
    environ: Mapping[str, str] | None = None
    clock: Clock = field(default_factory=SystemClock)

    def folder(self, directory: Path) -> Path:
        """Where sealed files lie on this machine, for an archive in `directory`."""
        return self.first.directory or directory / "warc"

    def opened(self, options: Options, version_of: Callable[[str], str | None]) -> DiskStore | S3Store:
        """A place other than the archive's own folder. DiskError where it is a folder that is not there."""
        if options.kind == "s3":
            environ = os.environ if self.environ is None else self.environ
            connecting = partial(connect, options, environ, self.ca_bundle)
            return S3Store(options, connecting, clock=self.clock, version_of=version_of)
        return DiskStore(options.directory or Path(), own_bytes=True)


ON_THIS_MACHINE = Places()


def places_of(config: Config, environ: Mapping[str, str] | None = None, clock: Clock | None = None) -> Places:
    """The places that a configuration names; their credentials in this process's environment where none is given."""
    return Places(
        first=config.store,
        second=config.second_store,
        ca_bundle=config.network.ca_bundle,
        environ=None if environ is None else dict(environ),
        clock=clock or SystemClock(),
    )


class Staged:
    """A store whose files lie on this machine until a bucket has them: what is here is read here, the rest there."""

    def __init__(self, here: DiskStore, there: Store) -> None:
        self._here = here
        self._there = there

    def put(self, name: str, path: Path) -> Placed:
        """Keep it here; it goes there with the next round of copying."""
        return self._here.put(name, path)

    def open(self, name: str, start: int = 0, length: int | None = None) -> BinaryIO:
        """From here where it is, else from there."""
        try:
            return self._here.open(name, start, length)
        except VerificationError:
            return self._there.open(name, start, length)

    def names(self, prefix: str = "") -> Iterator[str]:
        """What is here or there, in order."""
        yield from sorted({*self._here.names(prefix), *self._there.names(prefix)})

    def delete(self, name: str) -> None:
        """Remove it there, then here."""
        self._there.delete(name)
        self._here.delete(name)
