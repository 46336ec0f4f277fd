"""The replies of the Graph API for an Instagram professional account: what each holds, and what to ask next."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from archiver.errors import Unreadable
from archiver.model import Identity, Page, Snapshot, Unread
from connectors.fields import at, text
from connectors.graph.asks import wanted
from connectors.graph.nodes import Reader, conversations, drift_of, messages, nodes_of, page_of, telling
from connectors.graph.token import read_token
from connectors.instagram import asks
from connectors.instagram.items import ACCOUNT, DECLARED, MEDIUM, NUMBER, comment, comments, numbered_story, story
from connectors.reading import Found, Reading, spoken_for
from connectors.shapes import counted, said

Readout = Callable[[Any, str], Snapshot | Unread]
Beside = Callable[[Reading, Any], Iterable[Found]]


def _profile(reading: Reading) -> Page:
    by_page = asks.by_facebook(reading.account)
    place = "/instagram_business_account" if by_page else ""
    node = at(reading.value, "instagram_business_account") if by_page else reading.value
    identity = _identity(reading, node)
    asked = wanted(reading.account, asks.listings(reading, identity.platform_id))
    drift = drift_of("ig_user" if by_page else "ig_login", [(place, node)])
    totals = counted(node, {"posts": "media_count"})
    return reading.page((ACCOUNT(node, place), *asked), identity=identity, totals=totals, drift=drift)


def _media(readout: Readout, beside: Beside = lambda _reading, _node: (), *, walked: bool = False) -> Reader:
    """A listing of media, and what is asked `beside` each."""

    def read(reading: Reading) -> Page:
        nodes = nodes_of(reading)
        found: list[Found] = [readout(node, place) for place, node in nodes]
        for _, node in nodes:
            found += beside(reading, node)
        return page_of(reading, found, walked=walked, drift=drift_of("ig_media", nodes, DECLARED))

    return read


def _live(reading: Reading) -> Page:
    """Broadcasts that are live, or the comments below one of them: what is missing later has only ended."""
    return replace(_comments(reading), walked=False) if reading.subject else _LIVE(reading)


_LIVE = _media(MEDIUM, asks.while_live)


def _comments(reading: Reading) -> Page:
    """The comments below a medium, or (the hint then names it) the replies to one comment."""
    nodes, under, found = nodes_of(reading), reading.fetch.hint, list[Found]()
    for place, node in nodes:
        if under:
            found.append(comment(node, place, under, reading.subject))
        else:
            found += (*comments(node, place, reading.subject), *asks.more_replies(reading, node))
    return page_of(reading, found, walked=True, drift=drift_of("ig_reply" if under else "ig_comment", nodes))


def _messages(reading: Reading) -> Page:
    """Twenty at most: the next page that stands beside them answers as if removed, and is not asked for."""
    if not reading.says("id"):
        raise Unreadable("The reply to 'messages' is no conversation.", do="Poll again; see the gap.")
    drift = drift_of("ig_thread", [("", reading.value)])
    return page_of(reading, messages(reading.value, ""), walked=False, drift=drift)


def _item(reading: Reading) -> Page:
    """One node looked at directly; the hint of the fetch tells what it is."""
    hint, _, under = reading.fetch.hint.partition(" ")
    if hint == "comment":
        media_id, _, above = under.partition(" ")
        return reading.page((comment(reading.value, "", media_id, above),))
    return reading.page(((ACCOUNT if hint == "account" else MEDIUM)(reading.value, ""),))


READERS = telling(
    {
        "profile": _profile,
        "token": lambda reading: read_token(reading, DECLARED.more["needed"]),
        "posts": _media(MEDIUM, asks.under_medium, walked=True),
        "stories": _media(story, asks.seen_how_often),
        "insights": lambda reading: reading.page((numbered_story(reading.value),)),
        "live": _live,
        "mentions": _media(MEDIUM),
        "comments": _comments,
        "conversations": lambda reading: conversations(
            reading, "ig_conversation", lambda node: asks.thread(reading.account, node)
        ),
        "messages": _messages,
        "item": _item,
    }
)


def _identity(reading: Reading, node: Any) -> Identity:
    told = Identity(platform_id=said(node, NUMBER), handle=text(node, "username"), name=text(node, "name"))
    return spoken_for(
        reading.account,
        told,
        nobody="The token speaks for no Instagram professional account.",
        other=f"The token speaks for @{told.handle or told.platform_id}",
        do="Connect the account to its Facebook Page, or by Instagram's own log-in, and give its token.",
        names=(told.platform_id, told.handle),
    )
