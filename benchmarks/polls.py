"""Polls of many accounts on slow servers by 16 threads, beside the ideal; and leases among ten thousand accounts."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import re
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path

from archiver.clock import SystemClock
from archiver.config import Archive as ArchiveSettings
from archiver.config import Config, Network
from archiver.model import Account
from archiver.polling.capturing import capturing
from archiver.polling.registry import connectors
from archiver.polling.round import Round
from archiver.storage import accounts, schedule
from archiver.storage.archive import Archive
from benchmarks import samples
from benchmarks.archives import NOW, folder
from benchmarks.frame import Figure, main, pick, tell

GOAL = 0.95
LATENCY = 0.3
THREADS = 16
HOSTS = 32  # loopback addresses, so that no one server's pace is reached
_LISTING = re.compile(rb"/api/v1/accounts/(\d+)/statuses")


def serve(tell_port: Connection, latency: float) -> None:
    """Answer as a Mastodon server would, each time after the latency, until the process is ended."""
    samples.vocabulary()  # made once, before anybody waits for it
    _statuses(1)
    listener = socket.create_server(("0.0.0.0", 0), backlog=512)
    tell_port.send(listener.getsockname()[1])
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=_answer, args=(connection, latency), daemon=True).start()


def _answer(connection: socket.socket, latency: float) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    while request := connection.recv(65536):
        due = time.monotonic() + latency
        path = request.split(b" ", 2)[1]
        listing = _LISTING.match(path)
        body = json.dumps(_statuses(int(listing[1])) if listing else _profile(path.rpartition(b"school")[2])).encode()
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
        time.sleep(max(0.0, due - time.monotonic()))
        connection.sendall(head + body)


def _statuses(owner: int) -> list[dict[str, object]]:
    return [samples.status(item, text, owner) for item, text in enumerate(samples.texts(5, seed=owner))]


def _profile(number: bytes) -> object:
    who: dict[str, object] = samples.status(0, "", int(number))["account"]
    return who | {"avatar": "", "avatar_static": "", "header": "", "header_static": ""}  # no files to fetch


def measure(chosen: argparse.Namespace) -> Iterator[Figure]:
    """One round over all accounts, each asked for its profile and one listing."""
    count = pick(chosen, 480, 96, 4)
    latency = 0.01 if chosen.tiny else LATENCY
    hear, tell_port = multiprocessing.Pipe(duplex=False)
    server = multiprocessing.Process(target=serve, args=(tell_port, latency), daemon=True)
    server.start()
    try:
        yield _round(hear.recv(), count, latency)
    finally:
        server.terminate()
        server.join()
    yield _leases(pick(chosen, 10_000, 10_000, 200))


def _round(port: int, count: int, latency: float) -> Figure:
    registered = [
        replace(samples.account(number, url=f"http://127.0.0.{1 + number % HOSTS}:{port}"), platform_id=None)
        for number in range(1, count + 1)
    ]
    with folder() as directory:
        archive = _archive_of(directory / "archive", registered)
        config = Config(
            archive=ArchiveSettings(directory=archive.directory, reserve_megabytes=0),
            network=Network(allow_loopback=True),
        )
        with capturing(archive, config, SystemClock(), connectors=connectors(), environ={}) as engine:
            began = time.perf_counter()
            outcomes = list(Round(engine, threads=THREADS, reserve_bytes=0).poll([one.id for one in registered]))
            took = time.perf_counter() - began
        archive.close()
    asked = sum(outcome.polled.asked for outcome in outcomes if outcome.polled)
    if unfinished := [outcome for outcome in outcomes if not outcome.finished]:
        raise SystemExit(f"{len(unfinished)} polls were not finished, among them: {unfinished[0]}")
    tell(f"polls: {asked} requests in {took:.1f} s")
    return Figure(
        name="polls/ideal",
        what=f"{count} accounts polled by {THREADS} threads at {latency * 1000:.0f} ms a request",
        value=asked * latency / min(THREADS, count) / took,
        unit="of ideal",
        at_least=GOAL,
        beside={"polls an hour": count / took * 3600, "requests": float(asked), "s": took},
    )


def _leases(count: int) -> Figure:
    """Every account due at once, taken 64 at a time until none is left."""
    with folder() as directory:
        archive = _archive_of(directory / "archive", [samples.account(number) for number in range(1, count + 1)])
        taken, began = 0, time.perf_counter()
        while True:
            with archive.database.transaction() as db:
                some = schedule.lease(db, now=NOW, until=NOW + timedelta(hours=6), most=64)
            if not some:
                break
            taken += len(some)
        took = time.perf_counter() - began
        archive.close()
    return Figure(
        name="polls/dropped",
        what=f"accounts of {count:,} due at once that no lease took",
        value=count - taken,
        unit="polls",
        at_most=0,
        beside={"microseconds a lease": took / count * 1e6},
    )


def _archive_of(directory: Path, registered: list[Account]) -> Archive:
    archive = Archive.create(directory, agency="Sample", moment=NOW)
    with archive.database.transaction() as db:
        for account in registered:
            schedule.make_due(db, accounts.add_account(db, account), NOW)
    return archive


if __name__ == "__main__":
    main(__doc__, measure)
