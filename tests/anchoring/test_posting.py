"""A host outside can neither flood us, nor hold us up, nor lead us elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from archiver.anchoring.posting import LARGEST, Posted, Poster
from archiver.clock import SystemClock
from archiver.errors import PlatformDown
from archiver.model import Cause
from archiver.polling.guard import Guard
from tests.exact_server import CLOSE, DRIP, HOLD, RESET, Certified, ExactServer, Step, make_authority

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: a/b; c=d\r\n"


@contextmanager
def poster(
    folder: Path, *, allow_loopback: bool = True, seconds: float = 5.0, ca: Path | None = None
) -> Iterator[Poster]:
    """What posts."""
    made = Poster(clock=SystemClock(), directory=folder, ca_bundle=ca, allow_loopback=allow_loopback, seconds=seconds)
    try:
        yield made
    finally:
        made.close()


def failure(folder: Path, url: str, *, local: bool = False, **more: object) -> PlatformDown:
    """What posting there fails with."""
    with poster(folder, **more) as made, pytest.raises(PlatformDown) as told:  # type: ignore[arg-type]
        made.post(url, b"x", type_="a/b", local_network=local)
    return told.value


def test_bytes_go_out_as_they_are_and_come_back(tmp_path: Path) -> None:
    """With the media type asked for, and nothing of this host in the request but its name for itself."""
    with ExactServer([HEAD + b"Content-Length: 3\r\n\r\n\x00\xff\n"]) as server, poster(tmp_path) as made:
        posted = made.post(f"{server.url}/tsa?x=1", b"\x30\x00\xff", type_="application/x", local_network=False)

    assert (posted.status, posted.type, posted.body) == (200, "a/b", b"\x00\xff\n")
    assert server.requests[0].startswith(b"POST /tsa?x=1 HTTP/1.1\r\n")
    assert server.requests[0].endswith(b"\r\n\r\n\x30\x00\xff")
    assert b"Content-Type: application/x\r\n" in server.requests[0]


def test_a_redirect_is_an_answer_not_a_way(tmp_path: Path) -> None:
    """It is given back as it is; where it leads is not asked."""
    with ExactServer([b""]) as elsewhere:
        reply = f"HTTP/1.1 307 Moved\r\nLocation: {elsewhere.url}/\r\nContent-Length: 0\r\n\r\n".encode()
        with ExactServer([reply]) as server, poster(tmp_path) as made:
            posted = made.post(server.url, b"x", type_="a/b", local_network=False)
        assert (posted.status, elsewhere.connections) == (307, 0)


@pytest.mark.parametrize(
    ("steps", "cause"),
    [
        ([HEAD + b"Content-Length: 99999999\r\n\r\n", b"x" * (LARGEST + 1)], Cause.TOO_LARGE),
        ([HEAD + b"\r\n", b"x" * (LARGEST + 1), CLOSE], Cause.TOO_LARGE),
        ([HEAD + b"X: " + b"x" * (LARGEST + 1)], Cause.TOO_LARGE),
        ([HEAD + b"Content-Length: 5\r\n\r\nab", HOLD], Cause.TIMEOUT),
        ([HOLD], Cause.TIMEOUT),
        ([HEAD + b"Content-Length: 500\r\n\r\n", *[b"x", DRIP] * 400], Cause.TIMEOUT),
        ([HEAD + b"Content-Length: 5\r\n\r\nab", CLOSE], Cause.CUT),
        ([RESET], Cause.NETWORK),
        ([CLOSE], Cause.NETWORK),
        ([b"SSH-2.0-OpenSSH\r\n\r\n", CLOSE], Cause.UNDECODABLE),
        ([HEAD + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"], Cause.UNDECODABLE),
    ],
)
def test_a_hostile_answer_ends_within_its_bounds(steps: list[Step], cause: Cause, tmp_path: Path) -> None:
    """Too large, too slow, silent, dripping, cut short, or no HTTP at all."""
    with ExactServer([steps]) as server:
        assert failure(tmp_path, server.url, seconds=1.0).cause is cause


def test_this_host_is_asked_only_where_that_is_allowed(tmp_path: Path) -> None:
    """Not even where the agency's own network may be asked."""
    with ExactServer([b""]) as server:
        for local in (False, True):
            assert failure(tmp_path, server.url, local=local, allow_loopback=False).cause is Cause.GUARD
        assert server.connections == 0


def test_the_agencys_own_network_is_asked_only_where_that_is_configured() -> None:
    """Private addresses, and still no others."""
    for address in ("10.1.2.3", "172.16.0.1", "192.168.1.1", "fd00::1"):
        assert Guard(allow_private=True, resolver=lambda *_, a=address: (a,)).addresses("x", 80) == (address,)
        with pytest.raises(PlatformDown):
            Guard(resolver=lambda *_, a=address: (a,)).addresses("x", 80)
    for address in ("127.0.0.1", "169.254.169.254", "::1", "fe80::1", "100.64.0.1", "0.0.0.0"):
        with pytest.raises(PlatformDown):
            Guard(allow_private=True, resolver=lambda *_, a=address: (a,)).addresses("x", 80)


def test_a_certificate_that_cannot_be_verified_ends_it(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """An authority of its own is trusted only where the configuration names it."""
    own: Certified = make_authority(tmp_path_factory.mktemp("ca"))
    with ExactServer(lambda _: [HEAD + b"Content-Length: 0\r\n\r\n"], tls=own.server()) as server:
        assert failure(tmp_path, server.url).cause is Cause.TLS
        with poster(tmp_path, ca=own.bundle) as made:
            posted: Posted = made.post(server.url, b"x", type_="a/b", local_network=False)
    assert posted.status == 200


def test_nobody_there_is_told_without_the_query(tmp_path: Path) -> None:
    """A query may hold a secret."""
    with ExactServer([b""]) as server:
        url = f"{server.url}/?key=secret"
    told = failure(tmp_path, url)

    assert told.cause is Cause.NETWORK
    assert "secret" not in str(told) + repr(told.lines())
