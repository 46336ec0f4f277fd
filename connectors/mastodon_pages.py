"""The replies of the Mastodon API: what each holds, and what to ask next."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from archiver.errors import Unreadable
from archiver.model import Account, Cause, Fetch, Identity, Kind, Media, Page, Reply, Snapshot, Unread
from connectors.fields import at, count, counters, rows, text, unique
from connectors.html_text import plain
from connectors.json_body import read_json
from connectors.links import link_target, next_page, part
from connectors.mastodon_status import author, is_own, snapshots, version
from connectors.times import read_time

_LIMIT = 40
_PAGED = (("limit", str(_LIMIT)),)
_WHOLE_THREAD = 4096  # answers a thread shows to a signed-in reader
_WHOLE_THREAD_OF_STRANGERS = 20  # levels it shows to others: with fewer answers none can lie deeper
_FOLLOWING = {"followers": "followers_count", "following": "following_count", "statuses": "statuses_count"}

Read = Callable[[Account, Fetch, Reply], Page]
Found = Iterable[Snapshot | Unread]


def _read_profile(account: Account, fetch: Fetch, reply: Reply) -> Page:
    body = read_json(fetch, reply, expect=dict)
    identity, profile = _identity(account, body.value), _profile(body.value)
    listing = f"accounts/{part(identity.platform_id)}/statuses"
    also = [ask(account, "posts", listing, *_PAGED)]
    if account.credential:
        also.append(ask(account, "messages", "conversations", *_PAGED))
        also.append(ask(account, "mentions", "notifications", ("types[]", "mention"), *_PAGED))
    totals = counters(body.value, {"posts": "statuses_count"})
    return Page(items=(profile,), also=tuple(also), identity=identity, totals=totals, flags=body.flags)


def _read_posts(account: Account, fetch: Fetch, reply: Reply) -> Page:
    body = read_json(fetch, reply, expect=list)
    found = [one for n, node in enumerate(body.rows) for one in snapshots(account, node, f"/{n}")]
    whole = len(body.rows) < _LIMIT or any(link_target(reply, rel) for rel in ("next", "prev"))
    return _page(account, fetch, reply, body.rows, found, body.flags, newest_first=True, walked=whole)


def _read_wrapped(name: str) -> Read:
    """A listing whose rows carry a status under a name: conversations and notifications."""

    def read(account: Account, fetch: Fetch, reply: Reply) -> Page:
        body = read_json(fetch, reply, expect=list)
        held = [(f"/{n}/{name}", at(row, name)) for n, row in enumerate(body.rows) if at(row, name) is not None]
        found = [one for place, node in held for one in snapshots(account, node, place, ours=True)]
        nodes = [node for _, node in held]
        return _page(account, fetch, reply, nodes, found, body.flags, newest_first=True, walked=False)

    return read


def _read_thread(account: Account, fetch: Fetch, reply: Reply) -> Page:
    body = read_json(fetch, reply, expect=dict)
    above, below = rows(body.value, "ancestors"), rows(body.value, "descendants")
    thread = text(above, 0, "id") or fetch.subject
    found = [one for n, node in enumerate(above) for one in snapshots(account, node, f"/ancestors/{n}", thread=thread)]
    for n, node in enumerate(below):
        found.extend(snapshots(account, node, f"/descendants/{n}", thread=thread, ours=True))
    also = tuple(asked for node in above + below if (asked := _history(account, node)))
    whole = len(below) < (_WHOLE_THREAD if account.credential else _WHOLE_THREAD_OF_STRANGERS)
    return Page(items=_items(found), unread=_unread(found), also=also, walked=whole, flags=body.flags)


def _read_history(_account: Account, fetch: Fetch, reply: Reply) -> Page:
    body = read_json(fetch, reply, expect=list)
    first, subject = at(body.rows, 0), fetch.subject or ""
    found = [version(node, f"/{n}", subject=subject, first=first) for n, node in enumerate(body.rows)]
    items = tuple(one for one in found if isinstance(one, Snapshot))
    return Page(items=items, unread=_unread(found), flags=body.flags)


def read_item(account: Account, fetch: Fetch, reply: Reply) -> Page:
    """One status, or the profile, looked at directly."""
    body = read_json(fetch, reply, expect=dict)
    if (fetch.subject or "").startswith("account:"):
        if text(body.value, "id"):
            return Page(items=(_profile(body.value),), flags=body.flags)
        return Page(unread=(Unread(source="", reason="an account without an id"),), flags=body.flags)
    found = list(snapshots(account, body.value, ""))
    return _page(account, fetch, reply, [body.value], found, body.flags, newest_first=False, walked=False)


READERS: dict[str, Read] = {
    "profile": _read_profile,
    "posts": _read_posts,
    "comments": _read_thread,
    "history": _read_history,
    "messages": _read_wrapped("last_status"),
    "mentions": _read_wrapped("status"),
    "item": read_item,
}


def _page(
    account: Account,
    fetch: Fetch,
    reply: Reply,
    nodes: list[Any],
    found: list[Snapshot | Unread],
    flags: tuple[str, ...],
    *,
    newest_first: bool,
    walked: bool,
) -> Page:
    asked = [one for node in nodes for one in (_thread(account, fetch, node), _history(account, node)) if one]
    return Page(
        items=_items(found),
        unread=_unread(found),
        more=next_page(fetch, reply),
        also=tuple(asked),
        newest_first=newest_first,
        walked=walked,
        flags=flags,
    )


def _items(found: Found) -> tuple[Snapshot, ...]:
    return unique(one for one in found if isinstance(one, Snapshot))


def _unread(found: Found) -> tuple[Unread, ...]:
    return tuple(one for one in found if isinstance(one, Unread))


def _thread(account: Account, fetch: Fetch, node: Any) -> Fetch | None:
    """The thread around a status, where it has answers or answers somebody else; once for each state of it."""
    status_id, replies = text(node, "id"), count(node, "replies_count")
    answers_another = at(node, "in_reply_to_id") and at(node, "in_reply_to_account_id") != at(node, "account", "id")
    if not status_id or at(node, "reblog") or (replies == 0 and not answers_another and fetch.stream != "messages"):
        return None
    token = f"{'' if replies is None else replies}:{text(node, 'edited_at')}"
    return ask(account, "comments", f"statuses/{part(status_id)}/context", subject=status_id, token=token)


def _history(account: Account, node: Any) -> Fetch | None:
    status_id, edited = text(node, "id"), text(node, "edited_at")
    if not status_id or not edited:
        return None
    return ask(account, "history", f"statuses/{part(status_id)}/history", subject=status_id, token=edited)


def _identity(account: Account, who: Any) -> Identity:
    """Whom the reply speaks for. A credential of somebody else must not be pinned by its first use."""
    if not text(who, "id"):
        raise Unreadable(
            "The reply to 'profile' names no account id.", do="Check that the address is a Mastodon server."
        )
    if not is_own(account, who) and account.platform_id is None:
        raise Unreadable(
            f"The server answers for @{text(who, 'acct')}, not for {account.handle}.",
            cause=Cause.IDENTITY,
            do="Give the credential of the registered account, or correct its handle.",
        )
    return Identity(platform_id=text(who, "id"), handle=text(who, "acct"), name=text(who, "display_name"))


def _profile(who: Any) -> Snapshot:
    created, raw = read_time(at(who, "created_at"))
    fields = tuple((f"field:{text(one, 'name')}", plain(text(one, "value"))) for one in rows(who, "fields"))
    pictures = [(name, text(who, name)) for name in ("avatar", "header")]
    return Snapshot(
        kind=Kind.PROFILE,
        remote_id=f"account:{text(who, 'id')}",
        author=author(who),
        created=created,
        created_raw=raw,
        title=text(who, "display_name"),
        text=plain(text(who, "note")),
        markup=text(who, "note"),
        link=text(who, "url"),
        media=tuple(Media(id=url, url=url, type="image", alt=name) for name, url in pictures if url),
        source="",
        counters=counters(who, _FOLLOWING),
        details=fields,
    )


def ask(
    account: Account,
    stream: str,
    path: str,
    *params: tuple[str, str],
    subject: str | None = None,
    token: str | None = None,
) -> Fetch:
    """A request to the account's home server."""
    url = f"{account.url.rstrip('/')}/api/v1/{path}"
    return Fetch(stream=stream, url=url, params=params, subject=subject, token=token)


def local_name(account: Account) -> str:
    """The handle as its home server knows it: without the host, where that is the host asked."""
    name, _, host = account.handle.removeprefix("@").partition("@")
    same = not host or host.casefold() == (urlsplit(account.url).hostname or "").casefold()
    return name if same else f"{name}@{host}"
