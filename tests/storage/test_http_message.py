"""Reading HTTP responses from their wire bytes, strictly."""

from __future__ import annotations

import gzip
import io
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.errors import Unreadable
from archiver.model import Cause
from archiver.storage import http_coding
from archiver.storage.http_message import Response, parse_head, parse_response, pieces, read_head

BODY = b'{"posts": []}' * 40


def whole(body: bytes, *headers: bytes) -> bytes:
    """A response with its length."""
    return b"\r\n".join([b"HTTP/1.1 200 OK", *headers, b"Content-Length: %d" % len(body), b"", body])


def chunks(*parts: bytes) -> bytes:
    """A response in these chunks, without its end."""
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"".join(
        b"%X\r\n%b\r\n" % (len(p), p) for p in parts
    )


def raw_deflate(data: bytes) -> bytes:
    """A deflate stream without the wrapper that the standard asks for."""
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def changed(data: bytes, at: int) -> bytes:
    """The data with one bit of one byte flipped."""
    copy = bytearray(data)
    copy[at] ^= 1
    return bytes(copy)


def test_a_response_is_read_whole() -> None:
    """Status, reason, headers as sent, payload and body."""
    data = b"HTTP/1.1 404 Not  Here\r\nX-A:1\r\nx-a:  2 \r\nX-Name: caf\xe9 \xc3\xa9\r\nContent-Length: 4\r\n\r\ngone"
    assert parse_response(data) == Response(
        status=404,
        reason="Not  Here",
        headers=(("X-A", "1"), ("x-a", "2"), ("X-Name", "caf\xe9 \xc3\xa9"), ("Content-Length", "4")),
        payload=b"gone",
        body=b"gone",
    )


def test_the_head_alone_tells_where_the_body_begins() -> None:
    """Interim heads belong to the length, not to the answer."""
    interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    final = b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n"
    assert parse_head(interim + final + b"body") == (200, (("A", "b"),), len(interim + final))


@pytest.mark.parametrize("line_end", [b"\r\n", b"\n"])
def test_lines_may_end_with_or_without_carriage_return(line_end: bytes) -> None:
    """Old servers send bare line feeds in the head."""
    data = line_end.join([b"HTTP/1.0 200", b"Content-Length: 2", b"", b"ok"])
    assert parse_response(data).body == b"ok"


CODED = {
    "gzip": (b"gzip", gzip.compress(BODY)),
    "x-gzip": (b"X-GZip", gzip.compress(BODY)),
    "several members": (b"gzip", gzip.compress(BODY[:100]) + gzip.compress(b"") + gzip.compress(BODY[100:])),
    "zlib deflate": (b"deflate", zlib.compress(BODY)),
    "raw deflate": (b"deflate", raw_deflate(BODY)),
    "identity": (b"identity", BODY),
    "gzip twice": (b"gzip, gzip", gzip.compress(gzip.compress(BODY))),
    "deflate then gzip": (b"deflate , gzip", gzip.compress(zlib.compress(BODY))),
}


@pytest.mark.parametrize("case", CODED)
def test_content_codings_are_taken_off(case: str) -> None:
    """The payload stays as it was sent; the body is what was meant."""
    coding, payload = CODED[case]
    read = parse_response(whole(payload, b"Content-Encoding: " + coding))
    assert (read.payload, read.body, read.flags) == (payload, BODY, ())


