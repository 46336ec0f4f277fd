"""A witness's HTTP server: one small request and answer a connection, bounded in bytes, time and number."""

from __future__ import annotations

import logging
import socket
import socketserver
import threading
from http.server import BaseHTTPRequestHandler
from typing import Any

from archiver.anchoring.add_checkpoint import MOST_BYTES, PATH
from archiver.anchoring.judging import Judge, Judged
from archiver.errors import ArchiverError

LOG = logging.getLogger(__name__)

MOST_CONNECTIONS = 16
SECONDS = 15.0  # for a whole exchange


class WitnessServer(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """Listens at `address` (host, port) and answers for one witness."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], judge: Judge, *, seconds: float = SECONDS) -> None:
        self.judge = judge
        self.seconds = seconds
        self._free = threading.BoundedSemaphore(MOST_CONNECTIONS)
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a thread of its own, once one is free."""
        self._free.acquire()
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """One exchange; its connection is cut off at the end of its time, whatever it does."""
        timer = threading.Timer(self.seconds, _cut_off, (request,))
        timer.daemon = True
        timer.start()
        try:
            super().process_request_thread(request, client_address)
        finally:
            timer.cancel()
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - as socketserver calls it
        """A connection that broke off concerns nobody but its client."""
        LOG.info("connection broken off client=%s", client_address[0])


class _Handler(BaseHTTPRequestHandler):
    server: WitnessServer
    server_version = "ArchiverWitness"
    sys_version = ""
    timeout = SECONDS

    def do_POST(self) -> None:
        """add-checkpoint."""
        length = self.headers.get("Content-Length", "")
        if self.path != PATH:
            self._say(Judged(status=404, body=b"there is only add-checkpoint here\n"))
        elif not (length.isascii() and length.isdigit()) or len(length) > 9:
            self._say(Judged(status=411, body=b"say the length of the request\n"))
        elif int(length) > MOST_BYTES:
            self._say(Judged(status=413, body=b"the request is too large\n"))
        else:
            body = self.rfile.read(int(length))
            self._say(self._judged(body) if len(body) == int(length) else Judged(status=400, body=b"cut short\n"))

    def do_GET(self) -> None:
        """Nothing is to be read here; its keeper asks on the host itself."""
        self._say(Judged(status=404, body=b"there is only add-checkpoint here\n"))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as http.server calls it
        """Who asked and what was answered; a stranger's bytes are written out, not sent to a terminal."""
        LOG.info("client=%s %r", self.client_address[0], format % args)

    def _judged(self, body: bytes) -> Judged:
        try:
            return self.server.judge.answer(body)
        except (ArchiverError, OSError) as error:  # it could not remember, so it does not sign
            LOG.error("not signed error=%r", str(error))
            return Judged(status=503, body=b"this witness cannot remember what it sees at the moment\n")

    def _say(self, judged: Judged) -> None:
        self.send_response(judged.status)
        self.send_header("Content-Type", judged.type)
        self.send_header("Content-Length", str(len(judged.body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(judged.body)


def _cut_off(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:  # it has ended meanwhile
        pass
