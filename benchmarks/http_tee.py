"""How fast exchanges are captured, beside requests.Session and a raw socket against the same server, in one run."""

from __future__ import annotations

import argparse
import gzip
import multiprocessing
import random
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

import requests

from archiver.clock import SystemClock
from archiver.model import Fetch, NoAuth
from archiver.polling.guard import Guard
from archiver.polling.transport import Transport
from benchmarks.frame import Figure, interleaved, main, medians, pick, ratio

GOAL = 1.05  # times the time of requests.Session
WORDS = ("school", "board", "meeting", "budget", "levy", "library", "sports", "closure", "snow", "bus", "policy")


def replies() -> dict[str, bytes]:
    """The wire bytes of each kind of reply."""
    text = " ".join(random.Random(7).choices(WORDS, k=21_000)).encode()[:147_000]
    packed = gzip.compress(text, 6)
    return {
        "small": _reply(b"hello, world", b""),
        "page": _reply(text, b""),
        "gzip": _reply(packed, b"Content-Encoding: gzip\r\n"),
    }


def _reply(body: bytes, header: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nServer: bench\r\n" + header + b"Content-Length: %d\r\n\r\n" % len(body) + body


def serve(tell: Connection) -> None:
    """Answer /KIND with its reply until the process is ended."""
    known = {b"/" + kind.encode(): reply for kind, reply in replies().items()}
    listener = socket.create_server(("127.0.0.1", 0))
    tell.send(listener.getsockname()[1])
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=_answer, args=(connection, known), daemon=True).start()


def _answer(connection: socket.socket, known: dict[bytes, bytes]) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    while request := connection.recv(65536):
        connection.sendall(known[request.split(b" ", 2)[1]])


def asking_by_socket(port: int, kind: str) -> Callable[[], None]:
    """The floor: send and receive, nothing else."""
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    size = len(replies()[kind])
    buffer = bytearray(1 << 18)

    def ask() -> None:
        connection.sendall(f"GET /{kind} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        got = 0
        while got < size:
            got += connection.recv_into(buffer)

    return ask


def asking_by_session(port: int, kind: str) -> Callable[[], None]:
    """What most programs do."""
    session = requests.Session()
    session.trust_env = False
    url = f"http://127.0.0.1:{port}/{kind}"

    def ask() -> None:
        if len(session.get(url, timeout=10).content) < 12:
            raise SystemExit("a short body")

    return ask


def asking_by_transport(transport: Transport, port: int, kind: str) -> Callable[[], None]:
    """Ours: wire bytes kept, framing and coding checked, payload hashed, body decoded."""
    fetch = Fetch(stream="posts", url=f"http://127.0.0.1:{port}/{kind}")

    def ask() -> None:
        answer = transport.send(fetch, auth=NoAuth(), secret=None, guarded=False, media=False)
        answer.response.close()

    return ask


def repeated(ask: Callable[[], None], count: int) -> None:
    """So many exchanges in a row."""
    for _ in range(count):
        ask()


def compared(transport: Transport, port: int, kind: str, *, rounds: int, count: int) -> Figure:
    """Our time of one kind of reply in that of a session."""
    ways = {
        "socket": partial(repeated, asking_by_socket(port, kind), count),
        "session": partial(repeated, asking_by_session(port, kind), count),
        "ours": partial(repeated, asking_by_transport(transport, port, kind), count),
    }
    times = interleaved(ways, rounds)
    return Figure(
        name=f"http/{kind}",
        what=f"one exchange kept byte for byte ({kind} reply), beside requests.Session",
        value=ratio(times, "ours", "session"),
        unit="x session",
        at_most=GOAL,
        beside={f"{name}, microseconds": took for name, took in medians(times, scale=1e6 / count, digits=1).items()},
    )


def measure(chosen: argparse.Namespace) -> Iterator[Figure]:
    """Every kind of reply, the server a process of its own."""
    hear, tell = multiprocessing.Pipe(duplex=False)
    server = multiprocessing.Process(target=serve, args=(tell,), daemon=True)
    server.start()
    try:
        port = hear.recv()
        with tempfile.TemporaryDirectory() as directory, closing(_transport(Path(directory))) as transport:
            for kind in replies():
                rounds, count = pick(chosen, 9, 5, 1), pick(chosen, 300, 100, 3)
                yield compared(transport, port, kind, rounds=rounds, count=count)
    finally:
        server.terminate()
        server.join()


def _transport(directory: Path) -> Transport:
    return Transport(
        directory=directory,
        clock=SystemClock(),
        guard=Guard(),
        ca_bundle=None,
        user_agent="Archiver-benchmark",
        connect_seconds=10.0,
        total_seconds=60.0,
        api_bytes=1 << 26,
        media_bytes=1 << 30,
    )


if __name__ == "__main__":
    main(__doc__, measure)
