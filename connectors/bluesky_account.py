"""Who an account is, which collections its repository has, and at which revision it stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archiver.errors import Unreadable
from archiver.model import Account, Author, Fetch, Identity, Kind, Notice, Page, Reply, Snapshot, origin_of
from connectors.bluesky_requests import PAGED, POSTS, REASONS, chat, own, records, view
from connectors.fields import at, counters, pairs, rows, text
from connectors.json_body import Body, read_json
from connectors.times import read_time

_WALKED_IN_EVERY_REVISION = 12  # collections; the rest waits for the re-walks
_SELDOM = ("app.bsky.feed.like", "app.bsky.graph.follow", "app.bsky.graph.block", "app.bsky.graph.listitem")
_ENTRY, _BEHIND_THE_ENTRY = "https://bsky.social:443", ".bsky.network:443"
_FOLLOWING = {"followers": "followersCount", "following": "followsCount", "posts": "postsCount"}


def read_repository(account: Account, fetch: Fetch, reply: Reply) -> Page:
    """The account behind the name, and the collections of its repository, all of which are listed."""
    body = read_json(fetch, reply, expect=dict)
    did, handle = _did(fetch, body), text(body.value, "handle")
    # The server names a collection only while it holds a record; the last post that is removed must be missed too.
    collections = sorted({POSTS, *(name for name in rows(body.value, "collections") if isinstance(name, str) and name)})
    named = [records(account, _stream(name), did, name) for name in collections]
    often = [name for name in collections if name not in _SELDOM][:_WALKED_IN_EVERY_REVISION]
    revision = own(
        account, "revision", "com.atproto.sync.getLatestCommit", (("did", did),), subject=did, hint=" ".join(often)
    )
    profile = view(account, "profile", "app.bsky.actor.getProfile", (("actor", did),), subject=did)
    return Page(
        items=(_registered(body.value, did, handle),),
        also=(*named, revision, profile),
        identity=Identity(platform_id=did, handle=handle, name=handle),
        notices=tuple(_notices(account, body.value)),
        flags=body.flags,
    )


def read_session(account: Account, fetch: Fetch, reply: Reply) -> Page:
    """Whom the credential speaks for; only then is asked what it alone may see."""
    body = read_json(fetch, reply, expect=dict)
    did, handle = _did(fetch, body), text(body.value, "handle")
    asked = (*PAGED, *(("reasons", reason) for reason in REASONS))
    mentions = view(account, "mentions", "app.bsky.notification.listNotifications", asked)
    messages = chat(account, "chat.bsky.convo.listConvos", PAGED, subject=did)
    return Page(also=(mentions, messages), identity=Identity(platform_id=did, handle=handle, name=handle))


def read_revision(account: Account, fetch: Fetch, reply: Reply) -> Page:
    """The repository's revision: at each new one every record is listed anew, which shows edits and removals."""
    body = read_json(fetch, reply, expect=dict)
    rev = text(body.value, "rev")
    if not rev:
        raise Unreadable("The reply to 'revision' names no revision.")
    did = fetch.subject or ""
    also = [records(account, "revision", did, name, subject=did, token=rev) for name in fetch.hint.split()]
    return Page(also=tuple(also), flags=body.flags)


def read_profile(_account: Account, fetch: Fetch, reply: Reply) -> Page:
    """The account as the application view shows it."""
    body = read_json(fetch, reply, expect=dict)
    did, handle = _did(fetch, body), text(body.value, "handle")
    created, raw = read_time(at(body.value, "createdAt"))
    name = text(body.value, "displayName")
    item = Snapshot(
        kind=Kind.PROFILE,
        remote_id=f"profile:{did}",
        author=Author(id=did, handle=handle, name=name),
        created=created,
        created_raw=raw,
        title=name,
        text=text(body.value, "description"),
        link=f"https://bsky.app/profile/{did}",
        counters=counters(body.value, _FOLLOWING),
    )
    return Page(items=(item,), totals=counters(body.value, {"posts": "postsCount"}), flags=body.flags)


def _registered(node: Any, did: str, handle: str) -> Snapshot:
    """The account itself: its name and its server, a change of which is a version."""
    return Snapshot(
        kind=Kind.PROFILE,
        remote_id=did,
        author=Author(id=did, handle=handle),
        title=handle,
        link=f"https://bsky.app/profile/{did}",
        details=pairs(server=_home(node)),
    )


def _did(fetch: Fetch, body: Body) -> str:
    did = text(body.value, "did")
    if not did.startswith("did:"):
        raise Unreadable(
            f"The reply to '{fetch.stream}' names no account (DID).", do="Check that the address is a Bluesky server."
        )
    return did


def _stream(collection: str) -> str:
    return "posts" if collection == POSTS else "records"


def _notices(account: Account, node: Any) -> Iterator[Notice]:
    """Another server, another name, a name that leads elsewhere: each withdrawn by the next reply without it."""
    handle, wanted = text(node, "handle"), account.handle.strip().removeprefix("@")
    words = ""
    if at(node, "handleIsCorrect") is False:
        words = f"The name {handle} does not lead to this account: somebody else may stand behind it."
    elif not wanted.startswith("did:") and handle.casefold() != wanted.casefold():
        words = f"The account is now called {handle}; it is registered as {wanted}."
    yield Notice(topic="handle", words=words)
    yield Notice(topic="server", words=_moved(account, node))


def _moved(account: Account, node: Any) -> str:
    try:
        home = origin_of(_home(node) or account.url)
    except ValueError:
        home = _home(node)
    entry = account.origin == _ENTRY and home.endswith(_BEHIND_THE_ENTRY)
    return "" if home == account.origin or entry else f"The account is kept on {home}; register that address."


def _home(node: Any) -> str:
    """The address of the server that keeps the account, by its DID document."""
    services = rows(node, "didDoc", "service")
    found = (text(one, "serviceEndpoint") for one in services if text(one, "id").endswith("#atproto_pds"))
    return next(found, "")
