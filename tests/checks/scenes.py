"""An archive of the demo server's accounts with everything in it that can happen to a record."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from archiver.acts.registration import as_json
from archiver.clock import SetClock
from archiver.config import Config, Network
from archiver.demo import faults
from archiver.demo.server import DemoDistrict
from archiver.model import Account
from archiver.polling.capturing import capturing
from archiver.polling.engine import Engine
from archiver.polling.registry import connectors
from archiver.storage import accounts, schedule
from archiver.storage.acts import record_act
from archiver.storage.archive import Archive
from archiver.storage.registers import Act

START = datetime(2026, 9, 21, 12, tzinfo=UTC)
TOKEN = "marked-token-4f1c9d2e8a7b"
SMALL_SEGMENTS = 1 / 16  # of a megabyte


class TickingClock(SetClock):
    """A clock that moves a little with every look at it, as clocks do."""

    def now(self) -> datetime:
        """The time, a millisecond later than before."""
        self.move(timedelta(milliseconds=1))
        return super().now()


@dataclass(frozen=True, kw_only=True)
class Scene:
    """An archive, the server its accounts are on, and the time."""

    archive: Archive
    config: Config
    clock: TickingClock
    demo: DemoDistrict

    @contextmanager
    def engine(self, *, token: str | None = None) -> Iterator[Engine]:
        """What polls the archive."""
        environ = {"DEMO_TOKEN": token or self.demo.token}
        with capturing(
            self.archive, self.config, self.clock, connectors=connectors(), environ=environ, jitter=lambda: 0.5
        ) as engine:
            yield engine

    def poll(self, engine: Engine, *names: str) -> None:
        """Poll these accounts (all), then let a quarter of an hour pass."""
        for name in names or ("social", "blog", "public"):
            engine.poll(name)
        self.clock.move(timedelta(minutes=15))

    def poll_on(self, engine: Engine) -> None:
        """Poll until what has to be tried again and again has been given up."""
        for _ in range(7):
            self.poll(engine)


@contextmanager
def scene(directory: Path, **settings: Any) -> Iterator[Scene]:
    """An empty archive with three accounts: one with a token, the same server without one, and its blog."""
    clock = TickingClock(START + timedelta(hours=1))
    archive = Archive.create(directory, agency="Tamarack Hollow", moment=clock.now())
    plain = Config()
    config = replace(
        plain,
        network=Network(allow_loopback=True),
        archive=replace(plain.archive, directory=directory, **{"segment_megabytes": SMALL_SEGMENTS} | settings),
    )
    with DemoDistrict(START, token=TOKEN) as demo:
        _register(archive, demo, clock)
        try:
            yield Scene(archive=archive, config=config, clock=clock, demo=demo)
        finally:
            archive.close()


def _register(archive: Archive, demo: DemoDistrict, clock: SetClock) -> None:
    social = Account(
        id="social", platform="mastodon", handle=demo.handle, url=demo.mastodon_url, credential="env:DEMO_TOKEN"
    )
    public = replace(social, id="public", credential=None)
    blog = Account(id="blog", platform="feed", handle="blog", url=demo.blog_feed_url)
    with archive.database.transaction() as db:
        for account in (social, blog, public):  # one of them twice, which the act of registering would refuse
            schedule.make_due(db, accounts.add_account(db, account), clock.now())
            detail = as_json(account)
            record_act(db, at=clock.now(), actor="Rhea Quist", act=Act.REGISTERED, subject=account.id, detail=detail)


def live_a_while(told: Scene) -> None:
    """Three months: edits, removals, unchanged replies, broken ones, gaps, a pause, sealed and growing files."""
    demo, clock = told.demo, told.clock
    with told.engine() as engine:
        demo.faults.reply("/media/4/", faults.server_error(), times=10_000)
        for _ in range(8):
            told.poll(engine)
        demo.district.edit_a_post()
        demo.district.remove_a_comment()
        demo.district.add_a_comment()
        told.poll(engine)
        demo.faults.reply("/media/", faults.server_error(), times=6)
        demo.district.edit_a_blog_entry()
        for _ in range(3):
            told.poll(engine, "blog", "social")
        demo.faults.reply("/api/v1/accounts", faults.login_page())
        told.poll(engine)
        demo.faults.reply("/blog", faults.server_error(), times=4)
        for _ in range(6):
            told.poll(engine)
        clock.move(timedelta(hours=26))
        told.poll(engine)
        told.poll_on(engine)
    clock.move(timedelta(days=34))
    with told.engine() as engine:  # seals what is of the month before
        demo.district.remove_a_post()
        demo.district.remove_a_blog_entry()
        told.poll(engine)
        clock.move(timedelta(hours=25))
        told.poll_on(engine)
    with told.engine(token="not-the-token-any-more") as engine:
        told.poll_on(engine)
    clock.move(timedelta(days=31))
    with told.engine() as engine:
        told.poll_on(engine)
        demo.district.give_handle_to_another()
        told.poll_on(engine)
