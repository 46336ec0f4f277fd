"""Where operations are tried: the platforms, the program, and each operation's archive as it is before and after."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.breaking.full_disk import own_mounts
from tests.breaking.holdings import ALL_RECORDS, ALL_RUNS, OPEN_RUNS, Holdings, holdings, leaves, rows
from tests.breaking.running import Ended, Program, Task, program
from tests.breaking.tracing import WRITES, Call, Point, calls, points, recording
from tests.breaking.world import ENVIRON, START, World, copy_tree, world

if TYPE_CHECKING:
    from tests.breaking.operations import Operation

AT_MOST = 3  # starts, until what was begun is finished


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """An operation's archive before it, what it holds then, and what it holds when nothing disturbed it.

    `begins` is how many runs the operation begins: none where one is under way. `grows` is how many bytes it writes.
    """

    base: Path
    before: Holdings
    records: frozenset[str]
    leaves: tuple[tuple[Any, ...], ...]
    runs: frozenset[str]
    begins: int
    grows: int
    after: Holdings
    points: tuple[Point, ...]


@dataclass(kw_only=True, eq=False)
class Stage:
    """The world and the program, and the operations prepared so far."""

    world: World
    program: Program
    _prepared: dict[str, Prepared] = field(default_factory=dict)

    def run(
        self,
        words: Sequence[str],
        *,
        hours: float,
        strace: Sequence[str] = (),
        planted: Sequence[str] = (),
        largest: int = 0,
        threads: bool = False,
    ) -> Ended:
        """Run a command, so many hours after the platforms began."""
        task = Task(
            words=("--config", str(self.world.config), "--json", *words),
            at=START + timedelta(hours=hours),
            environ=ENVIRON | {"TMPDIR": str(self.world.folder)},
            planted=tuple(planted),
            largest=largest,
            threads=threads,
        )
        return self.program.run(task, strace)

    def must(self, words: Sequence[str], *, hours: float) -> Ended:
        """Run a command that ends well."""
        ended = self.run(words, hours=hours)
        assert ended.code == 0, (words, ended)
        return ended

    def begin(self) -> None:
        """A new archive with both accounts in place of what was there."""
        shutil.rmtree(self.world.archive, ignore_errors=True)
        self.must(("init",), hours=0)
        for name, server in (("social", self.world.talk), ("pictures", self.world.pictures)):
            where = ("--handle", server.handle, "--url", server.mastodon_url, "--credential", "env:BREAK_TOKEN")
            self.must(("accounts", "add", "mastodon", "--id", name, *where), hours=0)

    def prepared(self, operation: Operation) -> Prepared:
        """The operation's archive before and after, made once."""
        if operation.name not in self._prepared:
            self._prepared[operation.name] = self._prepare(operation)
        return self._prepared[operation.name]

    def record(self, operation: Operation, *, whole: bool = False, planted: Sequence[str] = ()) -> list[Call]:
        """Every call of the undisturbed operation."""
        log = self.world.folder / "calls"
        self.world.place(
            self._prepared[operation.name].base if operation.name in self._prepared else self._base(operation)
        )
        ended = self.run(operation.words, hours=operation.hours, strace=recording(log, whole=whole), planted=planted)
        assert ended.code == 0 or planted, ended
        recorded = list(calls(log))
        log.unlink()
        return recorded

    def _prepare(self, operation: Operation) -> Prepared:
        base = self._base(operation)
        archive = self.world.archive
        before = holdings(archive)
        records, runs, under_way = (
            frozenset(row[0] for row in rows(archive, asked)) for asked in (ALL_RECORDS, ALL_RUNS, OPEN_RUNS)
        )
        told = leaves(archive)
        recorded = self.record(operation)
        for start in range(operation.starts):
            self.must(operation.again, hours=operation.hours + (1 + start) / 8)
        return Prepared(
            base=base,
            before=before,
            records=records,
            leaves=told,
            runs=runs,
            begins=0 if under_way else 1,
            after=holdings(archive),
            points=tuple(points(recorded, archive)),
            grows=sum(call.result or 0 for call in recorded if call.name in WRITES and call.paths(archive)),
        )

    def _base(self, operation: Operation) -> Path:
        base = self.world.folder / f"base-{operation.name}"
        if not base.exists():
            operation.before(self)
            copy_tree(self.world.archive, base)
        return base


@contextmanager
def stage() -> Iterator[Stage]:
    """A stage with nothing on it."""
    own_mounts()
    with world() as made, program(made.folder) as running:
        yield Stage(world=made, program=running)
