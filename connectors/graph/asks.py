"""Requests to the Graph API: what is asked of which node, in which version, and the next page built from cursors."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from archiver.model import Account, Fetch, ItemRef, Unread
from connectors.declared import Declared
from connectors.fields import at, count, text
from connectors.graph.fields import CURRENT, fields
from connectors.links import part, query_params
from connectors.reading import Reading
from connectors.shapes import filled, fills, getter, steps
from connectors.times import read_time

LIMIT = 100
"""The most rows a listing gives at once."""

_VERSIONED = re.compile(r"/(v\d{1,3}\.\d{1,2})/*\Z")
_STEPS = ("after", "until", "since", "__paging_token", "offset", "page")
_COMFORTABLE = 25  # rows: a listing that had to be halved below this grows back
_YOUNG = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A row of `edges` in declared.toml: what is asked of nodes, and the `kind` of those that answer.

    Words in braces are told by the node it is asked of, or by the reply that holds it: its `day`, its `hour`, and what
    it is about (`reply.subject`). Nothing is asked where one of them is not told, or what must be told (`when`).
    `counted` and `created` are where a node tells how many there are to be asked for, which is then `{#}`, and when it
    was made: an old one that has none is not asked.
    """

    stream: str
    of: str  # the kinds of nodes it is asked of
    path: str
    kind: str = ""
    subject: str = ""
    token: str | None = None
    hint: str = ""
    when: str = "= always"
    counted: str = ""
    created: str = ""

    def fetch(self, account: Account, node: Any) -> Fetch | None:
        """The request; None where the node does not tell what it needs."""
        path, _, query = self.path.partition("?")
        if not (fills(path + self.subject + self.hint, node) and getter(self.when)(node)):
            return None
        token = None if self.token is None else filled(self.token, node)
        about = {"subject": filled(self.subject, node) or None, "token": token, "hint": filled(self.hint, node)}
        return ask(account, self.stream, filled(path, node, part), *parse_qsl(query), kind=self.kind, **about)


@dataclass(frozen=True, slots=True)
class Edges:
    """Everything that is asked of a platform."""

    rows: tuple[Edge, ...]

    def first(self, account: Account, kind: str) -> tuple[Fetch, ...]:
        """What is asked before anything is known."""
        return tuple(asked for row in self._of(kind) if (asked := row.fetch(account, {})))

    def beside(self, reading: Reading, kind: str, node: Any, **more: str) -> Iterator[Fetch]:
        """What is asked of a node of a reply, without the streams that the account leaves out; `more` is as if told."""
        now = reading.reply.received
        near = {"day": f"{now:%Y-%m-%d}", "hour": f"{now:%Y-%m-%dT%H}", "subject": reading.subject}
        told = (node if isinstance(node, dict) else {}) | more | {"reply": near}
        for row in self._of(kind):
            number, made = (at(node, *steps(place)[0]) for place in (row.counted, row.created))
            if not row.counted or worth_asking(count(number), read_time(made)[0], now):
                asked = row.fetch(reading.account, told | {"#": count(number)})
                yield from wanted(reading.account, [asked] if asked else [])

    def _of(self, kind: str) -> Iterator[Edge]:
        return (row for row in self.rows if kind in row.of.split())


def edges(declared: Declared) -> Edges:
    """The table `edges` of a platform's declarations; a row of no other stream is of the one it is named by."""
    return Edges(tuple(Edge(**{"stream": name} | row) for name, row in declared.more["edges"].items()))


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
