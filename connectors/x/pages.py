"""The replies of the X API, version 2: what each holds, and what to ask next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from archiver.errors import Unreadable
from archiver.model import Fetch, Identity, Kind, Page, Reply, Snapshot, Unread
from connectors.fields import at, text, unique
from connectors.reading import Found, Reading, spoken_for, stepped
from connectors.shapes import counted
from connectors.x.around import Around, around, data, posts, strange, versions
from connectors.x.asks import DECLARED, history, listing, replies
from connectors.x.errors import is_short_of_context, unread
from connectors.x.people import USER, drift_of_message, message
from connectors.x.posts import drift, post

_SEARCHED = timedelta(days=7)  # how far back a search goes
Shown = list[tuple[Any, Snapshot | Unread]]


def _profile(reading: Reading) -> Page:
    _require_version_2(reading)
    me = at(reading.value, "data")
    identity = _identity(reading, me)
    asked = [listing(reading.account, stream, identity.platform_id) for stream in ("posts", "mentions", "messages")]
    totals = counted(me, {"posts": DECLARED.more["shapes"]["user"]["counters"]["posts"]})
    return replace(_page(reading, (USER(me, "/data"), *asked), strange("user", me)), identity=identity, totals=totals)


def _listing(reading: Reading) -> Page:
    """Our posts, posts that name us, and replies to ours: newest first, each with the posts it refers to."""
    near = _near(reading)
    shown = [(node, post(near, node, place, asked=True)) for place, node in data(reading.value)]
    along = [one for node, one in _along(near, reading.value) if one.context or near.tells_files_of(node)]
    asked = [*_histories(near, shown)]
    asked += _conversations(near, shown, reading.reply) if reading.fetch.stream == "posts" else ()
    page = _page(reading, (*(one for _, one in shown), *along, *asked), _drift(reading), _step(reading))
    return replace(page, newest_first=reading.fetch.subject is None, walked=not page.unread)


def _messages(reading: Reading) -> Page:
    """Events of conversations. Older ones leave the listing by their age, so that a missing one means nothing."""
    near = _near(reading)
    nodes = list(data(reading.value))
    along = [one for node, one in _along(near, reading.value) if near.tells_files_of(node)]
    odd = [name for _, node in nodes for name in drift_of_message(node)]
    odd += (name for _, node in posts(reading.value) for name in drift(node))
    found = (*(message(near, node, place) for place, node in nodes), *along)
    return replace(_page(reading, found, odd, _step(reading)), newest_first=True)


def _history(reading: Reading) -> Page:
    """Earlier versions of one post: what was asked for says which, whatever they say of each other."""
    near, chain = _near(reading), (reading.subject, reading.fetch.token or "")
    found = [post(near, node, place, asked=True, chain=chain) for place, node in data(reading.value)]
    return _page(reading, found, _drift(reading))


def _item(reading: Reading) -> Page:
    """One post, or one user, looked at directly."""
    near, nodes = _near(reading), list(data(reading.value))
    if reading.subject.startswith("user:"):
        odd = [name for _, node in nodes for name in strange("user", node)]
        return _page(reading, [USER(node, place) for place, node in nodes], odd)
    return _page(reading, [post(near, node, place, asked=True) for place, node in nodes], _drift(reading))


READERS: dict[str, Callable[[Reading], Page]] = {
    "profile": _profile,
    **dict.fromkeys(("posts", "mentions", "comments"), _listing),
    "messages": _messages,
    "history": _history,
    "item": _item,
}


def _require_version_2(reading: Reading) -> None:
    if DECLARED.known["reply"].isdisjoint(reading.value):
        said = f"The reply to '{reading.fetch.stream}' (status {reading.reply.status})"
        do = "Check the address of the account: https://api.x.com"
        raise Unreadable(f"{said} is JSON, but not of version 2 of the X API.", do=do)


def _near(reading: Reading) -> Around:
    _require_version_2(reading)
    return around(reading.account, reading.fetch.hint, reading.value)


def _page(reading: Reading, found: Iterable[Found], odd: Iterable[str], step: Fetch | Unread | None = None) -> Page:
    """A page of what was found; earlier versions stand before the current ones."""
    body, kept = reading.value, list(found)
    items = [one for one in kept if isinstance(one, Snapshot)]
    page = reading.page(
        (*(one for one in kept if not isinstance(one, Snapshot)), *([step] if isinstance(step, Unread) else ())),
        step=None if isinstance(step, Unread) else step,
        drift=Counter([*strange("reply", body), *strange("includes", at(body, "includes")), *odd]),
    )
    return replace(
        page,
        items=(*(one for one in items if one.historic), *unique(one for one in items if not one.historic)),
        unread=(*page.unread, *unread(body)),
        flags=(*page.flags, *(("context-not-shown",) if is_short_of_context(body) else ())),
    )


def _step(reading: Reading) -> Fetch | Unread | None:
    name = "next_token" if reading.fetch.stream == "comments" else "pagination_token"  # a search has its own word
    return stepped(reading.fetch, name, reading.says("meta", "next_token"), source="/meta/next_token")


def _drift(reading: Reading) -> Iterator[str]:
    yield from (name for _, node in (*data(reading.value), *posts(reading.value)) for name in drift(node))


def _along(near: Around, body: Any) -> Iterator[tuple[Any, Snapshot]]:
    """The posts that ours answer, quote or repeat. Our own among them are told better by our own timeline."""
    for place, node in posts(body):
        one = post(near, node, place, asked=False)
        if isinstance(one, Snapshot) and not _is_ours(near, one):
            yield node, one


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


def _identity(reading: Reading, who: Any) -> Identity:
    told = Identity(platform_id=text(who, "id"), handle=text(who, "username"), name=text(who, "name"))
    return spoken_for(
        reading.account,
        told,
        nobody="The reply to 'profile' names no user id.",
        other=f"X answers for @{told.handle}",
        do="Give the credential of the registered account to https://api.x.com, or correct its handle.",
        names=(told.handle,),
    )
