"""Requests to the Graph API: versioned addresses, field sets, and the next page built from cursors."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from archiver.model import Account, Fetch, Unread
from connectors.fields import count, text
from connectors.graph.fields import CURRENT, fields
from connectors.links import query_params

LIMIT = 100
"""The most rows a listing gives at once."""

_VERSIONED = re.compile(r"/(v\d{1,3}\.\d{1,2})/*\Z")
_STEPS = ("after", "until", "since", "__paging_token", "offset", "page")
_COMFORTABLE = 25  # rows: a listing that had to be halved below this grows back
_YOUNG = timedelta(days=30)


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


def limited(number: int = LIMIT) -> tuple[str, str]:
    """The parameter that asks for so many rows."""
    return ("limit", str(number))


def wanted(account: Account, asked: Iterable[Fetch]) -> Iterator[Fetch]:
    """Without the streams that the account's option `skip` names (the token may lack their permission)."""
    skipped = {name.strip() for name in account.options.get("skip", "").split(",")}
    return (fetch for fetch in asked if fetch.stream not in skipped)


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
    steps = tuple((name, said) for name, said in told if name in _STEPS and said)
    page = replace(fetch, params=(*_rest(fetch), *steps))
    if steps and page.key != fetch.key:
        return page
    return Unread(source="/paging/next", reason="a next page is named, but not how to ask for it")


def halved(fetch: Fetch) -> Fetch | None:
    """The same request for half as many rows; None where it cannot be halved."""
    rows = count(dict(fetch.params).get("limit"))
    if rows is None or rows < 2:
        return None
    return replace(fetch, params=tuple((n, str(rows // 2)) if n == "limit" else (n, v) for n, v in fetch.params))


def worth_asking(number: int | None, created: datetime | None, now: datetime) -> bool:
    """Whether to ask for the comments of an item: it has some, may have some, or is young enough to lose its last."""
    return number != 0 or created is None or now - created < _YOUNG


def _rest(fetch: Fetch) -> Iterable[tuple[str, str]]:
    for name, value in fetch.params:
        rows = count(value) if name == "limit" else None
        if rows is not None:
            yield name, str(max(rows, min(2 * rows, _COMFORTABLE)))
        elif name not in _STEPS:
            yield name, value
