"""A platform behind TLS on loopback, an archive that polls it through the real transport, and what it then holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from archiver.config import Config, Network
from archiver.model import Account, Connector
from archiver.model.text import storable
from archiver.polling.capturing import capturing
from archiver.polling.engine import Engine
from archiver.polling.polled import Polled
from connectors.feed import CONNECTOR as FEED
from tests.exact_server import Certified, ExactServer, Step
from tests.platforms.told import PICTURE, START, Note, Told
from tests.platforms.wire import Asked, Said, Wire, packed, parse_request
from tests.polling.desk import Desk

NEIGHBOUR = "neighbour"
_BESIDE = {"reverse", "allThreadsRelatedToChannelId"}  # parameters of second listings of the same things
_RENEWING = ("/token", "/com.atproto.server.createSession")


class Site(Protocol):
    """One account of a platform: what was written there, and how the platform tells it.

    `profile`, `listing`, `comments` and `messages` are how the paths of these requests end (empty: there are none),
    `step` is the parameter that leads to the next page. `also` are items beside what was written. `secret` is what a
    person stores for the account, `valid` the token that the platform takes now. `settles` is after how many polls
    more nothing that is asked once is asked again; `rows` is the member of a page that holds its items.
    """

    connector: Connector
    errors: Mapping[str, Said]
    account: Account
    told: Told
    profile: str
    listing: str
    comments: str
    messages: str
    step: str
    settles: int
    rows: str
    also: Mapping[str, str]
    valid: str

    @property
    def thread(self) -> str | None:
        """What the request for messages is about."""
        ...

    @property
    def secret(self) -> str:
        """What a person stores for the account."""
        ...

    def answer(self, asked: Asked) -> Said:
        """The reply to a request."""
        ...

    def onward(self, value: Any, cursor: str) -> Any:
        """A page that leads to another cursor."""
        ...

    def is_once(self, line: str) -> bool:
        """Whether a request is made once while nothing changes."""
        ...

    def looks_at(self, asked: Asked, note: Note) -> bool:
        """Whether a request is a direct look at one comment or post."""
        ...

    def stranger(self) -> Any:
        """The profile of another account."""
        ...


@dataclass(slots=True, kw_only=True)
class Fault:
    """What a server does in place of its honest reply, to which requests, and how often."""

    to: Callable[[Asked], bool]
    does: Callable[[Asked, Wire], Iterable[Step]]
    left: int = 1_000_000


class Servers:
    """The platform's server, and one for files and the neighbour, on two ports; what they say each test exchanges."""

    def __init__(self, authority: Certified, stranger: Certified) -> None:
        self.authority, self.stranger = authority, stranger
        self.platform = ExactServer(self._platform, tls=authority.server())
        self.files = ExactServer(self._files, tls=authority.server())
        self.site: Site | None = None
        self.faults: list[Fault] = []
        self.asked: list[Asked] = []
        self.strays: list[str] = []  # requests to the second server that carried a credential
        self.neighbour = ["one"]

    @contextmanager
    def running(self) -> Iterator[Servers]:
        """Both answer."""
        with self.platform, self.files:
            yield self

    def _platform(self, request: bytes) -> Iterable[Step]:
        asked = parse_request(request)
        if self.site is None:
            raise LookupError("no site is played")
        fault = self._fault(asked)
        if fault is not None and asked.path.endswith(_RENEWING):
            return fault.does(asked, Wire())  # a token that was lost on its way would be another fault
        return self._reply(asked, self.site.answer(asked), fault)

    def _files(self, request: bytes) -> Iterable[Step]:
        asked = parse_request(request)
        if self.site is not None and self.site.valid.encode() in request:
            self.strays.append(asked.path)
        if asked.path == "/neighbour.xml":
            return [packed(_feed(self.neighbour), asked).bytes()]
        return self._reply(asked, Said(body=PICTURE, type="image/png"), self._fault(asked))

    def _reply(self, asked: Asked, honest: Said, fault: Fault | None) -> Iterable[Step]:
        self.asked.append(asked)
        wire = packed(honest, asked)
        return [wire.bytes()] if fault is None else fault.does(asked, wire)

    def _fault(self, asked: Asked) -> Fault | None:
        fault = next((one for one in self.faults if one.left > 0 and one.to(asked)), None)
        if fault is not None:
            fault.left -= 1
        return fault


def store_secret(path: Path, site: Site) -> None:
    """What a person does who connects the account (anew)."""
    path.write_text(site.secret)
    path.chmod(0o600)


