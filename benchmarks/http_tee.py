"""How fast exchanges are captured, beside requests.Session and a raw socket against the same server, in one run."""

from __future__ import annotations

import argparse
import gzip
import multiprocessing
import random
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from multiprocessing.connection import Connection
from pathlib import Path

import requests

from archiver.clock import SystemClock
from archiver.model import Fetch, NoAuth
from archiver.polling.guard import Guard
from archiver.polling.transport import Transport

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


def microseconds(ask: Callable[[], None], count: int) -> float:
    """Time of one exchange, the mean of `count`."""
    began = time.perf_counter()
    for _ in range(count):
        ask()
    return (time.perf_counter() - began) / count * 1e6


def measure(transport: Transport, port: int, kind: str, *, rounds: int, count: int) -> dict[str, float]:
    """Median microseconds of each way over interleaved rounds."""
    ways = {
        "socket": asking_by_socket(port, kind),
        "session": asking_by_session(port, kind),
        "ours": asking_by_transport(transport, port, kind),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds + 1):
        for name, ask in ways.items():
            times[name].append(microseconds(ask, count))
    return {name: statistics.median(each[1:]) for name, each in times.items()}


def main() -> None:
    """Print one line for each kind of reply; exit 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--count", type=int, default=300)
    options = parser.parse_args()
    hear, tell = multiprocessing.Pipe(duplex=False)
    server = multiprocessing.Process(target=serve, args=(tell,), daemon=True)
    server.start()
    port = hear.recv()
    missed = []
    with tempfile.TemporaryDirectory() as directory, closing(_transport(Path(directory))) as transport:
        for kind in replies():
            took = measure(transport, port, kind, rounds=options.rounds, count=options.count)
            ratio = took["ours"] / took["session"]
            missed += [kind] if ratio > GOAL else []
            print(
                f"http_tee {kind:6} ours {took['ours']:7.0f} us  session {took['session']:7.0f} us"
                f"  socket {took['socket']:6.0f} us  ours/session {ratio:.2f} (goal {GOAL})"
                f"  ours/socket {took['ours'] / took['socket']:.1f}"
            )
    server.terminate()
    raise SystemExit(1 if missed else 0)


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
    main()
