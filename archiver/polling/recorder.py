"""What one exchange sends and receives, byte for byte, within its budgets of bytes and time."""

from __future__ import annotations

import hashlib
import socket
import ssl
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import BinaryIO, cast

from archiver.clock import Clock
from archiver.errors import DiskError, PlatformDown
from archiver.model import Cause, Truncated
from archiver.storage.files import disk_errors

IN_MEMORY = 1 << 20

Vet = Callable[[str, int], Sequence[str]]


def spool(directory: Path) -> BinaryIO:
    """A nameless temporary file: in memory while it is small, in `directory` beyond that."""
    return cast(BinaryIO, tempfile.SpooledTemporaryFile(max_size=IN_MEMORY, dir=str(directory)))


@contextmanager
def spooling(directory: Path) -> Iterator[None]:
    """Turn whatever keeps us from writing temporary files into a DiskError, lest it pass for a network failure."""
    try:
        with disk_errors(directory):
            yield
    except OSError as failure:
        raise DiskError(
            f"Cannot write temporary files in {directory}: {failure.strerror}.",
            means="Nothing already kept is affected; what was being received is not kept, and asked for again.",
            do="See to it that the folder is there and that this user may write in it.",
        ) from None


class Recorder:
    """The wire bytes of one exchange, and what is known of the connection they came over.

    `limit` bounds what is received (bytes on the wire, head included), `seconds` the whole exchange, `idle_seconds`
    one silence. `vet`, where given, turns host and port into the only addresses that may be connected to.
    """

    def __init__(
        self, *, directory: Path, clock: Clock, limit: int, seconds: float, idle_seconds: float, vet: Vet | None = None
    ) -> None:
        self.received = spool(directory)
        self.length = 0
        self.sent = bytearray()
        self.spent: Truncated | None = None
        self.vet = vet
        self.ip: str | None = None
        self.tls: dict[str, str] = {}
        self._directory = directory
        self._clock = clock
        self._limit = limit
        self._seconds = seconds
        self._idle_seconds = idle_seconds
        self._deadline = clock.monotonic() + seconds

    def room(self) -> int:
        """Bytes that may still be received. Raises PlatformDown (`too large`) where there are none."""
        if self.length >= self._limit:
            self.spent = Truncated.LENGTH
            raise PlatformDown(
                f"The reply is larger than the {self._limit} bytes allowed for it.", cause=Cause.TOO_LARGE
            )
        return self._limit - self.length

    def patience(self) -> float:
        """Seconds to wait for the next bytes. Raises PlatformDown (`timeout`) where the time is used up."""
        left = self._deadline - self._clock.monotonic()
        if left <= 0:
            raise self.out_of_time()
        return min(left, self._idle_seconds)

    def out_of_time(self) -> PlatformDown:
        """The error of a wait that ended without bytes: the whole time used up, or one silence too long."""
        self.spent = Truncated.TIME
        if self._clock.monotonic() >= self._deadline:
            return PlatformDown(f"The reply did not end within {self._seconds:g} seconds.", cause=Cause.TIMEOUT)
        return PlatformDown(f"The server was silent for {self._idle_seconds:g} seconds.", cause=Cause.TIMEOUT)

    def record(self, data: memoryview) -> None:
        """Keep what was received. Raises DiskError where it cannot be kept."""
        with spooling(self._directory):
            self.received.write(data)
        self.length += len(data)

    def met(self, sock: socket.socket) -> None:
        """Note who answers on this connection, and under which certificate."""
        self.ip = str(sock.getpeername()[0])
        if isinstance(sock, ssl.SSLSocket):
            certificate = sock.getpeercert(binary_form=True) or b""
            cipher = sock.cipher()
            self.tls = {
                "version": sock.version() or "",
                "cipher": cipher[0] if cipher else "",
                "certificate-sha256": hashlib.sha256(certificate).hexdigest(),
            }

    def close(self) -> None:
        """Let go of the bytes."""
        self.received.close()


# The recorder of the exchange that this thread is in: requests and urllib3 pass nothing through to their connections.
CURRENT: ContextVar[Recorder] = ContextVar("archiver.polling.recorder")
