"""Replies that are not what they should be, over real loopback sockets: each is told for what it is."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from archiver.errors import DiskError, PlatformDown
from archiver.model import Cause, Truncated
from archiver.polling.answer import BadReply
from archiver.polling.transport import Transport
from tests.exact_server import CLOSE, DRIP, HOLD, RESET, ExactServer
from tests.polling.exchanges import ask, chunked, make_transport, reply, wire_of

TEXT = b'{"posts": ["' + b"a long winter " * 500 + b'"]}'
PACKED = gzip.compress(TEXT, mtime=0)
CUT = reply(TEXT)[:-100]
BROKEN = bytearray(PACKED)
BROKEN[-6] ^= 1
BAD = {
    "a short body": ([CUT, CLOSE], Cause.CUT, CUT),
    "a body that stalls": ([CUT, HOLD], Cause.TIMEOUT, CUT),
    "no last chunk": ([chunked(TEXT, 1000)[:-5], CLOSE], Cause.CUT, chunked(TEXT, 1000)[:-5]),
    "no end after the last chunk": ([chunked(TEXT, 1000)[:-2], CLOSE], Cause.CUT, chunked(TEXT, 1000)[:-2]),
    "a chunk cut": ([chunked(TEXT, 1000)[:700], CLOSE], Cause.CUT, chunked(TEXT, 1000)[:700]),
    "a cut gzip body of the right length": (
        [reply(PACKED[:-9], b"Content-Encoding: gzip")],
        Cause.CUT,
        reply(PACKED[:-9], b"Content-Encoding: gzip"),
    ),
    "a wrong gzip checksum": (
        [reply(bytes(BROKEN), b"Content-Encoding: gzip")],
        Cause.UNDECODABLE,
        reply(bytes(BROKEN), b"Content-Encoding: gzip"),
    ),
    "gzip in name only": (
        [reply(TEXT, b"Content-Encoding: gzip")],
        Cause.UNDECODABLE,
        reply(TEXT, b"Content-Encoding: gzip"),
    ),
    "brotli unasked": (
        [reply(b"\x0b", b"Content-Encoding: br")],
        Cause.UNDECODABLE,
        reply(b"\x0b", b"Content-Encoding: br"),
    ),
}


@pytest.fixture
def transport(tmp_path: Path) -> Iterator[Transport]:
    """A transport with small budgets."""
    made = make_transport(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("case", BAD)
def test_a_reply_that_is_not_whole_is_an_error_with_its_bytes(tmp_path: Path, case: str) -> None:
    """Half a page is never taken for a page; what arrived can still be kept, marked."""
    steps, cause, kept = BAD[case]
    transport = make_transport(tmp_path, idle_seconds=0.2)
    with ExactServer([steps]) as server, pytest.raises(BadReply) as raised:
        ask(transport, server.url + "/?token=sesame")
    transport.close()
    answer = raised.value.answer
    assert (raised.value.cause, answer.body) == (cause, None)
    assert wire_of(answer) == kept
    assert (
        answer.truncated
        == {
            Cause.CUT: None if "gzip" in case else Truncated.DISCONNECT,
            Cause.TIMEOUT: Truncated.TIME,
            Cause.UNDECODABLE: None,
        }[cause]
    )
    assert "sesame" not in repr(raised.value) + "".join(raised.value.lines())


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2x\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"\r\n\r\n",
    ],
)
def test_a_head_that_cannot_be_read_is_an_error(transport: Transport, head: bytes) -> None:
    """What two readers could frame in two ways, or what is not HTTP at all, is refused."""
    with ExactServer([[head, CLOSE]]) as server, pytest.raises(PlatformDown) as raised:
        ask(transport, server.url)
    assert raised.value.cause is Cause.UNDECODABLE


@pytest.mark.parametrize(
    "chunk", [b"zz\r\nab\r\n", b"-2\r\nab\r\n", b"0x2\r\nab\r\n", b"2\r\nabc\r\n", b"F" * 40 + b"\r\n"]
)
def test_a_wrongly_sized_chunk_is_an_error(transport: Transport, chunk: bytes) -> None:
    """A chunk whose size cannot be read, or is not its size, is not guessed at."""
    sent = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk + b"0\r\n\r\n"
    with ExactServer([[sent, CLOSE]]) as server, pytest.raises(BadReply) as raised:
        ask(transport, server.url)
    assert raised.value.cause is Cause.UNDECODABLE
    raised.value.answer.response.close()


def test_a_body_that_ends_with_the_connection_is_flagged(transport: Transport) -> None:
    """Without a length the end cannot be told from a cut: the reply is taken, and says so."""
    sent = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n<rss/>"
    with ExactServer([[sent, CLOSE]]) as server:
        answer = ask(transport, server.url)
    assert (answer.body, answer.flags) == (b"<rss/>", ("length-unknown",))
    assert wire_of(answer) == sent


def test_bytes_beyond_the_length_are_flagged_and_end_the_connection(transport: Transport) -> None:
    """What follows a message on its connection is kept, flagged, and never read as the next reply."""
    forged = reply(b"forged")
    with ExactServer([reply(b"ok") + forged, reply(b"true")]) as server:
        first = ask(transport, server.url + "/1")
        second = ask(transport, server.url + "/2")
        assert server.connections == 2
    assert (first.body, first.flags, wire_of(first)) == (b"ok", ("excess-bytes",), reply(b"ok") + forged)
    assert (second.body, second.flags, wire_of(second)) == (b"true", (), reply(b"true"))


@pytest.mark.parametrize(
    ("method", "status"), [("HEAD", b"200 OK"), ("GET", b"204 No Content"), ("GET", b"304 Not Modified")]
)
def test_replies_without_a_body_end_with_their_head(transport: Transport, method: str, status: bytes) -> None:
    """A length told for a body that is not sent is not waited for, and the connection goes on."""
    sent = b"HTTP/1.1 %b\r\nContent-Length: 50\r\nContent-Encoding: gzip\r\n\r\n" % status
    with ExactServer([sent, reply(b"next")]) as server:
        answer = ask(transport, server.url, method=method)
        after = ask(transport, server.url)
        assert server.connections == 1
    assert (answer.body, wire_of(answer)) == (b"", sent)
    assert (after.body, wire_of(after)) == (b"next", reply(b"next"))


def test_a_slow_drip_is_cut_by_the_total_time(tmp_path: Path) -> None:
    """A server that always sends one more byte in time does not hold a thread for ever."""

    def drip(_request: bytes) -> Iterator[bytes | str]:
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
        for _ in range(2000):
            yield b"x"
            yield DRIP

    transport = make_transport(tmp_path, total_seconds=0.4)
    with ExactServer(drip) as server:
        with pytest.raises(BadReply) as raised:
            ask(transport, server.url)
        medium = ask(transport, server.url, media=True)
    transport.close()
    assert (raised.value.cause, raised.value.answer.truncated) == (Cause.TIMEOUT, Truncated.TIME)
    raised.value.answer.response.close()
    assert (medium.truncated, medium.body) == (Truncated.TIME, None)
    assert wire_of(medium).startswith(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nx")


def test_a_medium_over_its_budget_is_kept_and_marked(tmp_path: Path) -> None:
    """Exactly the allowed bytes are received; what arrived is kept as truncated. The same of an API is an error."""
    sent = reply(b"m" * 100_000)
    transport = make_transport(tmp_path, api_bytes=50_000, media_bytes=60_000)
    with ExactServer([sent, sent]) as server:
        medium = ask(transport, server.url, media=True)
        with pytest.raises(BadReply) as raised:
            ask(transport, server.url)
    transport.close()
    assert (medium.truncated, medium.response_length) == (Truncated.LENGTH, 60_000)
    assert wire_of(medium) == sent[:60_000]
    assert (raised.value.cause, raised.value.answer.truncated) == (Cause.TOO_LARGE, Truncated.LENGTH)
    raised.value.answer.response.close()


def test_a_body_of_exactly_the_budget_is_whole(tmp_path: Path) -> None:
    """The budget is what may be received, not one byte less."""
    sent = reply(b"m" * 1000)
    transport = make_transport(tmp_path, api_bytes=len(sent))
    with ExactServer([sent]) as server:
        answer = ask(transport, server.url)
    transport.close()
    assert (answer.truncated, wire_of(answer)) == (None, sent)


def test_a_gzip_bomb_is_cut_at_the_limit(tmp_path: Path) -> None:
    """A small body that decodes to far too much is an error; its bytes are kept as sent."""
    bomb = gzip.compress(bytes(100 << 20), mtime=0)
    transport = make_transport(tmp_path)
    with ExactServer([reply(bomb, b"Content-Encoding: gzip")]) as server, pytest.raises(BadReply) as raised:
        ask(transport, server.url)
    transport.close()
    assert (raised.value.cause, raised.value.answer.body) == (Cause.TOO_LARGE, None)
    assert wire_of(raised.value.answer) == reply(bomb, b"Content-Encoding: gzip")


@pytest.mark.parametrize(
    ("steps", "cause"),
    [
        ([CLOSE], Cause.NETWORK),
        ([RESET], Cause.NETWORK),
        ([b"HTTP/1.1 200 OK\r\nX-Half: ", CLOSE], Cause.CUT),
        ([HOLD], Cause.TIMEOUT),
        ([b"HTTP/1.1 200 OK\r\n", HOLD], Cause.TIMEOUT),
        ([b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300_000, HOLD], Cause.TOO_LARGE),
    ],
)
def test_no_reply_at_all_has_a_cause(tmp_path: Path, steps: list[bytes | str], cause: Cause) -> None:
    """Closed, reset, half a head, silence, an endless head: each is told for what it is, without the query."""
    transport = make_transport(tmp_path, idle_seconds=0.2)
    with ExactServer([steps]) as server, pytest.raises(PlatformDown) as raised:
        ask(transport, server.url + "/?token=sesame")
    transport.close()
    assert raised.value.cause is cause
    assert not isinstance(raised.value, BadReply)


def test_nobody_listening_is_a_network_failure(transport: Transport) -> None:
    """A refused connection names the host and says what happens next."""
    with ExactServer([]) as server:
        url = server.url
    with pytest.raises(PlatformDown) as raised:
        ask(transport, url + "/?token=sesame")
    assert raised.value.cause is Cause.NETWORK
    assert raised.value.lines() == (
        f"{url.removeprefix('http://')} refused the connection.",
        "Nothing already kept is affected; a gap is on record.",
        "The archiver tries again by itself; if it lasts, check the account's address and this host's network.",
    )


def test_failures_carry_nothing_of_what_libraries_say(transport: Transport) -> None:
    """No exception of requests or urllib3 hangs on ours: their texts hold whole URLs."""
    with ExactServer([[CLOSE]]) as server, pytest.raises(PlatformDown) as raised:
        ask(transport, server.url + "/?token=sesame")
    error: BaseException | None = raised.value
    assert error is not None
    assert (error.__cause__, error.__context__) == (None, None)


def test_a_full_or_missing_disk_is_not_taken_for_a_network_failure(tmp_path: Path) -> None:
    """What cannot be written is the disk's doing, and is said to be."""
    transport = make_transport(tmp_path / "gone")
    with ExactServer([reply(bytes(3 << 20))]) as server, pytest.raises(DiskError):
        ask(transport, server.url, media=True)
    transport.close()
