"""A wire between the program and a server on loopback that remembers every byte that went over it."""

from __future__ import annotations

import socket
import threading
from types import TracebackType
from urllib.parse import urlsplit


class Wire:
    """`with Wire(server.url) as wire: ... wire.url` leads to the server. `up` and `down` are bytes by connection."""

    def __init__(self, url: str) -> None:
        target = urlsplit(url)
        self._target = (target.hostname or "", target.port or 80)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.up: list[bytearray] = []
        self.down: list[bytearray] = []
        self._threads: list[threading.Thread] = []
        self._sockets: list[socket.socket] = [self._listener]

    def __enter__(self) -> Wire:
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for end in self._sockets:
            _hang_up(end)
        for thread in self._threads:
            thread.join()

    @property
    def received(self) -> bytes:
        """What the server sent, connection after connection."""
        return b"".join(bytes(part) for part in self.down)

    @property
    def sent(self) -> bytes:
        """What the program sent, connection after connection."""
        return b"".join(bytes(part) for part in self.up)

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:  # hung up
                return
            far = socket.create_connection(self._target)
            self._sockets += [near, far]
            for source, sink, kept in ((near, far, self.up), (far, near, self.down)):
                kept.append(bytearray())
                self._start(_carry, source, sink, kept[-1])

    def _start(self, work: object, *args: object) -> None:
        thread = threading.Thread(target=work, args=args)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()


def _carry(source: socket.socket, sink: socket.socket, kept: bytearray) -> None:
    try:
        while data := source.recv(65536):
            kept += data
            sink.sendall(data)
    except OSError:  # either end hung up
        pass
    _hang_up(source)
    _hang_up(sink)


def _hang_up(end: socket.socket) -> None:
    try:
        end.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # it was not connected any more
    end.close()
