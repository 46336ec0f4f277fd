"""Changes WARC files: as bytes, member by member, and within a member that is then packed again with right sums."""

from __future__ import annotations

import gzip
import hashlib
import re
import zlib
from collections.abc import Sequence
from functools import lru_cache
from random import Random

from tests.fuzz import changed_bytes, changed_json, changed_lines

_LENGTH = re.compile(rb"(?m)^Content-Length: [^\r\n]*\r\n")
_BLOCK_DIGEST = re.compile(rb"(?m)^WARC-Block-Digest: [^\r\n]*\r\n")
_DIGESTS = re.compile(rb"(?m)^WARC-(?:Block|Payload)-Digest: [^\r\n]*\r\n")
_END = b"\r\n\r\n"
ODD = (
    b"Content-Length: -1\r", b"Content-Length: " + b"9" * 5000 + b"\r", b"Content-Length: 1_0\r",
    b"Content-Length: \xb2\r", b"WARC-Type: \xff\r", b"WARC-Type: revisit\r", b"no colon\r", b": x\r", b"\r",
    b"WARC-Block-Digest: md5:x\r", b"WARC-Payload-Digest: sha256:\xe9\r", b"WARC-Block-Digest: sha1:====\r",
    b"WARC-Target-URI: urn:archiver:run:\r", b"WARC-Type: metadata\r", b"WARC/1.1\r", b"X: " + b"y" * 70_000 + b"\r",
)  # fmt: skip


def changed(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """A file of members with changes: in one of three cases as bytes, else among or within its members."""
    if rng.random() < 0.33:
        return changed_bytes.changed(rng, data, others)
    parts = list(_members(data))
    start = rng.randrange(len(parts))
    parts = parts[start : start + rng.choice((1, 2, 3, 6))]  # short files, so that what was changed is soon reached
    for _ in range(rng.choice((1, 1, 2))):
        at = rng.randrange(len(parts))
        kind = rng.randrange(6)
        if kind == 0:
            parts.insert(at, rng.choice(_members(data)))
        elif kind == 1:
            parts[at : at + 1] = parts[at : at + 1] * rng.choice((0, 2))
        else:
            parts[at] = _within(rng, parts[at], others)
        if not parts:
            break
    return b"".join(parts)


def _within(rng: Random, member: bytes, others: Sequence[bytes]) -> bytes:
    try:
        record = gzip.decompress(member)
    except (OSError, EOFError, zlib.error):
        return member  # it was changed before
    head, mark, rest = record.partition(_END)
    block = rest.removesuffix(_END)
    kind = rng.randrange(4)
    if kind == 0:
        head = changed_lines.changed(rng, head, [head], ODD)
    elif kind == 1:
        block = (changed_json if block[:1] == b"{" else changed_bytes).changed(rng, block, [block])
    elif kind == 2:
        block = changed_bytes.changed(rng, block, others)
    else:
        rest = changed_bytes.changed(rng, rest, others)
        return _packed(rng, head + mark + rest)
    if rng.random() < 0.8:  # told truly, so that what lies behind the sums is reached
        head = _told_truly(rng, head, block)
    return _packed(rng, head + mark + block + _END)


def _told_truly(rng: Random, head: bytes, block: bytes) -> bytes:
    head = _LENGTH.sub(b"Content-Length: %d\r\n" % len(block), head + b"\r\n", count=1)
    if rng.random() < 0.5:
        head = _DIGESTS.sub(b"", head)
    else:
        label = hashlib.sha256(block).hexdigest().encode()
        head = _BLOCK_DIGEST.sub(b"WARC-Block-Digest: sha256:%b\r\n" % label, head, count=1)
    return head.removesuffix(b"\r\n")


def _packed(rng: Random, record: bytes) -> bytes:
    return gzip.compress(record, rng.choice((0, 1)), mtime=0)


@lru_cache(8)
def _members(data: bytes) -> tuple[bytes, ...]:
    found = []
    while data:
        inflater = zlib.decompressobj(31)
        try:
            inflater.decompress(data)
        except zlib.error:  # it was changed before
            return (*found, data)
        found.append(data[: len(data) - len(inflater.unused_data)])
        data = inflater.unused_data
    return tuple(found)
