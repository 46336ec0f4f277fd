"""What X is asked, and what that costs, in millionths of a dollar."""

from __future__ import annotations

from typing import Any

from archiver.model import Account, Fetch, ItemRef, Kind, Page, iso
from connectors.declared import declared
from connectors.fields import count

DECLARED = declared(__package__)
PRICES: dict[str, int] = DECLARED.more["prices"]
_NOTHING: dict[str, str] = {}


def ask(account: Account, name: str, given: dict[str, str] = _NOTHING, **about: Any) -> Fetch:
    """A request of version 2 that is declared under this name."""
    return DECLARED.asks[name](f"{account.url.rstrip('/')}/2/", given, **about)


def item(account: Account, item: ItemRef) -> Fetch | None:
    """A user; a post by the id of its newest version, which its address ends with; no message, since X forgets them."""
    known = item.remote_id
    if known.startswith("dm:"):
        return None
    if item.kind is Kind.PROFILE:
        return ask(account, "user", {"id": known.removeprefix("user:")}, subject=known)
    newest = item.link.rpartition("/")[2]
    ids = newest if newest.isascii() and newest.isdigit() else known
    return ask(account, "post", {"ids": ids}, subject=known, hint=account.platform_id or "")


def bill(fetch: Fetch, page: Page) -> dict[str, int]:
    """What each thing that a page shows costs, by a name that is the same however it is found again.

    A thing is charged once in a UTC day, however often it is read that day.
    """
    charged: dict[str, int] = {}
    for item in page.items:
        if item.kind is not Kind.PROFILE:
            name = f"{item.remote_id}@{iso(item.edited)}" if item.edited else item.remote_id
            charged[name] = _rate(fetch, item.kind, asked=item.source.startswith("/data"))
        if item.author.name or item.kind is Kind.PROFILE:  # told by a user object; a bare id costs nothing
            charged[f"user:{item.author.id}"] = PRICES["user"]
    return charged


def most(fetch: Fetch) -> int:
    """The most that a reply to this can cost: the rows that it can hold, and what comes along with each."""
    if fetch.stream == "profile" or (fetch.subject or "").startswith("user:"):
        return PRICES["user"]
    asked = dict(fetch.params)
    size = count(asked, "max_results") or len(asked.get("ids", "").split(","))
    kind = Kind.MESSAGE if fetch.stream == "messages" else Kind.POST
    return size * (_rate(fetch, kind, asked=True) + PRICES["along"])


def _rate(fetch: Fetch, kind: Kind, *, asked: bool) -> int:
    if kind is Kind.MESSAGE:
        return PRICES["message"]
    return PRICES["own_read" if asked and fetch.stream in ("posts", "mentions") else "post"]
