"""The shared vocabulary: frozen data with the names of the field. Imports nothing above it."""

from __future__ import annotations

from archiver.model.account import Account, AccountState, Identity, Level, origin_of
from archiver.model.canonical import canonical_json
from archiver.model.capture import CaptureNote, Exchange, Fetch, Reply, Role, StoredRecord, Truncated
from archiver.model.connector import Auth, Basic, Bearer, Connector, NoAuth, Pace, Stream
from archiver.model.coverage import Cause, Coverage, Gap, Method, Seen
from archiver.model.item import Author, ItemRef, Kind, Media, Page, Snapshot, Unread, Visibility
from archiver.model.selector import Selector
from archiver.model.text import storable
from archiver.model.times import iso, parse_iso

__all__ = [
    "Account",
    "AccountState",
    "Auth",
    "Author",
    "Basic",
    "Bearer",
    "CaptureNote",
    "Cause",
    "Connector",
    "Coverage",
    "Exchange",
    "Fetch",
    "Gap",
    "Identity",
    "ItemRef",
    "Kind",
    "Level",
    "Media",
    "Method",
    "NoAuth",
    "Pace",
    "Page",
    "Reply",
    "Role",
    "Seen",
    "Selector",
    "Snapshot",
    "StoredRecord",
    "Stream",
    "Truncated",
    "Unread",
    "Visibility",
    "canonical_json",
    "iso",
    "origin_of",
    "parse_iso",
    "storable",
]
