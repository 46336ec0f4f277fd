"""What an archive keeps of an exchange, read with gzip and json alone, so that our own readers are not trusted."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warcio.archiveiterator import ArchiveIterator

from archiver.storage import captures, item_rows
from archiver.storage.archive import Archive
from archiver.storage.database import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """The three gzip members of a capture as they lie on disk, in order: response, request, metadata."""

    members: tuple[bytes, bytes, bytes]

    @property
    def response(self) -> bytes:
        """What the server sent."""
        return _block(self.members[0])

    @property
    def request(self) -> bytes:
        """What was sent to the server, without credentials."""
        return _block(self.members[1])

    @property
    def note(self) -> dict[str, Any]:
        """The metadata record."""
        said: dict[str, Any] = json.loads(_block(self.members[2]))
        return said

    @property
    def types(self) -> list[str]:
        """What the records call themselves."""
        return [_field(gzip.decompress(member), "WARC-Type") for member in self.members]

    @property
    def body(self) -> Any:
        """The JSON in the response, decoded from what was sent."""
        return json.loads(_decoded(self.response))


def exchange(archive: Archive, capture_id: str) -> Exchange:
    """A kept capture."""
    found = captures.capture_called(archive.database.connection(), capture_id)
    assert found is not None
    first, second, third = (_member(archive.spool / row.segment, row.record) for row in found.records)
    return Exchange(members=(first, second, third))


def answers(warc: bytes) -> Iterator[bytes]:
    """The decoded body of every response in a WARC file."""
    records = ArchiveIterator(io.BytesIO(warc), no_record_parse=True)
    for record in records:
        if record.rec_type == "response":
            yield _decoded(record.raw_stream.read())


def number_of(db: Connection, account: str, remote_id: str) -> int:
    """The catalogue's key of an item."""
    return item_rows.key_of(db, f"{account}/{remote_id}")


def at_pointer(body: Any, pointer: str) -> Any:
    """What stands at a JSON Pointer."""
    for step in pointer.split("/")[1:]:
        body = body[int(step)] if isinstance(body, list) else body[step]
    return body


def _member(path: Path, record: Any) -> bytes:
    with path.open("rb") as file:
        file.seek(record.offset)
        return file.read(record.length)


def _decoded(response: bytes) -> bytes:
    head, _, sent = response.partition(b"\r\n\r\n")
    headers = head.decode("latin-1").lower()
    if "transfer-encoding: chunked" in headers:
        sent = _unchunked(sent)
    return zlib.decompress(sent, 31) if "content-encoding: gzip" in headers else sent


def _block(member: bytes) -> bytes:
    record = gzip.decompress(member)
    rest = record.partition(b"\r\n\r\n")[2]
    return rest[: int(_field(record, "Content-Length"))]


def _field(record: bytes, name: str) -> str:
    head = record.partition(b"\r\n\r\n")[0].decode()
    fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:])
    return fields[name]


def _unchunked(sent: bytes) -> bytes:
    body = b""
    while True:
        size, _, sent = sent.partition(b"\r\n")
        length = int(size.partition(b";")[0], 16)
        if not length:
            return body
        body, sent = body + sent[:length], sent[length + 2 :]
