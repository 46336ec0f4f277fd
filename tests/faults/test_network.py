"""D10, D11, D12, D25: what a server may send, beyond what the tests of the transport show one by one."""

from __future__ import annotations

import gzip
import threading
from pathlib import Path

import pytest

from archiver.errors import PlatformDown, Unreadable
from archiver.polling.answer import BadReply
from tests.exact_server import CLOSE, ExactServer, path_of
from tests.faults.program import Program
from tests.polling.exchanges import ask, make_transport, wire_of

BODY = b'{"posts": []}'
_LENGTH = b"Content-Length: %d" % len(BODY)

WHOLE = {
    "a hundred and one headers": [*(b"X-%d: y" % number for number in range(101)), _LENGTH],
    "a header of 64 KiB": [b"X-Long: " + b"y" * 65_536, _LENGTH],
    "Latin-1": [b"X-Name: Ren\xe9", _LENGTH],
    "an emoji": ["X-Mood: \U0001f600".encode(), _LENGTH],
    "NUL and escape": [b"X-Odd: a\x00b\x1b[31m", _LENGTH],
    "the same length twice": [_LENGTH, _LENGTH],
    "a folded line": [b"X-Old: one", b"\ttwo", _LENGTH],
    "no colon": [b"what is this", _LENGTH],
}
REFUSED = {
    "two lengths": [_LENGTH, b"Content-Length: 99"],
    "a negative length": [b"Content-Length: -1"],
    "a length with a sign": [b"Content-Length: +13"],
    "a length in words": [b"Content-Length: thirteen"],
    "chunks of an odd coding": [b"Transfer-Encoding: gzip, chunked"],
}


def sent(headers: list[bytes]) -> bytes:
    """A reply with these header lines."""
    return b"\r\n".join([b"HTTP/1.1 200 OK", *headers, b"", BODY])


@pytest.mark.parametrize("headers", WHOLE.values(), ids=WHOLE.keys())
def test_odd_headers_are_kept_byte_for_byte(tmp_path: Path, headers: list[bytes]) -> None:
    """D10. What is kept is what was on the wire, and the body is read."""
    transport = make_transport(tmp_path)
    with ExactServer([[sent(headers), CLOSE]]) as server:
        answer = ask(transport, server.url)
        assert (answer.body, wire_of(answer)) == (BODY, sent(headers))
    transport.close()


@pytest.mark.parametrize("headers", REFUSED.values(), ids=REFUSED.keys())
def test_a_length_with_two_readings_is_no_reply(tmp_path: Path, headers: list[bytes]) -> None:
    """D10. Where it ends is not known: an error, its bytes kept where there are any."""
    transport = make_transport(tmp_path)
    with ExactServer([[sent(headers), CLOSE]]) as server, pytest.raises((BadReply, Unreadable, PlatformDown)) as error:
        ask(transport, server.url)
    if isinstance(error.value, BadReply):
        assert wire_of(error.value.answer) == sent(headers)
    transport.close()


@pytest.mark.parametrize("kind", ["growing", "far"])
def test_redirects_without_end_are_a_gap(tmp_path: Path, kind: str) -> None:
    """D11. To itself with an ever longer query, or over fifty addresses: after a few hops it is a loop, on record."""

    def onward(request: bytes) -> list[bytes]:
        path = path_of(request)
        target = f"{path}?x" if kind == "growing" else f"/hop{int(path.removeprefix('/hop') or 0) + 1}"
        return [b"HTTP/1.1 302 Found\r\nLocation: %b\r\nContent-Length: 0\r\n\r\n" % target.encode()]

    with ExactServer(onward) as server:
        program = Program(folder=tmp_path)
        program.begin(f"{server.url}/hop0" if kind == "far" else f"{server.url}/feed")
        program.run("poll", "--all")
        asked = len(server.requests)
    assert program.rows("SELECT cause FROM gaps WHERE closed IS NULL") == ["paging loop"]
    assert asked <= 12


@pytest.mark.parametrize("status", [b"300 Choices", b"204 Empty", b"205 Reset", b"206 Part", b"304 Same"])
def test_a_status_that_answers_nothing_is_not_taken_for_no_posts(tmp_path: Path, status: bytes) -> None:
    """D12. Also under 300 without a place to go."""
    with ExactServer(lambda _: [b"HTTP/1.1 %b\r\nContent-Length: 0\r\n\r\n" % status]) as server:
        program = Program(folder=tmp_path)
        program.begin(f"{server.url}/feed")
        ended = program.run("poll", "--all")
    assert ended.code in (7, 8, 12)
    assert program.rows("SELECT stream FROM gaps WHERE closed IS NULL") == ["posts"]
    assert program.rows("SELECT count(*) FROM coverage") == [0]


def test_what_a_compressed_file_may_become_is_never_written(tmp_path: Path) -> None:
    """D25. The bytes as sent are kept; what they stand for is looked through in pieces, and takes no room."""
    packed = gzip.compress(bytes(200 << 20), 9)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
    most, stop = [0], threading.Event()

    def watch() -> None:
        while not stop.wait(0.001):
            sizes = [path.stat().st_size for path in tmp_path.iterdir() if path.is_file()]
            most[0] = max(most[0], *sizes, 0)

    watching = threading.Thread(target=watch)
    watching.start()
    transport = make_transport(tmp_path, media_bytes=1 << 30)
    with ExactServer([head % len(packed) + packed]) as server:
        answer = ask(transport, server.url, media=True)
    answer.response.close()
    stop.set()
    watching.join()
    transport.close()
    assert answer.payload_length == len(packed)
    assert most[0] < 4 << 20
