"""The replies of the X API, version 2: what each holds, and what to ask next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from archiver.model import Fetch, Kind, Page, Snapshot, Unread
from connectors.fields import at, text, unique
from connectors.reading import Found, Reading, stepped
from connectors.shapes import counted
from connectors.x.asks import DECLARED, ask
from connectors.x.errors import short_of_context, unread
from connectors.x.items import MESSAGE, USER, Around, around, post, strange, versions

_SEARCHED = timedelta(days=7)  # how far back a search goes
_MOST_IDS = 100  # in one lookup
Shown = list[tuple[Any, Snapshot | Unread]]


def _profile(reading: Reading) -> Page:
    """Whose credential it is; everything else hangs on the user id it tells."""
    near, me = around(reading), at(reading.value, "data")
    identity = DECLARED.identity(reading.account, me)
    given, hint = {"me": identity.platform_id}, identity.platform_id
    asked = [ask(reading.account, name, given, hint=hint) for name in ("posts", "mentions", "messages")]
    totals = counted(me, {"posts": DECLARED.more["shapes"]["user"]["counters"]["posts"]})
    return _page(near, "user", (USER(me, "/data"), *asked), identity=identity, totals=totals)


def _listing(reading: Reading) -> Page:
    """Our posts, posts that name us, and replies to ours: newest first, each with the posts it refers to."""
    near = around(reading)
    shown: Shown = [(node, post(near, node, place)) for place, node in near.nodes]
    others = [one for node, one in _others(near) if one.context or _is_whole(node)]
    searches = _conversations(near, shown) if reading.fetch.stream == "posts" else ()
    found = (*(one for _, one in shown), *others, *_histories(near, shown), *searches)
    page = _page(near, "post", found, _step(reading), newest_first=reading.fetch.subject is None)
    return replace(page, walked=not page.unread)


def _messages(reading: Reading) -> Page:
    """Events of conversations. Older ones leave the listing by their age, so that a missing one means nothing."""
    near = around(reading)
    others = (one for node, one in _others(near) if _is_whole(node))
    found = (*(MESSAGE(node, place) for place, node in near.nodes), *others)
    return _page(near, "message", found, _step(reading), newest_first=True)


def _item(reading: Reading) -> Page:
    """One post or user looked at directly; or earlier versions of a post, which the request knows better than they."""
    near, latest = around(reading), reading.fetch.token
    if reading.subject.startswith("user:"):
        return _page(near, "user", [USER(node, place) for place, node in near.nodes])
    chain = (reading.subject, latest) if latest else ()
    return _page(near, "post", [post(near, node, place, chain) for place, node in near.nodes])


READERS: dict[str, Callable[[Reading], Page]] = {
    "profile": _profile,
    **dict.fromkeys(("posts", "mentions", "comments"), _listing),
    "messages": _messages,
    "item": _item,
}


def _page(near: Around, kind: str, found: Iterable[Found], step: Fetch | Unread | None = None, **more: Any) -> Page:
    """A page of what was found, and of what X could not show; `kind` is that of the nodes that were asked for."""
    reading, body = near.reading, near.reading.value
    odd = Counter((*strange("reply", body), *strange("includes", at(body, "includes"))))
    odd.update(name for _, node in near.nodes for name in strange(kind, node))
    odd.update(name for _, node in near.others for name in strange("post", node))
    kept, flags = (*found, *unread(body)), short_of_context(body)
    return reading.page(kept, step=step, distinct=_in_order, flags=flags, drift=odd, **more)


def _in_order(items: Iterable[Snapshot]) -> tuple[Snapshot, ...]:
    """Earlier versions stand before the current ones, of which there is one for each post."""
    kept = list(items)
    return (*(one for one in kept if one.historic), *unique(one for one in kept if not one.historic))


def _step(reading: Reading) -> Fetch | Unread | None:
    name = "next_token" if reading.fetch.stream == "comments" else "pagination_token"  # a search has its own word
    return stepped(reading.fetch, name, reading.says("meta", "next_token"), source="/meta/next_token")


def _others(near: Around) -> Iterator[tuple[Any, Snapshot]]:
    """The posts that ours answer, quote or repeat. Our own among them are told better by our own timeline."""
    for place, node in near.others:
        one = post(near, node, place)
        if isinstance(one, Snapshot) and not near.is_me(one.author.id):
            yield node, one


def _is_whole(node: Any) -> bool:
    """Whether the reply tells of everything that is attached: a post half told would look like another version."""
    return at(node, "along", "whole") is True


def _histories(near: Around, shown: Shown) -> Iterator[Fetch]:
    """The earlier versions of what was edited, by their own ids, once for each edit."""
    for node, one in shown:
        *earlier, latest = versions(node)
        if isinstance(one, Snapshot) and earlier:
            ids = {"ids": ",".join(earlier[:_MOST_IDS])}
            yield ask(near.reading.account, "versions", ids, subject=earlier[0], token=latest, hint=near.me)


def _conversations(near: Around, shown: Shown) -> Iterator[Fetch]:
    """The replies to recent posts of ours: one search for each conversation, made once for each number of replies.

    All of a conversation that we began; of one that others began, which may be very large, what is said to us.
    """
    account, since = near.reading.account, near.reading.reply.received - _SEARCHED
    ours = [(node, one) for node, one in shown if isinstance(one, Snapshot) and near.is_me(one.author.id)]
    begun_by_us = {number for node, _ in ours for number in versions(node)}
    searches: dict[str, list[Snapshot]] = {}
    for node, one in ours:
        if one.kind is not Kind.SHARE and one.created and one.created >= since and one.counters.get("replies") != 0:
            told = text(node, "conversation_id")  # a number, lest it says something else to the search
            begun = told if told.isdigit() else text(node, "id")
            only = "" if begun in begun_by_us else f" to:{account.handle.removeprefix('@')}"
            searches.setdefault(f"conversation_id:{begun}{only}", []).append(one)
    for query, asked in searches.items():
        token = "+".join(str(one.counters.get("replies", "")) for one in asked)
        subject = asked[0].thread or asked[0].remote_id
        yield ask(account, "replies", {"query": query}, subject=subject, token=token, hint=near.me)
