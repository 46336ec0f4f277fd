"""One page of an AT Protocol listing: its items, and the request that its cursor leads to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from archiver.errors import Unreadable
from archiver.model import Fetch, Page, Snapshot, Unread
from connectors.fields import at, text, unique
from connectors.json_body import Body


def listed(fetch: Fetch, body: Body, name: str) -> list[Any]:
    """The rows of a reply. Raises Unreadable where there is no such list: an empty one is there, and empty."""
    found = at(body.value, name)
    if not isinstance(found, list):
        raise Unreadable(f"The reply to '{fetch.stream}' holds no list of {name}.", do="Poll again; see the gap.")
    return found


def page(fetch: Fetch, body: Body, found: Iterable[Snapshot | Unread], **said: Any) -> Page:
    """The page; a cursor that leads back to itself is told as a part that could not be read."""
    found = list(found)
    cursor = text(body.value, "cursor")
    more = None
    if cursor:
        more = replace(fetch, params=(*(pair for pair in fetch.params if pair[0] != "cursor"), ("cursor", cursor)))
        if more.key == fetch.key:
            more = None
            found.append(Unread(source="", reason="the next page named is this page itself"))
    return Page(
        items=unique(one for one in found if isinstance(one, Snapshot)),
        unread=tuple(one for one in found if isinstance(one, Unread)),
        more=more,
        flags=body.flags,
        **said,
    )
