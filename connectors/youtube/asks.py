"""What YouTube is asked: most of it by the table `edges` of declared.toml, the rest here."""

from __future__ import annotations

from typing import Any

from archiver.model import Account, Fetch, ItemRef, Kind
from connectors.declared import declared
from connectors.edges import edges
from connectors.reading import stepped

DECLARED = declared(__package__)
HTML = ("textFormat", "html")


def by_key(account: Account) -> bool:
    """Whether the credential is an API key, which shows what everybody may see, and not the owner's consent."""
    return account.options.get("login", "") == "key"


def is_owner(account: Account) -> bool:
    """Whether what only the owner may see can be asked for."""
    return bool(account.credential) and not by_key(account)


def ask(account: Account, stream: str, resource: str, *chosen: tuple[str, str], **about: Any) -> Fetch:
    """A request for a resource of the API, with all its parts that are kept."""
    params = (("part", DECLARED.more["parts"][resource]), *chosen)
    return Fetch(stream=stream, url=f"{account.url.rstrip('/')}/{resource}", params=params, **about)


EDGES = edges(DECLARED, ask)


def resource(fetch: Fetch) -> str:
    """The last part of the address: which kind of list was asked for."""
    return fetch.url.rpartition("/")[2]


def channel(account: Account) -> tuple[Fetch, ...]:
    """Whom the credential speaks for; without the owner's, the channel by its id, or by its handle at first."""
    name = account.platform_id or account.handle.removeprefix("@")
    by_id = account.platform_id or (len(name) == 24 and name.startswith("UC"))
    return EDGES.first(account, "owner" if is_owner(account) else "id" if by_id else "handle", {"name": name})


def videos(account: Account, uploads: Fetch, ids: list[str], following: str) -> Fetch:
    """The videos of one page of the uploads; `hint` says where the uploads go on after it."""
    hint = f"{dict(uploads.params).get('playlistId', '')} {following}"
    return ask(account, "posts", "videos", ("id", ",".join(ids)), hint=hint)


def following_uploads(account: Account, videos: Fetch) -> Fetch | None:
    """The page of the uploads after the one whose videos these are."""
    uploads, _, following = videos.hint.partition(" ")
    page = ask(account, "posts", "playlistItems", ("playlistId", uploads), ("maxResults", "50"))
    step = stepped(page, "pageToken", following)
    return step if uploads and isinstance(step, Fetch) else None


def look(account: Account, item: ItemRef) -> Fetch | None:
    """A direct look at an item by its id; None for chat messages and caption tracks, which have no such list."""
    one, comment = item.remote_id, item.kind is Kind.COMMENT
    kind = "reply" if comment and "." in one else item.kind.value
    path = "" if one.startswith("chat:") else DECLARED.more["looks"].get(kind, "")
    chosen = (("id", one.removeprefix("channel:")), *((HTML,) if comment else ()))
    hint = item.thread or "" if comment else ""
    return ask(account, "item", path, *chosen, subject=one, hint=hint) if path else None
