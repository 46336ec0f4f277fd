"""Facebook Pages through the Graph API, with the page's own access token.

The account's address is https://graph.facebook.com/v26.0 (or another version), its credential a page token. What is
asked, and where in a node each field of an item is told, stands in declared.toml. What a node becomes depends on the
node alone, never on the listing it was found in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from archiver.model import Account, Fetch, ItemRef, Kind, Media, Pace, Page, Proved, Snapshot, Unread, canonical_json
from connectors.declared import declared
from connectors.edges import edges
from connectors.fields import another, at, count, pairs, rows, text
from connectors.graph.asks import ask, look, next_page
from connectors.graph.errors import judged
from connectors.graph.nodes import conversations, drift_of, each, film, listing, message, picture, unshimmed
from connectors.graph.notices import notices, pause, token_page
from connectors.links import query_params
from connectors.platform import Platform
from connectors.reading import Found, Reading
from connectors.shapes import said

DECLARED = declared(__package__)
EDGES = edges(DECLARED, ask)


def _parts(node: Any) -> Iterator[Any]:
    """The attachments of a post, those of an album in place of the album."""
    for one in rows(node, "attachments", "data"):
        yield from rows(one, "subattachments", "data") or [one]


def _is_video(one: Any) -> bool:
    """Whether an attachment is a video, also where its file is withheld."""
    kinds = (text(one, "type"), text(one, "media_type"))
    return bool(said(one, "media.source")) or any(kind.startswith("video") for kind in kinds)


def _shared(node: Any) -> str:
    return another(text(node, "parent_id"), text(node, "id")) or ""


def _link(one: Any) -> str:
    return unshimmed(said(one, "unshimmed_url|url"))


def _words(one: Any, own: str) -> tuple[tuple[str, str], ...]:
    """The words around an attachment, where they are more than the post's own."""
    link = "" if said(one, "target.id") else _link(one)
    told = text(one, "description")
    return pairs(link=link, attachment_title=text(one, "title"), attachment_text="" if told == own else told)


def _attached(one: Any, place: str) -> Iterator[Media]:
    """The files of an attachment by the id of what it shows; a link's picture by the link."""
    image, target = said(one, "media.image.src"), said(one, "target.id")
    if _is_video(one):
        return film(target or place, said(one, "media.source"), image)
    return picture("", image, number=target or (f"preview:{_link(one)}" if _link(one) else place))


def _files(node: Any) -> Iterable[Media]:
    number = text(node, "id")
    found = [medium for n, one in enumerate(_parts(node)) for medium in _attached(one, f"{number}:{n}")]
    return found or picture(number, text(node, "full_picture"))


def _largest(node: Any) -> Iterator[Media]:
    """A photo with the text for those who cannot see it: the owner's, else the platform's own."""
    image = max(rows(node, "images"), key=lambda image: count(image, "width") or 0, default=None)
    alt = said(node, "alt_text_custom|alt_text")
    yield Media(id=text(node, "id"), url=text(image, "source"), type="image", alt=alt)


def _held(node: Any) -> Iterator[Media]:
    if held := text(node, "media_id"):
        yield Media(id=held, url="", type=text(node, "media_type"))


def _portraits(who: Any) -> Iterator[Media]:
    yield from picture(text(who, "id"), said(who, "picture.data.url"), "profile picture")
    yield from picture(text(who, "id"), said(who, "cover.source"), "cover", number=said(who, "cover.id"))


def _review_id(node: Any) -> str:
    """A recommendation is known by its story, below which comments may stand; else by its writer, else its words."""
    words = canonical_json([text(node, "created_time"), text(node, "review_text")])
    writer = said(node, "reviewer.id") or hashlib.sha256(words).hexdigest()[:16]
    return said(node, "open_graph_story.id") or f"review:{writer}"


POST = DECLARED.shape(
    "post",
    kind=lambda node: Kind.SHARE if _shared(node) else Kind.POST,
    media=_files,
    details={"shared": _shared},
    more=lambda node: dict.fromkeys(word for one in _parts(node) for word in _words(one, text(node, "message"))),
)
VIDEO = DECLARED.shape("video", media=lambda node: film(text(node, "id"), text(node, "source"), text(node, "picture")))
PHOTO = DECLARED.shape("photo", media=_largest)
STORY = DECLARED.shape("story", media=_held)
PAGE = DECLARED.shape(
    "page",
    text=lambda who: "\n\n".join(told for name in ("about", "description") if (told := text(who, name))),
    media=_portraits,
)
COMMENT = DECLARED.shape(
    "comment",
    media=lambda node: _attached(at(node, "attachment"), f"{text(node, 'id')}:attachment"),
    more=lambda node: _words(at(node, "attachment"), ""),
)
REVIEW = DECLARED.shape("review", id=_review_id, thread=_review_id)
BLOCKED = DECLARED.shape("blocked")


def _comment(node: Any, source: str, post: str) -> Snapshot | Unread:
    """A comment below a post, or a reply to one; known by its address, where the platform leaves out its id."""
    above, number = said(node, "parent.id"), text(node, "id")
    if number:
        return COMMENT(node, source, parent=another(above, number) or post, thread=another(post, number))
    first, reply = _in_address(text(node, "permalink_url"), post.rpartition("_")[2])
    if not first:
        return Unread(source=source, reason="a comment without an id (the token may not moderate the page)")
    above = above or (first if reply else "")
    return COMMENT(
        node | {"id": reply or first}, source, parent=above or post, thread=post, flags=("id-from-permalink",)
    )


