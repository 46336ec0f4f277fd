"""The replies of Bluesky's servers: what each holds, and what to ask next."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from archiver.errors import Unreadable
from archiver.model import Account, Fetch, Page, Snapshot
from connectors.bluesky import account, chat
from connectors.bluesky.asks import LEVELS, POSTS, REASONS, address, ask
from connectors.bluesky.records import content, drift, shut, snapshot, with_quoted
from connectors.fields import at, count, rows, text
from connectors.reading import Found, Reading, stepped
from connectors.shapes import said

_VIEWS_AT_ONCE = 25
_KEY = re.compile(r"[2-7a-z]{13}")  # of a record: microseconds and 10 bits more, in digits to the base of 32
_DIGITS = str.maketrans("234567abcdefghijklmnopqrstuvwxyz", "0123456789abcdefghijklmnopqrstuv")
_EPOCH, _BACKDATED = datetime(1970, 1, 1, tzinfo=UTC), timedelta(days=1)


def _records(reading: Reading) -> Page:
    """Records of one collection; of posts, also how the application view counts them."""
    nodes = reading.rows("records")
    found = [snapshot(reading.account, node, place) for place, node in nodes]
    uris = [uri for _, node in nodes if address(uri := text(node, "uri"))[1] == POSTS]
    starts = range(0, len(uris), _VIEWS_AT_ONCE) if reading.fetch.stream == "posts" else ()
    parts = (uris[start : start + _VIEWS_AT_ONCE] for start in starts)
    also = (ask(reading.account, "counts", {"uris": part}, subject=part[0]) for part in parts)
    by_time = bool(nodes) and all(_dated_by_key(one) for one in found if isinstance(one, Snapshot))
    return _page(reading, [*found, *also], nodes, newest_first=by_time and reading.fetch.subject is None, walked=True)


def _views(reading: Reading, *, theirs: bool) -> Page:
    """Posts of others that quote one of ours; or our own: their counts, labels, and what there is to ask for."""
    nodes = reading.rows("posts")
    found = [one for place, node in nodes for one in with_quoted(reading.account, node, place, ours=theirs)]
    beside = () if theirs else (asked for _, node in nodes for asked in _beside(reading.account, node))
    return _page(reading, [*found, *beside], nodes, walked=theirs)


def _thread(reading: Reading) -> Page:
    """What a post answers, and the answers to it: the account's business below its own posts, context elsewhere."""
    root = at(reading.value, "thread")
    if not isinstance(root, dict):
        raise Unreadable(f"The reply to '{reading.fetch.stream}' holds no thread.", do="Poll again; see the gap.")
    posts, ours = list(_posts(root)), address(reading.subject)[0] == reading.account.platform_id
    # The rule of a thread, where its author made one, names the answers that were hidden.
    gate = at(reading.value, "threadgate", "record") or at(root, "post", "threadgate", "record")
    hidden = rows(gate, "hiddenReplies")
    found: list[Found] = []
    for node, source, below in posts:
        observed = shut(rows(node, "replies"), "replies") | shut([at(node, "parent")], "parent")
        if below and ours:
            observed["hidden-by-us"] = int(text(node, "post", "uri") in hidden)
        found += with_quoted(
            reading.account, at(node, "post"), f"{source}/post", ours=below and ours, observed=observed
        )
    deeper = [asked for node, source, _ in posts if (asked := _deeper(reading.account, node, source))]
    nodes = [(source, at(node, "post")) for node, source, _ in posts]
    return _page(reading, [*found, *deeper], nodes, walked=reading.fetch.stream != "item" and not deeper)


def _mentions(reading: Reading) -> Page:
    """Posts of others that the account was notified of, and the threads they stand in."""
    told = [(place, node) for place, node in reading.rows("notifications") if text(node, "reason") in REASONS]
    newest: dict[str, str] = {}  # of each thread; others of the same were told before
    for _, node in told:
        newest.setdefault(_top(reading.account, node), text(node, "cid"))
    threads = [_ask_thread(reading.account, top, cid) for top, cid in newest.items() if top]
    found = [snapshot(reading.account, node, place, ours=True) for place, node in told]
    return _page(reading, [*found, *threads], told, newest_first=True)


