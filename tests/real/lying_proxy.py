"""A proxy on loopback before an S3 service, which loses, delays, cuts and changes what it is told to."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

_OF_ONE_HOP = {"connection", "expect", "keep-alive", "transfer-encoding", "content-length"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service said."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(slots=True, kw_only=True)
class Fault:
    """What happens to requests of this method with this text in their target, so many times.

    `instead` answers without asking the service; `changed` changes its answer; `lost`: it does what was asked, and
    the client hears nothing of it; `cut`: it hears half; `then` is called first.
    """

    method: str
    target: str = ""
    times: int = 1
    instead: Callable[[], Answer] | None = None
    changed: Callable[[Answer], Answer] | None = None
    lost: bool = False
    cut: bool = False
    then: Callable[[], None] | None = None


@dataclass(slots=True, kw_only=True)
class Proxy:
    """A running proxy: its address, its faults to be, and what was asked of it."""

    url: str
    faults: list[Fault] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def fault_of(self, method: str, target: str) -> Fault | None:
        """The fault that a request meets, counted; None for most."""
        with self.lock:
            self.asked.append((method, target))
            for fault in self.faults:
                if fault.times > 0 and fault.method == method and fault.target in target:
                    fault.times -= 1
                    return fault
        return None

    def count(self, method: str, text: str = "") -> int:
        """How often something was asked."""
        return sum(asked == method and text in target for asked, target in self.asked)


def refused(status: int, code: str) -> Callable[[], Answer]:
    """An answer with an error in it, as S3 services put it; also with status 200."""
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>no</Message></Error>'.encode()
    return lambda: Answer(status, (("Content-Type", "application/xml"),), body)


def one_bit_off(answer: Answer) -> Answer:
    """The answer with one bit of its body turned."""
    return Answer(answer.status, answer.headers, bytes([answer.body[0] ^ 4]) + answer.body[1:])


@contextmanager
def proxy_to(service: str) -> Iterator[Proxy]:
    """A proxy before the service at this address."""
    proxy = Proxy(url="")
    address = urlsplit(service).netloc

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            """Pass it on, or not."""
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            fault = proxy.fault_of(self.command, self.path)
            if fault and fault.then:
                fault.then()
            answer = fault.instead() if fault and fault.instead else self.passed_on(body)
            if answer is None or (fault and fault.lost):
                self.close_connection = True
                return
            self.answer(fault.changed(answer) if fault and fault.changed else answer, cut=bool(fault and fault.cut))

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_any  # noqa: N815  (the names http.server asks for)

        def passed_on(self, body: bytes) -> Answer | None:
            """What the service says; None where it is not there."""
            asking = http.client.HTTPConnection(address, timeout=20)
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _OF_ONE_HOP}
            try:
                asking.request(self.command, self.path, body=body, headers=headers)
                got = asking.getresponse()
                return Answer(got.status, tuple(got.getheaders()), got.read())
            except OSError:
                return None
            finally:
                asking.close()

        def answer(self, answer: Answer, *, cut: bool) -> None:
            """Send it, whole or half."""
            told = dict(answer.headers).get("Content-Length") if self.command == "HEAD" else None
            self.send_response_only(answer.status)
            for name, value in answer.headers:
                if name.lower() not in _OF_ONE_HOP:
                    self.send_header(name, value)
            self.send_header("Content-Length", told or str(len(answer.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body[: len(answer.body) // 2] if cut else answer.body)
            self.close_connection = self.close_connection or cut

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A client that hangs up is no news."""

    with Server(("127.0.0.1", 0), Handler) as server:
        proxy.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield proxy
        finally:
            server.shutdown()
            thread.join()
