"""What the demo server knows of a status or blog entry: every version ever shown, and whether it is still there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from archiver.demo.entries import Written
from archiver.demo.posts import Told


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A text and since when it was shown."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """A status; `reply_to` and `boosts` are ids, `mentions` handles. `removed` is when it stopped being shown."""

    id: str
    told: Told
    versions: tuple[Version, ...]
    reply_to: str | None = None
    boosts: str | None = None
    mentions: tuple[str, ...] = ()
    removed: datetime | None = None

    @property
    def created(self) -> datetime:
        """When it was first shown."""
        return self.versions[0].at

    @property
    def text(self) -> str:
        """What it says now."""
        return self.versions[-1].text

    def edited(self, text: str, at: datetime) -> Status:
        """The same status with one more version."""
        return replace(self, versions=(*self.versions, Version(at=at, text=text)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A blog entry."""

    written: Written
    versions: tuple[Version, ...]
    removed: datetime | None = None

    def edited(self, text: str, at: datetime) -> Entry:
        """The same entry with one more version."""
        return replace(self, versions=(*self.versions, Version(at=at, text=text)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Ground truth: one thing the server ever showed. `place` is `mastodon` or `blog`; `id` a status id or a slug."""

    place: str
    id: str
    author: str
    visibility: str
    versions: tuple[Version, ...]
    removed: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """Ground truth of one change: `act` is edited, removed or added; texts before and after."""

    act: str
    place: str
    id: str
    at: datetime
    before: str = ""
    after: str = ""
