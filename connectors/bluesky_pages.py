"""The replies of Bluesky's servers: what each holds, and what to ask next."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from archiver.errors import Unreadable
from archiver.model import Account, Fetch, Page, Reply, Snapshot, Unread
from connectors.bluesky_paging import listed, page
from connectors.bluesky_records import content, drift_of, shut_beside, snapshot, with_quoted
from connectors.bluesky_requests import LEVELS, PAGED, POSTS, REASONS, address, thread, view
from connectors.fields import at, count, rows, text
from connectors.json_body import read_json

_VIEWS_AT_ONCE = 25
_KEY_SIGNS = "234567abcdefghijklmnopqrstuvwxyz"
_BACKDATED = timedelta(days=1)

Found = list[Snapshot | Unread]


def read_records(account: Account, fetch: Fetch, reply: Reply) -> Page:
    """Records of one collection; of posts, also how the application view counts them."""
    body = read_json(fetch, reply, expect=dict)
    nodes = listed(fetch, body, "records")
    found: Found = [snapshot(account, node, f"/records/{n}") for n, node in enumerate(nodes)]
    uris = [text(node, "uri") for node in nodes if address(text(node, "uri"))[1] == POSTS]
    also = tuple(_counts(account, uris)) if fetch.stream == "posts" else ()
    by_time = bool(nodes) and all(_dated_by_key(one) for one in found if isinstance(one, Snapshot))
    newest_first = by_time and fetch.subject is None
    return page(fetch, body, found, drift=_drift(nodes), also=also, newest_first=newest_first, walked=True)


def read_counts(account: Account, fetch: Fetch, reply: Reply) -> Page:
    """Own posts as the application view shows them: counts, labels, and whether there is a thread to ask for."""
    body = read_json(fetch, reply, expect=dict)
    nodes = listed(fetch, body, "posts")
    found = [one for n, node in enumerate(nodes) for one in with_quoted(account, node, f"/posts/{n}")]
    also = [asked for node in nodes for asked in (_thread(account, node), _quotes(account, node)) if asked]
    return page(fetch, body, found, drift=_drift(nodes), also=tuple(also))


def read_thread(account: Account, fetch: Fetch, reply: Reply) -> Page:
    """What a post answers, and the answers to it: the account's business below its own posts, context elsewhere."""
    body = read_json(fetch, reply, expect=dict)
    root = at(body.value, "thread")
    if not isinstance(root, dict):
        raise Unreadable(f"The reply to '{fetch.stream}' holds no thread.", do="Poll again; see the gap.")
    posts = list(_posts(root))
    ours = address(fetch.subject or "")[0] == account.platform_id
    hidden = rows(_gate(body.value, root), "hiddenReplies")
    found: Found = []
    for node, source, below in posts:
        observed = _beside(node) | (
            {"hidden-by-us": int(text(node, "post", "uri") in hidden)} if below and ours else {}
        )
        found += with_quoted(account, at(node, "post"), f"{source}/post", ours=below and ours, observed=observed)
    deeper = tuple(asked for node, source, _ in posts if (asked := _deeper(account, node, source)))
    whole = fetch.stream != "item" and not deeper
    return page(fetch, body, found, drift=_drift([at(node, "post") for node, _, _ in posts]), also=deeper, walked=whole)


def read_quotes(account: Account, fetch: Fetch, reply: Reply) -> Page:
    """Posts of others that quote one of ours."""
    body = read_json(fetch, reply, expect=dict)
    nodes = listed(fetch, body, "posts")
    found = [one for n, node in enumerate(nodes) for one in with_quoted(account, node, f"/posts/{n}", ours=True)]
    return page(fetch, body, found, drift=_drift(nodes), walked=True)


def read_mentions(account: Account, fetch: Fetch, reply: Reply) -> Page:
    """Posts of others that the account was notified of, and the threads they stand in."""
    body = read_json(fetch, reply, expect=dict)
    nodes = listed(fetch, body, "notifications")
    told = [(n, node) for n, node in enumerate(nodes) if text(node, "reason") in REASONS]
    found: Found = [snapshot(account, node, f"/notifications/{n}", ours=True) for n, node in told]
    newest: dict[str, str] = {}  # of each thread; others of the same were told before
    for _, node in told:
        newest.setdefault(_top(account, node), text(node, "cid"))
    also = tuple(thread(account, top, cid) for top, cid in newest.items() if top)
    drift = _drift([node for _, node in told])
    return page(fetch, body, found, drift=drift, also=also, newest_first=True)


