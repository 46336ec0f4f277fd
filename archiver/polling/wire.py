"""A tee under the HTTP connections of requests: the exact bytes go to the recorder of the exchange they belong to."""

from __future__ import annotations

import http.client
import io
import logging
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from urllib3.util.connection import create_connection

from archiver.polling.recorder import CURRENT, Recorder
from archiver.storage.http_message import Framing, Head, chunk_size, header_values, pass_trailers, read_head

_BUFFER = 65536
_POOLS = 64
_CONNECTIONS_PER_POOL = 16

# urllib3 writes whole URLs, query included, into its messages below this level.
logging.getLogger("urllib3").setLevel(logging.CRITICAL)


class _TeeReader(io.RawIOBase):
    """The bytes of one response as they come from the socket, each recorded before anybody sees it."""

    def __init__(self, sock: socket.socket, recorder: Recorder) -> None:
        self._sock = sock
        self._recorder = recorder
        self._raw = sock.makefile("rb", buffering=0)  # counts as a user of the socket, which may be closed before it

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._recorder.length

    def readinto(self, buffer: Any) -> int:
        with memoryview(buffer) as whole, whole[: self._recorder.room()] as view:
            self._sock.settimeout(self._recorder.patience())
            try:
                count = self._raw.readinto(view) or 0
            except TimeoutError:
                raise self._recorder.out_of_time() from None
            with view[:count] as got:
                self._recorder.record(got)
            return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class TeeSocket:
    """A connected socket whose traffic is recorded; what is not about bytes is left to the socket itself."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.recorder = CURRENT.get()

    def sendall(self, data: bytes) -> None:
        """Send, and record what was sent."""
        self.recorder.sent += data
        self.sock.settimeout(self.recorder.patience())
        self.sock.sendall(data)

    def makefile(self, _mode: str = "rb") -> io.BufferedReader:
        """A reader of the next response."""
        return io.BufferedReader(_TeeReader(self.sock, self.recorder), _BUFFER)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.sock, name)


class _WireResponse(http.client.HTTPResponse):
    """A response whose head is read by our parser, so that what is framed live is framed the same on reading back."""

    def __init__(self, sock: Any, debuglevel: int = 0, method: str | None = None, url: str | None = None) -> None:
        super().__init__(sock, debuglevel=debuglevel, method=method, url=url)
        self._tee = cast(TeeSocket, sock)
        self._asked = method or "GET"

    def begin(self) -> None:
        """Read the head, and tell http.client how the body ends."""
        head = read_head(self.fp, method=self._asked)
        said = http.client.HTTPMessage()  # what urllib3 needs to know; the answer's headers come from the parser
        self.status = self.code = head.status
        self.reason, self.version = head.reason, head.version
        self.chunked = head.framing is Framing.CHUNKED
        self.chunk_left = None
        self.length = None if head.framing in (Framing.CLOSE, Framing.CHUNKED) else head.content_length
        if self.chunked:
            said["Transfer-Encoding"] = "chunked"
        elif self.length is not None:
            said["Content-Length"] = str(self.length)
        self.headers = self.msg = said
        self.will_close = _ends_connection(head)

    def _read_next_chunk_size(self) -> int:
        return chunk_size(self.fp)[0]

    def _read_and_discard_trailer(self) -> None:
        pass_trailers(self.fp)

    def _close_conn(self) -> None:
        """At the end of the message: where the server sent more than that, nothing it sends next can be trusted."""
        if self.fp is not None and self.fp.tell() != self._tee.recorder.length:
            with suppress(OSError):
                self._tee.sock.shutdown(socket.SHUT_RDWR)
        super()._close_conn()  # type: ignore[misc]


def _ends_connection(head: Head) -> bool:
    said = ",".join(header_values(head.headers, "connection")).lower()
    stays = head.version > 10 or "keep-alive" in said
    return head.framing is Framing.CLOSE or "close" in said or not stays


def _dial(connection: HTTPConnection, otherwise: Callable[[], socket.socket]) -> socket.socket:
    """Connect: to the vetted addresses only where the exchange is guarded, as urllib3 does it where not."""
    vet = CURRENT.get().vet
    if vet is None:
        return otherwise()
    failure: OSError | None = None
    for address in vet(connection._dns_host, connection.port):
        try:
            return create_connection(
                (address, connection.port), connection.timeout, socket_options=connection.socket_options
            )
        except OSError as refused:
            failure = refused
    if isinstance(failure, TimeoutError):
        raise ConnectTimeoutError(connection, "no vetted address answers in time") from failure
    raise NewConnectionError(connection, "no vetted address answers") from failure


def _tee(connection: HTTPConnection) -> None:
    """Put the tee over a connection just made (after the TLS handshake, where there is one)."""
    connection.sock = TeeSocket(cast(socket.socket, connection.sock))


def _begin(connection: HTTPConnection) -> None:
    """From here on what goes over this connection belongs to the exchange this thread is in."""
    tee = cast("TeeSocket | None", connection.sock)
    if tee is None:
        connection.connect()
        tee = cast(TeeSocket, connection.sock)
    tee.recorder = CURRENT.get()
    tee.recorder.met(tee.sock)


class _TeeConnection(HTTPConnection):
    response_class = _WireResponse

    def _new_conn(self) -> socket.socket:
        return _dial(self, super()._new_conn)

    def connect(self) -> None:
        super().connect()
        _tee(self)

    def request(self, *args: Any, **kwargs: Any) -> None:
        _begin(self)
        super().request(*args, **kwargs)


class _TeeTlsConnection(HTTPSConnection):
    response_class = _WireResponse

    def _new_conn(self) -> socket.socket:
        return _dial(self, super()._new_conn)

    def connect(self) -> None:
        super().connect()
        _tee(self)

    def request(self, *args: Any, **kwargs: Any) -> None:
        _begin(self)
        super().request(*args, **kwargs)


class _Pool(HTTPConnectionPool):
    ConnectionCls = _TeeConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TeeTlsConnection


class WireAdapter(HTTPAdapter):
    """The requests adapter whose connections are teed. It never retries, and certificates are always verified."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__(pool_connections=_POOLS, pool_maxsize=_CONNECTIONS_PER_POOL, max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **_options: Any) -> None:  # noqa: FBT001, FBT002
        """Make the pool manager with pools of teed connections."""
        self.poolmanager = PoolManager(connections, maxsize=maxsize, block=block, ssl_context=self._context)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}

    def cert_verify(self, *_arguments: Any, **_options: Any) -> None:
        """Nothing to choose: the one TLS context was made with its authorities, and always verifies."""


def tls_context(ca_file: str) -> ssl.SSLContext:
    """TLS 1.2 or later, names and chains verified against the authorities of one file; nothing from the environment."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(cafile=ca_file)
    context.set_alpn_protocols(["http/1.1"])
    return context
