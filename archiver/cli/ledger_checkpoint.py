"""`archiver ledger checkpoint`, `verify` and `consistency`: signing what the ledger holds, and checking it."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archiver.cli.progress import progress
from archiver.cli.session import Session, pass_session
from archiver.cli.terminal import findings_in, line
from archiver.errors import Exit, NotFound, UsageError
from archiver.model.text import some

if TYPE_CHECKING:
    from archiver.checks.ledger_check import LedgerVerified
    from archiver.storage.ledger.checkpoints import Checkpoint
    from archiver.storage.ledger.keys import KeyPlace
    from archiver.storage.ledger.making import Made

_MOST_BYTES = 1 << 20


def place(session: Session) -> KeyPlace:
    """Where the archive's signing key lies, as the configuration says."""
    from archiver.storage.ledger.custody import place_of

    return place_of(session.archive, session.config.ledger.key, session.environ)


@click.command()
@pass_session
def checkpoint(session: Session) -> None:
    """Sign what the ledger holds now, after everything new in it was computed anew from what is kept.

    Exit code 10 where anything disagrees: nothing is signed then. 5 where the key is not there.
    """
    from archiver.storage.ledger.making import make

    made = make(session.archive, place(session), at=session.now())
    answer = {
        "size": made.checkpoint.size,
        "root": made.checkpoint.root.hex(),
        "new": made.new,
        "checkpoint": bytes(made.note).decode(),
    }
    session.show(answer, _made_lines(made))


@click.command()
@pass_session
def verify(session: Session) -> int:
    """Compare every file of the ledger with the catalogue, and every leaf with what it speaks for. Changes nothing.

    Exit code 10 where anything is not as it was.
    """
    from archiver.checks.ledger_check import verify_ledger

    result = verify_ledger(session.archive, place(session), progress("Verifying leaves"))
    answer = {
        "sound": not result.findings,
        "leaves": result.leaves,
        "signed": result.signed,
        "checkpoints": result.checkpoints,
        "findings": [finding.to_json() for finding in result.findings],
    }
    session.show(answer, _verified_lines(result))
    return int(Exit.VERIFICATION if result.findings else Exit.OK)


@click.command()
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="[NEW]", required=False)
@pass_session
def consistency(session: Session, *, old: str, new: str | None) -> None:
    """Show that one checkpoint continues another, and write the proof of it.

    OLD and NEW are sizes, or files of checkpoints of this ledger that were kept elsewhere; NEW is the newest where it
    is not given. Exit code 10 where NEW does not continue OLD.
    """
    from archiver.checks.continuing import continued

    was, becomes = _named(session, old), _named(session, new)
    steps = [base64.b64encode(step).decode() for step in continued(place(session), was, becomes)]
    answer = {"old": _as_json(was), "new": _as_json(becomes), "consistent": True, "proof": steps}
    lines = [
        f"The checkpoint of {becomes.size:,} leaves continues that of {was.size:,}: nothing that was in the ledger then"
        " was changed or taken out.",
        f"Root of {was.size}: {base64.b64encode(was.root).decode()}",
        f"Root of {becomes.size}: {base64.b64encode(becomes.root).decode()}",
        f"Proof (RFC 6962, 2.1.2): {len(steps)} hashes",
        *steps,
    ]
    session.show(answer, lines)


def _named(session: Session, text: str | None) -> Checkpoint:
    """The checkpoint that a word of the command names. Raises NotFound, UsageError or VerificationError."""
    from archiver.storage.ledger import checkpoints, keys

    where = place(session)
    size = int(text) if text and text.isdecimal() and len(text) <= checkpoints.DIGITS else None
    data = checkpoints.read(where.ledger, size) if text is None or size is not None else _file(text)
    if data is None:
        raise NotFound(
            f"There is no checkpoint of {text} leaves." if text else "There is no checkpoint of the ledger yet.",
            means="Nothing was compared.",
            do="See which there are: archiver ledger anchors --all. To make one: archiver ledger checkpoint",
        )
    return checkpoints.opened(data, keys.known_keys(where.ledger), origin=where.name)[0]


def _file(name: str) -> bytes:
    try:
        with Path(name).open("rb") as file:
            return file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(
            f"{name} is neither a size nor a file that can be read: {error.strerror}.",
            means="Nothing was compared.",
            do="Give the size of a checkpoint, or the file of one.",
        ) from error


def _as_json(one: Checkpoint) -> dict[str, object]:
    return {"size": one.size, "root": one.root.hex()}


def _made_lines(made: Made) -> Iterator[str]:
    from archiver.storage.ledger.checkpoints import FOLDER, stored_at

    said = made.checkpoint
    name = f"ledger/{FOLDER}/{stored_at(Path(), said.size).name}"
    if made.new:
        yield f"A checkpoint of {said.size:,} leaves was signed: {name}"
    else:
        yield f"Nothing was added since the checkpoint of {said.size:,} leaves: {name}"
    yield f"Root: {base64.b64encode(said.root).decode()}"
    yield f"Signed by: {', '.join(f'{one.name} ({one.key_id.hex()})' for one in made.note.signatures)}"


def _verified_lines(result: LedgerVerified) -> Iterator[str]:
    for finding in result.findings:
        yield f"{str(finding.kind).upper()}  {line(finding.file or '')}"
        yield f"  {line(finding.what)}"
        yield f"  {line(finding.means)}"
        yield f"  {line(finding.do)}"
    unsigned = result.leaves - result.signed
    since = f", {unsigned:,} of them not signed yet" if unsigned > 0 else ""
    yield (
        f"Compared: {some(result.leaves, 'leaf', 'leaves')}{since}, and {some(result.checkpoints, 'checkpoint')}."
        f" {findings_in(len(result.findings))}."
    )
