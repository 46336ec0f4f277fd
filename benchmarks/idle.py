"""What a poll costs that finds nothing new: bytes of WARC, bytes of catalogue, requests and time, polled for real."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from archiver.clock import SetClock
from archiver.config import Archive as ArchiveSettings
from archiver.config import Config, Network
from archiver.demo.server import DemoDistrict
from archiver.model import Account, Level
from archiver.polling.capturing import capturing
from archiver.polling.engine import Engine
from archiver.polling.registry import connectors
from archiver.storage import accounts, schedule
from archiver.storage.archive import Archive
from archiver.storage.run_rows import Depth
from benchmarks.archives import NOW, folder
from benchmarks.frame import Figure, main, pick

MOST_BYTES = 600.0


def measure(chosen: argparse.Namespace) -> Iterator[Figure]:
    """The sample district's two accounts after everything was taken in: a social one with a credential, and a feed."""
    polls = pick(chosen, 200, 40, 2)
    with folder() as directory, DemoDistrict(NOW) as demo:
        clock = SetClock(NOW + timedelta(hours=1))
        archive = Archive.create(directory / "archive", agency="Sample", moment=clock.now())
        for account in _accounts(demo):
            with archive.database.transaction() as db:
                schedule.make_due(db, accounts.add_account(db, account), clock.now())
        environ = {"BENCH_TOKEN": demo.token}
        config = Config(
            archive=ArchiveSettings(directory=archive.directory, reserve_megabytes=0),
            network=Network(allow_loopback=True),
        )
        with capturing(archive, config, clock, connectors=connectors(), environ=environ, jitter=lambda: 0.0) as engine:
            for name in ("feed", "social"):
                yield _idle(engine, archive, demo, clock, name, polls)
        archive.close()


def _idle(engine: Engine, archive: Archive, demo: DemoDistrict, clock: SetClock, name: str, polls: int) -> Figure:
    for _ in range(3):  # everything, and what only a second look at it brings
        _poll(engine, demo, clock, name)
    before, rows = _warc_bytes(archive.directory), _catalogue_bytes(archive)
    demo.forget_requests()
    began = time.perf_counter()
    for _ in range(polls):
        _poll(engine, demo, clock, name)
    took = time.perf_counter() - began
    return Figure(
        name=f"idle/{name}",
        what=f"WARC bytes of a poll that finds nothing new ({name} account of the sample district)",
        value=(_warc_bytes(archive.directory) - before) / polls,
        unit="bytes",
        at_most=MOST_BYTES,
        beside={
            "catalogue, bytes a poll": (_catalogue_bytes(archive) - rows) / polls,
            "requests a poll": len(demo.requests) / polls,
            "ms a poll": took / polls * 1000,
        },
    )


def _poll(engine: Engine, demo: DemoDistrict, clock: SetClock, name: str) -> None:
    demo.new_rate_window()
    clock.move(timedelta(minutes=15))
    polled = engine.poll(name, depth=Depth.POLL)
    if not polled.finished:
        raise SystemExit(f"the poll of {name} was not finished: {polled.trouble}")


def _accounts(demo: DemoDistrict) -> tuple[Account, Account]:
    return (
        Account(
            id="social",
            platform="mastodon",
            handle=demo.handle,
            url=demo.mastodon_url,
            level=Level.EXECUTIVE,
            credential="env:BENCH_TOKEN",
        ),
        Account(id="feed", platform="feed", handle="blog", url=demo.blog_feed_url),
    )


def _warc_bytes(directory: Path) -> int:
    return sum(path.stat().st_size for path in directory.rglob("*.warc.gz"))


def _catalogue_bytes(archive: Archive) -> int:
    db = archive.database.connection()
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return (archive.directory / "catalogue.sqlite").stat().st_size


if __name__ == "__main__":
    main(__doc__, measure)
