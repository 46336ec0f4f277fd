"""What reading from X costs (its price list as of August 2026), in millionths of a dollar.

A thing is charged once in a UTC day, however often it is read that day; so a bill names what it is for. What comes
along with a post is charged like the post. Not confirmed: whether files and polls that come along are charged, and
whether X counts the account as the developer's own, which makes its posts and mentions cheap.
"""

from __future__ import annotations

from archiver.model import Fetch, Kind, Page, iso
from connectors.x.asks import size

OWN_READ = 1_000  # a post from the account's own timeline or mentions
POST = 5_000
USER = 10_000
MESSAGE = 10_000
_OWN_READS = ("posts", "mentions")
_POSTS_ALONG = 2  # a post answers one and quotes another
_USERS_ALONG = 3  # its author and theirs


def bill(fetch: Fetch, page: Page) -> dict[str, int]:
    """What each thing that a page shows costs, by a name that is the same however it is found again."""
    charged: dict[str, int] = {}
    for item in page.items:
        if item.kind is not Kind.PROFILE:
            name = f"{item.remote_id}@{iso(item.edited)}" if item.edited else item.remote_id
            charged[name] = _rate(fetch, item.kind, asked=item.source.startswith("/data"))
        if item.author.name or item.kind is Kind.PROFILE:  # told by a user object; a bare id costs nothing
            charged[f"user:{item.author.id}"] = USER
    return charged


def most(fetch: Fetch) -> int:
    """The most that a reply to this can cost."""
    if fetch.stream == "profile" or (fetch.subject or "").startswith("user:"):
        return USER
    kind = Kind.MESSAGE if fetch.stream == "messages" else Kind.POST
    along = _POSTS_ALONG * POST + _USERS_ALONG * USER
    return size(fetch) * (_rate(fetch, kind, asked=True) + along)


def _rate(fetch: Fetch, kind: Kind, *, asked: bool) -> int:
    if kind is Kind.MESSAGE:
        return MESSAGE
    return OWN_READ if asked and fetch.stream in _OWN_READS else POST
