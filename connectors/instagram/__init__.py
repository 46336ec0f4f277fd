"""Instagram professional accounts, by Instagram's own log-in or through the Facebook Page they belong to.

The account's address decides on the log-in: https://graph.instagram.com/v26.0, its token prolonged before its 60 days
are over, or https://graph.facebook.com/v26.0 with the page's token (the option `login` says it otherwise). What is
asked, and where in a node each field of an item is told, stands in declared.toml.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from archiver.errors import Unreadable
from archiver.model import Account, Fetch, ItemRef, Kind, Media, Pace, Page, Prolonged, Proved, Snapshot, Unread
from connectors.declared import declared
from connectors.edges import edges
from connectors.fields import another, at, count, rows, text
from connectors.graph.asks import ask, look
from connectors.graph.errors import judged
from connectors.graph.nodes import conversations, drift_of, each, film, listing, messages, picture
from connectors.graph.notices import notices, pause, token_page
from connectors.platform import Platform
from connectors.reading import Found, Reading
from connectors.shapes import counted, said

DECLARED = declared(__package__)
EDGES = edges(DECLARED, ask)


def _files(node: Any) -> Iterator[Media]:
    """The files of a medium, or those of its parts; by the platform's ids, since addresses are signed and lapse."""
    for one in rows(node, "children", "data") or [node]:
        number, url, alt = text(one, "id"), text(one, "media_url"), text(one, "alt_text")
        if number and text(one, "media_type") == "VIDEO":
            yield from film(number, url, text(one, "thumbnail_url"), alt)
        elif number:
            yield Media(id=number, url=url, type="image", alt=alt)


MEDIUM = DECLARED.shape(
    "medium",
    kind=lambda node: Kind.STORY if text(node, "media_product_type") == "STORY" else Kind.POST,
    media=_files,
    details={"comments": lambda node: "off" if at(node, "is_comment_enabled") is False else ""},
)
STORY = partial(MEDIUM, kind=Kind.STORY)  # whatever else it says of itself: it is among the stories
ACCOUNT = DECLARED.shape(
    "account", media=lambda node: picture(said(node, "user_id|id"), text(node, "profile_picture_url"))
)
COMMENT = DECLARED.shape("comment")


def _comment(node: Any, source: str, medium: str, above: str = "") -> Snapshot | Unread:
    """A comment below a medium, or a reply to the comment `above`; what it says itself of both goes before."""
    under = said(node, "media.id") or medium
    parent, thread = text(node, "parent_id") or above or under, another(under, text(node, "id"))
    return COMMENT(node, source, parent=parent, thread=thread)


def _by_page(account: Account) -> bool:
    """Whether the credential is the token of the Facebook Page that the account belongs to."""
    chosen = account.options.get("login", "")
    host = urlsplit(account.url).hostname or ""
    return chosen == "facebook" or (not chosen and host.startswith("graph.facebook."))


def _profile(reading: Reading) -> Page:
    """The account as it stands, and everything else to ask."""
    by_page = _by_page(reading.account)
    place = "/instagram_business_account" if by_page else ""
    node = at(reading.value, "instagram_business_account") if by_page else reading.value
    identity = DECLARED.identity(reading.account, node)
    kinds = ("account-of-page", "account") if by_page else ("account",)
    asked = (fetch for kind in kinds for fetch in EDGES.beside(reading, kind, node))
    drift = drift_of("ig_user" if by_page else "ig_login", [node])
    totals = counted(node, {"posts": "media_count"})
    return reading.page((ACCOUNT(node, place), *asked), identity=identity, totals=totals, drift=drift)


def _numbered_story(reading: Reading) -> Page:
    """A story with the numbers of its insights, the newest value of each."""
    insights = rows(reading.value, "insights", "data")
    told = {text(one, "name"): count(rows(one, "values")[-1:], 0, "value") for one in insights}
    numbers = {name: number for name, number in told.items() if name and number is not None}
    return reading.page((STORY(reading.value, "", and_counters=numbers),))


def _thread(reading: Reading, node: Any, place: str) -> Iterator[Found]:
    """A comment and the replies to it that came along; all of them, as often as the comments, where those are not."""
    yield _comment(node, place, reading.subject)
    for n, reply in enumerate(rows(node, "replies", "data")):
        yield _comment(reply, f"{place}/replies/data/{n}", reading.subject, text(node, "id"))
    for more in EDGES.beside(reading, "thread", node):
        yield replace(more, token=reading.fetch.token)


def _reply(reading: Reading, node: Any, place: str) -> Iterator[Found]:
    """A reply in the listing of those to one comment; the hint names the medium."""
    yield _comment(node, place, reading.fetch.hint, reading.subject)


def _messages(reading: Reading) -> Page:
    """Twenty at most: the next page that stands beside them answers as if removed, and is not asked for."""
    if not reading.says("id"):
        raise Unreadable("The reply to 'messages' is no conversation.", do="Poll again; see the gap.")
    return _CONVERSATION(reading)


def _look(account: Account, item: ItemRef) -> Fetch | None:
    """A direct look at an item; None for stories, which end, and messages, whose older ones answer as if removed."""
    return look(DECLARED, account, item.kind.value, item, item.remote_id.removeprefix("account:"))


def _item(reading: Reading) -> Page:
    """One node looked at directly; the hint of the fetch tells what it is, and below what it stands."""
    hint, _, under = reading.fetch.hint.partition(" ")
    if hint == "comment":
        medium, _, above = under.partition(" ")
        return reading.page((_comment(reading.value, "", medium, above),))
    return reading.page(((ACCOUNT if hint == "account" else MEDIUM)(reading.value, ""),))


_CONVERSATION = listing("ig_thread", lambda _, node, place: messages(node, place), alone=True)
_BROADCASTS, _BELOW_BROADCAST = listing("ig_media", each(MEDIUM, EDGES, "broadcast")), listing("ig_comment", _thread)
_THREADS, _REPLIES = listing("ig_comment", _thread, walked=True), listing("ig_reply", _reply, walked=True)

CONNECTOR = Platform(
    platform="instagram",
    title="Instagram professional account",
    auth=Prolonged(path="/refresh_access_token", params=(("grant_type", "ig_refresh_token"),)),
    logs_in=lambda account, usual: Proved(name="appsecret_proof") if _by_page(account) else usual,
    pace=Pace(requests=60, seconds=60),
    pauses=pause,
    streams=DECLARED.streams,
    asks_first=lambda account: EDGES.first(account, "page" if _by_page(account) else "log-in"),
    readers={
        "profile": _profile,
        "token": lambda reading: token_page(reading, DECLARED.more["needed"]),
        "posts": listing("ig_media", each(MEDIUM, EDGES, "medium"), walked=True),
        "stories": listing("ig_media", each(STORY, EDGES, "story")),
        "insights": _numbered_story,
        "live": lambda reading: (_BELOW_BROADCAST if reading.subject else _BROADCASTS)(reading),
        "mentions": listing("ig_media", each(MEDIUM)),
        "comments": lambda reading: (_REPLIES if reading.fetch.hint else _THREADS)(reading),
        "conversations": conversations("ig_conversation", EDGES),
        "messages": _messages,
        "item": _item,
    },
    looks=_look,
    judges=judged,
    tells=notices,
)