def _in_address(url: str, below: str) -> tuple[str, str]:
    """The ids of a comment and of a reply to it, as the address of either tells them."""
    asked = dict(query_params(url))
    told = (asked.get(name, "") for name in ("comment_id", "reply_comment_id"))
    first, reply = (f"{below}_{number}" if below and number else "" for number in told)
    return first, reply


def _profile(reading: Reading) -> Page:
    """The page as it stands, and everything else to ask."""
    node, identity = reading.value, DECLARED.identity(reading.account, reading.value)
    found = (PAGE(node, ""), *EDGES.beside(reading, "page", node))
    return reading.page(found, identity=identity, drift=drift_of("page", [node]))


def _post(reading: Reading, node: Any, place: str) -> Iterator[Found]:
    """A post, its comments, the captions of its videos, and the post of somebody else that it passes on."""
    yield POST(node, place)
    yield from EDGES.beside(reading, "post", node)
    for number in dict.fromkeys(said(one, "target.id") for one in _parts(node) if _is_video(one)):
        yield from EDGES.beside(reading, "film", node, film=number) if number else ()
    if not _shared(node).startswith(f"{said(node, 'from.id') or '?'}_"):  # the page's own are listed anyway
        yield from EDGES.beside(reading, "share", node, shared=_shared(node))


def _review(reading: Reading, node: Any, place: str) -> Iterator[Found]:
    told = said(node, "created_time|review_text")
    yield REVIEW(node, place) if told else Unread(source=place, reason="a review without time and text")
    yield from EDGES.beside(reading, "post", at(node, "open_graph_story"))


def _captions(reading: Reading) -> Page:
    """The caption files of a video as one item, by language; no item where there are none."""
    number, post = reading.subject, reading.fetch.hint or None
    files = {
        locale: Media(
            id=f"{number}:{locale}", url=text(one, "uri"), type="captions", alt=said(one, "locale_name|locale")
        )
        for _, one in reading.rows("data", "rows")
        if (locale := text(one, "locale"))
    }
    found = Snapshot(
        kind=Kind.MEDIA, remote_id=f"captions:{number}", parent=post, thread=post, media=tuple(files.values())
    )
    return reading.page([found] if files else [])


def _blocked(reading: Reading) -> Page:
    """Who is blocked, as one item for each hundred: its versions are the list over time."""
    page, _, number = reading.fetch.hint.partition(" ")
    part = count(number) or 1
    people = sorted((text(one, "id"), text(one, "name")) for _, one in reading.rows("data", "rows"))
    told = [("blocked", f"{name} ({who})" if name else who) for who, name in people]
    step = next_page(reading.fetch, reading.value)
    return reading.page(
        (BLOCKED({"id": page if part == 1 else f"{page}:{part}"}, "", and_details=told),),
        step=replace(step, hint=f"{page} {part + 1}") if isinstance(step, Fetch) else step,
    )


def _look(account: Account, item: ItemRef) -> Fetch | None:
    """A direct look at an item; None for reviews, stories, lists and captions, which have no address of their own."""
    number = item.remote_id.removeprefix("page:")
    name = "reel" if item.kind is Kind.POST and "_" not in number else item.kind.value
    return None if ":" in number else look(DECLARED, account, name, item, number)


def _item(reading: Reading) -> Page:
    """One node looked at directly; the hint of the fetch tells what it is, and below what it stands."""
    hint, _, under = reading.fetch.hint.partition(" ")
    if hint == "comment":
        return reading.page((_comment(reading.value, "", under),))
    if hint == "message":
        return reading.page((message(reading.value, "", thread=under),))
    return reading.page(({"reel": VIDEO, "photo": PHOTO, "page": PAGE}.get(hint, POST)(reading.value, ""),))


_PHOTOS, _PHOTO = (listing("photo", each(PHOTO), walked=not alone, alone=alone) for alone in (False, True))

CONNECTOR = Platform(
    platform="facebook",
    title="Facebook Page",
    auth=Proved(name="appsecret_proof"),
    pace=Pace(requests=60, seconds=60),
    pauses=pause,
    streams=DECLARED.streams,
    asks_first=lambda account: EDGES.first(account, "account"),
    readers={
        "profile": _profile,
        "token": lambda reading: token_page(reading, DECLARED.more["needed"]),
        "posts": listing("post", _post, walked=True),
        "feed": listing("post", _post),
        "reels": listing("video", each(VIDEO, EDGES, "video"), walked=True),
        "visitors": listing("post", _post, walked=True),
        "tagged": listing("post", each(POST)),  # what hangs on them is somebody else's, and mostly not shown
        "shared": lambda reading: reading.page((POST(reading.value, "", context=True),)),
        "stories": listing("story", each(STORY, EDGES, "story")),
        "photos": lambda reading: (_PHOTO if reading.subject else _PHOTOS)(reading),
        "videos": listing("video", each(partial(VIDEO, kind=Kind.MEDIA)), alone=True),
        "comments": listing("comment", lambda near, node, at: (_comment(node, at, near.subject),), walked=True),
        "captions": _captions,
        "reviews": listing("review", _review),
        "conversations": conversations("conversation", EDGES),
        "messages": listing("message", lambda near, node, at: (message(node, at, thread=near.subject),), walked=True),
        "blocked": _blocked,
        "item": _item,
    },
    looks=_look,
    judges=judged,
    tells=notices,
)
