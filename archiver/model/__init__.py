"""The shared vocabulary: frozen data with the names of the field. Imports nothing above it."""

from __future__ import annotations

from archiver.model.account import Account, AccountState, Identity, Level, origin_of
from archiver.model.canonical import canonical_json
from archiver.model.capture import CaptureNote, Exchange, Fetch, Reply, Role, StoredRecord, Truncated
from archiver.model.connector import Auth, Basic, Bearer, Connector, NoAuth, Pace, Stream
from archiver.model.coverage import Cause, Coverage, Gap, Method, Seen
from archiver.model.disclosure import (
    BundleCase,
    DisclosedAccount,
    DisclosedItem,
    DisclosedMedia,
    DisclosedObservation,
    DisclosedVersion,
    PublicRecordsRequest,
    RequestState,
)
from archiver.model.item import Author, ItemRef, Kind, Media, Page, Snapshot, Unread, Visibility, tidied
from archiver.model.local_day import WASHINGTON, day_begins, local_day
from archiver.model.matching import Term, occurs, selects, terms_of, words_of
from archiver.model.retention import (
    Classification,
    Decision,
    DispositionAuthority,
    Hold,
    HoldCause,
    ItemFacts,
    Period,
    Scan,
    Standing,
    Trigger,
    TriggerEvent,
)
from archiver.model.selector import Selector
from archiver.model.text import storable
from archiver.model.times import iso, parse_iso

__all__ = [
    "WASHINGTON",
    "Account",
    "AccountState",
    "Auth",
    "Author",
    "Basic",
    "Bearer",
    "BundleCase",
    "CaptureNote",
    "Cause",
    "Classification",
    "Connector",
    "Coverage",
    "Decision",
    "DisclosedAccount",
    "DisclosedItem",
    "DisclosedMedia",
    "DisclosedObservation",
    "DisclosedVersion",
    "DispositionAuthority",
    "Exchange",
    "Fetch",
    "Gap",
    "Hold",
    "HoldCause",
    "Identity",
    "ItemFacts",
    "ItemRef",
    "Kind",
    "Level",
    "Media",
    "Method",
    "NoAuth",
    "Pace",
    "Page",
    "Period",
    "PublicRecordsRequest",
    "Reply",
    "RequestState",
    "Role",
    "Scan",
    "Seen",
    "Selector",
    "Snapshot",
    "Standing",
    "StoredRecord",
    "Stream",
    "Term",
    "Trigger",
    "TriggerEvent",
    "Truncated",
    "Unread",
    "Visibility",
    "canonical_json",
    "day_begins",
    "iso",
    "local_day",
    "occurs",
    "origin_of",
    "parse_iso",
    "selects",
    "storable",
    "terms_of",
    "tidied",
    "words_of",
]
