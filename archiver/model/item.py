"""What a reply means: items as they were shown, and what to ask next."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from enum import StrEnum
from operator import attrgetter
from typing import Any

from archiver.model.account import Identity
from archiver.model.canonical import canonical_json
from archiver.model.capture import Fetch
from archiver.model.coverage import Seen
from archiver.model.text import storable
from archiver.model.times import iso


class Kind(StrEnum):
    """What an item is."""

    POST = "post"
    COMMENT = "comment"
    MESSAGE = "message"
    STORY = "story"
    REVIEW = "review"
    EVENT = "event"
    PAGE = "page"
    MEDIA = "media"
    SHARE = "share"
    PROFILE = "profile"


class Visibility(StrEnum):
    """Who could see an item, as the platform said."""

    PUBLIC = "public"
    UNLISTED = "unlisted"
    PRIVATE = "private"
    DIRECT = "direct"
    HIDDEN = "hidden"
    HELD = "held"
    DRAFT = "draft"
    TRASH = "trash"
    UNKNOWN = "unknown"


_NOT_SHOWN = (Visibility.HIDDEN, Visibility.HELD, Visibility.TRASH)


def seen_as(visibility: Visibility) -> Seen:
    """What a look shows of an item of this visibility."""
    return Seen.HIDDEN if visibility in _NOT_SHOWN else Seen.PRESENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who wrote an item, as the platform names them."""

    id: str = ""
    handle: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A file an item carries. `id` is the platform's, stable while its URL changes; the URL where it has none."""

    id: str
    url: str
    type: str = ""
    alt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One item as one reply showed it.

    `text` is plain text for reading and search; `markup` is what the platform gave, where that is HTML, and is what
    versions are compared by. `source` is a JSON Pointer (or XPath for XML) to where in the body the item stands.
    `created_raw` keeps a time that could not be read. `counters` (likes, shares, views) are observations and never
    make a version. `historic` marks an earlier version told by the platform's own edit history. `context` marks
    somebody else's item kept beside ours (a parent, a quoted post). `details` are further fields that make a version
    (content warning, poll options, recipients). `flags` say what had to be repaired to read it.
    """

    kind: Kind
    remote_id: str
    author: Author = Author()
    created: datetime | None = None
    created_raw: str = ""
    edited: datetime | None = None
    title: str = ""
    text: str = ""
    markup: str = ""
    link: str = ""
    parent: str | None = None
    thread: str | None = None
    media: tuple[Media, ...] = ()
    visibility: Visibility = Visibility.PUBLIC
    language: str = ""
    source: str = ""
    counters: Mapping[str, int] = field(default_factory=dict)
    details: tuple[tuple[str, str], ...] = ()
    historic: bool = False
    context: bool = False
    flags: tuple[str, ...] = ()
    _digest: str = field(default="", init=False, repr=False, compare=False)

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of what makes a version: content, not counters, addresses of files or display names."""
        if not self._digest:  # asked for several times while a reply is compared and written
            object.__setattr__(self, "_digest", hashlib.sha256(canonical_json(self.substance())).hexdigest())
        return self._digest

    @property
    def content_digest(self) -> str:
        """SHA-256 (hex) of title, content, files and details: what a platform's own edit history can tell."""
        told = [self.title, self.markup or self.text, [[m.id, m.alt] for m in self.media], self.details]
        return hashlib.sha256(canonical_json(told)).hexdigest()

    @property
    def seen(self) -> Seen:
        """What this look at the item showed."""
        return seen_as(self.visibility)

    def substance(self) -> dict[str, Any]:
        """The fields a change of which is a new version, as JSON values."""
        return {
            "kind": str(self.kind),
            "remote_id": self.remote_id,
            "author": self.author.id or self.author.handle,
            "created": iso(self.created) if self.created else self.created_raw,
            "title": self.title,
            "content": self.markup or self.text,
            "parent": self.parent,
            "media": [[medium.id, medium.alt] for medium in self.media],
            "visibility": str(self.visibility),
            "details": self.details,
        }


