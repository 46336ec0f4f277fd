"""HTTP/1.1 on 127.0.0.1 for the demo server: sockets, keep-alive, compression, and answers cut on purpose."""

from __future__ import annotations

import gzip
import socket
import sys
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from archiver.demo.messages import Answer, Asked

_COMPRESSED = ("application/json", "application/atom+xml", "text/html")


class LoopbackServer(ThreadingHTTPServer):
    """A server on a free port that answers with what `respond` (method, request) says."""

    daemon_threads = False  # so that closing waits for the last answer
    request_queue_size = 128

    def __init__(self, respond: Callable[[str, Asked], Answer]) -> None:
        self.respond = respond
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), _Handler)
        self.base = f"http://127.0.0.1:{self.server_address[1]}"

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection, then serve it in a thread of its own."""
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection and close it."""
        self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """End the connections that clients keep open, so that their threads end."""
        for connection in list(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # the client was quicker

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle is no fault of the server; anything else is shown."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: LoopbackServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def version_string(self) -> str:
        return "archiver-demo"

    def log_message(self, *_: Any) -> None:
        return

    def do_GET(self) -> None:
        target = urlsplit(self.path)
        asked = Asked(
            base=self.server.base,
            path=target.path,
            params=tuple(parse_qsl(target.query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in self.headers.items()},
        )
        self._send(_compressed(asked, self.server.respond(self.command, asked)))

    def do_HEAD(self) -> None:
        self.do_GET()

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != 304:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body[: len(answer.body) // 2] if answer.cut else answer.body)
        self.close_connection = self.close_connection or answer.cut


def _compressed(asked: Asked, answer: Answer) -> Answer:
    plain = answer.headers.get("Content-Type", "").split(";")[0] not in _COMPRESSED or not answer.body
    if plain or "gzip" not in asked.headers.get("accept-encoding", ""):
        return answer
    packed = gzip.compress(answer.body, mtime=0)
    headers = {**answer.headers, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return Answer(status=answer.status, headers=headers, body=packed, cut=answer.cut)
