"""An archive with places outside: what a test of rounds and commands needs of it."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from archiver.anchoring.judging import Judge
from archiver.anchoring.places import places
from archiver.anchoring.rounds import Outcome, due, newest, shown
from archiver.anchoring.witness_server import WitnessServer
from archiver.anchoring.witness_state import WitnessState
from archiver.clock import SetClock
from archiver.config import Config, Network
from archiver.config_ledger import Authority, Ledger, Mailbox, Witness
from archiver.storage.archive import Archive
from tests.anchoring.authority import TestAuthority
from tests.anchoring.ledger import START

RETRY = timedelta(minutes=15)


def authority(url: str, tsa: TestAuthority, name: str = "one") -> Authority:
    """A configured authority."""
    return Authority(name=name, url=url, certificates=tsa.root)


def config(*named: Authority | Witness | Mailbox) -> Config:
    """A configuration that names these places, on this host."""
    ledger = Ledger(
        authorities=tuple(one for one in named if isinstance(one, Authority)),
        witnesses=tuple(one for one in named if isinstance(one, Witness)),
        mailboxes=tuple(one for one in named if isinstance(one, Mailbox)),
    )
    return replace(Config(), ledger=ledger, network=Network(allow_loopback=True, total_seconds=5))


def round_(archive: Archive, clock: SetClock, *named: Authority | Witness | Mailbox) -> tuple[Outcome, ...]:
    """Show the newest checkpoint to those of these places that are due."""
    found = newest(archive)
    if found is None:
        return ()
    with places(archive, config(*named), clock, {}) as known:
        wanted = due(archive.database.connection(), known, found[1], clock.now())
        return shown(archive, wanted, clock, retry=RETRY)


@contextmanager
def serving(directory: Path) -> Iterator[str]:
    """A witness in a process of its own; its address."""
    words = ["witness", "serve", str(directory), "--listen", "127.0.0.1:0"]
    program = "from archiver.cli import main; main()"
    process = subprocess.Popen([sys.executable, "-c", program, *words], stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        said = next(line for line in process.stderr if line.startswith("Answers at "))
        yield f"http://{said.removeprefix('Answers at ').strip()}"
    finally:
        process.terminate()
        process.stderr.read()
        process.stderr.close()
        assert process.wait(10) == 0


@contextmanager
def running(state: WitnessState, seconds: float = 5.0) -> Iterator[str]:
    """A witness that answers from this process; its address."""
    with WitnessServer(("127.0.0.1", 0), Judge(state=state, now=lambda: START), seconds=seconds) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
