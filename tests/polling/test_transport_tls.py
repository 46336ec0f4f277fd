"""Who is on the other side: certificates, versions, and the addresses a guarded request goes to."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from pathlib import Path

import pytest

from archiver.errors import PlatformDown, Refused
from archiver.model import Cause
from archiver.polling import wire
from archiver.polling.guard import Guard
from tests.exact_server import Certified, ExactServer, make_authority
from tests.polling.exchanges import ask, make_transport, reply, wire_of
from tests.polling.names import spelled_out

WATCH = "Check this host's clock first; if it is right, tell the platform that its certificate is out of date."
WARN = "Do not work around it. Tell the platform, or whoever runs the network between here and there."


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Certified:
    """A certificate authority of our own."""
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.mark.parametrize(
    ("certificate", "problem", "remedy"),
    [
        ({"end": "20210101000000Z"}, "certificate has expired", WATCH),
        ({"start": "20900101000000Z"}, "certificate is not yet valid", WATCH),
        (
            {"name": "DNS:other.example"},
            "IP address mismatch, certificate is not valid for '127.0.0.1'",
            WARN,
        ),
    ],
)
def test_a_bad_certificate_is_refused_and_explained(
    tmp_path: Path, authority: Certified, certificate: dict[str, str], problem: str, remedy: str
) -> None:
    """No request is sent, and the message tells a wrong clock from a wrong certificate."""
    transport = make_transport(tmp_path, ca_bundle=authority.bundle)
    with ExactServer([reply(b"{}")], tls=authority.server(**certificate)) as server:
        with pytest.raises(PlatformDown) as raised:
            ask(transport, server.url)
        assert server.requests == []
        host = server.url.removeprefix("https://")
    transport.close()
    assert raised.value.cause is Cause.TLS
    assert raised.value.lines() == (
        f"The certificate of {host} was refused: {problem}.",
        "Nothing already kept is affected; a gap is on record.",
        remedy,
    )


def test_an_unknown_authority_is_refused(tmp_path: Path, authority: Certified) -> None:
    """A certificate nobody we trust vouches for is refused; there is no way around it."""
    transport = make_transport(tmp_path)
    with ExactServer([reply(b"{}")], tls=authority.server()) as server, pytest.raises(PlatformDown) as raised:
        ask(transport, server.url)
    transport.close()
    assert (raised.value.cause, raised.value.do) == (Cause.TLS, WARN)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated:DeprecationWarning")
def test_an_old_version_of_tls_is_refused(tmp_path: Path, authority: Certified) -> None:
    """Below TLS 1.2 nothing is said."""
    context = authority.server()
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    transport = make_transport(tmp_path, ca_bundle=authority.bundle)
    with ExactServer([reply(b"{}")], tls=context) as server, pytest.raises(PlatformDown) as raised:
        ask(transport, server.url)
    transport.close()
    assert raised.value.cause is Cause.TLS


class Faces:
    """A resolver that gives one answer after the other, as a rebinding name server does."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.asked = 0

    def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked += 1
        return self._answers.pop(0)


def test_a_guarded_request_never_reaches_this_host(tmp_path: Path) -> None:
    """A service on loopback sees nothing of a guarded request, however its address is written."""
    transport = make_transport(tmp_path, guard=Guard(resolver=spelled_out))
    with ExactServer([]) as canary:
        for host in ("127.0.0.1", "127.1", "0x7f000001", "2130706433", "localhost", "[::ffff:127.0.0.1]", "0"):
            with pytest.raises(Refused):
                ask(transport, f"http://{host}:{canary.port}/", guarded=True, media=True)
        assert canary.connections == 0
    transport.close()


def test_a_guarded_request_goes_to_the_address_that_was_vetted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that answers differently the second time changes nothing: it is resolved once."""
    dialled: list[tuple[str, int]] = []

    def dial(address: tuple[str, int], *_rest: object, **_options: object) -> None:
        dialled.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(wire, "create_connection", dial)
    resolver = Faces(["93.184.215.14"], ["127.0.0.1"])
    transport = make_transport(tmp_path, guard=Guard(resolver=resolver))
    with ExactServer([]) as canary:
        with pytest.raises(PlatformDown) as raised:
            ask(transport, f"http://rebind.example:{canary.port}/", guarded=True, media=True)
        assert canary.connections == 0
    transport.close()
    assert (dialled, resolver.asked) == ([("93.184.215.14", canary.port)], 1)
    assert raised.value.cause is Cause.NETWORK


def test_host_and_certificate_are_those_of_the_name(tmp_path: Path, authority: Certified) -> None:
    """Connecting to a vetted address keeps the name in Host, in SNI and in what the certificate must say."""
    context = authority.server(name="DNS:media.example")
    named: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: named.append(name)
    guard = Guard(allow_loopback=True, resolver=lambda _host, _port: ["127.0.0.1"])
    transport = make_transport(tmp_path, guard=guard, ca_bundle=authority.bundle)
    with ExactServer([reply(b"jpeg")], tls=context) as server:
        answer = ask(transport, f"https://media.example:{server.port}/a.jpg", guarded=True, media=True)
        assert f"\r\nHost: media.example:{server.port}\r\n".encode() in server.requests[0]
    transport.close()
    assert (named, answer.ip, wire_of(answer)) == (["media.example"], "127.0.0.1", reply(b"jpeg"))


def test_a_guarded_request_does_not_use_an_unguarded_connection(tmp_path: Path) -> None:
    """A connection that was opened without a look at its address is not used for a guarded request."""
    transport = make_transport(tmp_path, guard=Guard())
    with ExactServer([reply(b"ours")]) as server:
        wire_of(ask(transport, server.url))
        with pytest.raises(Refused):
            ask(transport, server.url, guarded=True)
        assert len(server.requests) == 1
    transport.close()
