"""A catalogue from before units were planned over the day, opened by this version."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import sqlite_utils
from pysqlite3 import dbapi2 as sqlite

from archiver.model import Account, Fetch, Role
from archiver.storage import accounts, frontier
from archiver.storage.database import SCHEMA_VERSION, Database
from archiver.storage.run_rows import Depth, begin_run
from archiver.storage.schema import MIGRATIONS

NOW = datetime(2026, 11, 22, 5, tzinfo=UTC)
PAGE = Fetch(stream="posts", url="https://example.org/posts")


def test_a_walk_under_way_goes_on_and_a_poll_may_ask_the_same_beside_it(tmp_path: Path) -> None:
    """What was outstanding stays so, in its order; from then on each run has its own pages to read."""
    path = tmp_path / "catalogue.sqlite"
    db = sqlite.connect(os.fspath(path), isolation_level=None)
    db.row_factory = sqlite.Row
    MIGRATIONS.apply(sqlite_utils.Database(db), stop_before="day_units")
    number = accounts.add_account(db, Account(id="one", platform="feed", handle="one", url="https://example.org"))
    begin_run(db, run="walk", account=number, depth=Depth.FIRST, begun=NOW)
    for url in ("https://example.org/posts", "https://example.org/posts?page=2"):
        fetch = Fetch(stream="posts", url=url)
        frontier.queue(db, number, run="walk", role=Role.LISTING, fetch=fetch, now=NOW)
    db.execute("PRAGMA user_version = 6")
    db.close()

    database = Database.open(path)
    assert database.version() == SCHEMA_VERSION
    with database.transaction() as writing:
        begin_run(writing, run="poll", account=number, depth=Depth.POLL, begun=NOW)
        frontier.queue(writing, number, run="poll", role=Role.LISTING, fetch=PAGE, now=NOW)
        frontier.answered(writing, number, "poll", PAGE)
        left = [one.fetch.url for one in frontier.outstanding(writing, number, "walk")]
        assert left == ["https://example.org/posts", "https://example.org/posts?page=2"]
        assert frontier.outstanding(writing, number, "poll") == ()
    database.close()
