"""Reads WARC records by our own walk over gzip members: strict and streaming, the judge of what is whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO

from archiver.errors import VerificationError
from archiver.model import StoredRecord
from archiver.storage.digests import Expected, ExpectedPayload
from archiver.storage.inflate import Feed, NotWholeError, TornError, inflate
from archiver.storage.warc import END

Headers = tuple[tuple[str, str], ...]
HEADER_LIMIT = 1 << 16
BLOCK_LIMIT = 64 << 20
_LONGEST_LENGTH = 18  # digits


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One gzip member. `problem` is empty where it is whole and holds one sound record; else it says why not.

    Bytes that are no member, and a member that is damaged or cut off, reach to the end of the file. `note` is the
    block of a metadata record, where the walk was asked to keep it.
    """

    offset: int
    length: int
    sha256: str
    headers: Headers
    problem: str = ""
    note: bytes = b""

    def header(self, name: str) -> str:
        """The first WARC header of this name, whatever its case; empty where there is none."""
        return header_of(self.headers, name)

    @property
    def stored(self) -> StoredRecord:
        """Where the record lies, as the catalogue keeps it."""
        return StoredRecord(
            record_id=self.header("WARC-Record-ID").strip("<>"),
            type=self.header("WARC-Type"),
            offset=self.offset,
            length=self.length,
            sha256=self.sha256,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record in memory: its WARC headers, and its block (for HTTP: head and framed body, as received)."""

    headers: Headers
    block: bytes

    def header(self, name: str) -> str:
        """The first WARC header of this name, whatever its case; empty where there is none."""
        return header_of(self.headers, name)


def header_of(headers: Headers, name: str) -> str:
    """The first value of this name, whatever its case; empty where there is none."""
    wanted = name.lower()
    return next((value for key, value in headers if key.lower() == wanted), "")


def walk(file: BinaryIO, start: int = 0, *, keep_notes: bool = False) -> Iterator[Member]:
    """The members from `start` to the end of the file, each inflated, counted, and its digests compared.

    Memory stays bounded whatever the size of a member; only metadata blocks up to 64 MiB are kept, if asked for.
    Behind bytes that are not whole nothing more is given.
    """
    feed = Feed(file, start)
    while not feed.at_end():
        headers, problem, note = _judged(feed, keep_notes=keep_notes)
        yield Member(
            offset=feed.start,
            length=feed.position - feed.start,
            sha256=feed.digest.hexdigest(),
            headers=headers,
            problem=problem,
            note=note,
        )
        feed.begin()


def read_record(
    file: BinaryIO, offset: int, length: int, *, name: str = "", sha256: str = "", limit: int = BLOCK_LIMIT
) -> Record:
    """The record in these bytes of the file. VerificationError where it is not sound, or its block exceeds `limit`.

    `sha256` (hex, of the stored member) is compared where given; `name` is the file's, for messages.
    """
    headers, blocks = stream_record(file, offset, length, name=name, sha256=sha256)
    held, size = [], 0
    for block in blocks:
        held.append(block)
        size += len(block)
        if size > limit:
            raise _unsound(f"it is larger than the {limit} bytes expected of it", name, offset)
    return Record(headers=headers, block=b"".join(held))


def stream_record(
    file: BinaryIO, offset: int, length: int, *, name: str = "", sha256: str = ""
) -> tuple[Headers, Iterator[bytes]]:
    """The headers of the record in these bytes, and its block in pieces of at most 1 MiB.

    Whether it is sound is only known at its end: VerificationError is raised there at the latest.
    """
    feed = Feed(file, offset, length)
    try:
        headers, blocks = _open(inflate(feed))
    except NotWholeError as error:
        raise _unsound(str(error), name, offset) from error
    return headers, _watched(feed, blocks, name, sha256)


def _watched(feed: Feed, blocks: Iterator[bytes], name: str, sha256: str) -> Iterator[bytes]:
    try:
        yield from blocks
    except NotWholeError as error:
        raise _unsound(str(error), name, feed.start) from error
    if not feed.at_end():
        raise _unsound("it is shorter than it was", name, feed.start)
    if sha256 and feed.digest.hexdigest() != sha256:
        raise _unsound("its stored bytes are not those that were written", name, feed.start)


def _unsound(why: str, name: str, offset: int) -> VerificationError:
    return VerificationError(
        f"The record at offset {offset} of {name or 'a WARC file'} is not sound: {why}.",
        means="What it holds cannot be shown or disclosed from this copy; other records are not affected.",
        do="Restore the file from a backup, then run `archiver verify`.",
    )


def _judged(feed: Feed, *, keep_notes: bool) -> tuple[Headers, str, bytes]:
    """Take one member out of the feed: its headers, its problem, and its block where that is a note to keep."""
    headers: Headers = ()
    pieces = inflate(feed)
    try:
        headers, blocks = _open(pieces)
        kept = _kept(blocks, limit=BLOCK_LIMIT if keep_notes and header_of(headers, "WARC-Type") == "metadata" else 0)
    except TornError as error:
        feed.skip_all()
        return headers, str(error), b""
    except NotWholeError as error:
        return headers, _behind(feed, pieces) or str(error), b""
    return headers, "", kept


def _kept(blocks: Iterator[bytes], *, limit: int) -> bytes:
    kept: list[bytes] = []
    for block in blocks:
        limit -= len(block)
        if limit >= 0:
            kept.append(block)
    return b"".join(kept) if limit >= 0 else b""


def _behind(feed: Feed, pieces: Iterator[bytes]) -> str:
    """Go on to the end of a member whose record is unsound; its problem, where the member has one as well."""
    try:
        _drain(pieces)
    except TornError as error:
        feed.skip_all()
        return str(error)
    return ""


def _drain(pieces: Iterator[bytes]) -> None:
    for _ in pieces:
        pass


def _open(pieces: Iterator[bytes]) -> tuple[Headers, Iterator[bytes]]:
    """The WARC headers, and the block that is judged while it is read."""
    held = b""
    for piece in pieces:
        held += piece
        if END in held or len(held) > HEADER_LIMIT:
            break
    head, mark, rest = held.partition(END)
    if not mark or not head.startswith(b"WARC/1."):
        raise NotWholeError("no WARC header")
    headers = _parsed(head)
    return headers, _sound_block(headers, chain((rest,), pieces))


def _parsed(head: bytes) -> Headers:
    lines = head.decode("utf-8", "replace").split("\r\n")[1:]
    parts = [line.partition(":") for line in lines]
    if not all(colon for _, colon, _ in parts):
        raise NotWholeError("a WARC header line without a colon")
    return tuple((name.strip(), value.strip()) for name, _, value in parts)


def _sound_block(headers: Headers, pieces: Iterator[bytes]) -> Iterator[bytes]:
    said = header_of(headers, "Content-Length")
    if not (said.isascii() and said.isdigit()) or len(said) > _LONGEST_LENGTH:
        raise NotWholeError("no Content-Length")
    left, behind = int(said), b""
    digests = _digests(headers)
    for piece in pieces:
        block = piece[:left]
        left -= len(block)
        behind += piece[len(block) :][: len(END) + 1]
        _add(digests, block)
        yield block
    _require_end(left, behind)
    for name, digest in digests.items():
        if not digest.holds():
            raise NotWholeError(f"its bytes do not agree with its {name}")


def _require_end(left: int, behind: bytes) -> None:
    if left:
        raise NotWholeError("its block is shorter than its Content-Length")
    if behind != END:
        raise NotWholeError("it does not end where its Content-Length says")


def _digests(headers: Headers) -> dict[str, Expected | ExpectedPayload]:
    http = header_of(headers, "Content-Type").startswith("application/http")
    kinds = {"WARC-Block-Digest": Expected, "WARC-Payload-Digest": ExpectedPayload if http else Expected}
    if header_of(headers, "WARC-Type") == "revisit":
        del kinds["WARC-Payload-Digest"]  # it is of another record's payload
    try:
        return {name: kind(label) for name, kind in kinds.items() if (label := header_of(headers, name))}
    except ValueError as error:
        raise NotWholeError(str(error)) from error


def _add(digests: dict[str, Expected | ExpectedPayload], block: bytes) -> None:
    try:
        for digest in digests.values():
            digest.update(block)
    except ValueError as error:
        raise NotWholeError(str(error)) from error
