"""Talking to systemd: one datagram a message (sd_notify(3)), nothing where nobody listens."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping


class ServiceManager:
    """The manager named by NOTIFY_SOCKET, or none."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._address = environ.get("NOTIFY_SOCKET", "")

    def tell(self, *lines: str) -> None:
        """Send `READY=1`, `STATUS=...`, `WATCHDOG=1`, `STOPPING=1`. A manager that is gone is no fault of ours."""
        if not self._address:
            return
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as manager:
                manager.sendto("\n".join(lines).encode(), os.fsencode(address))
        except OSError:
            return
