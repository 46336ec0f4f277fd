"""What the Graph API means by an error: its table of codes as data. The status is 400 for nearly all of them."""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass, replace
from typing import Any

from archiver.errors import Unreadable
from archiver.model import Fetch, Judged, Means, Reply
from connectors.fields import at, count, text
from connectors.graph_asking import halved
from connectors.graph_fields import without
from connectors.graph_usage import regained_after
from connectors.json_body import parse_json

EXTRAS = frozenset({"shared", "captions"})
"""Streams kept as company of other items: not being shown them is a normal state."""

_BLOCKED = 6 * 3600.0  # seconds: a block is not lifted sooner by asking
_UNKNOWN_FIELD = re.compile(r"nonexist\w+ field \(([A-Za-z0-9_]+)\)(?: on node type \((\w+)\))?")
_ADDRESS = re.compile(r"(https?://[^\s?]+)\?\S*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the table; `subcodes` None: whatever the subcode. The first row that fits is taken."""

    codes: Container[int]
    means: Means
    words: str
    subcodes: Container[int] | None = None
    wait: float | None = None


# Subcodes, and codes 3, 104, 803 and 2500, are not confirmed by a source; they only choose words and the row's action.
TABLE: tuple[Row, ...] = (
    Row(codes=(190,), subcodes=(458,), means=Means.AUTH, words="the app was removed from the account"),
    Row(codes=(190,), subcodes=(459, 464), means=Means.AUTH, words="the person must log in and clear a checkpoint"),
    Row(codes=(190,), subcodes=(460,), means=Means.AUTH, words="the person changed the password"),
    Row(codes=(190,), subcodes=(463,), means=Means.AUTH, words="the token has lapsed"),
    Row(codes=(190,), subcodes=(467,), means=Means.AUTH, words="the token was made invalid"),
    Row(codes=(190,), means=Means.AUTH, words="the token is no longer good"),
    Row(codes=(102,), means=Means.AUTH, words="the session is over"),
    Row(codes=(104,), means=Means.AUTH, words="the app asks for a proof with each request, which is not supported"),
    Row(codes=(2500,), means=Means.AUTH, words="the request was not taken as signed"),
    Row(codes=(4,), means=Means.WAIT, words="the app has used up its allowance"),
    Row(codes=(17,), means=Means.WAIT, words="the person has used up their allowance"),
    Row(codes=(32,), means=Means.WAIT, words="the page has used up its allowance"),
    Row(codes=(613,), means=Means.WAIT, words="too many requests of this kind"),
    Row(codes=range(80000, 80015), means=Means.WAIT, words="the business use case has used up its allowance"),
    Row(codes=(1,), means=Means.RETRY, words="a passing fault, or too much asked at once"),
    Row(codes=(2,), means=Means.RETRY, words="the service is down for a moment"),
    Row(codes=(341,), means=Means.WAIT, words="the app has reached a limit", wait=_BLOCKED),
    Row(codes=(368,), means=Means.WAIT, words="blocked for a time by the platform's rules", wait=_BLOCKED),
    Row(codes=(3, 10, *range(200, 300)), means=Means.REFUSED, words="the token lacks a permission for this"),
    Row(codes=(100,), subcodes=(33,), means=Means.ABSENT, words="not there, or not shown to us"),
    Row(codes=(803,), means=Means.ABSENT, words="not there, or not shown to us"),
    Row(codes=(100,), means=Means.REFUSED, words="the request was not accepted"),
)


def judged(fetch: Fetch, reply: Reply) -> Judged | None:
    """What a reply means where it is an error of the Graph API, whatever its status; None where it is none."""
    error = _error(reply)
    code = count(error, "code")
    if error is None or code is None:
        return None
    subcode, detail = count(error, "error_subcode"), _detail(error)
    row = next((row for row in TABLE if code in row.codes and (row.subcodes is None or subcode in row.subcodes)), None)
    if row is None:
        return _unknown(reply, detail)
    smaller = _instead(fetch, code, text(error, "message"))
    if isinstance(smaller, Fetch):
        return Judged(means=Means.INSTEAD, detail=f"{row.words} ({detail})", instead=smaller)
    means = smaller or _for_this(fetch, row.means)
    wait = (row.wait or regained_after(reply)) if means is Means.WAIT else None
    return Judged(means=means, detail=f"{row.words} ({detail})", wait_seconds=wait)


def _error(reply: Reply) -> dict[str, Any] | None:
    if 200 <= reply.status < 300 and b'"error"' not in reply.body:
        return None
    try:
        found = at(parse_json(reply.body).value, "error")
    except Unreadable:
        return None
    return found if isinstance(found, dict) else None


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


def _unknown(reply: Reply, detail: str) -> Judged:
    passing = reply.status >= 500
    return Judged(means=Means.RETRY if passing else Means.REFUSED, detail=f"an error not in the table ({detail})")


def _detail(error: Any) -> str:
    """The code and the platform's own sentence, addresses in it without their parameters."""
    said = _ADDRESS.sub(r"\1", text(error, "message"))[:200]
    subcode = f"/{text(error, 'error_subcode')}" if text(error, "error_subcode") else ""
    return f"code {text(error, 'code')}{subcode}" + (f": {said}" if said else "")
