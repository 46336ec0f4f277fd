"""What X is asked: addresses, fields and page sizes, as requests without a credential."""

from __future__ import annotations

from typing import Any

from archiver.model import Account, Fetch, ItemRef, Kind
from connectors.declared import declared
from connectors.links import part

DECLARED = declared(__package__)
FIELDS: dict[str, str] = DECLARED.more["fields"]
MOST_IDS = 100  # in one lookup

# Each post of a page is paid for, each poll shows the newest page again: pages are as small as a busy day needs.
_PER_PAGE = {"posts": 20, "mentions": 10, "messages": 10, "comments": 20}
_USER = ("user.fields", FIELDS["user"])
_OF_POSTS = (
    ("tweet.fields", FIELDS["post"]),
    ("expansions", FIELDS["post_expansions"]),
    ("media.fields", FIELDS["media"]),
    ("poll.fields", FIELDS["poll"]),
    ("user.fields", "name,username"),
)
_OF_MESSAGES = (
    ("dm_event.fields", FIELDS["message"]),
    ("expansions", FIELDS["message_expansions"]),
    ("media.fields", FIELDS["media"]),
    ("tweet.fields", FIELDS["post"]),
    ("user.fields", "name,username"),
)
_EXPANDED = frozenset(f"{FIELDS['post_expansions']},sender_id".split(","))


def ask(account: Account, stream: str, path: str, *params: tuple[str, str], **about: Any) -> Fetch:
    """A request of version 2, with as many rows as are worth their price."""
    size = (("max_results", str(_PER_PAGE[stream])),) if stream in _PER_PAGE else ()
    chosen = (*params, *size) if stream == "comments" else (*size, *params)
    fields = () if params and params[-1] is _USER else _OF_MESSAGES if stream == "messages" else _OF_POSTS
    return Fetch(stream=stream, url=f"{account.url.rstrip('/')}/2/{path}", params=(*chosen, *fields), **about)


def profile(account: Account) -> Fetch:
    """Whom the credential speaks for."""
    return ask(account, "profile", "users/me", _USER)


def listing(account: Account, stream: str, me: str) -> Fetch:
    """The newest page of the account's `posts`, `mentions` or `messages`; `me` is its own user id."""
    path = {"posts": f"users/{part(me)}/tweets", "mentions": f"users/{part(me)}/mentions"}.get(stream, "dm_events")
    return ask(account, stream, path, hint=me)


def replies(account: Account, me: str, query: str, *, subject: str, token: str) -> Fetch:
    """The replies of the last seven days that a search finds."""
    return ask(account, "comments", "tweets/search/recent", ("query", query), subject=subject, token=token, hint=me)


def history(account: Account, me: str, earlier: tuple[str, ...], *, first: str, latest: str) -> Fetch:
    """The earlier versions of an edited post, by their own ids; asked once for each edit."""
    return ask(
        account, "history", "tweets", ("ids", ",".join(earlier[:MOST_IDS])), subject=first, token=latest, hint=me
    )


def item(account: Account, item: ItemRef) -> Fetch | None:
    """A user by the id behind `user:`; a post by the id of its newest version, which its address ends with."""
    known = item.remote_id
    if known.startswith("dm:"):
        return None
    if item.kind is Kind.PROFILE:
        return ask(account, "item", f"users/{part(known.removeprefix('user:'))}", _USER, subject=known)
    newest = item.link.rpartition("/")[2]
    ids = ("ids", newest if newest.isascii() and newest.isdigit() else known)
    return ask(account, "item", "tweets", ids, subject=known, hint=account.platform_id or "")


def is_expansion(parameter: str) -> bool:
    """Whether a parameter that an error names asked for what comes along with a post, not for the post."""
    return parameter in _EXPANDED


def size(fetch: Fetch) -> int:
    """How many posts, messages or users a reply to this can hold, without what comes along with them."""
    asked = dict(fetch.params)
    number = asked.get("max_results", "")
    if number.isascii() and number.isdigit():
        return int(number)
    return len(asked["ids"].split(",")) if "ids" in asked else 1