BROKEN = {
    "gzip cut in its data": (b"gzip", gzip.compress(BODY)[:-20], Cause.CUT),
    "gzip cut in its trailer": (b"gzip", gzip.compress(BODY)[:-1], Cause.CUT),
    "gzip cut in its header": (b"gzip", gzip.compress(BODY)[:5], Cause.CUT),
    "second member cut": (b"gzip", gzip.compress(BODY) + gzip.compress(BODY)[:-3], Cause.CUT),
    "gzip checksum": (b"gzip", changed(gzip.compress(BODY), -8), Cause.UNDECODABLE),
    "gzip length": (b"gzip", changed(gzip.compress(BODY), -1), Cause.UNDECODABLE),
    "gzip and something": (b"gzip", gzip.compress(BODY) + b"<!-- cached -->", Cause.UNDECODABLE),
    "gzip and zeros": (b"gzip", gzip.compress(BODY) + bytes(8), Cause.UNDECODABLE),
    "plain said to be gzip": (b"gzip", BODY, Cause.UNDECODABLE),
    "plain said to be deflate": (b"deflate", b"\xff" + BODY, Cause.UNDECODABLE),
    "deflate cut": (b"deflate", zlib.compress(BODY)[:-1], Cause.CUT),
    "deflate of one byte": (b"deflate", b"\x78", Cause.CUT),
    "raw deflate cut": (b"deflate", raw_deflate(BODY)[:-1], Cause.CUT),
    "deflate checksum": (b"deflate", changed(zlib.compress(BODY), -1), Cause.UNDECODABLE),
    "deflate and something": (b"deflate", zlib.compress(BODY) + b"x", Cause.UNDECODABLE),
    "brotli": (b"br", b"\x0b\x02\x80hello\x03", Cause.UNDECODABLE),
    "zstd": (b"zstd", b"\x28\xb5\x2f\xfd\x04\x00", Cause.UNDECODABLE),
    "four times": (b"gzip, gzip, gzip, gzip", b"", Cause.UNDECODABLE),
    "no end of members": (b"gzip", gzip.compress(b"") * 10_001, Cause.UNDECODABLE),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_body_that_does_not_decode_to_its_end_is_an_error(case: str) -> None:
    """Cut, corrupt, followed by something or in an unknown coding: never taken for less than it should be."""
    coding, payload, cause = BROKEN[case]
    with pytest.raises(Unreadable) as raised:
        parse_response(whole(payload, b"Content-Encoding: " + coding))
    assert raised.value.cause is cause


@pytest.mark.parametrize("way", ["isal", "zlib"])
@pytest.mark.parametrize("size", [65535, 65536, 65537, 131072, 10_000_000])
def test_any_length_decodes_whole_by_either_library(monkeypatch: pytest.MonkeyPatch, way: str, size: int) -> None:
    """Output that ends on the border of a step is not lost, whichever library inflates."""
    if way == "zlib":
        monkeypatch.setattr(http_coding, "fast", zlib)
    for coding, packed in ((b"gzip", gzip.compress(bytes(size))), (b"deflate", zlib.compress(bytes(size)))):
        assert parse_response(whole(packed, b"Content-Encoding: " + coding)).body == bytes(size)


@given(st.integers(0, len(gzip.compress(BODY, mtime=0)) - 1))
def test_gzip_cut_anywhere_is_an_error_or_empty(length: int) -> None:
    """No part of a compressed body passes for the whole."""
    data = whole(gzip.compress(BODY, mtime=0)[:length], b"Content-Encoding: gzip")
    if length:
        with pytest.raises(Unreadable):
            parse_response(data)
    else:
        assert (parse_response(data).body, parse_response(data).flags) == (b"", ("empty-coded-body",))


@pytest.mark.parametrize("coding", [b"gzip", b"deflate", b"gzip, gzip", b"identity"])
def test_a_body_beyond_the_limit_is_an_error(coding: bytes) -> None:
    """What is decoded is bounded, each layer of it, and one byte less passes."""
    body = bytes(100_000)
    packed = {b"gzip": gzip.compress(body), b"deflate": zlib.compress(body), b"identity": body}.get(
        coding, gzip.compress(gzip.compress(body))
    )
    data = whole(packed, b"Content-Encoding: " + coding)
    assert parse_response(data, decoded_limit=100_000).body == body
    with pytest.raises(Unreadable) as raised:
        parse_response(data, decoded_limit=99_999)
    assert raised.value.cause is Cause.TOO_LARGE


def test_a_layered_bomb_is_stopped_at_its_first_layer() -> None:
    """The inner layers of a body compressed over and over count against the limit as well."""
    bomb = gzip.compress(gzip.compress(bytes(50 << 20)))
    with pytest.raises(Unreadable) as raised:
        parse_response(whole(bomb, b"Content-Encoding: gzip, gzip"), decoded_limit=10_000)
    assert raised.value.cause is Cause.TOO_LARGE


@given(st.lists(st.binary(min_size=1, max_size=300), max_size=8))
def test_chunks_are_put_together(parts: list[bytes]) -> None:
    """However a body is divided, it is the same body, and every piece tells where it stands."""
    data = chunks(*parts) + b"0\r\n\r\n"
    assert parse_response(data).payload == b"".join(parts)
    file = io.BytesIO(data)
    assert all(data[at : at + len(piece)] == piece for at, piece in pieces(file, read_head(file)))


@given(st.data(), st.lists(st.binary(min_size=1, max_size=30), min_size=1, max_size=4))
def test_chunks_cut_anywhere_are_an_error(data: st.DataObject, parts: list[bytes]) -> None:
    """Without its very last byte a chunked message is not whole."""
    sent = chunks(*parts) + b"0\r\n\r\n"
    with pytest.raises(Unreadable) as raised:
        parse_response(sent[: data.draw(st.integers(0, len(sent) - 1))])
    assert raised.value.cause is Cause.CUT


@pytest.mark.parametrize(
    "rest",
    [
        b"zz\r\n",
        b"-1\r\n",
        b"+1\r\n",
        b"0x1\r\na\r\n",
        b"1_0\r\n",
        b" 1\r\na\r\n",
        b"1\na\r\n",
        b"\r\n",
        b"11111111111111111\r\n",
        b"1\r\nab\r\n",
        b"1;" + b"x" * 20_000 + b"\r\n",
    ],
)
def test_a_chunk_size_that_is_not_one_is_an_error(rest: bytes) -> None:
    """Sizes are read as the standard writes them, and held to."""
    with pytest.raises(Unreadable) as raised:
        parse_response(chunks() + rest + b"0\r\n\r\n")
    assert raised.value.cause is Cause.UNDECODABLE


def test_a_huge_chunk_that_is_not_there_is_cut() -> None:
    """A size beyond everything is just a body that stops too early."""
    with pytest.raises(Unreadable) as raised:
        parse_response(chunks() + b"FFFFFFFFFFFFFFFF\r\nabc")
    assert raised.value.cause is Cause.CUT


def test_extensions_and_trailers_of_chunks_are_passed_over() -> None:
    """They are part of the message, not of the body."""
    data = chunks() + b"2;a=b\r\nok\r\n0;last\r\nX-Digest: 1\r\nX-More: 2\r\n\r\n"
    assert (parse_response(data).body, parse_response(data).flags) == (b"ok", ())


@pytest.mark.parametrize(
    ("data", "body", "flags"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\nto the close", b"to the close", ("length-unknown",)),
        (whole(b"ok") + b"HTTP/1.1", b"ok", ("excess-bytes",)),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            b"",
            ("length-beside-chunks",),
        ),
        (whole(b"ok", b"no colon here", b": no name"), b"ok", ("header-unreadable",)),
        (whole(b"ok", b"X: a\x00b", b"Y: a\rb"), b"ok", ("header-control-characters",)),
        (whole(b"", b"Content-Encoding: gzip"), b"", ("empty-coded-body",)),
        (whole(b"ok", b"Content-Length: 2", b"Content-Length: 2, 2"), b"ok", ()),
    ],
)
def test_what_is_odd_but_readable_is_flagged(data: bytes, body: bytes, flags: tuple[str, ...]) -> None:
    """The reply is taken, and what is odd about it is said."""
    read = parse_response(data)
    assert (read.body, read.flags) == (body, flags)


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (b"", Cause.CUT),
        (b"HTTP/1.1 200 OK\r\nX: y", Cause.CUT),
        (b"HTTP/1.1 200 OK\r\nX: y\r\n", Cause.CUT),
        (b"HTTP/1.1 100 Continue\r\n\r\n", Cause.CUT),
        (whole(b"body")[:-1], Cause.CUT),
        (b"HTTP/1.1 OK\r\n\r\n", Cause.UNDECODABLE),
        (b"HTTP/1.1 2000 OK\r\n\r\n", Cause.UNDECODABLE),
        (b"HTTP/1.1 099 No\r\n\r\n", Cause.UNDECODABLE),
        (b"<html>\r\n\r\n", Cause.UNDECODABLE),
        (b"\r\nHTTP/1.1 200 OK\r\n\r\n", Cause.UNDECODABLE),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", Cause.UNDECODABLE),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\nab", Cause.UNDECODABLE),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nab", Cause.UNDECODABLE),
        (b"HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nab", Cause.UNDECODABLE),
        (b"HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\nab", Cause.UNDECODABLE),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nab", Cause.UNDECODABLE),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nab", Cause.UNDECODABLE),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", Cause.UNDECODABLE),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300_000 + b"\r\n\r\n", Cause.TOO_LARGE),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 50_000 + b"\r\n", Cause.TOO_LARGE),
    ],
)
def test_what_cannot_be_read_in_one_way_is_an_error(data: bytes, cause: Cause) -> None:
    """Half heads, no status, contradicting or impossible lengths, unknown transfer codings, endless heads."""
    with pytest.raises(Unreadable) as raised:
        parse_response(data)
    assert raised.value.cause is cause


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304), ("GET", 101)])
def test_some_replies_have_no_body_whatever_their_length_says(method: str, status: int) -> None:
    """HEAD, 204, 304 and a switch of protocols end with their head."""
    data = b"HTTP/1.1 %d X\r\nContent-Length: 9\r\nContent-Encoding: gzip\r\n\r\n" % status
    read = parse_response(data, method=method)
    assert (read.status, read.body, read.flags) == (status, b"", ())


def test_a_folded_header_belongs_to_the_one_before() -> None:
    """The obsolete way to continue a value is read as one value."""
    assert parse_response(whole(b"", b"X-Long: one\r\n\t two", b"X: y")).headers[:2] == (
        ("X-Long", "one two"),
        ("X", "y"),
    )


@given(st.binary(max_size=400))
def test_no_bytes_bring_the_parser_down(data: bytes) -> None:
    """Anything is either a response or Unreadable."""
    for sent in (data, b"HTTP/1.1 200 OK\r\n" + data, chunks() + data, whole(data, b"Content-Encoding: deflate")):
        try:
            parse_response(sent)
        except Unreadable:
            continue
