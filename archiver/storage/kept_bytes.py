"""Kept bytes read back in pieces and compared with their digests: stored WARC records, and files out of responses."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import BinaryIO

from archiver.errors import Unreadable, VerificationError
from archiver.storage.archive import Archive
from archiver.storage.files import CHUNK
from archiver.storage.http_message import pieces, read_head
from archiver.storage.members import stream_record
from archiver.storage.responsive import HeldFile, Stored


class KeptBytes:
    """Reads records of an archive; the file read last stays open, since records are asked for as they lie."""

    def __init__(self, archive: Archive, scratch: Callable[[], BinaryIO]) -> None:
        self._archive = archive
        self._scratch = scratch
        self._open: tuple[str, BinaryIO] | None = None

    def record(self, stored: Stored) -> Iterator[bytes]:
        """The stored member as it lies. VerificationError, at its end at the latest, where it is not what it was."""
        file = self._file(stored)
        file.seek(stored.offset)
        digest, left = hashlib.sha256(), stored.length
        while left and (data := file.read(min(CHUNK, left))):
            digest.update(data)
            left -= len(data)
            yield data
        if digest.hexdigest() != stored.sha256:
            raise VerificationError(
                f"The record at offset {stored.offset} of {stored.file} is not what was written.",
                means="What it holds cannot be disclosed from this copy; other records are not affected.",
                do="Restore the file from a backup, then run: archiver verify",
            )

    def content(self, held: HeldFile) -> Iterator[bytes]:
        """The bytes of a file, taken out of the response they came in."""
        stored = held.response
        _, blocks = stream_record(
            self._file(stored), stored.offset, stored.length, name=stored.file, sha256=stored.sha256
        )
        with self._scratch() as response:
            for block in blocks:
                response.write(block)
            response.seek(0)
            yield from _payload(response, truncated=held.truncated)

    def close(self) -> None:
        """Close the file that is open."""
        if self._open:
            self._open[1].close()
            self._open = None

    def _file(self, stored: Stored) -> BinaryIO:
        if self._open is None or self._open[0] != stored.file:
            self.close()
            self._open = (stored.file, self._opened(stored))
        return self._open[1]

    def _opened(self, stored: Stored) -> BinaryIO:
        try:
            return self._archive.open_segment(stored.file, stored.account_id, stored.month)
        except FileNotFoundError:  # it was sealed between the look and the opening: now it is in the store
            return self._archive.open_segment(stored.file, stored.account_id, stored.month)


def _payload(response: BinaryIO, *, truncated: bool) -> Iterator[bytes]:
    head = read_head(response)
    try:
        for _, piece in pieces(response, head):
            yield piece
    except Unreadable:
        if not truncated:  # what was cut when it was captured is whole as far as it goes
            raise
