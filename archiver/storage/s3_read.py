"""A file in a bucket, read like a file: each read asks for a range of one version, and again where it breaks off."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from typing import Any

from archiver.errors import StoreDown
from archiver.storage.s3_client import Client
from archiver.storage.s3_errors import STAYS, named_errors

PIECE = 4 << 20  # asked for at once where a file is read through
_TRIES = 3  # the client tries a request again, but not a body that broke off

Fetch = Callable[[int, int], bytes]


def whole_or_part(fetch: Fetch, size: int, start: int, length: int | None) -> io.BufferedReader:
    """What begins at `start`, at most `length` bytes, of a file of this size."""
    left = max(size - start, 0)
    span = left if length is None else min(length, left)
    return io.BufferedReader(_Range(fetch, start, span), max(min(span, PIECE), 1))


def fetcher(client: Client, place: str, name: str, where: dict[str, str]) -> Fetch:
    """Reads bytes of the object and version that `where` names (Bucket, Key, VersionId)."""

    def fetch(start: int, length: int) -> bytes:
        for left in reversed(range(_TRIES)):
            with named_errors(place, name):
                answer = client.get_object(**where, Range=f"bytes={start}-{start + length - 1}")
                data = _body(answer["Body"], last=left == 0)
            if data is not None and len(data) == length and _from(answer) == start:
                return data
        raise StoreDown(
            f"{place} does not give back bytes {start} to {start + length} of {name}.",
            means=STAYS,
            do="Look at the service and the network to it; then run archiver verify.",
        )

    return fetch


def _body(body: Any, *, last: bool) -> bytes | None:
    from botocore.exceptions import BotoCoreError, HTTPClientError

    try:
        data: bytes = body.read()
    except (BotoCoreError, HTTPClientError):
        if last:
            raise
        return None
    finally:
        body.close()
    return data


def _from(answer: dict[str, Any]) -> int:
    """Where the range that was answered begins: a service that ignores ranges sends the file from its beginning."""
    said = str(answer.get("ContentRange", "bytes 0-"))
    return int(said.removeprefix("bytes ").partition("-")[0])


class _Range(io.RawIOBase):
    def __init__(self, fetch: Fetch, start: int, length: int) -> None:
        self._fetch = fetch
        self._start = start
        self._length = length
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        origin = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._length}[whence]
        self._at = max(origin + offset, 0)
        return self._at

    def readall(self) -> bytes:
        """What is left, in large pieces: the inherited way asks for a few kilobytes at a time."""
        return b"".join(iter(lambda: self.read(PIECE) or b"", b""))

    def readinto(self, buffer: Any) -> int:  # any writable buffer; Python 3.11 has no name for one
        view = memoryview(buffer).cast("B")
        wanted = min(len(view), self._length - self._at)
        if wanted <= 0:
            return 0
        view[:wanted] = self._fetch(self._start + self._at, wanted)
        self._at += wanted
        return wanted
