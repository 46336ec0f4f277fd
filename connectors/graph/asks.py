"""Requests to the Graph API: what is asked of which node, in which version, and the next page built from cursors."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from archiver.model import Account, Fetch, ItemRef, Unread
from connectors.declared import Declared
from connectors.fields import count, text
from connectors.graph.fields import CURRENT, fields
from connectors.links import part, query_params
from connectors.shapes import filled

_VERSIONED = re.compile(r"/(v\d{1,3}\.\d{1,2})/*\Z")
_STEPS = ("after", "until", "since", "__paging_token", "offset", "page")
_COMFORTABLE = 25  # rows: a listing that had to be halved below this grows back


def look(declared: Declared, account: Account, name: str, item: ItemRef, number: str) -> Fetch | None:
    """A direct look at an item by its number: `looks` tells which fields are asked, and what to know again."""
    kind, hint = declared.more["looks"].get(name, ("", ""))
    told = filled(hint, {"thread": item.thread, "parent": item.parent})
    return ask(account, "item", part(number), kind=kind, subject=item.remote_id, hint=told) if kind else None


def version_of(account: Account) -> str:
    """The version of the API that the account's address names, or the newest known."""
    found = _VERSIONED.search(account.url)
    return found[1] if found else CURRENT


def ask(account: Account, stream: str, path: str, *params: tuple[str, str], kind: str = "", **about: Any) -> Fetch:
    """A request for `path`; `kind` names the field set of the nodes it answers with."""
    version = version_of(account)
    root = _VERSIONED.sub("", account.url).rstrip("/")
    chosen = (("fields", fields(kind, version)),) if kind else ()
    return Fetch(stream=stream, url=f"{root}/{version}/{path}", params=(*chosen, *params), **about)


def next_page(fetch: Fetch, value: Any) -> Fetch | Unread | None:
    """The next page where the reply names one, whether this one is short, empty or full.

    Its address is never followed as it stands: it carries the token. A next page that is named but cannot be asked for
    is an unread part, so that the end of the reply is not taken for the end of the listing.
    """
    target = text(value, "paging", "next")
    if not target:
        return None
    after = text(value, "paging", "cursors", "after")
    told = (("after", after),) if after else query_params(target)
    forward = tuple((name, said) for name, said in told if name in _STEPS and said)
    page = replace(fetch, params=(*_rest(fetch), *forward))
    if forward and page.key != fetch.key:
        return page
    return Unread(source="/paging/next", reason="a next page is named, but not how to ask for it")


def halved(fetch: Fetch) -> Fetch | None:
    """The same request for half as many rows; None where it cannot be halved."""
    rows = count(dict(fetch.params).get("limit"))
    if rows is None or rows < 2:
        return None
    return replace(fetch, params=tuple((n, str(rows // 2)) if n == "limit" else (n, v) for n, v in fetch.params))


def _rest(fetch: Fetch) -> Iterable[tuple[str, str]]:
    for name, value in fetch.params:
        rows = count(value) if name == "limit" else None
        if rows is not None:
            yield name, str(max(rows, min(2 * rows, _COMFORTABLE)))
        elif name not in _STEPS:
            yield name, value
