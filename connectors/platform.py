"""A connector made of functions and declarations: what most platforms need of the contract, and nothing to repeat."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from archiver.model import Account, Auth, Fetch, ItemRef, Judged, Notice, Pace, Page, Reply, Stream
from connectors.reading import Reading, reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """`readers` are by stream, or by what else `names` a fetch; `item` reads what none of them does.

    `asks_first`, `looks` and the rest answer what the methods of the contract ask; `tells` is what any reply says
    beside what was asked, such as how much of an allowance is used.
    """

    platform: str
    title: str
    version: int = 1
    auth: Auth
    pace: Pace
    streams: tuple[Stream, ...]
    asks_first: Callable[[Account], tuple[Fetch, ...]]
    readers: Mapping[str, Callable[[Reading], Page]]
    looks: Callable[[Account, ItemRef], Fetch | None]
    judges: Callable[[Fetch, Reply], Judged | None]
    pauses: Callable[[Reply], float] = lambda _reply: 0.0
    weighs: Callable[[Fetch], int] = lambda _fetch: 1
    bills: Callable[[Fetch, Page], Mapping[str, int]] = lambda _fetch, _page: {}
    estimates: Callable[[Fetch], int] = lambda _fetch: 0
    tells: Callable[[Reading], Iterable[Notice]] = lambda _reading: ()
    names: Callable[[Fetch], str] = lambda fetch: fetch.stream
    logs_in: Callable[[Account, Auth], Auth] = lambda _account, usual: usual

    def first(self, account: Account) -> tuple[Fetch, ...]:
        """What to ask first in every run."""
        return self.asks_first(account)

    def read(self, account: Account, fetch: Fetch, reply: Reply) -> Page:
        """What a reply holds. Raises Unreadable where it is not what was asked for."""
        reader = self.readers.get(self.names(fetch), self.readers["item"])
        read = reading(account, fetch, reply)
        page = reader(read)
        told = tuple(self.tells(read))
        return replace(page, notices=(*page.notices, *told)) if told else page

    def check(self, account: Account, item: ItemRef) -> Fetch | None:
        """How to look at one item directly."""
        return self.looks(account, item)

    def judge(self, _account: Account, fetch: Fetch, reply: Reply) -> Judged | None:
        """What a reply means beyond its status."""
        return self.judges(fetch, reply)

    def pause(self, reply: Reply) -> float:
        """Seconds in which nothing more should be asked."""
        return self.pauses(reply)

    def units(self, fetch: Fetch) -> int:
        """How many units of the pace a fetch takes."""
        return self.weighs(fetch)

    def estimate(self, fetch: Fetch) -> int:
        """The most a fetch can cost, in millionths of a dollar."""
        return self.estimates(fetch)

    def price(self, fetch: Fetch, page: Page) -> int:
        """What a read page cost, in millionths of a dollar, were nothing of it read before on the same day."""
        return sum(self.bill(fetch, page).values())

    def bill(self, fetch: Fetch, page: Page) -> Mapping[str, int]:
        """What each thing of a page costs, in millionths of a dollar; nothing where the platform takes no money."""
        return self.bills(fetch, page)

    def auth_for(self, account: Account) -> Auth:
        """How this account's credential is sent."""
        return self.logs_in(account, self.auth)
