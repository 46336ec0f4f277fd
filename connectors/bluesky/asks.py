"""How the AT Protocol is asked: the account's own server, the application view, the chat service, and at-uris.

What needs the account's credential goes to the account's own server, which passes it on (`atproto-proxy`): so the
credential stays on one origin. Without a credential the public application view is asked straight.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from archiver.model import Account, Fetch, ItemRef
from connectors.declared import declared

DECLARED = declared(__package__)
PUBLIC_APP_VIEW = "https://public.api.bsky.app"
CHAT_SERVICE = "did:web:api.bsky.chat"
PAGED = ("limit", "100")
LEVELS = 80  # of a thread at a time: deeper JSON would be refused by our own reader
REASONS = ("mention", "reply", "quote")  # the notifications that are posts of others
POSTS = "app.bsky.feed.post"


def own(account: Account, stream: str, method: str, *params: tuple[str, str], **about: Any) -> Fetch:
    """A question to the account's own server."""
    return Fetch(stream=stream, url=f"{base(account)}/xrpc/{method}", params=params, **about)


def view(account: Account, stream: str, method: str, *params: tuple[str, str], **about: Any) -> Fetch:
    """A question to the application view: through the account's server with a credential, straight without one."""
    if account.credential:
        service = account.options.get("app_view_service", "")
        return own(account, stream, method, *params, headers=_by(service, "bsky_appview"), **about)
    root = account.options.get("app_view", PUBLIC_APP_VIEW).rstrip("/")
    return Fetch(stream=stream, url=f"{root}/xrpc/{method}", params=params, **about)


def chat(account: Account, method: str, *params: tuple[str, str], **about: Any) -> Fetch:
    """A question to the chat service, through the account's server."""
    service = account.options.get("chat_service", CHAT_SERVICE)
    return own(account, "messages", f"chat.bsky.convo.{method}", *params, headers=_by(service, "bsky_chat"), **about)


def _by(service: str, name: str) -> tuple[tuple[str, str], ...]:
    return (("atproto-proxy", service if "#" in service else f"{service}#{name}"),) if service else ()


def first(account: Account) -> tuple[Fetch, ...]:
    """The account's repository by its handle, later by its DID; and whom the credential speaks for."""
    name = account.platform_id or account.handle.strip().removeprefix("@")
    repository = own(account, "profile", "com.atproto.repo.describeRepo", ("repo", name))
    session = own(account, "profile", "com.atproto.server.getSession")
    return (repository, session) if account.credential else (repository,)


def thread(account: Account, uri: str, token: str) -> Fetch:
    """The thread around a post, once for each state of it that `token` names."""
    params = (("uri", uri), ("depth", str(LEVELS)), ("parentHeight", str(LEVELS)))
    return view(account, "comments", "app.bsky.feed.getPostThread", *params, subject=uri, token=token)


def records(account: Account, stream: str, did: str, collection: str, **about: Any) -> Fetch:
    """The records of a collection, newest first; oldest first where it is about a revision of the repository."""
    order = (("reverse", "true"),) if "subject" in about else ()
    params = (("repo", did), ("collection", collection), PAGED, *order)
    return own(account, stream, "com.atproto.repo.listRecords", *params, **about)


def item(account: Account, item: ItemRef) -> Fetch | None:
    """Own records on the account's server, others' posts by the application view; messages have no such way."""
    did, collection, key = address(item.remote_id)
    if did and did == account.platform_id:
        params = (("repo", did), ("collection", collection), ("rkey", key))
        return own(account, "item", "com.atproto.repo.getRecord", *params, subject=item.remote_id)
    if did:
        params = (("uri", item.remote_id), ("depth", "0"), ("parentHeight", "0"))
        return view(account, "item", "app.bsky.feed.getPostThread", *params, subject=item.remote_id)
    return None


def method(fetch: Fetch) -> str:
    """The method a fetch asks for."""
    return fetch.url.rpartition("/")[2]


def blob_url(account: Account, did: str, cid: str) -> str:
    """Where the account's own server gives a file as it was uploaded."""
    return f"{base(account)}/xrpc/com.atproto.sync.getBlob?did={quote(did, safe=':')}&cid={quote(cid, safe='')}"


def base(account: Account) -> str:
    """The address of the account's own server."""
    return account.url.rstrip("/").removesuffix("/xrpc")


def address(uri: str) -> tuple[str, str, str]:
    """DID, collection and key of an at-uri; three empty strings where it is none of a record."""
    parts = uri.removeprefix("at://").split("/") if uri.startswith("at://did:") else []
    return (parts[0], parts[1], parts[2]) if len(parts) == 3 and all(parts) else ("", "", "")
