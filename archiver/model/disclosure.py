"""What a requester asks for and receives: requests, responsive items as data, and what a bundle says about itself.

Each type names every field that may be shown; nothing of the catalogue reaches a bundle by another way.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from enum import StrEnum

from archiver.model.coverage import Coverage, Gap, Method, Seen
from archiver.model.item import Author, Kind, Visibility
from archiver.model.selector import Selector


class RequestState(StrEnum):
    """Whether a request is still being answered. An open request holds what it asks for."""

    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicRecordsRequest:
    """One request for public records. `text` is the request as received; `requester` may be empty.

    `id` becomes the name of the bundle's directory: letters, digits, dot, underscore and hyphen.
    """

    id: str
    received: datetime
    text: str
    selector: Selector
    opened_by: str
    due: date
    requester: str = ""
    state: RequestState = RequestState.OPEN
    closed: datetime | None = None
    closing_note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DisclosedVersion:
    """One version of an item. `digest` is the version's SHA-256; `source` points into the body of the capture."""

    number: int
    first_seen: datetime
    capture_id: str
    digest: str
    source: str = ""
    edited: datetime | None = None
    title: str = ""
    text: str = ""
    visibility: Visibility = Visibility.PUBLIC
    details: tuple[tuple[str, str], ...] = ()
    historic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DisclosedObservation:
    """What looks at an item showed, from the first to the last of a run of equal looks."""

    seen: Seen
    method: Method
    first: datetime
    last: datetime
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DisclosedMedia:
    """A file an item carries: under `name` in the bundle, or not in it and `missing` says why.

    `name` comes from `exports.media_names.media_name`, so that equal bytes of one type are one file.
    """

    id: str
    url: str
    type: str = ""
    alt: str = ""
    sha256: str | None = None
    size: int | None = None
    name: str | None = None
    missing: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DisclosedItem:
    """One responsive item with all its versions (at least one, in order) and observations (in order of time).

    `parent` and `thread` are remote ids. `context` marks somebody else's item kept beside the account's own.
    """

    id: str
    account_id: str
    platform: str
    handle: str
    kind: Kind
    remote_id: str
    author: Author
    versions: tuple[DisclosedVersion, ...]
    unit: str = ""
    created: datetime | None = None
    created_raw: str = ""
    language: str = ""
    link: str = ""
    parent: str | None = None
    thread: str | None = None
    observations: tuple[DisclosedObservation, ...] = ()
    media: tuple[DisclosedMedia, ...] = ()
    context: bool = False
    flags: tuple[str, ...] = ()

    @property
    def current(self) -> DisclosedVersion:
        """The version last seen: the newest that is not from the platform's own edit history."""
        return next((version for version in reversed(self.versions) if not version.historic), self.versions[-1])


@dataclass(frozen=True, slots=True, kw_only=True)
class DisclosedAccount:
    """What a bundle says of an account within the request's scope."""

    id: str
    platform: str
    handle: str
    unit: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleCase:
    """What a bundle is about. `items` is the declared count of items: a bundle with another count is not finished.

    `made_at` and `as_of` are given, never read from a clock; `zone` is the agency's. `gaps` are those that overlap
    the request's scope. `records_note` says what else stands in the WARC records (neighbours on the same pages).
    """

    request: PublicRecordsRequest
    agency: str
    records_officer: str
    made_at: datetime
    as_of: datetime
    zone: tzinfo
    software: str
    items: int
    accounts: tuple[DisclosedAccount, ...] = ()
    gaps: tuple[Gap, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    records_note: str = ""
