"""Compares bytes with the digests that WARC headers name, in all the usual forms."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re

from archiver.storage.files import CHUNK

_HEAD_END = re.compile(rb"\n\r?\n")
_KNOWN = {"sha256": hashlib.sha256, "sha-256": hashlib.sha256, "sha1": hashlib.sha1, "sha-1": hashlib.sha1}


def payload_start(start: bytes) -> int | None:
    """Where the payload of an HTTP block begins: behind its first empty line; None where there is none."""
    found = _HEAD_END.search(start)
    return found.end() if found else None


class Expected:
    """A digest that a header names, and the bytes it is to be compared with."""

    def __init__(self, label: str) -> None:
        """Read `ALGORITHM:VALUE`, Base32 or hexadecimal. ValueError where that is not what it is."""
        kind, _, value = label.partition(":")
        if kind.lower() not in _KNOWN:
            raise ValueError(f"a digest of unknown kind ({kind[:20]})")
        self._sum = _KNOWN[kind.lower()]()
        self._wanted = _decoded(value, self._sum.digest_size)

    def update(self, data: bytes) -> None:
        """Add bytes."""
        self._sum.update(data)

    def holds(self) -> bool:
        """Whether the bytes so far are those the digest was made of."""
        return self._sum.digest() == self._wanted


class ExpectedPayload:
    """The digest of what follows the HTTP head of a block, framing and all."""

    def __init__(self, label: str) -> None:
        """As `Expected`."""
        self._payload = Expected(label)
        self._head: bytes | None = b""

    def update(self, data: bytes) -> None:
        """Add bytes of the block. ValueError where no HTTP head ends in its first MiB."""
        if self._head is None:
            self._payload.update(data)
            return
        self._head += data
        start = payload_start(self._head)
        if start is not None:
            self._payload.update(self._head[start:])
            self._head = None
        elif len(self._head) > CHUNK:
            raise ValueError("a payload digest, but no HTTP head")

    def holds(self) -> bool:
        """Whether the payload so far is the one the digest was made of."""
        return self._payload.holds()


def _decoded(value: str, size: int) -> bytes:
    try:
        return bytes.fromhex(value) if len(value) == 2 * size else base64.b32decode(value)
    except binascii.Error as error:
        raise ValueError("a digest that cannot be read") from error
