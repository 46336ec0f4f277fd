"""No test leaves this machine."""

from __future__ import annotations

import socket

import pytest


@pytest.mark.parametrize("address", [("192.0.2.1", 9), ("10.0.0.1", 9), ("2001:db8::1", 9)])
def test_an_address_elsewhere_cannot_be_reached(address: tuple[str, int]) -> None:
    """A connection to any but a loopback address fails at once, before a packet is sent."""
    with pytest.raises(OSError, match="tests do not leave this machine"):
        socket.create_connection(address, timeout=1)


def test_a_name_cannot_be_resolved() -> None:
    """No name but localhost is asked for."""
    with pytest.raises(socket.gaierror, match="tests do not resolve names"):
        socket.getaddrinfo("school.example", 443)


def test_loopback_is_open() -> None:
    """A server of a test on this machine can be reached, by address and by name."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        for host in ("127.0.0.1", "localhost"):
            socket.create_connection((host, server.getsockname()[1]), timeout=5).close()
