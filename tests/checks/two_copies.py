"""An archive with a second store on disk, copied to it; and ways to damage either copy."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from archiver.checks.findings import Finding
from archiver.checks.mending import Repaired, Work
from archiver.checks.repair import repair
from archiver.checks.segment_check import FIRST, SECOND
from archiver.checks.verify import Scope, verify
from archiver.config_stores import Store
from archiver.storage.archive import Archive
from archiver.storage.keeping import Kept, keep_places
from archiver.storage.owning import OWNER
from archiver.storage.places import Places
from archiver.storage.stores import MARKER, DiskStore

NOW = datetime(2027, 1, 15, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """One bit of one byte of a file in one copy."""

    copy: str
    name: str
    byte: int
    bit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoCopies:
    """An archive on disk and the folder of its second store."""

    directory: Path
    second: Path

    @property
    def places(self) -> Places:
        """As the configuration would name them."""
        return Places(second=Store(kind="disk", directory=self.second))

    def opened(self) -> closing[Archive]:
        """The archive."""
        return closing(Archive.open(self.directory, places=self.places))

    def kept(self, *, patient: bool = False) -> tuple[Kept, ...]:
        """One round of keeping."""
        with self.opened() as archive:
            return keep_places(archive, lambda: NOW, patient=patient)

    def found(self, *copies: str, deep: bool = False) -> tuple[Finding, ...]:
        """What a verification of these copies (both) finds."""
        with self.opened() as archive:
            return verify(archive, Scope(copies=copies or (FIRST, SECOND), deep=deep)).findings

    def repaired(self, *, carry_out: bool = True) -> Repaired:
        """What a repair does."""
        with self.opened() as archive:
            return repair(archive, Work(actor="test", now=lambda: NOW, carry_out=carry_out))

    def acts(self) -> list[tuple[str, str]]:
        """What was recorded of restored files: actor and account."""
        with self.opened() as archive:
            rows = archive.database.connection().execute("SELECT * FROM acts WHERE act = 'file restored'")
            return [(row["actor"], row["subject"]) for row in rows]

    def path(self, copy: str, name: str) -> Path:
        """Where a file lies."""
        return (self.directory / "warc" if copy == FIRST else self.second) / name

    def held(self) -> dict[tuple[str, str], bytes]:
        """Every byte of both copies, by copy and name."""
        return {
            (copy, path.relative_to(self.path(copy, "")).as_posix()): path.read_bytes()
            for copy in (FIRST, SECOND)
            for path in sorted(self.path(copy, "").rglob("*"))
            if path.is_file() and path.name != MARKER and not path.match(OWNER)
        }

    def change(self, copy: str, name: str, data: bytes) -> None:
        """Give a file other bytes, read-only or not."""
        path = self.path(copy, name)
        path.chmod(0o600)
        path.write_bytes(data)

    def flip(self, flips: list[Flip]) -> None:
        """Turn these bits."""
        for one in flips:
            data = bytearray(self.path(one.copy, one.name).read_bytes())
            data[one.byte] ^= 1 << one.bit
            self.change(one.copy, one.name, bytes(data))


def two_copies(directory: Path, second: Path) -> TwoCopies:
    """The archive with a second store, everything sealed copied to it."""
    DiskStore.create(second)
    made = TwoCopies(directory=directory, second=second)
    (kept,) = made.kept()
    assert (kept.waiting, kept.trouble) == (0, "")
    return made


def random_flips(held: dict[tuple[str, str], bytes], seed: int) -> Iterator[Flip]:
    """Bits without end, each file of each copy as likely as another."""
    chance, files = random.Random(seed), sorted(held)
    while True:
        copy, name = chance.choice(files)
        yield Flip(copy=copy, name=name, byte=chance.randrange(len(held[copy, name])), bit=chance.randrange(8))
