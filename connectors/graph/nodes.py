"""What Facebook and Instagram nodes have in common: pages of items, messages, files without an id, drift."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from archiver.errors import Unreadable
from archiver.model import Fetch, Media, Page, Snapshot, Unread
from connectors.declared import Declared
from connectors.fields import at, rows, text
from connectors.graph.asks import next_page, wanted
from connectors.graph.fields import DECLARED, names
from connectors.graph.usage import usage_notices, version_notices
from connectors.reading import Found, Reading
from connectors.shapes import said

Reader = Callable[[Reading], Page]
_SHIM = ("l.facebook.com", "lm.facebook.com", "l.instagram.com")


def nodes_of(reading: Reading) -> list[tuple[str, Any]]:
    """The rows of a listing with their places. Raises Unreadable where there is no list."""
    found = at(reading.value, "data")
    if isinstance(found, list):
        return [(f"/data/{n}", node) for n, node in enumerate(found)]
    own = reading.says("error", "message")[:200]
    told = f": it says {own!r}" if own else ""
    what = f"The reply to '{reading.fetch.stream}' holds no list of rows{told}."
    raise Unreadable(what, do="Poll again; see the gap.")


def page_of(reading: Reading, found: Iterable[Found], *, walked: bool, drift: Mapping[str, int]) -> Page:
    """A page of a listing, newest first, with what to ask of it and the next page."""
    kept = list(found)
    asked = wanted(reading.account, (one for one in kept if isinstance(one, Fetch)))
    shown = [one for one in kept if not isinstance(one, Fetch)]
    step = next_page(reading.fetch, reading.value)
    return reading.page((*shown, *asked), step=step, newest_first=True, walked=walked, drift=drift)


def conversations(reading: Reading, kind: str, thread: Callable[[Any], Fetch]) -> Page:
    """The newest message of each conversation, and more of those in which something is new (`thread`)."""
    nodes = nodes_of(reading)
    found: list[Found] = []
    for place, node in nodes:
        found += messages(node, place)
        lost = Unread(source=place, reason="a conversation without an id")
        found.append(thread(node) if text(node, "id") else lost)
    return page_of(reading, found, walked=False, drift=drift_of(kind, nodes))


def messages(node: Any, place: str) -> list[Snapshot | Unread]:
    """The messages that came along with a conversation."""
    within = enumerate(rows(node, "messages", "data"))
    return [message(one, f"{place}/messages/data/{n}", thread=text(node, "id")) for n, one in within]


def drift_of(kind: str, nodes: Iterable[tuple[str, Any]], declared: Declared = DECLARED) -> Counter[str]:
    """Fields of nodes that were not asked for, and values that are not known, by name."""
    known, found = names(kind), Counter[str]()
    for _, node in nodes:
        found.update(f"{kind}.{name[:60]}" for name in (node if isinstance(node, dict) else ()) if name not in known)
        found.update(declared.strange(kind, node))
    return found


def file_name(url: str) -> str:
    """The name of a file on the platform's servers, which stays while the signed rest of its address changes."""
    try:
        return urlsplit(url).path.rpartition("/")[2]
    except ValueError:
        return ""


def unshimmed(url: str) -> str:
    """Where a link leads, without the platform's counting redirect around it, whose parameters change."""
    try:
        parts = urlsplit(url)
        return (parse_qs(parts.query).get("u") or [url])[0] if parts.hostname in _SHIM else url
    except ValueError:
        return url


def _message_media(node: Any) -> Iterable[Media]:
    """The files of a message by the platform's id of each, or by message and position where it gives none."""
    number = text(node, "id")
    for n, one in enumerate(rows(node, "attachments", "data")):
        url = said(one, "video_data.url|image_data.url|image_data.animated_gif_url|file_url")
        kind = "video" if at(one, "video_data") else "image" if at(one, "image_data") else ""
        if url or text(one, "id"):
            alt = text(one, "name") if text(one, "file_url") else ""
            named = text(one, "id") or f"{number}:{n}"
            yield Media(id=named, url=url, type=text(one, "mime_type") or kind, alt=alt)
    story = at(node, "story", "mention") or at(node, "story", "reply_to")
    for name, url, kind in (("sticker", text(node, "sticker"), "image"), ("story", text(story, "link"), "")):
        if url:
            yield Media(id=f"{number}:{name}", url=url, type=kind)


def _reactions(node: Any) -> dict[str, int]:
    found: Counter[str] = Counter()
    for one in rows(node, "reactions", "data"):
        found[f"reaction:{said(one, 'reaction|emoji')}"] += max(
            len(rows(one, "users")) or len(rows(one, "users", "data")), 1
        )
    return dict(found)


message = DECLARED.shape(
    "message",  # reactions are counted; who can read it are those it is addressed to
    media=_message_media,
    counters=_reactions,
    details={"shared": lambda node: [unshimmed(said(one, "link|name")) for one in rows(node, "shares", "data")]},
)


def telling(readers: Mapping[str, Reader]) -> dict[str, Reader]:
    """The readers, whose pages then carry what a reply tells beside it: allowances nearly used, and the version."""

    def told(reader: Reader) -> Reader:
        return lambda reading: _told_page(reading, reader(reading))

    return {name: told(reader) for name, reader in readers.items()}


def _told_page(reading: Reading, page: Page) -> Page:
    used = usage_notices(reading.reply)
    if page.identity is not None:
        told = (*page.notices, *used, *version_notices(reading.account, reading.reply))
        return replace(page, notices=told)
    pressing = tuple(notice for notice in used if notice.words)
    return replace(page, notices=(*page.notices, *pressing)) if pressing else page
