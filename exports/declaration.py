"""A draft of the custodian's declaration on records of the archive, with the facts filled in; a person signs it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from textwrap import fill

from archiver.model import DisclosedItem
from exports.words import both, number_of

WIDTH = 79
_BLANK = "______________________"
_DRAFT = (
    "DRAFT. Archiver filled in what the archive knows. It is no declaration until a person who knows it to be true has "
    "read, corrected and signed it. Have counsel say which form the proceeding asks for."
)
_MADE_NEAR = (
    "2. At or near the time. Each record below was made by the archive's software at the time shown as captured, when "
    "the platform's answer was complete. The time is that of the archive's host."
)
_REGULAR = (
    "3. Regular course of business. The agency's archive asks the platform for the account's records at regular "
    "intervals ({interval} minutes for the accounts below), without anybody choosing what is kept."
)
_MODE = (
    "4. Identity and mode of preparation. The software, {software}, asked the platform's published interface over "
    "HTTPS, wrote the bytes of each answer as they came, with the request and a note of what was done, as three WARC "
    "records (ISO 28500), computed SHA-256 digests of them as they were written, and entered those into an append-only "
    "ledger whose checkpoints are signed. Where an answer repeated a credential of the agency it was masked, and the "
    "note says so."
)
_ACCURATE = (
    "5. Original or accurate duplicate. At {verified} the stored bytes of each record named below were read again and "
    "their SHA-256 computed anew: {records} of {records}, all as they were when written."
)
_RECOMPUTE = (
    "To compute a digest anew: cut LENGTH bytes from OFFSET out of the file named, and run sha256sum on them: "
    "tail -c +$((OFFSET + 1)) FILE | head -c LENGTH | sha256sum"
)
_LAW = (
    "The five points follow RCW 10.96.030. A federal court may take a certificate of a process (FRE 902(13)) or of a "
    "comparison of digests (FRE 902(14)); whether Washington's rules have such a thing was not found, ask counsel."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRecord:
    """One stored WARC record, and where it lies."""

    type: str
    file: str
    offset: int
    length: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCapture:
    """The exchange that told a version of an item first."""

    capture_id: str
    captured: datetime
    records: tuple[KeptRecord, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """One item: as it is shown, and the exchanges its versions come from, one for each version."""

    item: DisclosedItem
    interval_minutes: int
    captures: tuple[KeptCapture, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the declaration is filled with. `verified`: when the stored bytes were read and found as they were."""

    agency: str
    custodian: str
    software: str
    verified: datetime
    zone: tzinfo
    items: Sequence[Declared]


def draft(facts: Facts) -> str:
    """The declaration as plain text."""
    return "\n".join(_lines(facts)) + "\n"


def _lines(facts: Facts) -> Iterator[str]:
    records = sum(len(one.records) for item in facts.items for one in item.captures)
    intervals = ", ".join(map(str, sorted({item.interval_minutes for item in facts.items})))
    yield "DECLARATION OF THE CUSTODIAN OF RECORDS"
    yield ""
    yield from _paragraph(_DRAFT)
    yield from _paragraph(
        f"1. Custodian. I am {_flat(facts.custodian) or _BLANK}, custodian of records of {_flat(facts.agency)}, and "
        "qualified to say what follows."
    )
    yield from _paragraph(_MADE_NEAR)
    yield from _paragraph(_REGULAR.format(interval=intervals))
    yield from _paragraph(_MODE.format(software=facts.software))
    yield from _paragraph(_ACCURATE.format(verified=both(facts.verified, facts.zone), records=f"{records:,}"))
    yield from _paragraph(_LAW)
    yield f"Signed: {_BLANK}   Place and date: {_BLANK}"
    yield ""
    yield f"THE RECORDS: {number_of(len(facts.items), 'item')}"
    yield ""
    for number, declared in enumerate(facts.items, 1):
        yield from _item(number, declared, facts.zone)
    yield from _paragraph(_RECOMPUTE)


def _item(number: int, declared: Declared, zone: tzinfo) -> Iterator[str]:
    item = declared.item
    yield f"Item {number}: {item.kind} {_flat(item.remote_id)} of {_flat(item.handle)} on {item.platform}"
    yield f"  Kept as {item.account_id}/{_flat(item.remote_id)}, id {item.id}"
    yield f"  Dated by the platform: {both(item.created, zone) if item.created else _flat(item.created_raw) or 'not'}"
    for version, capture in zip(item.versions, declared.captures, strict=True):
        yield f"  Version {version.number}, captured {both(capture.captured, zone)}, capture {capture.capture_id}"
        yield f"    SHA-256 of what was read of it: {version.digest}"
        for record in capture.records:
            yield f"    {record.type}: {record.file}, offset {record.offset}, length {record.length}"
            yield f"      SHA-256 {record.sha256}"
    yield ""


def _paragraph(text: str) -> tuple[str, str]:
    return fill(text, WIDTH), ""


def _flat(text: str) -> str:
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())