def read_item(account: Account, fetch: Fetch, reply: Reply) -> Page:
    """One record, looked at directly on the account's own server."""
    body = read_json(fetch, reply, expect=dict)
    return page(fetch, body, [snapshot(account, body.value, "")], drift=_drift([body.value]))


def _drift(nodes: list[Any]) -> dict[str, int]:
    return drift_of((text(node, "uri"), content(node) or {}) for node in nodes)


def _counts(account: Account, uris: list[str]) -> Iterator[Fetch]:
    for start in range(0, len(uris), _VIEWS_AT_ONCE):
        some = uris[start : start + _VIEWS_AT_ONCE]
        params = tuple(("uris", uri) for uri in some)
        yield view(account, "counts", "app.bsky.feed.getPosts", params, subject=some[0])


def _thread(account: Account, node: Any) -> Fetch | None:
    """The thread around an own post that has answers or answers another; once for each number of answers."""
    uri, replies = text(node, "uri"), count(node, "replyCount") or 0
    parent = address(text(node, "record", "reply", "parent", "uri"))[0]
    answers_another = bool(parent) and parent != address(uri)[0]
    return thread(account, uri, str(replies)) if address(uri)[0] and (replies or answers_another) else None


def _quotes(account: Account, node: Any) -> Fetch | None:
    uri, quotes = text(node, "uri"), count(node, "quoteCount")
    if not quotes or not address(uri)[0]:
        return None
    params = (("uri", uri), *PAGED)
    return view(account, "quotes", "app.bsky.feed.getQuotes", params, subject=uri, token=str(quotes))


def _top(account: Account, node: Any) -> str:
    """The own post whose thread a notification belongs to; the post told of itself where it answers none of ours."""
    reply = at(content(node), "reply")
    above = [text(reply, place, "uri") for place in ("root", "parent")]
    own_posts = [uri for uri in above if address(uri)[0] == account.platform_id and account.platform_id]
    return next(iter(own_posts), text(node, "uri"))


def _posts(root: Any) -> Iterator[tuple[Any, str, bool]]:
    """The posts of a thread that are shown, each with its place: the one asked about, those above, those below."""
    above, source = at(root, "parent"), "/thread/parent"
    if isinstance(at(root, "post"), dict):
        yield root, "/thread", False
    while isinstance(at(above, "post"), dict):
        yield above, source, False
        above, source = at(above, "parent"), f"{source}/parent"
    waiting = [("/thread", root)]
    while waiting:
        place, node = waiting.pop()
        below = [(f"{place}/replies/{n}", reply) for n, reply in enumerate(rows(node, "replies"))]
        below = [(source, reply) for source, reply in below if isinstance(at(reply, "post"), dict)]
        yield from ((reply, source, True) for source, reply in below)
        waiting.extend(reversed(below))


def _beside(node: Any) -> dict[str, int]:
    """How many posts around this one are named and not shown."""
    return shut_beside(rows(node, "replies"), "replies") | shut_beside([at(node, "parent")], "parent")


def _deeper(account: Account, node: Any, source: str) -> Fetch | None:
    """The thread below a post at the lowest level shown, where it has answers."""
    uri, replies = text(node, "post", "uri"), count(node, "post", "replyCount")
    lowest = source.count("/replies/") >= LEVELS and not rows(node, "replies")
    return thread(account, uri, str(replies)) if lowest and replies and address(uri)[0] else None


def _gate(body: Any, root: Any) -> Any:
    """The rule of a thread, where its author made one: it names the answers that were hidden."""
    return at(body, "threadgate", "record") or at(root, "post", "threadgate", "record")


def _dated_by_key(item: Snapshot) -> bool:
    """Whether the key of a record tells its time, and its own date is not much older, as of posts brought along."""
    key = item.remote_id.rpartition("/")[2]
    if len(key) != 13 or any(sign not in _KEY_SIGNS for sign in key) or item.created is None:
        return False
    number = 0
    for sign in key:
        number = number * 32 + _KEY_SIGNS.index(sign)
    microseconds = number >> 10
    try:
        return item.created >= datetime.fromtimestamp(microseconds / 1e6, UTC) - _BACKDATED
    except (OverflowError, OSError, ValueError):
        return False
