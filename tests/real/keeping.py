"""An archive kept of real servers: accounts registered, polled, and read back item by item."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from archiver.clock import SetClock
from archiver.config import Archive as ArchiveSettings
from archiver.config import Config, Network
from archiver.model import Account, DisclosedItem, Gap, Seen, Selector
from archiver.polling.capturing import capturing
from archiver.polling.engine import Engine
from archiver.polling.polled import Polled
from archiver.polling.registry import connectors
from archiver.storage import accounts, coverage_rows, item_rows, schedule, search
from archiver.storage.archive import Archive
from archiver.storage.database import Connection
from archiver.storage.run_rows import Depth

QUARTER = timedelta(minutes=15)
AGENCY = "Sample Valley School District"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An item in the words of whoever tells of it; texts without white space, since each lays them out in its own way.

    `files` are the SHA-256 and the alternative text of each file.
    """

    kind: str
    author: tuple[str, str]
    created: datetime | None
    edited: datetime | None
    title: str
    text: str
    parent: str | None
    thread: str | None
    visibility: str
    files: tuple[tuple[str | None, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """An archive that is open for capture, and the clock it goes by."""

    archive: Archive
    engine: Engine
    clock: SetClock

    @property
    def db(self) -> Connection:
        """The catalogue."""
        return self.archive.database.connection()

    def poll(self, *account_ids: str, depth: Depth | None = None, after: timedelta = QUARTER) -> tuple[Polled, ...]:
        """Poll these accounts once, some time after the last poll; each must get through."""
        self.clock.move(after)
        polled = tuple(self.engine.poll(account, depth=depth) for account in account_ids)
        assert [(one.finished, one.trouble) for one in polled] == [(True, "")] * len(account_ids)
        return polled

    def items(self, account_id: str) -> dict[str, DisclosedItem]:
        """Everything kept of an account, by the platform's ids."""
        keys = search.every(self.db, Selector(accounts=(account_id,)))
        return {item.remote_id: item for item in item_rows.disclosed_items(self.db, keys)}

    def shown(self, account_id: str) -> dict[str, Told]:
        """What is not known to be gone, as it was last seen."""
        return {name: told(item) for name, item in self.items(account_id).items() if last_seen(item) is not Seen.ABSENT}

    def absent(self, account_id: str) -> set[str]:
        """What a direct look did not find any more."""
        return {name for name, item in self.items(account_id).items() if last_seen(item) is Seen.ABSENT}

    def gaps(self, account_id: str) -> tuple[Gap, ...]:
        """The gaps on record."""
        return coverage_rows.gaps_of(self.db, account_id)

    def covered(self, account_id: str) -> set[str]:
        """The streams that were walked from their beginning to the newest run."""
        spans = coverage_rows.coverage_of(self.db, account_id)
        newest = max(span.end for span in spans)
        return {span.stream for span in spans if span.start is None and span.end == newest}

    def captures(self) -> int:
        """How many exchanges are kept."""
        return int(self.db.execute("SELECT count(*) AS n FROM captures").fetchone()["n"])


def settings(directory: Path) -> Config:
    """A configuration that lets loopback servers be asked."""
    return replace(
        Config(),
        archive=ArchiveSettings(directory=directory, reserve_megabytes=0),
        network=Network(allow_loopback=True),
    )


@contextmanager
def keeping(directory: Path, *registered: Account, environ: Mapping[str, str] | None = None) -> Iterator[Keeping]:
    """A new archive with these accounts; its clock stands at now and moves only when told (the servers' moves on)."""
    clock = SetClock(datetime.now(UTC))
    archive = Archive.create(directory, agency=AGENCY, moment=clock.now())
    with archive.database.transaction() as db:
        for account in registered:
            schedule.make_due(db, accounts.add_account(db, account), clock.now())
    config = settings(directory)
    with capturing(archive, config, clock, connectors=connectors(), environ=environ or {}) as engine:
        yield Keeping(archive=archive, engine=engine, clock=clock)
    archive.close()


def last_seen(item: DisclosedItem) -> Seen:
    """What the last look at an item showed."""
    return max(item.observations, key=lambda look: look.last).seen


def told(item: DisclosedItem) -> Told:
    """A kept item as it was last seen."""
    current = item.current
    return Told(
        kind=str(item.kind),
        author=(item.author.id, item.author.name),
        created=item.created,
        edited=current.edited,
        title=squeezed(current.title),
        text=squeezed(current.text),
        parent=item.parent,
        thread=item.thread,
        visibility=str(current.visibility),
        files=tuple((medium.sha256, medium.alt) for medium in item.media),
    )


def squeezed(markup: str) -> str:
    """HTML or plain text as its characters, without tags and white space."""
    return "".join(html.unescape(re.sub(r"<[^<>]*>", " ", markup)).split())


def moment(text: str) -> datetime:
    """A time as the servers' APIs write it, in UTC whether they say so or not."""
    return datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=UTC)
