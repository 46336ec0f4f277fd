"""The replies of Bluesky's servers: what each holds, and what to ask next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from archiver.errors import Unreadable
from archiver.model import Account, Fetch, Page, Snapshot
from connectors.bluesky import account, chat
from connectors.bluesky.asks import LEVELS, PAGED, POSTS, REASONS, address, thread, view
from connectors.bluesky.records import content, drift, shut_beside, snapshot, step, with_quoted
from connectors.fields import at, count, rows, text
from connectors.reading import Found, Reading

_VIEWS_AT_ONCE = 25
_KEY_SIGNS = "234567abcdefghijklmnopqrstuvwxyz"
_BACKDATED = timedelta(days=1)


def records(reading: Reading) -> Page:
    """Records of one collection; of posts, also how the application view counts them."""
    nodes = reading.rows("records")
    found = [snapshot(reading.account, node, place) for place, node in nodes]
    uris = [text(node, "uri") for _, node in nodes if address(text(node, "uri"))[1] == POSTS]
    also = _counts(reading.account, uris) if reading.fetch.stream == "posts" else ()
    by_time = bool(nodes) and all(_dated_by_key(one) for one in found if isinstance(one, Snapshot))
    return _page(reading, (*found, *also), nodes, newest_first=by_time and reading.fetch.subject is None, walked=True)


def counts(reading: Reading) -> Page:
    """Own posts as the application view shows them: counts, labels, and whether there is a thread to ask for."""
    nodes, found = reading.rows("posts"), list[Found]()
    for place, node in nodes:
        found += with_quoted(reading.account, node, place)
        found += (_thread(reading.account, node), _quotes(reading.account, node))
    return _page(reading, found, nodes)


def around(reading: Reading) -> Page:
    """What a post answers, and the answers to it: the account's business below its own posts, context elsewhere."""
    root = at(reading.value, "thread")
    if not isinstance(root, dict):
        raise Unreadable(f"The reply to '{reading.fetch.stream}' holds no thread.", do="Poll again; see the gap.")
    posts, ours = list(_posts(root)), address(reading.subject)[0] == reading.account.platform_id
    hidden = rows(_gate(reading.value, root), "hiddenReplies")
    found: list[Found] = []
    for node, source, below in posts:
        seen = {"hidden-by-us": int(text(node, "post", "uri") in hidden)} if below and ours else {}
        said = {"ours": below and ours, "observed": _beside(node) | seen}
        found += with_quoted(reading.account, at(node, "post"), f"{source}/post", **said)
    deeper = [asked for node, source, _ in posts if (asked := _deeper(reading.account, node, source))]
    nodes = [(source, at(node, "post")) for node, source, _ in posts]
    return _page(reading, (*found, *deeper), nodes, walked=reading.fetch.stream != "item" and not deeper)


def quotes(reading: Reading) -> Page:
    """Posts of others that quote one of ours."""
    nodes = reading.rows("posts")
    found = [one for place, node in nodes for one in with_quoted(reading.account, node, place, ours=True)]
    return _page(reading, found, nodes, walked=True)


def mentions(reading: Reading) -> Page:
    """Posts of others that the account was notified of, and the threads they stand in."""
    told = [(place, node) for place, node in reading.rows("notifications") if text(node, "reason") in REASONS]
    newest: dict[str, str] = {}  # of each thread; others of the same were told before
    for _, node in told:
        newest.setdefault(_top(reading.account, node), text(node, "cid"))
    threads = [thread(reading.account, top, cid) for top, cid in newest.items() if top]
    found = [snapshot(reading.account, node, place, ours=True) for place, node in told]
    return _page(reading, (*found, *threads), told, newest_first=True)


def item(reading: Reading) -> Page:
    """One record, looked at directly on the account's own server."""
    return _page(reading, [snapshot(reading.account, reading.value, "")], [("", reading.value)])


READERS = {
    "com.atproto.repo.describeRepo": account.repository,
    "com.atproto.server.getSession": account.session,
    "com.atproto.sync.getLatestCommit": account.revision,
    "com.atproto.repo.listRecords": records,
    "app.bsky.actor.getProfile": account.profile,
    "app.bsky.feed.getPosts": counts,
    "app.bsky.feed.getPostThread": around,
    "app.bsky.feed.getQuotes": quotes,
    "app.bsky.notification.listNotifications": mentions,
    "chat.bsky.convo.listConvos": chat.conversations,
    "chat.bsky.convo.getMessages": chat.messages,
    "item": item,
}


def _page(reading: Reading, found: Iterable[Found], nodes: list[tuple[str, Any]], **said: Any) -> Page:
    return reading.page(found, step=step(reading), drift=drift(node for _, node in nodes), **said)


def _counts(account: Account, uris: list[str]) -> Iterator[Fetch]:
    for start in range(0, len(uris), _VIEWS_AT_ONCE):
        some = uris[start : start + _VIEWS_AT_ONCE]
        yield view(account, "counts", "app.bsky.feed.getPosts", *(("uris", uri) for uri in some), subject=some[0])


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
    return view(account, "quotes", "app.bsky.feed.getQuotes", ("uri", uri), PAGED, subject=uri, token=str(quotes))


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
