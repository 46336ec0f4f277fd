"""X (Twitter): own posts with their edits, mentions, replies, direct messages; every thing that is read is paid for.

The account's own credential is asked with: it tells who it is, what it wrote, and what was written to it.
"""

from __future__ import annotations

from collections.abc import Mapping

from archiver.model import Account, Auth, Fetch, ItemRef, Judged, Pace, Page, Refreshed, Reply
from connectors.reading import reading
from connectors.x import asks, errors, prices
from connectors.x.pages import READERS


class X:
    """The contract of a platform that takes money."""

    platform = "x"
    title = "X (Twitter)"
    version = 1
    auth: Auth = Refreshed(token_url="https://api.x.com/2/oauth2/token", rotates=True)
    pace = Pace(requests=300, seconds=900)
    streams = asks.DECLARED.streams

    def first(self, account: Account) -> tuple[Fetch, ...]:
        """Whose credential it is; everything else hangs on the user id it tells."""
        return (asks.profile(account),)

    def read(self, account: Account, fetch: Fetch, reply: Reply) -> Page:
        """The posts, messages or user a reply holds. Raises Unreadable where it is not a reply of version 2."""
        return READERS.get(fetch.stream, READERS["item"])(reading(account, fetch, reply))

    def judge(self, _account: Account, _fetch: Fetch, reply: Reply) -> Judged | None:
        """What X's problem documents and numbered errors mean, also those beside a status of 200."""
        return errors.judged(reply)

    def check(self, account: Account, item: ItemRef) -> Fetch | None:
        """The post or user by its id; no message, since X forgets them after 30 days by itself."""
        return asks.item(account, item)

    def estimate(self, fetch: Fetch) -> int:
        """The most a fetch can cost, in millionths of a dollar."""
        return prices.most(fetch)

    def price(self, fetch: Fetch, page: Page) -> int:
        """What a read page cost, in millionths of a dollar, were nothing of it read before on the same day."""
        return sum(self.bill(fetch, page).values())

    def bill(self, fetch: Fetch, page: Page) -> Mapping[str, int]:
        """What each thing of a page costs; X charges it once in a UTC day."""
        return prices.bill(fetch, page)


CONNECTOR = X()
