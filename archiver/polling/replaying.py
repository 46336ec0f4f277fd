"""Reading kept exchanges again: after a crash, in a rebuild, and where a platform says "not modified"."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from archiver.errors import PlatformDown
from archiver.model import Account, CaptureNote, Connector, Reply, Role
from archiver.polling.reading import NOT_DECODED, read_reply
from archiver.storage import captures
from archiver.storage.archive import Archive
from archiver.storage.http_message import parse_head, parse_response
from archiver.storage.members import read_record, stream_record
from archiver.storage.segments_table import RecordRow
from archiver.storage.told import Told

_HEAD_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayer:
    """Reads kept exchanges again: after a crash, and in a rebuild."""

    archive: Archive
    connectors: Mapping[str, Connector]

    def told(self, account: Account, note: CaptureNote, response: RecordRow, month: str) -> Told:
        """What a kept exchange tells, as it was told live."""
        connector = self.connectors.get(account.platform)
        if connector is None:
            return Told(page=None, problem=f"no connector is installed for {account.platform}")
        try:
            reply = self.reply(account, note, response, month)
        except PlatformDown:
            return Told(page=None, problem=NOT_DECODED)
        return read_reply(connector, account, note, reply)

    def reply(self, account: Account, note: CaptureNote, response: RecordRow, month: str) -> Reply:
        """The kept answer. Of a file only the head is read. Raises PlatformDown where its body cannot be decoded."""
        place = (response.record.offset, response.record.length)
        with self.archive.open_segment(response.segment, account.id, month) as file:
            if note.role is Role.MEDIA:
                _, blocks = stream_record(file, *place, name=response.segment)
                status, headers, _ = parse_head(_first_bytes(blocks))
                body = b""
            else:
                parsed = parse_response(read_record(file, *place, name=response.segment).block)
                status, headers, body = parsed.status, parsed.headers, parsed.body
        return Reply(url=note.fetch.url, status=status, headers=headers, body=body, received=note.ended)

    def told_again(self, account: Account, capture: str) -> Told:
        """What a kept capture tells, found by its id. Nothing where it is not kept any more."""
        db = self.archive.database.connection()
        found = captures.capture_called(db, capture)
        if found is None:
            return Told(page=None, problem="it is not kept any more")
        with self.archive.open_segment(found.metadata.segment, account.id, found.month) as file:
            place = found.metadata.record
            said = read_record(file, place.offset, place.length, name=found.metadata.segment).block
        return self.told(account, CaptureNote.from_json(json.loads(said)), found.response, found.month)


def _first_bytes(blocks: Iterable[bytes]) -> bytes:
    held = b""
    for block in blocks:
        held += block
        if len(held) >= _HEAD_BYTES:
            break
    return held
