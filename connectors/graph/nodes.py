"""What Facebook and Instagram nodes have in common: listings, messages, films and pictures, drift."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from archiver.model import Media, Page, Snapshot, Unread
from connectors.edges import Edges
from connectors.fields import at, rows, text
from connectors.graph.asks import next_page
from connectors.graph.fields import DECLARED, names
from connectors.links import query_params, without_scheme
from connectors.reading import Found, Reading
from connectors.shapes import said

Reader = Callable[[Reading], Page]
Finds = Callable[[Reading, Any, str], Iterable[Found]]
_SHIMS = ("l.facebook.com/", "lm.facebook.com/", "l.instagram.com/")


def listing(kind: str, finds: Finds, *, walked: bool = False, alone: bool = False) -> Reader:
    """Reads a listing of nodes of one kind, newest first, or one `alone`; `finds` is what each of them holds."""

    def read(reading: Reading) -> Page:
        nodes = [("", reading.value)] if alone else reading.rows("data", "rows")
        found = [one for place, node in nodes for one in finds(reading, node, place)]
        step, drift = next_page(reading.fetch, reading.value), drift_of(kind, (node for _, node in nodes))
        return reading.page(found, step=step, newest_first=True, walked=walked, drift=drift)

    return read


def each(readout: Callable[[Any, str], Snapshot | Unread], edges: Edges | None = None, kind: str = "") -> Finds:
    """Nodes that are an item, and what is asked of nodes of their kind."""

    def finds(reading: Reading, node: Any, place: str) -> Iterator[Found]:
        yield readout(node, place)
        yield from edges.beside(reading, kind, node) if edges else ()

    return finds


def conversations(kind: str, edges: Edges) -> Reader:
    """Reads the newest message of each conversation, and asks for more of those in which something is new."""

    def finds(reading: Reading, node: Any, place: str) -> Iterator[Found]:
        yield from messages(node, place)
        yield from edges.beside(reading, "conversation", node)
        if not text(node, "id"):
            yield Unread(source=place, reason="a conversation without an id")

    return listing(kind, finds)


def messages(node: Any, place: str) -> Iterator[Snapshot | Unread]:
    """The messages that came along with a conversation."""
    for n, one in enumerate(rows(node, "messages", "data")):
        yield message(one, f"{place}/messages/data/{n}", thread=text(node, "id"))


def drift_of(kind: str, nodes: Iterable[Any]) -> Counter[str]:
    """Fields of nodes that were not asked for, and values that are not known, by name."""
    known, found = names(kind), Counter[str]()
    for node in nodes:
        found.update(f"{kind}.{name[:60]}" for name in (node if isinstance(node, dict) else ()) if name not in known)
        found.update(DECLARED.strange(kind, node))
    return found


def film(number: str, url: str, still: str, alt: str = "") -> Iterator[Media]:
    """A video and a picture of it, also where their addresses are withheld."""
    yield Media(id=number, url=url, type="video", alt=alt)
    yield Media(id=f"{number}:preview", url=still, type="image")


def picture(owner: str, url: str, alt: str = "", number: str = "") -> Iterator[Media]:
    """A picture; without a number of its own known by the name of its file, which stays while its address changes."""
    if url:
        yield Media(id=number or f"{owner}:{without_scheme(url).rpartition('/')[2]}", url=url, type="image", alt=alt)


def unshimmed(url: str) -> str:
    """Where a link leads, without the platform's counting redirect around it, whose parameters change."""
    around = without_scheme(url).startswith(_SHIMS)
    return (around and dict(query_params(url)).get("u")) or url


def _message_media(node: Any) -> Iterator[Media]:
    """The files of a message by the platform's id of each, or by message and position where it gives none."""
    number = text(node, "id")
    for n, one in enumerate(rows(node, "attachments", "data")):
        url = said(one, "video_data.url|image_data.url|image_data.animated_gif_url|file_url")
        kind = "video" if at(one, "video_data") else "image" if at(one, "image_data") else ""
        if url or text(one, "id"):
            alt = text(one, "name") if text(one, "file_url") else ""
            named = text(one, "id") or f"{number}:{n}"
            yield Media(id=named, url=url, type=text(one, "mime_type") or kind, alt=alt)
    yield from picture(number, text(node, "sticker"), number=f"{number}:sticker")
    story = at(node, "story", "mention") or at(node, "story", "reply_to")
    if url := text(story, "link"):
        yield Media(id=f"{number}:story", url=url)


def _reactions(node: Any) -> Counter[str]:
    """How many people reacted in each way; a reaction that names nobody is one person's."""
    found: Counter[str] = Counter()
    for one in rows(node, "reactions", "data"):
        people = rows(one, "users") or rows(one, "users", "data")
        found[f"reaction:{said(one, 'reaction|emoji')}"] += max(len(people), 1)
    return found


message = DECLARED.shape(
    "message",  # who can read it are those it is addressed to
    media=_message_media,
    counters=_reactions,
    details={"shared": lambda node: [unshimmed(said(one, "link|name")) for one in rows(node, "shares", "data")]},
)