def _item(reading: Reading) -> Page:
    """One record, looked at directly on the account's own server."""
    return _page(reading, [snapshot(reading.account, reading.value, "")], [("", reading.value)])


READERS: dict[str, Callable[[Reading], Page]] = {
    "com.atproto.repo.describeRepo": account.repository,
    "com.atproto.server.getSession": account.session,
    "com.atproto.sync.getLatestCommit": account.revision,
    "com.atproto.repo.listRecords": _records,
    "app.bsky.actor.getProfile": account.profile,
    "app.bsky.feed.getPosts": partial(_views, theirs=False),
    "app.bsky.feed.getPostThread": _thread,
    "app.bsky.feed.getQuotes": partial(_views, theirs=True),
    "app.bsky.notification.listNotifications": _mentions,
    "chat.bsky.convo.listConvos": chat.conversations,
    "chat.bsky.convo.getMessages": chat.messages,
    "item": _item,
}


def _page(reading: Reading, found: list[Any], nodes: list[tuple[str, Any]], **more: Any) -> Page:
    step = stepped(reading.fetch, "cursor", reading.says("cursor"))
    return reading.page(found, step=step, drift=drift(node for _, node in nodes), **more)


def _beside(account: Account, node: Any) -> Iterator[Fetch]:
    """The thread around an own post that has answers or answers another, and who quotes it: once for each number."""
    uri, replies, quotes = text(node, "uri"), count(node, "replyCount") or 0, count(node, "quoteCount")
    did, answered = address(uri)[0], address(said(node, "record.reply.parent.uri"))[0]
    if did and (replies or answered not in ("", did)):
        yield _ask_thread(account, uri, str(replies))
    if did and quotes:
        yield ask(account, "quotes", {"uri": uri}, subject=uri, token=str(quotes))


def _ask_thread(account: Account, uri: str, token: str) -> Fetch:
    """The thread around a post, once for each state of it that `token` names."""
    return ask(account, "thread", {"uri": uri}, subject=uri, token=token)


def _deeper(account: Account, node: Any, source: str) -> Fetch | None:
    """The thread below a post at the lowest level shown, where it has answers."""
    uri, replies = text(node, "post", "uri"), count(node, "post", "replyCount")
    lowest = source.count("/replies/") >= LEVELS and not rows(node, "replies")
    return _ask_thread(account, uri, str(replies)) if lowest and replies and address(uri)[0] else None


def _top(account: Account, node: Any) -> str:
    """The own post whose thread a notification belongs to; the post told of itself where it answers none of ours."""
    above = (said(content(node), f"reply.{place}.uri") for place in ("root", "parent"))
    ours = (uri for uri in above if account.platform_id and address(uri)[0] == account.platform_id)
    return next(ours, text(node, "uri"))


def _posts(root: Any) -> Iterator[tuple[Any, str, bool]]:
    """The posts of a thread that are shown, each with its place: the one asked about, those above, those below."""
    above, source = at(root, "parent"), "/thread/parent"
    if isinstance(at(root, "post"), dict):
        yield root, "/thread", False
    while isinstance(at(above, "post"), dict):
        yield above, source, False
        above, source = at(above, "parent"), f"{source}/parent"
    yield from _below(root, "/thread")


def _below(node: Any, place: str) -> Iterator[tuple[Any, str, bool]]:
    """The answers to a post, then those to each of them: as deep as a thread is asked for."""
    replies = [(f"{place}/replies/{n}", reply) for n, reply in enumerate(rows(node, "replies"))]
    shown = [(source, reply) for source, reply in replies if isinstance(at(reply, "post"), dict)]
    yield from ((reply, source, True) for source, reply in shown)
    for source, reply in shown:
        yield from _below(reply, source)


def _dated_by_key(item: Snapshot) -> bool:
    """Whether the key of a record tells its time, and its own date is not much older, as of posts brought along."""
    key = item.remote_id.rpartition("/")[2]
    if item.created is None or not _KEY.fullmatch(key):
        return False
    told = _EPOCH + timedelta(microseconds=int(key.translate(_DIGITS), 32) >> 10)
    return item.created >= told - _BACKDATED
