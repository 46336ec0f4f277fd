"""Reads one stored record again: inflates it, compares its digests, and what it says with the catalogue's rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from archiver.checks.findings import Kind
from archiver.errors import VerificationError
from archiver.model import CaptureNote, iso
from archiver.storage import soundness
from archiver.storage.database import Connection
from archiver.storage.members import BLOCK_LIMIT, header_of, stream_record
from archiver.storage.warc_records import JSON_TYPE

Problem = tuple[Kind, str]


def read_again(db: Connection, file: BinaryIO, name: str, offset: int, length: int, record: str) -> Iterator[Problem]:
    """What is wrong with the record in these bytes."""
    try:
        headers, blocks = stream_record(file, offset, length, name=name)
        note = header_of(headers, "WARC-Type") == "metadata" and header_of(headers, "Content-Type") == JSON_TYPE
        held = b"".join(_limited(blocks)) if note else _drained(blocks)
    except VerificationError as error:
        yield Kind.UNSOUND, error.what
        return
    said_id = header_of(headers, "WARC-Record-ID").strip("<>")
    if said_id != record:
        yield Kind.DISAGREES, f"The record at offset {offset} of {name} calls itself {said_id}, its row {record}."
    if note:
        yield from _note_problems(db, held, f"The record at offset {offset} of {name}")


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
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        yield Kind.UNSOUND, f"{where} is not one of our notes ({type(error).__name__})."
        return
    row, told = soundness.capture_said(db, note.capture_id), _as_row(note)
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


def _as_row(note: CaptureNote) -> dict[str, Any]:
    return {
        "id": note.capture_id,
        "account": note.account_id,
        "run": note.run_id,
        "role": str(note.role),
        "stream": note.fetch.stream,
        "subject": note.fetch.subject,
        "fetch_key": note.fetch.key,
        "token": note.fetch.token,
        "connector": note.connector,
        "status": note.status,
        "started": iso(note.started),
        "ended": iso(note.ended),
        "payload_sha256": note.payload_sha256,
    }
