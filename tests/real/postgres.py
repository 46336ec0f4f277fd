"""A PostgreSQL and a Redis for a test's own servers, on loopback and without anything of theirs that must last."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from tests.real.processes import NotStarted, on_a_free_port, spawn, stop, wait_until

_QUICK = (
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
    "unix_socket_directories=",
    "log_statement=none",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A running service: where it listens, its process, and a folder of its own that goes with it."""

    port: int
    process: subprocess.Popen[bytes] = field(repr=False)
    folder: Path | None = None

    def stop(self) -> None:
        """End it at once; nothing of it is kept."""
        stop(self.process, seconds=3)
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)


def start_postgres(log: Path) -> Service:
    """A new PostgreSQL with the user and database `postgres`, and no passwords."""
    return on_a_free_port(lambda port: _postgres(port, log))


def start_redis(log: Path) -> Service:
    """A new Redis that writes nothing to disk."""
    return on_a_free_port(lambda port: _redis(port, log))


def _postgres(port: int, log: Path) -> Service:
    # The server refuses to run as root; and another user could not enter the folders of root's tests.
    folder = Path(tempfile.mkdtemp(prefix="archiver-postgres-"))
    user: tuple[str, ...] = ()
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody")
        user = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")
    try:
        return _running(port, log, folder, user)
    except NotStarted:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _running(port: int, log: Path, folder: Path, user: tuple[str, ...]) -> Service:
    data = folder / "data"
    made: list[str | Path] = [
        *user,
        _program("initdb"),
        "-D",
        data,
        "-U",
        "postgres",
        "-A",
        "trust",
        "--no-sync",
        "-E",
        "UTF8",
    ]
    done = subprocess.run([*made, "--locale=C"], cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        raise NotStarted(f"initdb failed: {done.stderr[-600:]}")
    options = [word for option in _QUICK for word in ("-c", option)]
    process = spawn([*user, _program("postgres"), "-D", data, "-p", str(port), "-h", "127.0.0.1", *options], log)
    asked = [_program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    wait_until(lambda: subprocess.run(asked, check=False).returncode == 0, process, log)
    return Service(port=port, process=process, folder=folder)


def _redis(port: int, log: Path) -> Service:
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    process = spawn(command, log)
    wait_until(lambda: _answers(port), process, log)
    return Service(port=port, process=process)


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as asked:
            asked.sendall(b"PING\r\n")
            return asked.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def _program(name: str) -> str:
    """A program of PostgreSQL, also where Debian keeps it out of the way."""
    found = shutil.which(name) or max(map(str, Path("/usr/lib/postgresql").glob(f"*/bin/{name}")), default="")
    if not found:
        raise NotStarted(f"{name} is not on this machine; run .ci/servers")
    return found
