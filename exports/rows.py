"""Items as data: spreadsheet rows that no spreadsheet can mistake for formulas, and JSON with everything as it was."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import datetime, tzinfo
from typing import Any

from archiver.model import DisclosedItem, DisclosedMedia, DisclosedVersion
from exports.words import last_state, local, stamp

CSV_START = b"\xef\xbb\xbf"  # tells spreadsheet programs that UTF-8 follows
COLUMNS = (
    "number",
    "item id",
    "account",
    "platform",
    "kind",
    "author",
    "created (UTC)",
    "created (local)",
    "edited (UTC)",
    "title",
    "text",
    "link",
    "parent",
    "thread",
    "visibility",
    "state last observed",
    "first seen (UTC)",
    "last seen (UTC)",
    "versions",
    "media files",
    "capture ids",
)
# What is invisible before a trigger is skipped by some programs; full-width forms are folded by others.
_FORMULA = re.compile(r"[\t\r\n]|[\s\ufeff\u200b-\u200f\u2060]*[\x00=+\-@＝＋－＠]")
_JSON = json.JSONEncoder(ensure_ascii=False)
_SURROGATE = re.compile("[\ud800-\udfff]")


def guarded(text: str) -> str:
    """The text as it may stand in a cell: a leading apostrophe where a spreadsheet could take it for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def csv_line(cells: Iterable[str]) -> bytes:
    """One line of RFC 4180, every cell quoted (a list separator other than the comma then starts no cell)."""
    line = ",".join(['"' + guarded(cell).replace('"', '""') + '"' for cell in cells])
    try:
        return line.encode() + b"\r\n"
    except UnicodeEncodeError:
        return _SURROGATE.sub("�", line).encode() + b"\r\n"


def csv_row(number: int, item: DisclosedItem, zone: tzinfo) -> bytes:
    """The line of an item, in the order of COLUMNS; title, text and visibility are those last seen."""
    current = item.current
    seen = sorted(item.observations, key=lambda observation: observation.last)
    cells = (
        str(number),
        item.id,
        item.account_id,
        item.platform,
        str(item.kind),
        author_words(item),
        stamp(item.created) if item.created else item.created_raw,
        local(item.created, zone) if item.created else "",
        _iso(current.edited),
        current.title,
        current.text,
        item.link,
        item.parent or "",
        item.thread or "",
        str(current.visibility),
        last_state(item.observations),
        stamp(min(version.first_seen for version in item.versions)),
        next((stamp(look.last) for look in reversed(seen) if look.seen == "present"), ""),
        str(len(item.versions)),
        " ".join(f"data/{medium.name}" for medium in item.media if medium.name),
        " ".join(dict.fromkeys(version.capture_id for version in item.versions)),
    )
    return csv_line(cells)


def json_row(number: int, item: DisclosedItem) -> bytes:
    """The line of an item in JSON Lines: every version and observation, texts as they were."""
    data: dict[str, Any] = {
        "number": number,
        "id": item.id,
        "account": item.account_id,
        "platform": item.platform,
        "handle": item.handle,
        "unit": item.unit,
        "kind": str(item.kind),
        "remote_id": item.remote_id,
        "author": {"id": item.author.id, "handle": item.author.handle, "name": item.author.name},
        "created": _iso(item.created) or item.created_raw,
        "language": item.language,
        "link": item.link,
        "parent": item.parent,
        "thread": item.thread,
        "context": item.context,
        "flags": item.flags,
        "versions": [_version(version) for version in item.versions],
        "observations": [
            {
                "seen": str(look.seen),
                "method": str(look.method),
                "first": stamp(look.first),
                "last": stamp(look.last),
                "detail": look.detail,
            }
            for look in item.observations
        ],
        "media": [_medium(medium) for medium in item.media],
    }
    return json_line(data)


def json_line(data: Any) -> bytes:
    """One line of JSON in UTF-8; what UTF-8 cannot carry (a lone surrogate) stays a JSON escape."""
    return _JSON.encode(data).encode("utf-8", "backslashreplace") + b"\n"


def author_words(item: DisclosedItem) -> str:
    """Whom the platform names as the author: name and handle, or what there is of them."""
    author = item.author
    handle = f"@{author.handle.removeprefix('@')}" if author.handle else ""
    if author.name and handle:
        return f"{author.name} ({handle})"
    return author.name or handle or author.id


def _version(version: DisclosedVersion) -> dict[str, Any]:
    return {
        "number": version.number,
        "first_seen": stamp(version.first_seen),
        "edited": _iso(version.edited),
        "title": version.title,
        "text": version.text,
        "markup": version.markup,
        "visibility": str(version.visibility),
        "details": version.details,
        "historic": version.historic,
        "sha256": version.digest,
        "capture": version.capture_id,
        "source": version.source,
    }


def _medium(medium: DisclosedMedia) -> dict[str, Any]:
    return {
        "id": medium.id,
        "url": medium.url,
        "type": medium.type,
        "alt": medium.alt,
        "sha256": medium.sha256,
        "size": medium.size,
        "file": f"data/{medium.name}" if medium.name else None,
        "missing": medium.missing,
    }


def _iso(moment: datetime | None) -> str:
    return stamp(moment) if moment else ""
