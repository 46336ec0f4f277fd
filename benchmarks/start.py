"""How long the program takes to start, beside a bare interpreter; and what the daemon holds in memory when idle."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from archiver.storage.archive import Archive
from benchmarks import samples
from benchmarks.archives import folder, new_archive
from benchmarks.frame import Figure, Way, interleaved, main, medians, pick, ratio

GOALS = {"--help": 6.0, "daemon ready": 25.0}
MOST_IDLE = 60.0
_PROGRAM = [sys.executable, "-m", "archiver.cli"]


def run(command: list[str]) -> None:
    """Run to the end, nothing shown."""
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Daemon:
    """`archiver run` with us as its service manager."""

    def __init__(self, directory: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        address = directory / "notify"
        address.unlink(missing_ok=True)
        self._socket.bind(os.fspath(address))
        self._socket.settimeout(60)
        command = [*_PROGRAM, "run", "--archive", os.fspath(directory / "archive")]
        environ = os.environ | {"NOTIFY_SOCKET": os.fspath(address)}
        self._process = subprocess.Popen(
            command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=directory
        )

    def wait_until_ready(self) -> None:
        """Until it says so."""
        while b"READY=1" not in self._socket.recv(4096):
            continue

    def memory(self) -> float:
        """Its resident memory in MB."""
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024

    def stop(self) -> None:
        """End it and wait."""
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(30)
        self._socket.close()


def ready(directory: Path) -> float:
    """Seconds from starting the daemon to its word that it is ready."""
    began = time.perf_counter()
    daemon = Daemon(directory)
    try:
        daemon.wait_until_ready()
        return time.perf_counter() - began
    finally:
        daemon.stop()


def idle(directory: Path, pause: float) -> float:
    """The memory of a daemon that has had nothing to do for a while."""
    daemon = Daemon(directory)
    try:
        daemon.wait_until_ready()
        time.sleep(pause)
        return daemon.memory()
    finally:
        daemon.stop()


def measure(chosen: argparse.Namespace) -> Iterator[Figure]:
    """An archive with one account that is not due."""
    rounds = pick(chosen, 15, 5, 1)
    with folder() as directory:
        _archive(directory / "archive").close()
        there = ["--archive", os.fspath(directory / "archive")]
        ways: dict[str, Way] = {
            "bare": partial(run, [sys.executable, "-c", "pass"]),
            "--help": partial(run, [*_PROGRAM, "--help"]),
            "status": partial(run, [*_PROGRAM, "status", *there]),
            "daemon ready": partial(ready, directory),
        }
        times = interleaved(ways, rounds, warm=not chosen.tiny)
        held = idle(directory, 0.1 if chosen.tiny else 3.0)
    milliseconds = {f"{name}, ms": value for name, value in medians(times, scale=1000).items()}
    for name in ("--help", "status", "daemon ready"):
        yield Figure(
            name=f"start/{name.strip('-').replace(' ', '-')}",
            what=f"{'archiver ' if name != 'daemon ready' else ''}{name}, beside a bare interpreter",
            value=ratio(times, name, "bare"),
            unit="x bare start",
            at_most=GOALS.get(name),
            beside=milliseconds if name == "--help" else {},
        )
    yield Figure(name="start/idle", what="resident memory of an idle daemon", value=held, unit="MB", at_most=MOST_IDLE)


def _archive(directory: Path) -> Archive:
    return new_archive(directory, [samples.account()])


if __name__ == "__main__":
    main(__doc__, measure)
