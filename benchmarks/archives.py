"""A new archive in a folder of its own, and the ways pages get into it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TypeVar

from archiver.clock import SetClock
from archiver.model import Account, Exchange
from archiver.polling.reading import read_reply
from archiver.polling.writer import GROUP_PAGES, CaptureWriter, Work, note_of
from archiver.storage import accounts, run_rows
from archiver.storage.archive import Archive
from archiver.storage.run_rows import Depth
from archiver.storage.segments_table import SegmentRow
from benchmarks import samples
from connectors.mastodon import CONNECTOR

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SEGMENT_BYTES = 1 << 30
T = TypeVar("T")


@contextmanager
def folder() -> Iterator[Path]:
    """A temporary folder on the disk that TMPDIR names."""
    with tempfile.TemporaryDirectory(prefix="archiver-bench-") as name:
        yield Path(name)


def new_archive(directory: Path, registered: Sequence[Account]) -> Archive:
    """An empty archive with these accounts, each with a run under way."""
    archive = Archive.create(directory, agency="Sample Valley School District", moment=NOW)
    with archive.database.transaction() as db:
        for account in registered:
            number = accounts.add_account(db, account)
            run_rows.begin_run(db, run=f"run-{number}", account=number, depth=Depth.FIRST, begun=NOW)
    return archive


@contextmanager
def capturing_into(archive: Archive) -> Iterator[CaptureWriter]:
    """The writer of an archive, without its thread."""
    writer = CaptureWriter(archive, SetClock(NOW), segment_bytes=SEGMENT_BYTES, recover=_never)
    try:
        yield writer
    finally:
        writer.close()


def work(account: Account, exchange: Exchange) -> Work:
    """An exchange and what its reply tells, read as the engine reads it."""
    told = read_reply(CONNECTOR, account, note_of(exchange), exchange.reply)
    if told.page is None or len(told.page.items) != samples.ITEMS_PER_PAGE:
        raise SystemExit(f"a page was not read: {told.problem}")
    return Work(account=account, exchange=exchange, told=told)


def keep_pages(archive: Archive, account: Account, exchanges: Iterable[Exchange], *, group: int = GROUP_PAGES) -> None:
    """Read and write pages durably, so many at once."""
    with capturing_into(archive) as writer:
        for some in grouped(exchanges, group):
            writer.write([work(account, exchange) for exchange in some])


def grouped(things: Iterable[T], size: int) -> Iterator[list[T]]:
    """The things in lists of `size`, the last one shorter."""
    rest = iter(things)
    while some := list(islice(rest, size)):
        yield some


def _never(row: SegmentRow) -> None:
    raise SystemExit(f"{row.name} holds more than its rows say")
