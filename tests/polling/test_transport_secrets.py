"""Credentials go to one place, and are found nowhere in what is kept."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import logging
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from archiver.errors import AuthError, PlatformDown, Refused
from archiver.model import Basic, Bearer, Cause, NoAuth
from archiver.polling.answer import BadReply
from archiver.polling.credentials import Secret
from archiver.polling.transport import Transport
from archiver.storage.http_message import parse_response
from tests.exact_server import CLOSE, ExactServer
from tests.polling.exchanges import ask, chunked, make_transport, reply, wire_of

TOKEN = "EAAGm0PX4ZCps/BAKd+oh=42"
STARS = b"*" * len(TOKEN)
SECRET = Secret(TOKEN, reference="env:PAGE_TOKEN")
LOGIN = Secret("clerk@school:pass word/9", reference="file:/etc/login")
TEXT = b'{"next": "/posts?access_token=' + TOKEN.encode() + b'&after=7", "data": []}'
MASKED = TEXT.replace(TOKEN.encode(), STARS)


@pytest.fixture
def transport(tmp_path: Path) -> Iterator[Transport]:
    """A transport with small budgets."""
    made = make_transport(tmp_path)
    yield made
    made.close()


def test_a_token_is_sent_and_marked_in_the_kept_request(transport: Transport) -> None:
    """The platform gets the token; the archive gets a marker in its place."""
    with ExactServer([reply(b"{}")]) as server:
        answer = ask(transport, server.url, auth=Bearer(), secret=SECRET)
        assert b"\r\nAuthorization: Bearer " + TOKEN.encode() + b"\r\n" in server.requests[0]
    assert b"\r\nAuthorization: [credential removed]\r\n" in answer.request_head
    assert TOKEN not in repr(answer)
    assert wire_of(answer) == reply(b"{}")


def test_a_user_and_password_are_sent_as_basic(transport: Transport) -> None:
    """Basic authentication carries user and password; neither is in the kept request."""
    with ExactServer([reply(b"{}")]) as server:
        answer = ask(transport, server.url, auth=Basic(), secret=LOGIN)
        assert b"\r\nAuthorization: Basic " + base64.b64encode(b"clerk@school:pass word/9") in server.requests[0]
    assert b"\r\nAuthorization: [credential removed]\r\n" in answer.request_head
    wire_of(answer)


def test_a_token_in_the_address_or_body_of_a_request_is_masked(transport: Transport) -> None:
    """Where a platform insists on a token elsewhere, the kept request has filler there."""
    with ExactServer([reply(b"{}")]) as server:
        answer = ask(
            transport,
            server.url,
            mask=[SECRET],
            method="POST",
            params=(("t", TOKEN),),
            body=f"token={TOKEN}",
            headers=(),
        )
        assert server.requests[0].endswith(TOKEN.encode())
    assert b"EAAGm0PX4ZCps" not in answer.request_head
    assert answer.request_head.endswith(b"token=" + STARS)
    wire_of(answer)


WRITTEN = {
    "plain": TOKEN,
    "JSON": json.dumps(TOKEN).strip('"').replace("/", "\\/"),
    "percent": "EAAGm0PX4ZCps%2FBAKd%2Boh%3D42",
    "small percent": "EAAGm0PX4ZCps%2fBAKd%2boh%3d42",
}


@pytest.mark.parametrize("form", WRITTEN)
def test_a_token_in_a_body_is_masked_however_it_is_written(transport: Transport, form: str) -> None:
    """Each form in which a platform echoes a token is replaced by filler of its length."""
    written = WRITTEN[form].encode()
    body = b'{"a": "' + written + b'", "b": "' + written + b'"}'
    expected = body.replace(written, b"*" * len(written))
    with ExactServer([reply(body, b"Location: /?t=" + written)]) as server:
        answer = ask(transport, server.url, mask=[SECRET])
    assert answer.body == expected
    assert (answer.masked, answer.payload_sha256) == (("env:PAGE_TOKEN",), hashlib.sha256(expected).hexdigest())
    assert answer.headers[0] == ("Location", "/?t=" + "*" * len(written))
    assert wire_of(answer) == reply(expected, b"Location: /?t=" + b"*" * len(written))


def test_user_and_password_are_masked_as_basic_writes_them(transport: Transport) -> None:
    """The base64 of user and password, and the password alone, are credentials too."""
    coded = base64.b64encode(b"clerk@school:pass word/9")
    with ExactServer([reply(b"Basic " + coded + b" pass word/9 passwo")]) as server:
        answer = ask(transport, server.url, mask=[LOGIN])
    assert answer.body == b"Basic " + b"*" * len(coded.rstrip(b"=")) + coded[len(coded.rstrip(b"=")) :] + (
        b" " + b"*" * 11 + b" passwo"
    )
    wire_of(answer)


@pytest.mark.parametrize("size", [1, 3, 16, 1000])
@pytest.mark.parametrize("role", ["api", "media"])
def test_a_token_across_chunks_is_masked_in_place(transport: Transport, size: int, role: str) -> None:
    """Chunk borders may run through a token: the framing stays, the token goes."""
    with ExactServer([chunked(TEXT, size)]) as server:
        answer = ask(transport, server.url, mask=[SECRET], media=role == "media")
    assert answer.masked == ("env:PAGE_TOKEN",)
    assert answer.payload_sha256 == hashlib.sha256(MASKED).hexdigest()
    assert wire_of(answer) == chunked(MASKED, size)


@pytest.mark.parametrize("framing", ["length", "chunks"])
@pytest.mark.parametrize("role", ["api", "media"])
@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_token_in_a_compressed_body_is_masked_by_compressing_anew(
    transport: Transport, framing: str, role: str, coding: str
) -> None:
    """The kept reply decodes to the masked body, tells its own length, and says what was done to it."""
    packed = gzip.compress(TEXT) if coding == "gzip" else zlib.compress(TEXT)
    header = b"Content-Encoding: " + coding.encode()
    sent = chunked(packed, 9, header, b"x-odd:  1") if framing == "chunks" else reply(packed, header, b"x-odd:  1")
    with ExactServer([sent]) as server:
        answer = ask(transport, server.url, mask=[SECRET], media=role == "media")
    kept = wire_of(answer)
    read = parse_response(kept)
    assert answer.masked == ("env:PAGE_TOKEN (body compressed anew)",)
    assert (read.body, read.flags) == (MASKED, ())
    assert answer.body == (MASKED if role == "api" else None)
    assert answer.payload_sha256 == hashlib.sha256(read.payload).hexdigest()
    assert kept.startswith(b"HTTP/1.1 200 OK\r\nx-odd:  1\r\nContent-Encoding: gzip\r\nContent-Length: ")


def test_a_token_across_the_blocks_of_a_large_medium_is_masked(transport: Transport) -> None:
    """Media are searched as a stream: a token on any border of what is read at once is found."""
    parts = [b"m" * (65536 * n - len(TOKEN) // 2) for n in (1, 16, 20)]
    body = TOKEN.encode().join([*parts, b"end"])
    expected = STARS.join([*parts, b"end"])
    with ExactServer([reply(body)]) as server:
        answer = ask(transport, server.url, mask=[SECRET], media=True)
    assert answer.payload_sha256 == hashlib.sha256(expected).hexdigest()
    assert wire_of(answer) == reply(expected)


def test_a_token_in_a_reply_cut_short_is_masked_too(transport: Transport) -> None:
    """What may be kept of half a reply has no credential in it either."""
    sent = chunked(TEXT, 5)[:-5]
    with ExactServer([[sent, CLOSE]]) as server, pytest.raises(BadReply) as raised:
        ask(transport, server.url, mask=[SECRET])
    assert raised.value.cause is Cause.CUT
    assert wire_of(raised.value.answer) == chunked(MASKED, 5)[:-5]


@pytest.mark.parametrize("coding", [b"br", b"gzip"])
def test_a_body_that_cannot_be_searched_is_not_kept_beside_a_live_token(transport: Transport, coding: bytes) -> None:
    """Without a way to look for the credential in it, no byte of a reply is handed on."""
    sent = reply(TEXT, b"Content-Encoding: " + coding)
    with ExactServer([sent]) as server, pytest.raises(PlatformDown, match="cannot be searched") as raised:
        ask(transport, server.url, mask=[SECRET])
    assert not hasattr(raised.value, "answer")
    assert TOKEN not in repr(raised.value)


def test_without_a_token_in_it_a_reply_is_kept_as_it_is(transport: Transport) -> None:
    """Searching changes nothing: a compressed body without a credential stays as it was sent."""
    sent = chunked(gzip.compress(MASKED), 9, b"Content-Encoding: gzip", b"Set-Cookie: session=1")
    with ExactServer([sent]) as server:
        answer = ask(transport, server.url, auth=Bearer(), secret=SECRET, mask=[LOGIN])
    assert (answer.masked, wire_of(answer)) == ((), sent)


def test_redirects_are_not_followed(transport: Transport) -> None:
    """A redirect is an answer like any other: no second request, so no credential goes anywhere else."""
    with ExactServer([reply(b"evil")]) as elsewhere:
        moved = reply(b"", b"Location: " + elsewhere.url.encode() + b"/", status=b"302 Found")
        with ExactServer([moved]) as server:
            answer = ask(transport, server.url, auth=Bearer(), secret=SECRET)
            assert len(server.requests) == 1
        assert elsewhere.requests == []
    assert (answer.status, wire_of(answer)) == (302, moved)


def test_cookies_of_a_reply_are_kept_but_never_sent(transport: Transport) -> None:
    """Nothing is remembered between exchanges but the connection."""
    sent = reply(b"{}", b"Set-Cookie: session=1; Path=/")
    with ExactServer([sent, sent]) as server:
        kept = [wire_of(ask(transport, server.url)) for _ in range(2)]
        assert b"cookie" not in server.requests[1].lower()
    assert kept == [sent, sent]


def test_the_environment_has_no_say(transport: Transport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Proxies and netrc of the environment are not used: neither may see or add a credential."""
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login thief password sesame\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HOME", str(tmp_path))
    with ExactServer([reply(b"proxied")]) as proxy, ExactServer([reply(b"direct")]) as server:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        answer = ask(transport, server.url)
        assert (answer.body, proxy.requests) == (b"direct", [])
        assert b"authorization" not in server.requests[0].lower()
    wire_of(answer)


