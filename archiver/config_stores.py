"""Where sealed files are kept: what the configuration says of a store, and what does not go together in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from archiver.config_values import (
    BUCKET,
    ENDPOINT,
    KEY_PREFIX,
    LOCATION,
    REFERENCE,
    TEXT,
    YES_OR_NO,
    choice,
    whole,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """A place for sealed files. `directory` None: the archive's own `warc/`. What follows it is for kind s3 alone."""

    kind: Annotated[str, choice("disk", "s3", "none")] = "disk"
    directory: Annotated[Path | None, LOCATION] = None
    endpoint: Annotated[str, ENDPOINT] = ""
    bucket: Annotated[str, BUCKET] = ""
    prefix: Annotated[str, KEY_PREFIX] = ""
    region: Annotated[str, TEXT] = "us-east-1"
    credential: Annotated[str, REFERENCE] = ""
    lock: Annotated[str, choice("governance", "compliance", "none")] = "governance"
    lock_days: Annotated[int, whole("days", 1, 365)] = 30
    checksums: Annotated[bool, YES_OR_NO] = True

    @property
    def place(self) -> str:
        """What tells this place from any other; the catalogue's rows of copies name it."""
        if self.kind == "s3":
            return f"s3:{self.endpoint or 'amazon'}/{self.bucket}/{self.prefix}"
        return f"disk:{self.directory or ''}"


IN_THE_ARCHIVE = Store()
NOWHERE = Store(kind="none")


def misfits(first: Store, second: Store) -> Iterator[tuple[str, str]]:
    """What does not go together in [store] and [second_store], and what to do about it."""
    if first.kind == "none":
        yield "store.kind cannot be none: sealed files must be kept somewhere.", 'Write kind = "disk" or "s3".'
    if second.kind == "disk" and second.directory is None:
        yield "second_store.directory is missing.", "Name a folder on another disk than the archive's."
    elif second.kind == first.kind != "none" and second.place == first.place:
        yield "store and second_store are the same place.", "Name another folder or bucket for the second copy."
    for section, store in (("store", first), ("second_store", second)):
        for name in ("bucket", "credential"):
            if store.kind == "s3" and not getattr(store, name):
                yield f"{section}.{name} is missing.", f'A store of kind "s3" needs a {name} (docs/storage.md).'
