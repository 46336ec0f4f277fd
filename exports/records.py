"""The WARC of a bundle: one warcinfo record of our own, then the archive's records, copied member by member."""

from __future__ import annotations

import base64
import hashlib
import uuid
import zlib
from collections.abc import Iterable, Iterator

from archiver.errors import VerificationError
from archiver.model import BundleCase
from exports.words import stamp

_GZIP_MEMBER = b"\x1f\x8b\x08"
_NAMESPACE = uuid.UUID("5f0ef7a1-6a3c-5c0e-9a53-3d0b7e2a9c11")
FILE_NAME = "records.warc.gz"


class CopiedRecords:
    """Chunks of the WARC file, and how many records were copied once they are through."""

    def __init__(self, case: BundleCase, members: Iterable[Iterable[bytes]]) -> None:
        self._case = case
        self._members = members
        self.count = 0

    def __iter__(self) -> Iterator[bytes]:
        yield warcinfo_member(self._case)
        for member in self._members:
            yield from self._checked(member)
            self.count += 1

    def _checked(self, member: Iterable[bytes]) -> Iterator[bytes]:
        chunks = iter(member)
        first = next(chunks, b"")
        if not first.startswith(_GZIP_MEMBER):
            raise VerificationError(
                f"Record {self.count + 1} of those to be copied is not a gzip member.",
                means="The bundle was not finished and must not be handed over.",
                do="Run 'archiver verify' to find the damaged file.",
            )
        yield first
        yield from chunks


def warcinfo_member(case: BundleCase) -> bytes:
    """The first record: what this file is, the same bytes for the same case (WARC/1.1, one gzip member)."""
    made = stamp(case.made_at.replace(microsecond=0))
    block = _warc_fields(
        ("software", case.software),
        ("format", "WARC File Format 1.1"),
        ("conformsTo", "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"),
        ("isPartOf", f"public records request {case.request.id}"),
        ("operator", case.agency),
        ("description", case.records_note),
    )
    digest = base64.b32encode(hashlib.sha256(block).digest()).decode()
    head = (
        "WARC/1.1\r\n"
        "WARC-Type: warcinfo\r\n"
        f"WARC-Record-ID: <urn:uuid:{uuid.uuid5(_NAMESPACE, f'{case.request.id} {made} {digest}')}>\r\n"
        f"WARC-Date: {made}\r\n"
        f"WARC-Filename: {FILE_NAME}\r\n"
        f"WARC-Block-Digest: sha256:{digest}\r\n"
        "Content-Type: application/warc-fields\r\n"
        f"Content-Length: {len(block)}\r\n\r\n"
    )
    return _gzip_member(head.encode() + block + b"\r\n\r\n")


def _warc_fields(*fields: tuple[str, str]) -> bytes:
    lines = [f"{name}: {' '.join(value.split())}\r\n" for name, value in fields if value.strip()]
    return "".join(lines).encode("utf-8", "replace")


def _gzip_member(data: bytes) -> bytes:
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = deflater.compress(data) + deflater.flush()
    trailer = zlib.crc32(data).to_bytes(4, "little") + len(data).to_bytes(4, "little")
    return _GZIP_MEMBER + b"\x00\x00\x00\x00\x00\x02\xff" + body + trailer