class Stage(Desk):
    """An archive that polls one account of a platform, and a neighbour of another, over HTTPS.

    The credential lies in the file `secret`. Where the directory holds an archive it is taken up, at the time `now`.
    """

    def __init__(self, directory: Path, servers: Servers, site: Site, secret: Path, now: datetime = START) -> None:
        self.site, self.servers, self.secret = site, servers, secret
        servers.site, servers.faults, servers.neighbour = site, [], ["one"]
        servers.asked.clear()
        servers.strays.clear()
        servers.platform._tls = servers.authority.server()
        store_secret(secret, site)
        account = replace(site.account, credential=f"file:{secret}")
        neighbour = Account(id=NEIGHBOUR, platform="feed", handle="feed", url=f"{servers.files.url}/neighbour.xml")
        super().__init__(directory, account, neighbour)
        self.clock.move(now - self.clock.now())
        network = Network(ca_bundle=servers.authority.bundle, allow_loopback=True, api_megabytes=1, media_megabytes=1)
        self.config = replace(Config(), network=network)

    @property
    def engine(self) -> Engine:
        """The engine at work; made where there is none."""
        if self._engine is None:
            self._capturing = capturing(
                self.archive,
                self.config,
                self.clock,
                connectors={self.site.connector.platform: self.site.connector, "feed": FEED},
                environ={},
                threaded=False,
                jitter=lambda: 0.0,
            )
            self._engine = self._capturing.__enter__()
        return self._engine

    @property
    def id(self) -> str:
        """The account under test."""
        return self.site.account.id

    def kept(self) -> dict[str, str]:
        """The text of everything that was written on the account, by remote id; without profiles and context."""
        return dict(
            self.rows(
                "SELECT i.remote_id, v.text FROM items i JOIN versions v ON v.item = i.id AND v.number = i.version"
                " JOIN accounts a ON a.number = i.account WHERE a.id = ? AND i.context = 0 AND i.kind <> 'profile'",
                self.id,
            )
        )

    def texts_of(self, account: str) -> set[str]:
        """The titles of everything of an account."""
        return {
            row[0]
            for row in self.rows(
                "SELECT v.title FROM versions v JOIN items i ON i.id = v.item JOIN accounts a ON a.number = i.account"
                " WHERE a.id = ?",
                account,
            )
        }

    def doubled(self) -> list[str]:
        """What was written on the account and is kept in more than one version."""
        found = self.rows("SELECT remote_id FROM items WHERE version > 1 AND kind <> 'profile' AND context = 0")
        return [row[0] for row in found]

    def truth(self) -> dict[str, str]:
        """The text of everything that stands on the account, by remote id."""
        told = self.site.told.truth() | dict(self.site.also)
        return {remote: storable(text)[0] for remote, text in told.items()}

    def parents(self) -> dict[str, str]:
        """What each comment stands directly under, without items beside what was written."""
        sql = "SELECT remote_id, parent FROM items WHERE kind = 'comment' AND context = 0 AND parent IS NOT NULL"
        return {remote: parent for remote, parent in self.rows(sql) if remote not in self.site.also}

    def files(self) -> set[str]:
        """The SHA-256 of each file that is held."""
        return {row[0] for row in self.rows("SELECT sha256 FROM media")}

    def hidden(self, remote_id: str) -> bool:
        """Whether the newest look showed an item as hidden, as the platform tells it."""
        return self.seen(remote_id) == "hidden" or (remote_id, "hidden-by-us", 1) in self.told_counts()

    def told_counts(self) -> set[tuple[str, str, int]]:
        """Every count that was told of an item."""
        found = self.rows("SELECT i.remote_id, c.name, c.value FROM counters c JOIN items i ON i.id = c.item")
        return {(remote, name, value) for remote, name, value in found}

    def reconnect(self) -> None:
        """A person stores the credential that the platform takes now."""
        store_secret(self.secret, self.site)

    def serve_with(self, authority: Certified | None = None, **certificate: str) -> None:
        """From now on the platform shows another certificate, also to those who are connected."""
        self.servers.platform._tls = (authority or self.servers.authority).server(**certificate)
        self.close()

    def part(self, asked: Asked) -> str:
        """Which part of the account a request asks for; empty for what is none of those that faults are made for."""
        if asked.path.startswith("/a/") or asked.path.endswith("getBlob"):
            return "file"
        if asked.path.endswith(_RENEWING):
            return "renewal"
        if not _BESIDE.isdisjoint(asked.query) or asked.query.get("depth") == "0":
            return ""
        ends = {"profile": self.site.profile, "posts": self.site.listing}
        ends |= {"comments": self.site.comments, "messages": self.site.messages}
        ends |= {"chat": "/liveChat/messages", "captions": "/captions", "reviews": "/ratings"}
        found = next((name for name, end in ends.items() if end and asked.path.endswith(end)), "")
        return found if found != "comments" or self.site.told.root.id in asked.line else ""

    def fails(self, to: Callable[[Asked], bool]) -> Fault:
        """A server error to some requests, for ever."""
        return Fault(to=to, does=lambda _asked, _honest: [Wire(status=500).bytes()])

    def finish_later(self, by: timedelta) -> Polled:
        """Some time passes, then polls until the run is over."""
        self.clock.move(by)
        return self.finish(self.id)

    def asked(self) -> list[str]:
        """What was asked since this was last called."""
        found = [asked.line for asked in self.servers.asked]
        self.servers.asked.clear()
        return found


def _feed(titles: list[str]) -> Said:
    entries = "".join(
        f"<item><guid>g{n}</guid><title>{title}</title><pubDate>Fri, 20 Nov 2026 10:00:0{n} GMT</pubDate></item>"
        for n, title in enumerate(titles)
    )
    body = f'<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>{entries}</channel></rss>'
    return Said(body=body.encode(), type="application/rss+xml")


@contextmanager
def staged(
    directory: Path, servers: Servers, site: Site, *, secret: Path | None = None, now: datetime = START
) -> Iterator[Stage]:
    """A stage whose files are checked when the test is over."""
    made = Stage(directory, servers, site, secret or directory.with_name("secret"), now)
    try:
        yield made
        made.require_sound()
    finally:
        made.close()
        made.archive.close()
