"""What every connector must keep to, as a list of findings; an empty list means that it does.

Pure, so that the tests of a connector in another package can use it as ours do.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from archiver.errors import Unreadable
from archiver.model import Account, Connector, Fetch, Page, Reply, Snapshot, canonical_json, storable
from connectors.golden import page_to_json
from connectors.links import CREDENTIAL_NAMES

_ENGINE_STREAMS = frozenset({"item", "media"})


def declaration_findings(connector: Connector) -> list[str]:
    """What the declaration of a connector lacks."""
    streams = [stream.name for stream in connector.streams]
    wrong = {
        "platform is not a lower-case name": not connector.platform.isidentifier()
        or connector.platform != connector.platform.lower(),
        "title is empty": not connector.title,
        "version is below 1": connector.version < 1,
        "pace allows nothing": connector.pace.requests < 1 or connector.pace.seconds < 1,
        "no stream is declared": not streams,
        "a stream is declared twice": len(set(streams)) != len(streams),
        "a stream does not say what it holds, how far back, and which changes are seen": any(
            not (stream.holds and stream.history and stream.changes) for stream in connector.streams
        ),
    }
    return [f"declaration: {what}" for what, found in wrong.items() if found]


def first_findings(connector: Connector, account: Account) -> list[str]:
    """What is wrong with the first fetches for an account."""
    first = connector.first(account)
    findings = [] if first else ["first: asks for nothing"]
    if first != connector.first(account):
        findings.append("first: another answer to the same account")
    return findings + [found for fetch in first for found in _fetch_findings(connector, fetch)]


def read_findings(connector: Connector, account: Account, fetch: Fetch, reply: Reply) -> list[str]:
    """What is wrong with the page a reply is read as. A reply that cannot be read must say why, both times."""
    once, again = _outcome(connector, account, fetch, reply), _outcome(connector, account, fetch, reply)
    if isinstance(once, str) or isinstance(again, str):
        findings = ["read: Unreadable without a reason"] if not once else []
    else:
        findings = list(page_findings(connector, fetch, reply, once))
    return findings if once == again else ["read: another page from the same reply", *findings]


def page_findings(connector: Connector, fetch: Fetch, reply: Reply, page: Page) -> Iterator[str]:
    """What is wrong with a page."""
    for asked in (*page.also, *((page.more,) if page.more else ())):
        yield from _fetch_findings(connector, asked)
    if page.more is not None and page.more.key == fetch.key:
        yield "more: the same request again, which never ends"
    current = Counter(item.remote_id for item in page.items if not item.historic)
    yield from (f"items: {remote_id!r} stands twice in one page" for remote_id, n in current.items() if n > 1)
    wrong_times = [found for item in page.items for found in _time_findings(item)]
    if wrong_times:
        yield from wrong_times
        return  # such a page cannot be written down at all
    for item in page.items:
        yield from _item_findings(item)
    yield from _source_findings(reply, page)
    if json.loads(json.dumps(page_to_json(page))) != page_to_json(page):
        yield "page: does not survive JSON"


def _outcome(connector: Connector, account: Account, fetch: Fetch, reply: Reply) -> Page | str:
    try:
        return connector.read(account, fetch, reply)
    except Unreadable as error:
        return error.what


def _fetch_findings(connector: Connector, fetch: Fetch) -> Iterator[str]:
    place = f"fetch {fetch.stream}"
    if fetch.stream not in _ENGINE_STREAMS | {stream.name for stream in connector.streams}:
        yield f"{place}: the stream is not declared"
    if urlsplit(fetch.url).scheme not in ("http", "https"):
        yield f"{place}: the address is not an absolute http address"
    for name in _names(fetch):
        if name.lower() in CREDENTIAL_NAMES:
            yield f"{place}: {name!r} looks like a credential; only the engine adds those"
    if Fetch.from_json(json.loads(canonical_json(fetch.to_json()))) != fetch:
        yield f"{place}: does not survive JSON"


def _names(fetch: Fetch) -> Iterable[str]:
    query = [name for name, _ in parse_qsl(urlsplit(fetch.url).query, keep_blank_values=True)]
    return [*query, *(name for name, _ in fetch.params), *(name for name, _ in fetch.headers)]


def _item_findings(item: Snapshot) -> Iterator[str]:
    place = f"item {item.remote_id!r}"
    if not item.remote_id:
        yield "item: no remote id"
    if item.parent == item.remote_id:
        yield f"{place}: is its own parent"
    if item.created is not None and item.created_raw:
        yield f"{place}: a time that was read is also kept raw"
    if any(storable(text)[1] for text in _texts(page_to_json(Page(items=(item,))))):
        yield f"{place}: a text holds NUL or a lone surrogate"
    elif json.loads(canonical_json(item.substance())) != json.loads(json.dumps(item.substance())):
        yield f"{place}: does not survive the canonical form"
    if any(type(number) is not int for number in item.counters.values()):
        yield f"{place}: a counter is not a whole number"


def _time_findings(item: Snapshot) -> Iterator[str]:
    for name, moment in (("created", item.created), ("edited", item.edited)):
        if moment is not None and not _is_utc(moment):
            yield f"item {item.remote_id!r}: {name} is not an aware time in UTC"


def _is_utc(moment: datetime) -> bool:
    offset = moment.utcoffset()
    return offset is not None and not offset


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from _texts([key, part])


def _source_findings(reply: Reply, page: Page) -> Iterator[str]:
    """In a JSON body, each item's `source` must lead to the object it was read from."""
    try:
        body = json.loads(reply.body)
    except (ValueError, RecursionError):
        return
    for item in page.items:
        if not isinstance(resolve_pointer(body, item.source), dict):
            yield f"item {item.remote_id!r}: source {item.source!r} leads to no object of the body"


def resolve_pointer(body: Any, pointer: str) -> Any:
    """The value a JSON Pointer (RFC 6901) leads to; None where it leads nowhere."""
    for step in pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(body, list) and key.isascii() and key.isdigit() and int(key) < len(body):
            body = body[int(key)]
        elif isinstance(body, dict) and key in body:
            body = body[key]
        else:
            return None
    return body
