"""How the AT Protocol is asked: the account's own server, the application view, the chat service, and at-uris.

What needs the account's credential goes to the account's own server, which passes it on (`atproto-proxy`): so the
credential stays on one origin. Without a credential the public application view is asked straight.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from archiver.model import Account, Fetch, ItemRef
from connectors.declared import declared

DECLARED = declared(__package__)
POSTS = "app.bsky.feed.post"
PUBLIC_APP_VIEW = "https://public.api.bsky.app"
LEVELS = int(dict(DECLARED.asks["thread"].params)["depth"])
"""Of a thread at a time: deeper JSON would be refused by our own reader."""

REASONS = [reason for name, reason in DECLARED.asks["mentions"].params if name == "reasons"]
"""The notifications that are posts of others."""

_NOTHING: Mapping[str, str] = {}


def ask(account: Account, name: str, given: Mapping[str, str | Iterable[str]] = _NOTHING, **about: Any) -> Fetch:
    """A request that is declared under this name."""
    asked, root = DECLARED.asks[name], base(account)
    option, usual, part = DECLARED.more["services"].get(asked.path.partition(".")[0], ("", "", ""))
    service = account.options.get(option, usual)
    if part == "bsky_appview" and not account.credential:
        root, service = account.options.get("app_view", PUBLIC_APP_VIEW).rstrip("/"), ""
    proxy = service if "#" in service else f"{service}#{part}"
    return asked(f"{root}/xrpc/", given, headers=(("atproto-proxy", proxy),) if service else (), **about)


def first(account: Account) -> tuple[Fetch, ...]:
    """The account's repository by its handle, later by its DID; and whom the credential speaks for."""
    name = account.platform_id or account.handle.strip().removeprefix("@")
    repository = ask(account, "repository", {"repo": name})
    return (repository, ask(account, "session")) if account.credential else (repository,)


def item(account: Account, item: ItemRef) -> Fetch | None:
    """Own records on the account's server, others' posts by the application view; messages have no such way."""
    did, collection, key = address(item.remote_id)
    if did and did == account.platform_id:
        given = {"did": did, "collection": collection, "key": key}
        return ask(account, "record", given, subject=item.remote_id)
    return ask(account, "post", {"uri": item.remote_id}, subject=item.remote_id) if did else None


def base(account: Account) -> str:
    """The address of the account's own server."""
    return account.url.rstrip("/").removesuffix("/xrpc")


def address(uri: str) -> tuple[str, str, str]:
    """DID, collection and key of an at-uri; three empty strings where it is none of a record."""
    parts = uri.removeprefix("at://").split("/") if uri.startswith("at://did:") else []
    return (parts[0], parts[1], parts[2]) if len(parts) == 3 and all(parts) else ("", "", "")
