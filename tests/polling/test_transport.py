"""Exchanges over real loopback sockets, HTTP and HTTPS: what is kept is what was on the wire."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from archiver.polling.transport import Transport
from archiver.storage.http_message import parse_response
from tests.exact_server import Certified, ExactServer, make_authority, path_of
from tests.polling.exchanges import ask, chunked, make_transport, reply, wire_of

TEXT = b'{"posts": ["' + b"a long winter " * 500 + b'"]}'
PACKED = gzip.compress(TEXT, mtime=0)
ODD = (
    b"HTTP/1.1  200   Fine  thanks\r\nserver:nginx\r\nX-Note:   two  spaces  \r\n"
    b"X-Name: M\xc3\xa9lanie \xf0\x9f\x8f\xab\r\n"
    b"Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nset-cookie: A=3\r\nX-Latin: caf\xe9\r\nX-Fold: one\r\n two\r\n"
    b"X-Empty:\r\ncontent-LENGTH:%d\r\n\r\n" % len(TEXT)
) + TEXT
CASES = {
    "plain": (reply(TEXT), TEXT),
    "gzip": (reply(PACKED, b"Content-Encoding: gzip"), TEXT),
    "chunked": (chunked(TEXT, 1000), TEXT),
    "gzip and chunked": (chunked(PACKED, 7, b"Content-Encoding: gzip"), TEXT),
    "odd headers": (ODD, TEXT),
    "empty": (reply(b""), b""),
    "interim": (b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + reply(TEXT), TEXT),
    "chunk extensions and trailers": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2 \r\nde\r\n00\r\nX-Sum: 1\r\n\r\n",
        b"abcde",
    ),
    "101 headers": (reply(b"ok", *(b"X-%d: %d" % (n, n) for n in range(101))), b"ok"),
    "a header of 64 KiB": (reply(b"ok", b"X-Long: " + b"x" * 65536), b"ok"),
    "not found": (reply(b"{}", status=b"404 Not Found"), b"{}"),
}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Certified:
    """A certificate authority of our own."""
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def transport(tmp_path: Path, authority: Certified) -> Iterator[Transport]:
    """A transport that trusts our authority."""
    made = make_transport(tmp_path, ca_bundle=authority.bundle)
    yield made
    made.close()


@pytest.mark.parametrize("role", ["api", "media"])
@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("case", CASES)
def test_what_is_kept_is_what_was_on_the_wire(
    transport: Transport, authority: Certified, case: str, scheme: str, role: str
) -> None:
    """Status line, headers, framing and body are kept byte for byte, and the body is decoded for reading."""
    sent, body = CASES[case]
    with ExactServer([sent], tls=authority.server() if scheme == "https" else None) as server:
        answer = ask(transport, server.url + "/posts", media=role == "media")
        asked = server.requests[0]
    read = parse_response(sent)
    assert (answer.status, answer.headers) == (read.status, read.headers)
    assert answer.body == (None if role == "media" else body)
    assert answer.payload_sha256 == hashlib.sha256(read.payload).hexdigest()
    assert answer.payload_length == len(read.payload)
    assert answer.request_head == asked
    assert wire_of(answer) == sent
    assert (answer.truncated, answer.masked, answer.ip) == (None, (), "127.0.0.1")


def test_the_request_says_who_asks_and_for_which_coding(transport: Transport) -> None:
    """APIs are asked for gzip and media for the bytes as they are, in our own name."""
    with ExactServer([reply(b"1"), reply(b"2")]) as server:
        wire_of(ask(transport, server.url + "/a", params=(("page", "2"),), headers=(("Accept", "text/x"),)))
        wire_of(ask(transport, server.url + "/b", media=True))
        host = server.url.removeprefix("http://").encode()
        assert server.requests == [
            b"GET /a?page=2 HTTP/1.1\r\nHost: %b\r\nUser-Agent: Archiver-test\r\nAccept: text/x\r\n"
            b"Accept-Encoding: gzip\r\n\r\n" % host,
            b"GET /b HTTP/1.1\r\nHost: %b\r\nUser-Agent: Archiver-test\r\nAccept: */*\r\n"
            b"Accept-Encoding: identity\r\n\r\n" % host,
        ]


def test_a_posted_body_is_part_of_the_kept_request(transport: Transport) -> None:
    """A request with a body is recorded whole."""
    with ExactServer([reply(b"{}")]) as server:
        answer = ask(transport, server.url + "/q", method="POST", body='{"q": "é"}')
        assert answer.request_head == server.requests[0]
        assert answer.request_head.endswith('\r\n\r\n{"q": "é"}'.encode())
        wire_of(answer)


def test_the_connection_of_a_secure_exchange_is_on_record(transport: Transport, authority: Certified) -> None:
    """Version, cipher and certificate of a TLS connection are kept beside its bytes, also when it is used again."""
    with ExactServer([reply(b"1"), reply(b"2")], tls=authority.server()) as server:
        answers = [ask(transport, server.url) for _ in range(2)]
        assert server.connections == 1
    assert answers[0].tls == answers[1].tls
    assert sorted(answers[0].tls) == ["certificate-sha256", "cipher", "version"]
    assert answers[0].tls["version"] == "TLSv1.3"
    assert len(answers[0].tls["certificate-sha256"]) == 64
    for answer in answers:
        wire_of(answer)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_exchanges_on_one_connection_do_not_mix(transport: Transport, authority: Certified, scheme: str) -> None:
    """Ten replies of every framing over one kept-alive connection are each kept with their own bytes alone."""
    replies = [reply(b"%d" % n) if n % 2 else chunked(b"%d" % n * 50, 3) for n in range(10)]
    with ExactServer(replies, tls=authority.server() if scheme == "https" else None) as server:
        kept = [ask(transport, f"{server.url}/{n}") for n in range(10)]
        assert server.connections == 1
        assert [answer.request_head for answer in kept] == server.requests
    assert [wire_of(answer) for answer in kept] == replies


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_sixteen_threads_keep_their_exchanges_apart(transport: Transport, authority: Certified, scheme: str) -> None:
    """What sixteen threads ask at once through one transport comes back to each, byte for byte."""

    def respond(request: bytes) -> list[bytes]:
        return [chunked(path_of(request).encode() * 700, 997)]

    def one(number: int) -> bool:
        answer = ask(transport, f"{server.url}/item-{number}")
        expected = f"/item-{number}".encode() * 700
        return answer.body == expected and wire_of(answer) == chunked(expected, 997)

    with (
        ExactServer(respond, tls=authority.server() if scheme == "https" else None) as server,
        ThreadPoolExecutor(16) as pool,
    ):
        assert all(pool.map(one, range(200)))
        assert server.connections <= 16


def test_a_reply_of_any_size_is_kept_on_disk(transport: Transport) -> None:
    """A body beyond what is held in memory goes to a temporary file and is kept whole."""
    body = bytes(range(256)) * 16384
    with ExactServer([reply(body)]) as server:
        answer = ask(transport, server.url, media=True)
    assert (answer.payload_length, answer.payload_sha256) == (len(body), hashlib.sha256(body).hexdigest())
    assert wire_of(answer) == reply(body)