@pytest.mark.parametrize(
    "url",
    [
        "http://user:secret@127.0.0.1/",
        "http://127.0.0.1\\@198.51.100.7/",
        "http://198.51.100.7\\@127.0.0.1/",
        "http://127.0.0.1 /",
        "http://127.0.0.1\t.example/",
        "http:///nothing",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "http://127.0.0.1:0/",
        "http://127.0.0.1:x/",
    ],
)
def test_an_address_with_two_readings_is_not_asked(transport: Transport, url: str) -> None:
    """A URL that two readers could take for two hosts gets no request, let alone a credential."""
    with pytest.raises(Refused) as raised:
        ask(transport, url, auth=Bearer(), secret=SECRET)
    assert "secret" not in "".join(raised.value.lines())


def test_a_request_prepared_for_another_host_is_not_sent(transport: Transport, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should the library read an address differently from us all the same, nothing is sent."""
    with ExactServer([]) as elsewhere, ExactServer([]) as server:
        monkeypatch.setattr(
            requests.PreparedRequest, "prepare_url", lambda request, *_rest: setattr(request, "url", elsewhere.url)
        )
        with pytest.raises(Refused):
            ask(transport, server.url, auth=Bearer(), secret=SECRET)
        assert (elsewhere.connections, server.connections) == (0, 0)


def test_a_header_cannot_be_smuggled_in(transport: Transport) -> None:
    """A line break in a header value stops the request."""
    with ExactServer([]) as server, pytest.raises(Refused):
        ask(transport, server.url, headers=(("If-None-Match", "x\r\nX-Evil: 1"),))


def test_a_token_that_no_header_can_carry_is_an_error_without_it(transport: Transport) -> None:
    """The error names where the credential came from, never what it is."""
    odd = Secret("twö wörds", reference="env:ODD")
    with ExactServer([]) as server, pytest.raises(AuthError) as raised:
        ask(transport, server.url, auth=Bearer(), secret=odd)
    assert raised.value.what == "The credential env:ODD holds characters that no token has."


def test_nothing_is_logged_about_an_address(transport: Transport, caplog: pytest.LogCaptureFixture) -> None:
    """The libraries below log whole URLs when asked to; their loggers are off."""
    with caplog.at_level(logging.DEBUG), ExactServer([reply(b"{}")]) as server:
        wire_of(ask(transport, server.url + "/?access_token=sesame", auth=NoAuth()))
    assert "sesame" not in caplog.text