_FIELDS = {kind: tuple(f.name for f in fields(kind) if f.init) for kind in (Author, Media, Snapshot)}
_NEVER_TEXT = {"kind", "visibility", "created", "edited", "counters", "historic", "context"}
_PLAIN = tuple(name for name in _FIELDS[Snapshot] if name not in _NEVER_TEXT | {"author", "media", "details", "flags"})
_texts_of = attrgetter(*_PLAIN, *(f"author.{name}" for name in _FIELDS[Author]))


def tidied(snapshot: Snapshot) -> Snapshot:
    """The snapshot with every text made storable, and flags for what was replaced."""
    flags = list(snapshot.flags)
    cleaned: Snapshot = snapshot if _is_storable(snapshot) else _cleaned(snapshot, flags)
    counters = {name: value for name, value in snapshot.counters.items() if abs(value) < 2**63}
    if len(counters) != len(snapshot.counters):
        flags.append("counter-out-of-range")
        cleaned = replace(cleaned, counters=counters)
    if snapshot.created and snapshot.edited and snapshot.edited < snapshot.created:
        flags.append("edited-before-created")  # the platform's clocks disagree; both are kept as it says
        cleaned = replace(cleaned)
    return replace(cleaned, flags=tuple(dict.fromkeys(flags))) if cleaned is not snapshot else snapshot


def _is_storable(snapshot: Snapshot) -> bool:
    """Whether nothing in it has to be replaced: asked of all its texts at once, because hardly ever anything has."""
    parts = [*snapshot.flags, *(text for pair in snapshot.details for text in pair)]
    parts += [text for medium in snapshot.media for text in (medium.id, medium.url, medium.type, medium.alt)]
    return not storable("".join([*filter(None, _texts_of(snapshot)), *parts]))[1]


def _cleaned(value: Any, flags: list[str]) -> Any:
    """`value` with its strings made storable, however deep; the same object where nothing had to change."""
    if type(value) is str:
        text, found = storable(value)
        flags.extend(found)
        return text if found else value
    if isinstance(value, tuple):
        parts = tuple(_cleaned(part, flags) for part in value)
        return value if all(a is b for a, b in zip(parts, value, strict=True)) else parts
    if isinstance(value, Author | Media | Snapshot):
        changed = {
            name: new
            for name in _FIELDS[type(value)]
            if (new := _cleaned(old := getattr(value, name), flags)) is not old
        }
        return replace(value, **changed) if changed else value
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A part of a reply that could not be read as an item: where, and why. Its bytes are in the WARC."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What a reply says that people should know (`archiver status`): a token that lapses, a version that ends.

    A later notice of the same topic replaces it; `words` empty withdraws it. `until` is when it becomes urgent.
    """

    topic: str
    words: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a reply means.

    `more` is the next page of the same listing; `also` are other things found on the way (comments, threads, edit
    history). Media are queued by the engine from the items. `newest_first` allows the incremental stop. `walked` is
    true where the listing shows every item of its stream in its span of time, so that one that is missing from it
    deserves a direct look. `totals` are the platform's own counts by stream. `drift` counts fields and kinds of item
    that the connector does not know, by name; they are kept raw.
    """

    items: tuple[Snapshot, ...] = ()
    more: Fetch | None = None
    also: tuple[Fetch, ...] = ()
    newest_first: bool = False
    walked: bool = False
    totals: Mapping[str, int] = field(default_factory=dict)
    identity: Identity | None = None
    unread: tuple[Unread, ...] = ()
    notices: tuple[Notice, ...] = ()
    drift: Mapping[str, int] = field(default_factory=dict)
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRef:
    """What the catalogue knows of an item that a connector needs to look at it directly."""

    kind: Kind
    remote_id: str
    link: str
    parent: str | None
    thread: str | None
