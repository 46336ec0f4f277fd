"""Live credentials taken out of what was received before anything of it is kept, by filler of the same length."""

from __future__ import annotations

import base64
import gzip
import html
import json
import shutil
import urllib.parse
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from archiver.errors import Unreadable
from archiver.model import Cause
from archiver.polling.credentials import Secret
from archiver.polling.recorder import spool, spooling
from archiver.storage.http_coding import decoded
from archiver.storage.http_message import Framing, Head, pieces, read_head

FILLER = b"*"
_SHORTEST = 8  # a shorter word is found in innocent text; the base64 of user and password is longer in any case
_BLOCK = 65536
_REPLACED = (b"content-length:", b"transfer-encoding:", b"content-encoding:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Needle:
    """One way in which a credential may be written; `reference` names the credential."""

    form: bytes
    reference: str

    def __repr__(self) -> str:
        return f"Needle({self.reference})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """Where a credential stands, in bytes from the first one searched."""

    start: int
    end: int
    reference: str


def needles_of(secrets: Sequence[Secret]) -> tuple[Needle, ...]:
    """Every form in which a platform may echo these credentials: plain, JSON, percent, HTML, base64."""
    found: dict[bytes, Needle] = {}
    for secret in secrets:
        value = secret.reveal()
        password = value.partition(":")[2]
        coded = (base64.b64encode(value.encode()), base64.urlsafe_b64encode(value.encode()))
        words = [value, password, value.replace(" ", ""), *(text.decode().rstrip("=") for text in coded)]
        for word in words:
            for form in _forms(word) if len(word) >= _SHORTEST else ():
                found.setdefault(form, Needle(form=form, reference=secret.reference))
    return tuple(sorted(found.values(), key=lambda needle: -len(needle.form)))


def mask_bytes(data: bytes, needles: Sequence[Needle]) -> bytes:
    """The data with every credential in it replaced by filler."""
    masked = bytearray(data)
    for hit in find([data], needles):
        masked[hit.start : hit.end] = FILLER * (hit.end - hit.start)
    return bytes(masked)


def mask_response(
    file: BinaryIO, *, method: str, needles: Sequence[Needle], directory: Path, limit: int
) -> tuple[BinaryIO, tuple[str, ...]]:
    """The response with every credential in it replaced, and what was: in place, or a new file where it is compressed.

    A compressed body is decoded, masked and compressed anew with its length told anew. Raises Unreadable where a
    compressed body cannot be searched to its end (`limit` bytes decoded at most): then nothing of it may be kept.
    """
    if not needles:
        return file, ()
    file.seek(0)
    head = read_head(file, method=method)
    masked: list[str] = []
    if head.codings:
        file, references = _mask_coded(file, head, needles, directory, limit)
        masked += [f"{reference} (body compressed anew)" for reference in references]
    elif head.framing is Framing.CHUNKED:
        masked += _mask_chunked(file, head, needles)
    masked += _mask_plainly(file, needles)
    return file, tuple(dict.fromkeys(masked))


def find(blocks: Iterable[bytes], needles: Sequence[Needle]) -> Iterator[Hit]:
    """Where the credentials stand in the blocks put together, across their borders too; some places come twice."""
    keep = max(len(needle.form) for needle in needles) - 1 if needles else 0
    tail, offset = b"", 0
    for block in blocks:
        data = tail + block
        for needle in needles:
            yield from _hits(data, needle, offset)
        tail = data[len(data) - min(keep, len(data)) :]
        offset += len(data) - len(tail)


def _forms(word: str) -> set[bytes]:
    quoted = {urllib.parse.quote(word, safe=""), urllib.parse.quote(word), urllib.parse.quote_plus(word)}
    escaped = {json.dumps(word)[1:-1], json.dumps(word, ensure_ascii=False)[1:-1]}
    texts = {word, html.escape(word), html.escape(word, quote=False), *quoted, *escaped}
    texts |= {text.replace("/", "\\/") for text in escaped}
    texts |= {_lower_percents(text) for text in quoted}
    return {text.encode() for text in texts}


def _lower_percents(quoted: str) -> str:
    first, *rest = quoted.split("%")
    return "%".join([first, *(part[:2].lower() + part[2:] for part in rest)])


def _hits(data: bytes, needle: Needle, offset: int) -> Iterator[Hit]:
    length = len(needle.form)
    at = data.find(needle.form)
    while at >= 0:
        yield Hit(start=offset + at, end=offset + at + length, reference=needle.reference)
        at = data.find(needle.form, at + 1)


def _mask_plainly(file: BinaryIO, needles: Sequence[Needle]) -> list[str]:
    """Mask what stands in the bytes as they are: head, unframed body, and whatever lies around it."""
    file.seek(0)
    hits = list(find(iter(lambda: file.read(_BLOCK), b""), needles))
    for hit in hits:
        file.seek(hit.start)
        file.write(FILLER * (hit.end - hit.start))
    return [hit.reference for hit in hits]


def _mask_chunked(file: BinaryIO, head: Head, needles: Sequence[Needle]) -> list[str]:
    """Mask what stands in the payload, also where chunk borders run through it; the framing stays as it is."""
    hits = list(find((piece for _, piece in _present(file, head)), needles))
    places = [
        (offset + start, end - start)
        for offset, _, spans in _overlaps(_present(file, head), _merged(hits))
        for start, end in spans
    ]
    for position, length in places if hits else ():
        file.seek(position)
        file.write(FILLER * length)
    return [hit.reference for hit in hits]


def _present(file: BinaryIO, head: Head) -> Iterator[tuple[int, bytes]]:
    """The pieces of the payload that are there, of a body cut short as well."""
    try:
        yield from pieces(file, head)
    except Unreadable:
        return


def _merged(hits: Iterable[Hit]) -> list[tuple[int, int]]:
    """The hits as spans in order, those that overlap made one."""
    spans: list[tuple[int, int]] = []
    for hit in sorted(hits, key=lambda hit: hit.start):
        if spans and hit.start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], hit.end))
        else:
            spans.append((hit.start, hit.end))
    return spans


def _overlaps(
    parts: Iterable[tuple[int, bytes]], spans: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, bytes, list[tuple[int, int]]]]:
    """Each part with its share of the spans, counted from the beginning of the part."""
    position, first = 0, 0
    for offset, piece in parts:
        end = position + len(piece)
        while first < len(spans) and spans[first][1] <= position:
            first += 1
        shares: list[tuple[int, int]] = []
        index = first
        while index < len(spans) and spans[index][0] < end:
            shares.append((max(spans[index][0], position) - position, min(spans[index][1], end) - position))
            index += 1
        yield offset, piece, shares
        position = end


def _mask_coded(
    file: BinaryIO, head: Head, needles: Sequence[Needle], directory: Path, limit: int
) -> tuple[BinaryIO, list[str]]:
    hits: list[Hit] = []
    trouble: Unreadable | None = None
    try:
        hits.extend(find(_decoded(file, head, limit), needles))
    except Unreadable as found:
        trouble = found
    if trouble and (hits or trouble.cause is not Cause.CUT):
        raise Unreadable(
            f"{trouble.what} It cannot be searched for this account's credential to its end.",
            cause=trouble.cause,
            means="The bytes of this reply are not kept, lest a live credential be kept with them; a gap is on record.",
        )
    if not hits:
        return file, []
    with spooling(directory):
        rebuilt = _compressed_anew(file, head, _merged(hits), directory, limit)
    file.close()
    return rebuilt, [hit.reference for hit in hits]


def _decoded(file: BinaryIO, head: Head, limit: int) -> Iterator[bytes]:
    return decoded((piece for _, piece in pieces(file, head)), head.codings, limit=limit)


def _compressed_anew(
    file: BinaryIO, head: Head, spans: Sequence[tuple[int, int]], directory: Path, limit: int
) -> BinaryIO:
    with spool(directory) as body:
        with gzip.GzipFile(fileobj=body, mode="wb", mtime=0) as packed:
            for _, piece, shares in _overlaps(((0, block) for block in _decoded(file, head, limit)), spans):
                packed.write(_filled(piece, shares))
        length = body.tell()
        body.seek(0)
        file.seek(0)
        rebuilt = spool(directory)
        rebuilt.write(_reframed(file.read(head.length), length))
        shutil.copyfileobj(body, rebuilt)
    return rebuilt


def _filled(piece: bytes, shares: Iterable[tuple[int, int]]) -> bytes:
    masked = bytearray(piece)
    for start, end in shares:
        masked[start:end] = FILLER * (end - start)
    return bytes(masked)


def _reframed(head: bytes, length: int) -> bytes:
    """The head with its lines as they were sent, but for those that tell how the body is coded and framed."""
    *lines, last = head.splitlines(keepends=True)
    kept: list[bytes] = []
    dropping = False
    for line in lines:
        dropping = line.lower().startswith(_REPLACED) or (dropping and line[:1] in (b" ", b"\t"))
        if not dropping:
            kept.append(line)
    return b"".join([*kept, b"Content-Encoding: gzip\r\nContent-Length: %d\r\n" % length, last])
