"""An archive filled from the demo district: polled, then again after an edit, a removal and a comment.

A room's conftest.py imports the fixtures `filled_once` and `filled`.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archiver.clock import SetClock
from archiver.config import Archive as ArchiveSettings
from archiver.config import Config, Network
from archiver.demo.server import DemoDistrict
from archiver.model import Account, Level
from archiver.polling.capturing import capturing
from archiver.polling.registry import connectors
from archiver.storage import accounts, schedule
from archiver.storage.archive import Archive

START = datetime(2026, 11, 21, 12, tzinfo=UTC)
AGENCY = "Tamarack Hollow School District"
TOKEN_NAME = "DEMO_TOKEN"
SOCIAL, BLOG = "social", "blog"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A filled archive, closed: its directory, the time it is, and what was changed between the polls.

    `edited`, `removed` and `added` are the remote ids of a post, a comment and a comment.
    """

    directory: Path
    now: datetime
    edited: str
    removed: str
    added: str


def config_for(directory: Path) -> Config:
    """A configuration that lets loopback servers be asked."""
    return replace(
        Config(),
        archive=ArchiveSettings(directory=directory, reserve_megabytes=0),
        network=Network(allow_loopback=True),
    )


@contextmanager
def demo_archive(directory: Path, clock: SetClock) -> Iterator[tuple[Archive, DemoDistrict]]:
    """A new archive with both accounts of a running demo district registered, not polled yet."""
    archive = Archive.create(directory, agency=AGENCY, moment=clock.now())
    try:
        with DemoDistrict(START) as demo:
            for account in _accounts(demo):
                with archive.database.transaction() as db:
                    schedule.make_due(db, accounts.add_account(db, account), clock.now())
            yield archive, demo
    finally:
        archive.close()


def poll(archive: Archive, clock: SetClock, demo: DemoDistrict, *account_ids: str) -> None:
    """Poll these accounts (both where none is named) once."""
    environ = {TOKEN_NAME: demo.token}
    config = config_for(archive.directory)
    with capturing(archive, config, clock, connectors=connectors(), environ=environ, jitter=lambda: 0.0) as engine:
        for account_id in account_ids or (SOCIAL, BLOG):
            engine.poll(account_id)


def fill(directory: Path) -> Filled:
    """Poll, change the district, and poll until the removal has been confirmed by two direct looks."""
    clock = SetClock(START + timedelta(hours=1))
    with demo_archive(directory, clock) as (archive, demo):
        poll(archive, clock, demo)
        district = demo.district
        edited, removed, added = district.edit_a_post(), district.remove_a_comment(), district.add_a_comment()
        for pause in (timedelta(minutes=15), timedelta(hours=25), timedelta(hours=25)):
            clock.move(pause)
            poll(archive, clock, demo)
    return Filled(directory=directory, now=clock.now(), edited=edited.id, removed=removed.id, added=added.id)


@pytest.fixture(scope="session")
def filled_once(tmp_path_factory: pytest.TempPathFactory) -> Filled:
    """One filled archive for the whole session, not to be written to."""
    return fill(tmp_path_factory.mktemp("filled") / "archive")


@pytest.fixture
def filled(filled_once: Filled, tmp_path: Path) -> Filled:
    """A copy of the filled archive of the test's own."""
    shutil.copytree(filled_once.directory, tmp_path / "archive")
    return replace(filled_once, directory=tmp_path / "archive")


def _accounts(demo: DemoDistrict) -> tuple[Account, Account]:
    return (
        Account(
            id=SOCIAL,
            platform="mastodon",
            handle=demo.handle,
            url=demo.mastodon_url,
            unit="District office",
            owner="A. Alder",
            level=Level.EXECUTIVE,
            credential=f"env:{TOKEN_NAME}",
        ),
        Account(id=BLOG, platform="feed", handle="blog", url=demo.blog_feed_url, level=Level.OTHER),
    )
