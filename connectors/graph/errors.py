"""What the Graph API means by an error. The status is 400 for nearly all of them."""

from __future__ import annotations

import re
from dataclasses import replace

from archiver.model import Fetch, Judged, Means, Reply
from connectors.fields import at, count, text
from connectors.graph.asks import halved
from connectors.graph.fields import DECLARED, without
from connectors.graph.notices import regained_after
from connectors.verdicts import body_of, told

EXTRAS = frozenset({"shared", "captions", "insights"})
"""Streams kept as company of other items: not being shown them is a normal state."""

_BLOCKED, _LONG = (341, 368), 6 * 3600.0  # codes, and seconds: a block is not lifted sooner by asking
_UNKNOWN_FIELD = re.compile(r"nonexist\w+ field \(([A-Za-z0-9_]+)\)(?: on node type \((\w+)\))?")


def judged(fetch: Fetch, reply: Reply) -> Judged | None:
    """What a reply means where it is an error of the Graph API, whatever its status; None where it is none."""
    ok = 200 <= reply.status < 300 and b'"error"' not in reply.body
    error = None if ok else at(body_of(reply), "error")
    code, subcode = count(error, "code"), text(error, "error_subcode")
    if code is None:
        return None
    name = f"code {text(error, 'code')}" + (f"/{subcode}" if subcode else "")
    row = DECLARED.errors.get(f"{code}/{subcode}") or DECLARED.errors.get(str(code))
    if row is None:
        means = Means.RETRY if reply.status >= 500 else Means.REFUSED
        return Judged(means=means, detail=told("an error not in the table", name, text(error, "message")))
    detail = told(row.words, name, text(error, "message"))
    smaller = _instead(fetch, code, text(error, "message"))
    if isinstance(smaller, Fetch):
        return Judged(means=Means.INSTEAD, detail=detail, instead=smaller)
    means = smaller or _for_this(fetch, row.means)
    wait = _LONG if code in _BLOCKED else regained_after(reply)
    return Judged(means=means, detail=detail, wait_seconds=wait if means is Means.WAIT else None)


def _instead(fetch: Fetch, code: int, message: str) -> Fetch | Means | None:
    """What to ask in its place: half as many rows, or the same without a field that this version does not know."""
    if code == 1:
        return halved(fetch)
    unknown = _UNKNOWN_FIELD.search(message) if code == 100 else None
    if unknown is None:
        return None
    if fetch.stream == "profile" and unknown[2] == "User":
        return Means.AUTH  # a person's token: what it speaks for is not the page
    params = tuple((n, without(v, unknown[1])) if n == "fields" else (n, v) for n, v in fetch.params)
    return replace(fetch, params=params) if params != fetch.params and dict(params).get("fields") else None


def _for_this(fetch: Fetch, means: Means) -> Means:
    """The row's meaning for this request: what is said of one item is not said of a whole listing."""
    if fetch.stream == "token" and means in (Means.AUTH, Means.ABSENT):
        return Means.REFUSED  # being told about the token is a right of its own
    if fetch.stream in EXTRAS and means in (Means.ABSENT, Means.REFUSED):
        return Means.NOTHING
    return Means.REFUSED if means is Means.ABSENT and fetch.subject is None else means
