"""The replies of the X API, version 2: what each holds, and what to ask next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from archiver.errors import Unreadable
from archiver.model import Account, Cause, Fetch, Identity, Kind, Page, Reply, Snapshot, Unread
from connectors.fields import at, text, unique
from connectors.json_body import Body, read_json
from connectors.x_around import Around, around, data, posts, unknown, versions
from connectors.x_errors import is_short_of_context, unread
from connectors.x_people import drift_of_message, drift_of_profile, read_message, read_profile, totals
from connectors.x_posts import drift, read_post
from connectors.x_requests import history, listing, lost_page, next_page, replies

_SEARCHED = timedelta(days=7)  # how far back a search goes
_KNOWN_TOP = frozenset(("data", "includes", "meta", "errors"))
_KNOWN_INCLUDED = frozenset(("users", "tweets", "posts", "media", "polls", "places", "topics"))

Read = Callable[[Account, Fetch, Reply], Page]
Shown = Sequence[tuple[Any, Snapshot | Unread]]


def _read_profile(account: Account, fetch: Fetch, reply: Reply) -> Page:
    body = _body(fetch, reply)
    me = at(body.value, "data")
    identity = _identity(account, me)
    also = tuple(listing(account, stream, identity.platform_id) for stream in ("posts", "mentions", "messages"))
    page = _page(body, [read_profile(me, "/data")], drift_of_profile(me))
    return replace(page, also=also, identity=identity, totals=totals(me))


def _read_listing(account: Account, fetch: Fetch, reply: Reply) -> Page:
    """Our posts, posts that name us, and replies to ours: newest first, each with the posts it refers to."""
    body = _body(fetch, reply)
    near = around(account, fetch.hint, body.value)
    shown = [(node, read_post(near, node, place, asked=True)) for place, node in data(body.value)]
    along = [one for node, one in _along(near, body.value) if one.context or near.tells_files_of(node)]
    lost = lost_page(fetch, body.value)
    page = _page(body, [*(one for _, one in shown), *along, *lost], _drift_of_posts(body.value))
    also = [*_histories(near, shown), *(_conversations(near, shown, reply) if fetch.stream == "posts" else ())]
    more = next_page(fetch, body.value)
    return replace(page, more=more, also=tuple(also), newest_first=fetch.subject is None, walked=not page.unread)


def _read_messages(account: Account, fetch: Fetch, reply: Reply) -> Page:
    """Events of conversations. Older ones leave the listing by their age, so that a missing one means nothing."""
    body = _body(fetch, reply)
    near = around(account, fetch.hint, body.value)
    found = [read_message(near, node, place) for place, node in data(body.value)]
    along = [one for node, one in _along(near, body.value) if near.tells_files_of(node)]
    strange = [
        *_drift_of_included(body.value),
        *(name for _, node in data(body.value) for name in drift_of_message(node)),
    ]
    page = _page(body, [*found, *along, *lost_page(fetch, body.value)], strange)
    return replace(page, more=next_page(fetch, body.value), newest_first=True)


def _read_history(account: Account, fetch: Fetch, reply: Reply) -> Page:
    """Earlier versions of one post: what was asked for says which, whatever they say of each other."""
    body = _body(fetch, reply)
    near = around(account, fetch.hint, body.value)
    chain = (fetch.subject or "", fetch.token or "")
    found = [read_post(near, node, place, asked=True, chain=chain) for place, node in data(body.value)]
    return _page(body, found, _drift_of_posts(body.value))


def read_item(account: Account, fetch: Fetch, reply: Reply) -> Page:
    """One post, or one user, looked at directly."""
    body = _body(fetch, reply)
    if (fetch.subject or "").startswith("user:"):
        users = [read_profile(node, place) for place, node in data(body.value)]
        return _page(body, users, (name for _, node in data(body.value) for name in drift_of_profile(node)))
    near = around(account, fetch.hint, body.value)
    found = [read_post(near, node, place, asked=True) for place, node in data(body.value)]
    return _page(body, found, _drift_of_posts(body.value))


READERS: dict[str, Read] = {
    "profile": _read_profile,
    "posts": _read_listing,
    "mentions": _read_listing,
    "comments": _read_listing,
    "messages": _read_messages,
    "history": _read_history,
    "item": read_item,
}


def _body(fetch: Fetch, reply: Reply) -> Body:
    body = read_json(fetch, reply, expect=dict)
    if _KNOWN_TOP.isdisjoint(body.value):
        raise Unreadable(
            f"The reply to '{fetch.stream}' (status {reply.status}) is JSON, but not of version 2 of the X API.",
            do="Check the address of the account: https://api.x.com",
        )
    return body


def _page(body: Body, found: Sequence[Snapshot | Unread], strange: Iterable[str]) -> Page:
    """A page of what was found; earlier versions stand before the current ones."""
    items = [one for one in found if isinstance(one, Snapshot)]
    included = at(body.value, "includes")
    top = [*unknown("reply", body.value, _KNOWN_TOP), *unknown("includes", included, _KNOWN_INCLUDED)]
    return Page(
        items=(*(one for one in items if one.historic), *unique(one for one in items if not one.historic)),
        unread=(*(one for one in found if isinstance(one, Unread)), *unread(body.value)),
        drift=Counter([*top, *strange]),
        flags=(*body.flags, *(("context-not-shown",) if is_short_of_context(body.value) else ())),
    )


def _along(near: Around, body: Any) -> Iterator[tuple[Any, Snapshot]]:
    """The posts that ours answer, quote or repeat. Our own among them are told better by our own timeline."""
    for place, node in posts(body):
        one = read_post(near, node, place, asked=False)
        if isinstance(one, Snapshot) and not _is_ours(near, one):
            yield node, one


def _drift_of_posts(body: Any) -> Iterator[str]:
    yield from (name for _, node in data(body) for name in drift(node))
    yield from _drift_of_included(body)


def _drift_of_included(body: Any) -> Iterator[str]:
    yield from (name for _, node in posts(body) for name in drift(node))


def _histories(near: Around, shown: Shown) -> Iterator[Fetch]:
    """The earlier versions of what was edited, once for each edit."""
    for node, one in shown:
        chain = versions(node)
        if isinstance(one, Snapshot) and len(chain) > 1:
            yield history(near.account, near.me, chain[:-1], first=chain[0], latest=chain[-1])


def _conversations(near: Around, shown: Shown, reply: Reply) -> Iterator[Fetch]:
    """The replies to recent posts of ours: one search for each conversation, made once for each number of replies."""
    since = reply.received - _SEARCHED
    ours = [(node, one) for node, one in shown if isinstance(one, Snapshot) and _is_ours(near, one)]
    searches: dict[str, list[Snapshot]] = {}
    for node, one in ours:
        if one.kind is not Kind.SHARE and one.created and one.created >= since and one.counters.get("replies") != 0:
            begun = text(node, "conversation_id")  # a number, lest it says something else to the search
            query = _query(near, begun if begun.isdigit() else text(node, "id"), [own for own, _ in ours])
            searches.setdefault(query, []).append(one)
    for query, asked in searches.items():
        token = "+".join(str(one.counters.get("replies", "")) for one in asked)
        yield replies(near.account, near.me, query, subject=asked[0].thread or asked[0].remote_id, token=token)


def _query(near: Around, conversation: str, ours: list[Any]) -> str:
    """All of a conversation that we began; of one that others began, which may be very large, what is said to us."""
    whole = any(conversation in versions(node) for node in ours)
    return f"conversation_id:{conversation}" + ("" if whole else f" to:{near.account.handle.removeprefix('@')}")


def _is_ours(near: Around, one: Snapshot) -> bool:
    return bool(near.me) and one.author.id == near.me


def _identity(account: Account, who: Any) -> Identity:
    """Whom the credential speaks for. One of somebody else must not be pinned by its first use."""
    if not text(who, "id"):
        raise Unreadable("The reply to 'profile' names no user id.", do="Check the address: https://api.x.com")
    handle = account.handle.removeprefix("@")
    if account.platform_id is None and text(who, "username").casefold() != handle.casefold():
        raise Unreadable(
            f"X answers for @{text(who, 'username')}, not for {account.handle}.",
            cause=Cause.IDENTITY,
            do="Give the credential of the registered account, or correct its handle.",
        )
    return Identity(platform_id=text(who, "id"), handle=text(who, "username"), name=text(who, "name"))
