"""The replies of the WordPress REST API: what each holds, and what to ask next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from archiver.errors import Unreadable
from archiver.model import Account, Fetch, Identity, Page, Reply, Snapshot, Unread
from connectors.fields import at, count, text, unique
from connectors.json_body import read_json
from connectors.links import next_page, part, without_scheme
from connectors.wordpress_items import comment, content, medium, revision

_EVERY_STATUS = "publish,future,draft,pending,private,trash"
_EVERY_FILE = "inherit,private,trash"
_COUNTED = ("", "approve", _EVERY_STATUS, _EVERY_FILE)
_COLLECTIONS = {"post": "posts", "page": "pages", "media": "media", "comment": "comments"}
_EVERY_COMMENT = ("approve", "hold", "spam", "trash", "post-trashed")  # the last: those of a post in the trash
_SIZE = ("per_page", "100")
NAMED = ("_embed", "author")  # else authors are numbers

Read = Callable[[Account, Fetch, Reply], Page]
Readout = Callable[[Any, str], Snapshot | Unread]


def ask(
    account: Account,
    stream: str,
    path: str,
    *params: tuple[str, str],
    subject: str | None = None,
    token: str | None = None,
) -> Fetch:
    """A request to the site's API: below /wp-json, or as a parameter on sites without pretty permalinks."""
    root = account.url.rstrip("/")
    if account.options.get("rest_route") == "1":
        route = (("rest_route", path), *params)
        return Fetch(stream=stream, url=f"{root}/", params=route, subject=subject, token=token)
    return Fetch(stream=stream, url=f"{root}/wp-json{path}", params=params, subject=subject, token=token)


def collection_of(remote_id: str) -> tuple[str, str]:
    """Where the API keeps an item (`posts`, `comments` ...) and its number; empty texts for what is none of ours."""
    prefix, _, number = remote_id.partition(":")
    known = number.isascii() and number.isdigit() and prefix in _COLLECTIONS
    return (_COLLECTIONS[prefix], number) if known else ("", "")


def _read_site(account: Account, fetch: Fetch, reply: Reply) -> Page:
    body = read_json(fetch, reply, expect=dict)
    namespaces = at(body.value, "namespaces")
    if not isinstance(namespaces, list) or "wp/v2" not in namespaces:
        raise Unreadable(
            "The reply to 'site' is not the root of a WordPress API (no wp/v2 in it).",
            do="Register the site's root as the address; without pretty permalinks, set the option rest_route=1.",
        )
    home = text(body.value, "home") or text(body.value, "url") or account.url
    identity = Identity(platform_id=without_scheme(home), handle=account.handle, name=text(body.value, "name"))
    return Page(identity=identity, also=tuple(_listings(account)), flags=body.flags)


def _listings(account: Account) -> list[Fetch]:
    """Posts and pages twice: by date, which shows what is missing, and by change, which shows edits of any age."""
    edit = (("context", "edit"),) if account.credential else ()
    drafts = (("status", _EVERY_STATUS),) if account.credential else ()
    files = (("status", _EVERY_FILE),) if account.credential else ()
    by_date, by_change = ("orderby", "date"), ("orderby", "modified")
    asked = [
        ask(account, stream, f"/wp/v2/{name}", _SIZE, order, ("order", "desc"), NAMED, *edit, *drafts)
        for name, stream, order in (
            ("posts", "posts", by_date),
            ("posts", "post-edits", by_change),
            ("pages", "pages", by_date),
            ("pages", "page-edits", by_change),
        )
    ]
    asked.append(ask(account, "media", "/wp/v2/media", _SIZE, by_date, ("order", "desc"), NAMED, *edit, *files))
    for status in _EVERY_COMMENT if account.credential else ("",):
        chosen = (("status", status),) if status else ()
        order = (("orderby", "date_gmt"), ("order", "desc"))
        asked.append(ask(account, "comments", "/wp/v2/comments", _SIZE, *order, *edit, *chosen))
    return asked


def _listing(readout: Readout, *, walked: bool = True) -> Read:
    def read(account: Account, fetch: Fetch, reply: Reply) -> Page:
        body = read_json(fetch, reply, expect=list)
        found = [readout(node, f"/{n}") for n, node in enumerate(body.rows)]
        total = count(reply.header("X-WP-Total"))
        counted = walked and dict(fetch.params).get("status", "") in _COUNTED
        return Page(
            items=unique(one for one in found if isinstance(one, Snapshot)),
            unread=tuple(one for one in found if isinstance(one, Unread)),
            more=_more(fetch, reply),
            also=tuple(asked for node in body.rows if (asked := _revisions(account, node))),
            newest_first=True,
            walked=walked,
            totals={fetch.stream: total} if counted and total is not None else {},
            flags=body.flags,
        )

    return read


def _more(fetch: Fetch, reply: Reply) -> Fetch | None:
    """The next page, never one too far: WordPress answers that with an error. Short and empty pages go on."""
    pages = count(reply.header("X-WP-TotalPages"))
    if pages is None:
        return next_page(fetch, reply)
    params = dict(fetch.params)
    current = count(params.get("page", "1")) or 1
    return replace(fetch, params=tuple((params | {"page": str(current + 1)}).items())) if current < pages else None


def _revisions(account: Account, node: Any) -> Fetch | None:
    """The revisions of a post or page, once for each change of it; none where it says that it has none."""
    kind, number = text(node, "type"), text(node, "id")
    if not account.credential or kind not in ("post", "page") or not number:
        return None
    if count(node, "_links", "version-history", 0, "count") == 0:
        return None
    path = f"/wp/v2/{_COLLECTIONS[kind]}/{part(number)}/revisions"
    params = (_SIZE, ("context", "edit"))
    return ask(account, "history", path, *params, subject=f"{kind}:{number}", token=text(node, "modified_gmt"))


def _read_history(_account: Account, fetch: Fetch, reply: Reply) -> Page:
    body = read_json(fetch, reply, expect=list)
    found = [revision(node, f"/{n}", subject=fetch.subject or "") for n, node in enumerate(body.rows)]
    return Page(
        items=tuple(one for one in found if isinstance(one, Snapshot)),
        unread=tuple(one for one in found if isinstance(one, Unread)),
        more=_more(fetch, reply),
        newest_first=True,
        flags=body.flags,
    )


def _read_item(_account: Account, fetch: Fetch, reply: Reply) -> Page:
    body = read_json(fetch, reply, expect=dict)
    collection, _ = collection_of(fetch.subject or "")
    found = _READOUTS.get(collection, content)(body.value, "")
    if isinstance(found, Unread):
        return Page(unread=(found,), flags=body.flags)
    return Page(items=(found,), flags=body.flags)


_READOUTS: dict[str, Readout] = {"posts": content, "pages": content, "media": medium, "comments": comment}

READERS: dict[str, Read] = {
    "site": _read_site,
    "posts": _listing(content),
    "pages": _listing(content),
    "post-edits": _listing(content, walked=False),
    "page-edits": _listing(content, walked=False),
    "media": _listing(medium),
    "comments": _listing(comment),
    "history": _read_history,
    "item": _read_item,
}
