"""Looks for credentials in every byte below a folder: packed, encoded, in databases and in archives within archives.

`leaks(folder, tokens)` is used by tests/secrets, and can be called at the end of a whole run over what it left.
"""

from __future__ import annotations

import base64
import io
import json
import sqlite3
import urllib.parse
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

_GZIP, _ZIP, _SQLITE = b"\x1f\x8b\x08", b"PK\x03\x04", b"SQLite format 3\x00"
_DEEPEST = 4
_LARGEST = 64 << 20  # of what one packed stream may become
_STEP = 1 << 16  # of a packed stream at a time: what follows it is copied with each


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """A credential that was found: in which file, in what form, how deep within it. The credential is not repeated."""

    path: str
    form: str
    number: int


def leaks(
    folder: Path, tokens: Iterable[str], *, spare: Callable[[Path], bool] = lambda _path: False
) -> tuple[Leak, ...]:
    """Every place below `folder` where one of the tokens stands in any form; `spare` leaves files out."""
    sought = [(number, name, form) for number, token in enumerate(tokens) for name, form in forms(token).items()]
    found = {
        Leak(path=f"{path.relative_to(folder)}{inside}", form=name, number=number)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink() and not spare(path)
        for inside, data in (*layers(path.read_bytes()), *_rows(path))
        for number, name, form in sought
        if form in data
    }
    return tuple(sorted(found, key=lambda leak: (leak.path, leak.form, leak.number)))


def forms(token: str) -> dict[str, bytes]:
    """What a credential may look like: as it is, escaped, quoted, in base64 at each alignment, hex, UTF-16."""
    plain = token.encode()
    quoted = urllib.parse.quote(token, safe="")
    made = {
        "plain": plain,
        "json": json.dumps(token)[1:-1].encode(),
        "percent": quoted.encode(),
        "every byte percent": "".join(f"%{byte:02X}" for byte in plain).encode(),
        "hex": plain.hex().encode(),
        "upper-case hex": plain.hex().upper().encode(),
        "utf-16": token.encode("utf-16-le"),
        "reversed": plain[::-1],
    }
    for shift in range(3):
        made[f"base64 at {shift}"] = _base64_within(plain, shift, base64.b64encode)
        made[f"base64url at {shift}"] = _base64_within(plain, shift, base64.urlsafe_b64encode)
    return made


def _base64_within(data: bytes, shift: int, encode: Callable[[bytes], bytes]) -> bytes:
    """The characters that depend on `data` alone, where `shift` (mod 3) other bytes stand before it."""
    whole = encode(bytes(shift) + data)
    first = -(-shift * 4 // 3)
    last = (shift + len(data)) * 8 // 6
    return whole[first:last]


def layers(data: bytes, inside: str = "", depth: int = 0) -> Iterator[tuple[str, bytes]]:
    """The bytes, and whatever is packed in them, each with where it stands."""
    yield inside, data
    if depth == _DEEPEST:
        return
    at = data.find(_GZIP)
    while at >= 0:
        unpacked, length = _gunzipped(memoryview(data)[at:])
        if unpacked:
            yield from layers(unpacked, f"{inside}!gzip@{at}", depth + 1)
        at = data.find(_GZIP, at + max(length, 1))
    if data.startswith(_ZIP):
        yield from _entries(data, inside, depth)


def _gunzipped(data: memoryview) -> tuple[bytes, int]:
    """What the gzip member holds that begins here and how long it is, as far as it goes."""
    member, unpacked, at = zlib.decompressobj(31), b"", 0
    try:
        while at < len(data) and not member.eof and len(unpacked) < _LARGEST:
            unpacked += member.decompress(data[at : at + _STEP], _LARGEST)
            at += _STEP
    except zlib.error:
        return b"", 1
    return unpacked, min(at, len(data)) - len(member.unused_data) if member.eof else 1


def _entries(data: bytes, inside: str, depth: int) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            for entry in packed.infolist():
                yield from layers(packed.read(entry), f"{inside}!{entry.filename}", depth + 1)
    except zipfile.BadZipFile:
        return


def _rows(path: Path) -> Iterator[tuple[str, bytes]]:
    """The values of a database, which may lie over several of its pages."""
    with path.open("rb") as file:
        if file.read(len(_SQLITE)) != _SQLITE:
            return
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    db.text_factory = bytes
    try:
        tables = db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'")
        for (table,) in tables.fetchall():
            name = table.decode()
            for row in db.execute(f'SELECT * FROM "{name}"'):  # noqa: S608
                for value in row:
                    if isinstance(value, bytes):
                        yield from layers(value, f"!{name}", 1)
    finally:
        db.close()
