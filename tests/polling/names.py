"""A resolver for tests: every spelling of a number that the C library takes, and a few made-up names."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence

NAMES: dict[str, Sequence[str]] = {
    "localhost": ("127.0.0.1", "::1"),
    "localhost.localdomain": ("127.0.0.1",),
    "printer.school.internal": ("10.4.0.9",),
    "metadata.google.internal": ("169.254.169.254",),
    "two-faces.example": ("93.184.215.14", "192.168.0.10"),
    "six.example": ("2606:2800:21f:cb07:6820:80da:af6b:8b2c",),
    "seven.example": ("fd00::7",),
    "nat64.example": ("64:ff9b::7f00:1",),
    "public.example": ("93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"),
    "broken.example": ("not an address",),
}


def spelled_out(host: str, _port: int) -> Sequence[str]:
    """The addresses of a made-up name, or of a number however it is written; none for anything else."""
    host = host.strip("[]").rstrip(".").lower()
    if host in NAMES:
        return NAMES[host]
    try:
        return (socket.inet_ntoa(socket.inet_aton(host)),)
    except OSError:
        pass
    try:
        return (str(ipaddress.ip_address(host)),)
    except ValueError:
        return ()
