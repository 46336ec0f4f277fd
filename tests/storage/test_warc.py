"""The WARC files we write are sound in the eyes of three programs that are not ours."""

from __future__ import annotations

import gzip
import io
import random
import tracemalloc
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from warcio.warcwriter import WARCWriter

from archiver.errors import DiskError
from archiver.model import Fetch, Truncated
from archiver.storage import warc
from archiver.storage.members import read_record, walk
from archiver.storage.warc import FastWriter
from archiver.storage.warc_records import exchange_records
from tests.storage.warc_samples import (
    IMAGE_HEAD,
    JSON_HEAD,
    NOON,
    REQUEST_HEAD,
    blocks,
    exchange,
    no_waiting_for_the_disk,
    require_accepted,
    segment,
)

GZIP_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\ncontent-encoding: gzip\r\n\r\n"
CHUNKED_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
NOISE = random.Random(1).randbytes(1 << 20)

CASES = {
    "json": exchange(wire_body=b'{"text": "caf\xc3\xa9"}' * 900),
    "empty body": exchange(wire_body=b""),
    "chunked": exchange(head=CHUNKED_HEAD, wire_body=b"5\r\nhello\r\n0\r\n\r\n"),
    "chunked with trailer": exchange(head=CHUNKED_HEAD, wire_body=b"5;x=1\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n"),
    "gzip": exchange(head=GZIP_HEAD, wire_body=gzip.compress(b"[1, 2, 3]" * 500)),
    "gzip, cut off": exchange(
        head=GZIP_HEAD, wire_body=gzip.compress(NOISE[:900])[:400], truncated=Truncated.DISCONNECT
    ),
    "chunked gzip": exchange(
        head=GZIP_HEAD[:-2] + b"Transfer-Encoding: chunked\r\n\r\n",
        wire_body=b"%x\r\n%s\r\n0\r\n\r\n" % (len(gzip.compress(b"[]" * 99)), gzip.compress(b"[]" * 99)),
    ),
    "image": exchange(head=IMAGE_HEAD, wire_body=NOISE[:70_000]),
    "exactly one MiB": exchange(head=JSON_HEAD, wire_body=NOISE[len(JSON_HEAD) :]),
    "one byte more": exchange(head=JSON_HEAD, wire_body=NOISE[len(JSON_HEAD) :] + b"x"),
    "several MiB": exchange(head=IMAGE_HEAD, wire_body=NOISE * 3 + b"end"),
    "line feeds alone": exchange(head=b"HTTP/1.1 200 OK\nContent-Type: text/plain\n\n", wire_body=b"ok"),
    "header bytes of old": exchange(
        head=b"HTTP/1.1 200 OK\r\nX-Name: caf\xe9\r\nX-Name: twice\r\n\r\n", wire_body=b"ok"
    ),
    "blank line with a space": exchange(head=b"HTTP/1.1 200 OK\r\nA: b\r\n \r\nC: d\r\n\r\n"),
    "interim response": exchange(head=b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nA: b\r\n\r\n"),
    "head without end": exchange(head=b"HTTP/1.1 200 OK\r\nA: b\r\n", wire_body=b"", truncated=Truncated.TIME),
    "no reason": exchange(head=b"HTTP/1.1 404\r\n\r\n", wire_body=b"gone", status=404),
    "post": exchange(
        fetch=Fetch(stream="posts", url="https://schools.example/q", method="POST", body='{"größe": 1}'),
        request_head=b"POST /q HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 14\r\n\r\n",
    ),
    "umlauts in the address": exchange(fetch=Fetch(stream="posts", url="https://schools.example/Bücherei nord")),
    "no address": exchange(ip=None),
}


@pytest.fixture(params=["isal", "zlib"])
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each library that may make the members."""
    if request.param == "zlib":
        monkeypatch.setattr(warc, "fast", zlib)
    return str(request.param)


@pytest.mark.parametrize("case", CASES)
def test_every_kind_of_exchange_is_accepted_by_the_referees(case: str, library: str, tmp_path: Path) -> None:
    """What goes over the wire comes back byte for byte, from a file that warcio, FastWARC and cdxj-indexer accept."""
    given_ = CASES[case]
    given_.response.seek(0)
    wire = given_.response.read()
    with segment(tmp_path, [given_]) as made:
        made.append_note({"covered": []}, "run-1", NOON)

    request = given_.request_head
    assert blocks(made.path)[1:3] == [("response", wire), ("request", request)]
    assert [kind for kind, _ in blocks(made.path)] == ["warcinfo", "response", "request", "metadata", "metadata"]
    require_accepted(made.path)


def test_what_is_returned_is_where_the_records_lie(tmp_path: Path) -> None:
    """Offset, length and SHA-256 given on appending are those that a walk over the file finds."""
    with segment(tmp_path) as made:
        stored = [made.warcinfo, *made.append_exchange(exchange(1)), *made.append_exchange(CASES["several MiB"])]
        stored.append(made.append_note({"gaps": []}, "run-1", NOON))
    with made.path.open("rb") as file:
        found = list(walk(file))

    assert [each.problem for each in found] == [""] * 8
    assert [each.stored for each in found] == stored
    assert made.size == made.path.stat().st_size


@pytest.mark.parametrize(("case", "stored"), [("gzip", True), ("image", True), ("several MiB", True), ("json", False)])
def test_what_is_compressed_already_is_stored(case: str, stored: bool, tmp_path: Path) -> None:  # noqa: FBT001
    """Bodies with a content encoding, and images, lie in the file as they are; plain text is compressed."""
    CASES[case].response.seek(0)
    wire = CASES[case].response.read()
    with segment(tmp_path) as made:
        response = made.append_exchange(CASES[case])[0]
    raw = made.path.read_bytes()[response.offset :][: response.length]

    assert (wire[100:200] in raw) is stored
    assert (response.length > len(wire)) is stored


@pytest.mark.parametrize(
    ("header", "stored"),
    [
        (b"Content-Encoding: identity", False),
        (b"Content-Encoding: br", True),
        (b"CONTENT-TYPE:video/mp4", True),
        (b"Content-Type: image/svg+xml", False),
        (b"Content-Type: text/html; x=image/png", False),
    ],
)
def test_the_http_head_decides_what_is_stored(header: bytes, stored: bool) -> None:  # noqa: FBT001
    """Only a real encoding, or a medium that is compressed by its nature, is stored."""
    out = io.BytesIO()
    FastWriter(out).write_records(exchange_records(exchange(head=b"HTTP/1.1 200 OK\r\n" + header + b"\r\n\r\n")))

    assert (b'{"posts": []}' in out.getvalue()) is stored


def test_small_exchanges_are_written_at_once() -> None:
    """Response, request and metadata of up to 1 MiB go to the disk in one write."""
    sizes: list[int] = []

    class Counting(io.BytesIO):
        def write(self, data: memoryview) -> int:  # type: ignore[override]
            sizes.append(len(data))
            return super().write(data)

    out = Counting()
    FastWriter(out).write_records(exchange_records(exchange(wire_body=b"[]" * 40_000)))

    assert sizes == [len(out.getvalue())]


def test_a_disk_that_takes_little_at_a_time_gets_everything() -> None:
    """A short write is gone on with, never taken for the whole."""

    class Slow(io.BytesIO):
        def write(self, data: memoryview) -> int:  # type: ignore[override]
            return super().write(data[:7])

    slow, quick = Slow(), io.BytesIO()
    stored = [FastWriter(out).write_records(exchange_records(exchange())) for out in (slow, quick)]

    assert slow.getvalue() == quick.getvalue()
    assert stored[0] == stored[1]


@pytest.mark.parametrize("head", [IMAGE_HEAD, JSON_HEAD])
def test_a_large_response_never_lies_in_memory(head: bytes, tmp_path: Path) -> None:
    """A medium of 24 MiB is kept, and walked over, in a few MiB of memory."""
    wire = tmp_path / "wire"
    wire.write_bytes(head + NOISE * 24)
    with segment(tmp_path) as made, wire.open("rb") as response:
        large = exchange(response=response, response_length=wire.stat().st_size, body=None)
        tracemalloc.start()
        made.append_exchange(large)
        with made.path.open("rb") as file:
            problems = [member.problem for member in walk(file)]
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

    assert problems == [""] * 4
    assert peak < 9 << 20
    require_accepted(made.path)


def test_a_reply_that_shrank_is_refused(tmp_path: Path) -> None:
    """A temporary file with fewer bytes than came over the wire is an error, and leaves nothing in the segment."""
    with segment(tmp_path) as made:
        for length in (500, 3 << 20):
            with pytest.raises(DiskError, match="shorter than it was"):
                made.append_exchange(exchange(response_length=length))

        assert made.warcinfo
        assert made.path.stat().st_size == made.size == made.warcinfo.length


def test_records_of_warcio_can_be_written_too() -> None:
    """The writer is one of warcio's: what warcio builds goes through it."""
    out = io.BytesIO()
    writer = FastWriter(out)
    writer.write_record(writer.create_warcinfo_record("a.warc.gz", {"software": "x"}))
    out.seek(0)

    assert isinstance(writer, WARCWriter)
    assert [(member.header("WARC-Type"), member.problem) for member in walk(out)] == [("warcinfo", "")]


BODIES = st.one_of(
    st.binary(max_size=300), st.sampled_from([b"", b"\r\n\r\n", b"WARC/1.1\r\n\r\n", b"\x1f\x8b\x08\x00"])
)
HEADS = st.sampled_from(
    [JSON_HEAD, IMAGE_HEAD, GZIP_HEAD, CHUNKED_HEAD, b"HTTP/1.0 500 Oh\n\n", b"HTTP/1.1 204 No\r\n\r\n"]
)


@given(st.lists(st.tuples(HEADS, BODIES), max_size=6))
def test_any_sequence_is_read_back_identical(
    tmp_path_factory: pytest.TempPathFactory, parts: list[tuple[bytes, bytes]]
) -> None:
    """Whatever is appended, FastWARC and our walker read back the same bytes in the same order."""
    spool = tmp_path_factory.mktemp("spool")
    sent = [exchange(number, body, head) for number, (head, body) in enumerate(parts)]
    with no_waiting_for_the_disk(), segment(spool, sent) as made, made.path.open("rb") as file:
        ours = [
            (m.header("WARC-Type"), read_record(file, m.offset, m.length, sha256=m.sha256).block) for m in [*walk(file)]
        ]

    assert ours == blocks(made.path)
    assert [block for kind, block in ours if kind == "response"] == [head + body for head, body in parts]
    assert [block for kind, block in ours if kind == "request"] == [REQUEST_HEAD] * len(parts)
