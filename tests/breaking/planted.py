"""Bugs of durability, to be planted into the program under test: who finds them can be believed about the program."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from archiver.acts import bundling
from archiver.polling.writer import CaptureWriter
from archiver.storage import database, files, recovery
from archiver.storage.database import Connection, Database
from archiver.storage.segments import Segment

_patch = pytest.MonkeyPatch().setattr  # never undone: the process ends with it


def plant(name: str) -> None:
    """Plant one, for as long as this process lives."""
    BUGS[name]()


def _no_sync_of_the_warc() -> None:
    _patch(Segment, "sync", lambda _: None)


def _normal_synchronous() -> None:
    connect = database._connect

    def lax(path: Path) -> Connection:
        db = connect(path)
        db.execute("PRAGMA synchronous = NORMAL")
        return db

    _patch(database, "_connect", lax)


def _no_cut_back() -> None:
    _patch(recovery, "_cut", lambda _path, _end: None)


def _acknowledged_before_the_commit() -> None:
    """Transactions are left open until the next one begins, or the catalogue is closed."""

    def settle(self: Database) -> None:
        if self.connection().in_transaction:
            self.connection().execute("COMMIT")

    @contextmanager
    def transaction(self: Database) -> Iterator[Connection]:
        settle(self)
        self.connection().execute("BEGIN IMMEDIATE")
        yield self.connection()

    def after_settling(do: Callable[[Database], Any]) -> Callable[[Database], Any]:
        def done(self: Database) -> Any:
            settle(self)
            return do(self)

        return done

    _patch(Database, "transaction", transaction)
    for name in ("snapshot", "close_thread", "close"):
        _patch(Database, name, after_settling(getattr(Database, name)))


def _no_sync_of_folders() -> None:
    _patch(files, "sync_directory", lambda _: None)


def _rows_before_the_warc() -> None:
    sync, commit = CaptureWriter._sync, CaptureWriter._commit_together

    def commit_then_sync(self: CaptureWriter, appended: Any) -> None:
        commit(self, appended)
        sync(self, (entry for entry, _ in appended))

    _patch(CaptureWriter, "_sync", lambda *_: None)
    _patch(CaptureWriter, "_commit_together", commit_then_sync)


def _sealed_without_sync() -> None:
    def link(source: Path, target: Path, **_: Any) -> None:
        if not target.exists():
            os.link(source, target)

    _patch(files, "link_or_copy", link)


def _bundle_named_before_its_sync() -> None:
    _patch(bundling, "os", _Lazy())


class _Lazy:
    """The module os, whose fsync does nothing."""

    def __getattr__(self, name: str) -> Any:
        return (lambda _: None) if name == "fsync" else getattr(os, name)


def _short_writes() -> None:
    """Not a bug, but a disk: every unbuffered write takes half of what it is given."""
    opened = Path.open

    def half(self: Path, mode: str = "r", buffering: int = -1, **more: Any) -> Any:
        return _Half(self, mode.replace("b", "")) if buffering == 0 else opened(self, mode, buffering, **more)

    _patch(Path, "open", half)


class _Half(io.FileIO):
    """A file that takes half of what it is given, and a whole byte where that is all."""

    def write(self, data: Any, /) -> int:
        return super().write(memoryview(data)[: max(len(data) // 2, 1)])


BUGS: dict[str, Callable[[], None]] = {
    "no sync of the WARC": _no_sync_of_the_warc,
    "synchronous=NORMAL": _normal_synchronous,
    "no cut-back of the torn tail": _no_cut_back,
    "acknowledged before the commit": _acknowledged_before_the_commit,
    "no sync of folders": _no_sync_of_folders,
    "rows before the WARC": _rows_before_the_warc,
    "sealed without sync": _sealed_without_sync,
    "bundle named before its sync": _bundle_named_before_its_sync,
    "short writes": _short_writes,
}
