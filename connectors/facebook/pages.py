"""The replies of the Graph API for a Facebook Page: what each holds, and what to ask next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from archiver.model import Fetch, Identity, Kind, Media, Page, Snapshot, Unread, Visibility
from connectors.facebook import asks
from connectors.facebook.items import DECLARED, PAGE, PHOTO, POST, REEL, STORY, comment, review
from connectors.fields import count, text
from connectors.graph.asks import next_page, wanted
from connectors.graph.nodes import Reader, conversations, drift_of, message, nodes_of, page_of, telling
from connectors.graph.token import read_token
from connectors.reading import Found, Reading, spoken_for
from connectors.shapes import said

Readout = Callable[[Any, str], Snapshot | Unread]


def _profile(reading: Reading) -> Page:
    """The page as it stands, and everything else to ask."""
    identity, node = _identity(reading), reading.value
    asked = wanted(reading.account, asks.listings(reading, identity.platform_id))
    return reading.page((PAGE(node, ""), *asked), identity=identity, drift=drift_of("page", [("", node)]))


def _listing(kind: str, readout: Readout, *, walked: bool = False, theirs: bool = False) -> Reader:
    """A listing of nodes of one kind, or a single one. What hangs on them is asked for, unless it is `theirs`."""

    def read(reading: Reading) -> Page:
        single = reading.fetch.subject is not None and "data" not in reading.value
        nodes = [("", reading.value)] if single else nodes_of(reading)
        found: list[Found] = [readout(node, place) for place, node in nodes]
        for _, node in nodes if not (single or theirs) else ():
            found += asks.beside(reading, kind, node)
        return page_of(reading, found, walked=walked and not single, drift=drift_of(kind, nodes, DECLARED))

    return read


def _comments(reading: Reading) -> Page:
    nodes = nodes_of(reading)
    found = [comment(node, place, reading.subject) for place, node in nodes]
    return page_of(reading, found, walked=True, drift=drift_of("comment", nodes))


def _captions(reading: Reading) -> Page:
    """The caption files of a video as one item, by language; no item where there are none."""
    files = {
        locale: Media(
            id=f"{reading.subject}:{locale}", url=text(one, "uri"), type="captions", alt=said(one, "locale_name|locale")
        )
        for _, one in nodes_of(reading)
        if (locale := text(one, "locale"))
    }
    post = reading.fetch.hint or None
    item = Snapshot(
        kind=Kind.MEDIA,
        remote_id=f"captions:{reading.subject}",
        parent=post,
        thread=post,
        media=tuple(files.values()),
    )
    return reading.page([item] if files else [])


def _messages(reading: Reading) -> Page:
    nodes = nodes_of(reading)
    found = [message(node, place, thread=reading.subject) for place, node in nodes]
    return page_of(reading, found, walked=True, drift=drift_of("message", nodes))


def _blocked(reading: Reading) -> Page:
    """Who is blocked, as one item for each hundred: its versions are the list over time."""
    page, _, number = reading.fetch.hint.partition(" ")
    people = sorted((text(one, "id"), text(one, "name")) for _, one in nodes_of(reading))
    item = Snapshot(
        kind=Kind.PROFILE,
        remote_id=f"blocked:{page}" if number in ("", "1") else f"blocked:{page}:{number}",
        title="People and pages blocked by the page",
        details=tuple(("blocked", f"{name} ({who})" if name else who) for who, name in people),
        visibility=Visibility.PRIVATE,
    )
    step = next_page(reading.fetch, reading.value)
    if isinstance(step, Fetch):
        step = replace(step, hint=f"{page} {(count(number) or 1) + 1}")
    return reading.page((item,), step=step)


def _item(reading: Reading) -> Page:
    """One node looked at directly; the hint of the fetch tells what it is."""
    hint, _, under = reading.fetch.hint.partition(" ")
    if hint == "comment":
        return reading.page((comment(reading.value, "", under),))
    if hint == "message":
        return reading.page((message(reading.value, "", thread=under),))
    return reading.page((_NODES.get(hint, POST)(reading.value, ""),))


_NODES = {"post": POST, "reel": REEL, "photo": PHOTO, "page": PAGE}


def _story_video(node: Any, place: str) -> Snapshot | Unread:
    return REEL(node, place, kind=Kind.MEDIA)


READERS = telling(
    {
        "profile": _profile,
        "token": lambda reading: read_token(reading, DECLARED.more["needed"]),
        "posts": _listing("post", POST, walked=True),
        "feed": _listing("post", POST),
        "reels": _listing("video", REEL, walked=True),
        "visitors": _listing("post", POST, walked=True),
        "tagged": _listing("post", POST, theirs=True),
        "shared": lambda reading: reading.page((POST(reading.value, "", context=True),)),
        "stories": _listing("story", STORY),
        "photos": _listing("photo", PHOTO, walked=True),
        "videos": _listing("video", _story_video),
        "comments": _comments,
        "captions": _captions,
        "reviews": _listing("review", review),
        "conversations": lambda reading: conversations(
            reading, "conversation", lambda node: asks.thread(reading.account, node)
        ),
        "messages": _messages,
        "blocked": _blocked,
        "item": _item,
    }
)


def _identity(reading: Reading) -> Identity:
    told = Identity(platform_id=reading.says("id"), handle=reading.says("username"), name=reading.says("name"))
    return spoken_for(
        reading.account,
        told,
        nobody="The reply to 'profile' names no page.",
        other=f"The token speaks for {told.name or told.platform_id}",
        do="Give the access token of the registered page, or register the page by its name, user name or number.",
        names=(told.platform_id, told.handle, told.name),
    )
