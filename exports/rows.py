"""Items as data: spreadsheet rows that no spreadsheet can mistake for formulas, and JSON with everything as it was."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import datetime, tzinfo
from json.encoder import encode_basestring as _quoted  # a text as JSON, in quotation marks
from typing import Any

from archiver.model import Author, DisclosedItem, DisclosedMedia, DisclosedObservation, DisclosedVersion, Seen
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
_TRIGGER = r"(?:[\t\r\n]|[\s\ufeff\u200b-\u200f\u2060]*[\x00=+\-@＝＋－＠])"
_FORMULA = re.compile(_TRIGGER)
_FORMULA_IN_A_LINE = re.compile(rf"\x1f{_TRIGGER}")  # where \x1f comes before each cell
_JSON = json.JSONEncoder(ensure_ascii=False)
_SURROGATE = re.compile("[\ud800-\udfff]")


def guarded(text: str) -> str:
    """The text as it may stand in a cell: a leading apostrophe where a spreadsheet could take it for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def csv_line(cells: Iterable[str]) -> bytes:
    """One line of RFC 4180, every cell quoted (a list separator other than the comma then starts no cell)."""
    every = tuple(cells)
    joined = "\x1f".join(("", *every))
    if '"' in joined or _FORMULA_IN_A_LINE.search(joined):  # one look at the whole line: most need nothing
        every = tuple(guarded(cell).replace('"', '""') for cell in every)
    line = '"' + '","'.join(every) + '"'
    try:
        return line.encode() + b"\r\n"
    except UnicodeEncodeError:
        return _SURROGATE.sub("�", line).encode() + b"\r\n"


def csv_row(number: int, item: DisclosedItem, zone: tzinfo) -> bytes:
    """The line of an item, in the order of COLUMNS; title, text and visibility are those last seen."""
    current = item.current
    present = [look.last for look in item.observations if look.seen is Seen.PRESENT]
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
        stamp(min([version.first_seen for version in item.versions])),
        stamp(max(present)) if present else "",
        str(len(item.versions)),
        " ".join([f"data/{medium.name}" for medium in item.media if medium.name]),
        " ".join(dict.fromkeys([version.capture_id for version in item.versions])),
    )
    return csv_line(cells)


def json_row(number: int, item: DisclosedItem) -> bytes:
    """The line of an item in JSON Lines: every version and observation, texts as they were."""
    created = _iso(item.created) or item.created_raw
    line = (
        f'{{"number": {number}, "id": {_quoted(item.id)}, {_account(item)}, "kind": {_quoted(item.kind)}, '
        f'"remote_id": {_quoted(item.remote_id)}, "author": {_author(item.author)}, "created": {_quoted(created)}, '
        f'"language": {_quoted(item.language)}, "link": {_quoted(item.link)}, "parent": {_text_or_null(item.parent)}, '
        f'"thread": {_text_or_null(item.thread)}, "context": {_truth(item.context)}, "flags": {_listed(item.flags)}, '
        f'"versions": [{", ".join([_version(version) for version in item.versions])}], '
        f'"observations": [{", ".join([_observation(look) for look in item.observations])}], '
        f'"media": [{", ".join([_medium(medium) for medium in item.media])}]}}\n'
    )
    return line.encode("utf-8", "backslashreplace")


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


# Written out field by field: three times as fast as an encoder going through dictionaries made for it.
def _account(item: DisclosedItem) -> str:
    return (
        f'"account": {_quoted(item.account_id)}, "platform": {_quoted(item.platform)}, '
        f'"handle": {_quoted(item.handle)}, "unit": {_quoted(item.unit)}'
    )


def _author(author: Author) -> str:
    return f'{{"id": {_quoted(author.id)}, "handle": {_quoted(author.handle)}, "name": {_quoted(author.name)}}}'


def _version(version: DisclosedVersion) -> str:
    return (
        f'{{"number": {version.number}, "first_seen": "{stamp(version.first_seen)}", '
        f'"edited": "{_iso(version.edited)}", "title": {_quoted(version.title)}, "text": {_quoted(version.text)}, '
        f'"visibility": {_quoted(version.visibility)}, "details": {_listed(version.details)}, '
        f'"historic": {_truth(version.historic)}, "sha256": {_quoted(version.digest)}, '
        f'"capture": {_quoted(version.capture_id)}, "source": {_quoted(version.source)}}}'
    )


def _observation(look: DisclosedObservation) -> str:
    return (
        f'{{"seen": {_quoted(look.seen)}, "method": {_quoted(look.method)}, "first": "{stamp(look.first)}", '
        f'"last": "{stamp(look.last)}", "detail": {_quoted(look.detail)}}}'
    )


def _medium(medium: DisclosedMedia) -> str:
    file = f"data/{medium.name}" if medium.name else None
    return _JSON.encode(
        {
            "id": medium.id,
            "url": medium.url,
            "type": medium.type,
            "alt": medium.alt,
            "sha256": medium.sha256,
            "size": medium.size,
            "file": file,
            "missing": medium.missing,
        }
    )


def _text_or_null(text: str | None) -> str:
    return "null" if text is None else _quoted(text)


def _truth(value: bool) -> str:  # noqa: FBT001 - one value, one word
    return "true" if value else "false"


def _listed(values: tuple[Any, ...]) -> str:
    return _JSON.encode(values) if values else "[]"


def _iso(moment: datetime | None) -> str:
    return stamp(moment) if moment else ""
