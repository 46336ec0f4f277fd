"""How the AT Protocol is asked: the account's own server, the application view, the chat service, and at-uris.

What needs the account's credential goes to the account's own server, which passes it on (`atproto-proxy`): so the
credential stays on one origin. Without a credential the public application view is asked straight.
"""

from __future__ import annotations

from urllib.parse import quote

from archiver.model import Account, Fetch

PUBLIC_APP_VIEW = "https://public.api.bsky.app"
CHAT_SERVICE = "did:web:api.bsky.chat"
PAGED = (("limit", "100"),)
LEVELS = 80  # of a thread at a time: deeper JSON would be refused by our own reader
THREAD = (("depth", str(LEVELS)), ("parentHeight", str(LEVELS)))
REASONS = ("mention", "reply", "quote")  # the notifications that are posts of others
POSTS = "app.bsky.feed.post"

Params = tuple[tuple[str, str], ...]


def own(
    account: Account,
    stream: str,
    method: str,
    params: Params,
    *,
    subject: str | None = None,
    token: str | None = None,
    hint: str = "",
) -> Fetch:
    """A question to the account's own server."""
    url = f"{base(account)}/xrpc/{method}"
    return Fetch(stream=stream, url=url, params=params, subject=subject, token=token, hint=hint)


def view(
    account: Account,
    stream: str,
    method: str,
    params: Params,
    *,
    subject: str | None = None,
    token: str | None = None,
) -> Fetch:
    """A question to the application view: through the account's server with a credential, straight without one."""
    service = account.options.get("app_view_service", "")
    if account.credential:
        headers = (("atproto-proxy", _service(service, "bsky_appview")),) if service else ()
        at = base(account)
    else:
        headers = ()
        at = account.options.get("app_view", PUBLIC_APP_VIEW).rstrip("/")
    url = f"{at}/xrpc/{method}"
    return Fetch(stream=stream, url=url, params=params, headers=headers, subject=subject, token=token)


def chat(account: Account, method: str, params: Params, *, subject: str, token: str | None = None) -> Fetch:
    """A question to the chat service, through the account's server."""
    service = account.options.get("chat_service", CHAT_SERVICE)
    headers = (("atproto-proxy", _service(service, "bsky_chat")),)
    url = f"{base(account)}/xrpc/{method}"
    return Fetch(stream="messages", url=url, params=params, headers=headers, subject=subject, token=token)


def thread(account: Account, uri: str, token: str) -> Fetch:
    """The thread around a post, once for each state of it that `token` names."""
    params = (("uri", uri), *THREAD)
    return view(account, "comments", "app.bsky.feed.getPostThread", params, subject=uri, token=token)


def records(
    account: Account, stream: str, did: str, collection: str, *, subject: str | None = None, token: str | None = None
) -> Fetch:
    """The records of a collection, newest first; oldest first where it is about a revision of the repository."""
    params: Params = (("repo", did), ("collection", collection), *PAGED)
    params += (("reverse", "true"),) if subject else ()
    return own(account, stream, "com.atproto.repo.listRecords", params, subject=subject, token=token)


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


def repo_of(account: Account) -> str:
    """The account's DID once it is known, its handle before."""
    return account.platform_id or account.handle.strip().removeprefix("@")


def _service(did: str, name: str) -> str:
    return did if "#" in did else f"{did}#{name}"
