"""A loopback HTTP and HTTPS server that sends exactly the bytes a test gives it; no library server sends wrong ones."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import struct
import subprocess
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final

CLOSE: Final = "close"  # close the connection now
RESET: Final = "reset"  # close it with a TCP reset
HOLD: Final = "hold"  # send nothing more until the server is stopped
DRIP: Final = "drip"  # pause for a twentieth of a second

Step = bytes | str
Respond = Callable[[bytes], Iterable[Step]]


class ExactServer:
    """Answers on 127.0.0.1. `replies` is a function of the request bytes, or replies to send in the order asked.

    Each reply is bytes, or bytes and CLOSE, RESET, HOLD, DRIP in a row. A connection stays open for the next request
    unless told otherwise. `requests` holds what was asked, byte for byte; `connections` counts the connections made.
    """

    def __init__(
        self, replies: Respond | Sequence[bytes | Sequence[Step]], *, tls: ssl.SSLContext | None = None
    ) -> None:
        self._respond = replies if callable(replies) else _in_turn(replies)
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self.requests: list[bytes] = []
        self.connections = 0
        self.port = int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        """The server's origin, without a slash at the end."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def __enter__(self) -> ExactServer:
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(connection, socket.SHUT_RDWR)  # of TLS too: only its thread may touch that
        for thread in list(self._threads):
            thread.join()

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._tls:
            connection = self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        with self._lock:
            self._open.add(connection)
        with contextlib.suppress(OSError):
            if isinstance(connection, ssl.SSLSocket):
                connection.do_handshake()
            while (request := _read_request(connection)) and self._answer(connection, request):
                pass
        with self._lock:
            self._open.discard(connection)
        connection.close()

    def _answer(self, connection: socket.socket, request: bytes) -> bool:
        with self._lock:
            self.requests.append(request)
        for step in self._respond(request):
            if isinstance(step, bytes):
                connection.sendall(step)
            elif step == HOLD:
                self._stopped.wait()
            elif step == DRIP:
                self._stopped.wait(0.05)
            else:
                if step == RESET:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return False
        return True


def _in_turn(replies: Sequence[bytes | Sequence[Step]]) -> Respond:
    waiting = iter(replies)

    def respond(_request: bytes) -> Iterable[Step]:
        reply = next(waiting, CLOSE)
        return [reply] if isinstance(reply, bytes | str) else reply

    return respond


def _read_request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        block = connection.recv(65536)
        if not block:
            return b""
        data += block
    head, _, body = data.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    while length and len(body) < int(length[1]):
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def path_of(request: bytes) -> str:
    """The path and query a request asks for."""
    return request.split(b" ", 2)[1].decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Certified:
    """A certificate authority made for a test, and certificates of its making."""

    directory: Path

    @property
    def bundle(self) -> Path:
        """The authority's certificate, to verify with."""
        return self.directory / "ca.pem"

    def server(
        self, *, name: str = "IP:127.0.0.1", start: str = "20200101000000Z", end: str = "20991231235959Z"
    ) -> ssl.SSLContext:
        """A server context with a certificate for `name` (an OpenSSL subjectAltName), good between the two times."""
        stem = re.sub(r"\W", "-", f"{name}-{start}-{end}")
        key, request, certificate = (self.directory / f"{stem}.{kind}" for kind in ("key", "csr", "crt"))
        if not certificate.exists():
            (self.directory / "san").write_text(f"subjectAltName={name}\n")
            _openssl(
                f"req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=test -keyout {key} -out {request}"
            )
            _openssl(
                f"ca -batch -notext -config {self.directory / 'ca.cnf'} -extfile {self.directory / 'san'}"
                f" -startdate {start} -enddate {end} -in {request} -out {certificate}"
            )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        return context


def make_authority(directory: Path) -> Certified:
    """A new certificate authority in an empty directory, by the openssl command."""
    (directory / "index.txt").touch()
    (directory / "index.txt.attr").write_text("unique_subject = no\n")
    (directory / "ca.cnf").write_text(
        "[ca]\ndefault_ca=test\n[test]\n"
        f"new_certs_dir={directory}\ndatabase={directory}/index.txt\nrand_serial=yes\n"
        f"certificate={directory}/ca.pem\nprivate_key={directory}/ca.key\n"
        "default_md=sha256\npolicy=any\n[any]\ncommonName=supplied\n"
    )
    _openssl(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=authority -days 3650"
        f" -addext keyUsage=critical,keyCertSign -keyout {directory / 'ca.key'} -out {directory / 'ca.pem'}"
    )
    return Certified(directory=directory)


def _openssl(arguments: str) -> None:
    subprocess.run(["openssl", *arguments.split()], check=True, capture_output=True)
