"""`archiver witness`: a host that remembers what it saw of other archives' ledgers, and signs what continues it."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from archiver.cli.session import Session, pass_session
from archiver.cli.terminal import line
from archiver.errors import UsageError

if TYPE_CHECKING:
    from archiver.anchoring.witness_state import WitnessState

_DIRECTORY = click.argument("directory", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))


@click.group()
def witness() -> None:
    """Watch the ledgers of archives from another host. Needs no archive here."""


@witness.command()
@_DIRECTORY
@click.option(
    "--name", required=True, metavar="NAME", help="The name it signs with, such as witness.example.org/records."
)
@pass_session
def init(session: Session, *, directory: Path, name: str) -> None:
    """Begin a witness in a new or empty directory, and show its public key."""
    from archiver.anchoring.witness_state import create

    _show(session, create(directory, name))


@witness.command()
@_DIRECTORY
@click.argument("key", metavar="KEY")
@pass_session
def trust(session: Session, *, directory: Path, key: str) -> None:
    """Watch the ledger with this public key: a line of the archive's file ledger/keys, handed over in person."""
    from archiver.anchoring.witness_state import opened

    state = opened(directory)
    added = state.trust(key)
    session.show({"ledger": added.name, "key": str(added)}, [f"Watches {line(added.name)}."])


@witness.command()
@_DIRECTORY
@pass_session
def show(session: Session, *, directory: Path) -> None:
    """Show its public key, and the last checkpoint it saw of each ledger."""
    from archiver.anchoring.witness_state import opened

    _show(session, opened(directory))


@witness.command()
@_DIRECTORY
@click.option("--listen", default="127.0.0.1:8732", show_default=True, metavar="HOST:PORT", help="Where it answers.")
@pass_session
def serve(session: Session, *, directory: Path, listen: str) -> None:
    """Answer archives that show their checkpoints, until stopped (SIGTERM, or Ctrl-C)."""
    from archiver.anchoring.judging import Judge
    from archiver.anchoring.witness_server import WitnessServer
    from archiver.anchoring.witness_state import opened
    from archiver.logs import log_to_stderr

    log_to_stderr(session.config.logging)
    state = opened(directory)
    with state.only_server(), WitnessServer(_address(listen), Judge(state=state, now=session.now)) as server:

        def stop(_number: int, _frame: FrameType | None) -> None:
            threading.Thread(target=server.shutdown, daemon=True).start()  # it waits for the loop below to end

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        host, port = server.server_address[:2]
        logging.getLogger(__name__).info("ready witness=%s", state.name)
        session.tell(f"Answers at {host!s}:{port}")
        server.serve_forever()


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise UsageError(f"{text!r} is no host and port.", means="Nothing was started.", do="Write 127.0.0.1:8732")
    return host.strip("[]"), int(port)


def _show(session: Session, state: WitnessState) -> None:
    logs = [_log(state, origin) for origin in dict.fromkeys(key.name for key in state.logs())]
    answer = {"name": state.name, "key": str(state.key), "ledgers": logs}
    session.show(answer, _lines(state, logs))


def _log(state: WitnessState, origin: str) -> dict[str, Any]:
    seen, note = state.seen(origin), state.seen_note(origin)
    return {
        "ledger": origin,
        "size": seen.size,
        "root": seen.root.hex(),
        "checkpoint": note.decode() if note else None,
    }


def _lines(state: WitnessState, logs: list[dict[str, Any]]) -> Iterator[str]:
    yield f"Witness {line(state.name)}"
    yield f'key = "{state.key}"'
    for log in logs:
        yield (
            f"{line(log['ledger'])}: {log['size']:,} entries, {log['root']}"
            if log["size"]
            else (f"{line(log['ledger'])}: nothing seen yet")
        )
