"""Reads one stored record again: inflates it, compares its digests, and what it says with the catalogue's rows."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from archiver.checks.findings import Kind
from archiver.errors import VerificationError
from archiver.model import CaptureNote
from archiver.storage import soundness
from archiver.storage.captures import columns_of
from archiver.storage.database import Connection
from archiver.storage.digests import payload_start
from archiver.storage.fast_zlib import ERRORS, fast
from archiver.storage.members import BLOCK_LIMIT, HEADER_LIMIT, header_of, stream_record
from archiver.storage.warc import END, GZIP_MEMBER
from archiver.storage.warc_records import JSON_TYPE

Problem = tuple[Kind, str]
Read = tuple[str, bytes | None]  # the record's id, and the block of a note

_FIELD = re.compile(rb"^([^:\r\n]+): ([^\r\n]*)\r?$", re.M)
_VERSION = b"WARC/1.1\r\n"
# The names our writer uses, so written: no other spelling of one of them can stand beside it, and say something else.
_NAMES = frozenset(
    b"WARC-Type WARC-Record-ID WARC-Date WARC-Target-URI WARC-IP-Address WARC-Concurrent-To WARC-Filename"
    b" WARC-Truncated WARC-Block-Digest WARC-Payload-Digest Content-Type Content-Length".split()
)


def read_again(
    db: Connection, file: BinaryIO, name: str, place: tuple[int, int, str], held: memoryview | None
) -> Iterator[Problem]:
    """What is wrong with the record at this offset, of this length and id; `held` are its bytes, where they are few."""
    offset, length, record = place
    read = plainly_read(held) if held is not None else None
    try:
        said_id, note = read or _strictly_read(file, name, offset, length)
    except VerificationError as error:
        yield Kind.UNSOUND, error.what
        return
    if offset == 0:
        yield from _name_problems(file, name, length)
    if said_id != record:
        yield Kind.DISAGREES, f"The record at offset {offset} of {name} calls itself {said_id}, its row {record}."
    if note is not None:
        yield from _note_problems(db, note, f"The record at offset {offset} of {name}")


def _name_problems(file: BinaryIO, name: str, length: int) -> Iterator[Problem]:
    """The first record of a file says what the file is called."""
    headers, _ = stream_record(file, 0, length, name=name)
    said = header_of(headers, "WARC-Filename")
    if said and said != name:
        yield Kind.DISAGREES, f"{name} was called {said} when it was begun."


def plainly_read(member: memoryview) -> Read | None:
    """The id (and JSON, of a note) of a record as our writer makes them, wholly checked; None for any other.

    Many times as fast as the strict reader, which is asked where this one has any doubt.
    """
    gzip = fast.decompressobj(GZIP_MEMBER)
    try:
        raw = gzip.decompress(member, BLOCK_LIMIT)
    except ERRORS:
        return None
    head, mark, _ = raw[:HEADER_LIMIT].partition(END)
    fields = _fields(head)
    start, length = len(head) + len(mark), len(raw) - len(head) - len(mark) - len(END)
    if not gzip.eof or gzip.unused_data or not mark or not raw.endswith(END) or b"WARC-Record-ID" not in fields:
        return None
    if fields.get(b"Content-Length") != b"%d" % length:
        return None
    block = memoryview(raw)[start : start + length]
    if not _digests_hold(fields, block):
        return None
    is_note = fields.get(b"WARC-Type") == b"metadata" and fields.get(b"Content-Type") == JSON_TYPE.encode()
    return fields[b"WARC-Record-ID"].decode().strip("<>"), bytes(block) if is_note else None


def _fields(head: bytes) -> Mapping[bytes, bytes]:
    """The headers, where each is one of ours and stands once; else none."""
    fields = dict(_FIELD.findall(head))
    ends = {head.count(b"\n"), head.count(b"\r"), head.count(b"\r\n")}
    plain = head.isascii() and head.startswith(_VERSION) and ends == {len(fields)}
    return fields if plain and fields.keys() <= _NAMES else {}


def _digests_hold(fields: Mapping[bytes, bytes], block: memoryview) -> bool:
    if fields.get(b"WARC-Block-Digest") != _label(block):
        return False
    payload = fields.get(b"WARC-Payload-Digest")
    if payload is None:
        return True
    if not fields.get(b"Content-Type", b"").startswith(b"application/http"):
        return False
    start = payload_start(bytes(block[:HEADER_LIMIT]))
    return start is not None and payload == _label(block[start:])


def _label(data: memoryview) -> bytes:
    return b"sha256:" + hashlib.sha256(data).hexdigest().encode()


def _strictly_read(file: BinaryIO, name: str, offset: int, length: int) -> Read:
    headers, blocks = stream_record(file, offset, length, name=name)
    note = header_of(headers, "WARC-Type") == "metadata" and header_of(headers, "Content-Type") == JSON_TYPE
    held = b"".join(_limited(blocks)) if note else _drained(blocks)
    return header_of(headers, "WARC-Record-ID").strip("<>"), held if note else None


def _limited(blocks: Iterator[bytes]) -> Iterator[bytes]:
    left = BLOCK_LIMIT
    for block in blocks:
        left -= len(block)
        if left >= 0:
            yield block


def _drained(blocks: Iterator[bytes]) -> bytes:
    for _ in blocks:
        pass
    return b""


def _note_problems(db: Connection, held: bytes, where: str) -> Iterator[Problem]:
    try:
        said = json.loads(held)
        if said.get("record") in ("run", "gap"):
            yield from _run_problems(db, said, where)
            return
        note = CaptureNote.from_json(said)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        yield Kind.UNSOUND, f"{where} is not one of our notes ({type(error).__name__})."
        return
    row, told = soundness.capture_said(db, note.capture_id), columns_of(note) | {"account": note.account_id}
    if row is None:
        yield Kind.DISAGREES, f"{where} is of capture {note.capture_id}, which the catalogue does not know."
    elif row != told:
        fields = ", ".join(name for name in told if row[name] != told[name])
        yield Kind.DISAGREES, f"{where} and the row of capture {note.capture_id} do not agree in: {fields}."


def _run_problems(db: Connection, said: dict[str, Any], where: str) -> Iterator[Problem]:
    kind: str = said["record"]
    identity = said["run"] if kind == "run" else said["gap"]["id"]
    if not soundness.note_is_known(db, kind, identity):
        yield Kind.DISAGREES, f"{where} tells of {kind} {identity}, which the catalogue does not know."
