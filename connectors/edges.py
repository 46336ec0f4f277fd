"""What is asked of which nodes, and how often: the table `edges` of a platform's declarations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from archiver.model import CREDENTIAL, Account, Fetch
from connectors.declared import Declared
from connectors.fields import at, count
from connectors.links import part
from connectors.reading import Reading
from connectors.shapes import filled, fills, getter, steps
from connectors.times import read_time

Asks = Callable[..., Fetch]
"""How a platform is asked: by account, stream, path, parameters, and what else a fetch is about."""

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

    def fetch(self, account: Account, node: Any, asks: Asks) -> Fetch | None:
        """The request; None where the node does not tell what it needs."""
        path, _, query = self.path.partition("?")
        params = parse_qsl(query)
        told = [path, self.subject, self.hint, *(value for _, value in params if value != CREDENTIAL)]
        if not (all(fills(one, node) for one in told) and getter(self.when)(node)):
            return None
        token = None if self.token is None else filled(self.token, node)
        about = {"subject": filled(self.subject, node) or None, "token": token, "hint": filled(self.hint, node)}
        about |= {"kind": self.kind} if self.kind else {}
        chosen = ((name, value if value == CREDENTIAL else filled(value, node)) for name, value in params)
        return asks(account, self.stream, filled(path, node, part), *chosen, **about)


@dataclass(frozen=True, slots=True)
class Edges:
    """Everything that is asked of a platform, and how it is `asked`."""

    rows: tuple[Edge, ...]
    asked: Asks

    def first(self, account: Account, kind: str, told: Mapping[str, Any] | None = None) -> tuple[Fetch, ...]:
        """What is asked of something of a kind that is `told` of."""
        found = (row.fetch(account, told or {}, self.asked) for row in self._of(kind))
        return tuple(asked for asked in found if asked)

    def beside(self, reading: Reading, kind: str, node: Any, **more: str) -> Iterator[Fetch]:
        """What is asked of a node of a reply, without the streams that the account leaves out; `more` is as if told."""
        now = reading.reply.received
        near = {"day": f"{now:%Y-%m-%d}", "hour": f"{now:%Y-%m-%dT%H}", "subject": reading.subject}
        told = (node if isinstance(node, dict) else {}) | more | {"reply": near}
        for row in self._of(kind):
            number, made = (at(node, *steps(place)[0]) for place in (row.counted, row.created))
            if not row.counted or worth_asking(count(number), read_time(made)[0], now):
                asked = row.fetch(reading.account, told | {"#": count(number)}, self.asked)
                yield from wanted(reading.account, [asked] if asked else [])

    def _of(self, kind: str) -> Iterator[Edge]:
        return (row for row in self.rows if kind in row.of.split())


def edges(declared: Declared, asks: Asks) -> Edges:
    """The table `edges` of a platform's declarations; a row of no other stream is of the one it is named by."""
    return Edges(tuple(Edge(**{"stream": name} | row) for name, row in declared.more["edges"].items()), asks)


def wanted(account: Account, asked: Iterable[Fetch]) -> Iterator[Fetch]:
    """Without the streams that the account's option `skip` names (the token may lack their permission)."""
    skipped = {name.strip() for name in account.options.get("skip", "").split(",")}
    return (fetch for fetch in asked if fetch.stream not in skipped)


def worth_asking(number: int | None, created: datetime | None, now: datetime) -> bool:
    """Whether to ask for the comments of an item: it has some, may have some, or is young enough to lose its last."""
    return number != 0 or created is None or now - created < _YOUNG
