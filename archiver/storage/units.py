"""Reads a WARC file as what was kept at once: exchanges, notes, and the warcinfo it begins with."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from archiver.errors import VerificationError
from archiver.model import CaptureNote, StoredRecord
from archiver.storage.members import Member, walk
from archiver.storage.warc_records import CAPTURE_URI, NOTE_URI, capture_record_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A whole exchange: what its metadata record says, and where response, request and metadata lie."""

    note: CaptureNote
    records: tuple[StoredRecord, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundNote:
    """A whole note: the id of the run or gap it is about, and what it says."""

    about: str
    said: Mapping[str, Any]
    records: tuple[StoredRecord, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundWarcinfo:
    """The first record of a file."""

    records: tuple[StoredRecord, ...]


Unit = Found | FoundNote | FoundWarcinfo


def end_of(unit: Unit) -> int:
    """The offset of the first byte behind a unit."""
    last = unit.records[-1]
    return last.offset + last.length


def units(file: BinaryIO, start: int = 0, *, name: str = "") -> Iterator[Unit]:
    """The units from `start` (where one must begin) to the end of the file, in the order they lie.

    VerificationError at the first bytes that are not part of a whole one; `name` is the file's, for messages.
    """
    members = walk(file, start, keep_notes=True)
    for first in members:
        try:
            yield _unit(first, members)
        except (_NoUnitError, KeyError, ValueError, TypeError) as error:
            raise _broken(name, first.offset, error) from error


class _NoUnitError(Exception):
    """Why records do not form a unit."""


def _unit(first: Member, members: Iterator[Member]) -> Unit:
    _require_sound(first)
    kind, uri = first.header("WARC-Type"), first.header("WARC-Target-URI")
    if kind == "warcinfo":
        return FoundWarcinfo(records=(first.stored,))
    if kind == "metadata" and uri.startswith(NOTE_URI):
        return FoundNote(about=uri.removeprefix(NOTE_URI), said=_said(first), records=(first.stored,))
    if kind == "response":
        return _exchange(first, _next(members, "request"), _next(members, "metadata"))
    raise _NoUnitError(f"a {kind or 'nameless'} record with which no unit begins")


def _exchange(response: Member, request: Member, metadata: Member) -> Found:
    note = CaptureNote.from_json(_said(metadata))
    expected = capture_record_id(note.capture_id, "response")
    named = {
        response.header("WARC-Record-ID"),
        request.header("WARC-Concurrent-To"),
        metadata.header("WARC-Concurrent-To"),
    }
    if named != {expected} or metadata.header("WARC-Target-URI") != CAPTURE_URI + note.capture_id:
        raise _NoUnitError("response, request and metadata of different exchanges")
    return Found(note=note, records=(response.stored, request.stored, metadata.stored))


def _next(members: Iterator[Member], kind: str) -> Member:
    member = next(members, None)
    if member is None:
        raise _NoUnitError(f"the file ends before the {kind} record of an exchange")
    _require_sound(member)
    if member.header("WARC-Type") != kind:
        raise _NoUnitError(f"no {kind} record where one belongs")
    return member


def _require_sound(member: Member) -> None:
    if member.problem:
        raise _NoUnitError(member.problem)


def _said(member: Member) -> Mapping[str, Any]:
    try:
        said = json.loads(member.note)
    except RecursionError as error:
        raise _NoUnitError("a metadata record that is nested too deep") from error
    if not isinstance(said, dict):
        raise _NoUnitError("a metadata record that is not a JSON object")
    return said


def _broken(name: str, offset: int, error: Exception) -> VerificationError:
    why = f"{type(error).__name__}: {error}" if isinstance(error, KeyError | TypeError) else str(error)
    return VerificationError(
        f"From offset {offset} on, {name or 'a WARC file'} does not hold whole records: {why}.",
        means="What lies before is sound; what follows cannot be read from this copy.",
        do="Restore the file from a backup, then run `archiver verify`.",
    )
