"""Server processes for tests: each on a free port of its own, in a process group that ends as a whole."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
_ATTEMPTS = 5


class NotStarted(Exception):
    """A server did not come up; its log's last lines say why."""


def prepared(server: str) -> Path | None:
    """Where `.ci/servers` put a server; None where it did not."""
    cache = Path(os.environ.get("ARCHIVER_SERVERS") or Path.home() / ".cache" / "archiver-servers")
    return cache / server if (cache / server / "made").is_file() else None


def on_a_free_port(launch: Callable[[int], T]) -> T:
    """What `launch` makes of a free port, tried again on another where somebody else was quicker."""
    for _ in range(_ATTEMPTS - 1):
        try:
            return launch(free_port())
        except NotStarted:
            continue
    return launch(free_port())


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def spawn(command: Sequence[str | Path], log: Path, *, env: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
    """A process in a group of its own, its output in `log`. `env` is added to the environment."""
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**os.environ, **(env or {})},
            start_new_session=True,
        )


def wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path, *, seconds: float = 20) -> None:
    """Return when the process is ready; stop it and raise NotStarted where it ends first or takes too long."""
    if not holds_in_time(ready, process, seconds=seconds):
        stop(process)
        raise NotStarted(f"{process.args!r} did not start: {log.read_text(errors='replace')[-600:]}")


def holds_in_time(condition: Callable[[], bool], process: subprocess.Popen[bytes], *, seconds: float) -> bool:
    """Whether the condition comes true while the process lives, asked again and again for so many seconds."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit and not _ends_within(process, 0.02):
        if condition():
            return True
    return False


def _ends_within(process: subprocess.Popen[bytes], seconds: float) -> bool:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def stop(process: subprocess.Popen[bytes], *, seconds: float = 2) -> None:
    """End the whole process group: politely, and after `seconds` by force."""
    _signal(process, signal.SIGTERM)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        pass
    _signal(process, signal.SIGKILL)  # also for workers that outlived their parent
    process.wait(10)


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        pass  # the group is gone
