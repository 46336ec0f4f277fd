"""`archiver proof`: that an item was in the archive, as a file that can be checked without it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archiver.cli.ledger_checkpoint import place
from archiver.cli.session import Session, pass_session
from archiver.cli.terminal import line
from archiver.errors import DiskError, UsageError

if TYPE_CHECKING:
    from archiver.storage.ledger.checkpoints import Checkpoint
    from archiver.storage.ledger.proof_text import Proof
    from archiver.storage.ledger.signed_note import VerifierKey

_MOST_BYTES = 1 << 22


@click.command()
@click.argument("item_id", metavar="[ITEM]", required=False)
@click.option("--version", "number", type=click.IntRange(min=1), help="This version of it (default: the current one).")
@click.option("--capture", is_flag=True, help="Of the exchange that told this version first, with its WARC records.")
@click.option("--output", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help="Into a new file.")
@click.option("--check", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help="Check a proof instead.")
@click.option(
    "--key", "keys", metavar="KEY", multiple=True, help="Public keys to check with, instead of the archive's."
)
@pass_session
def proof(
    session: Session,
    *,
    item_id: str | None,
    number: int | None,
    capture: bool,
    output: Path | None,
    check: Path | None,
    keys: tuple[str, ...],
) -> None:
    """Prove that an item was in the archive, or check such a proof.

    \b
    archiver proof social/1234 --output 1234.tlog-proof
    archiver proof --check 1234.tlog-proof --key archiver/ID+12345678+ABCD...
    ITEM is its id, or ACCOUNT/REMOTE-ID. The file has the format C2SP tlog-proof. Exit code 10 where it shows nothing.
    """
    if (item_id is None) == (check is None):
        raise UsageError(
            "Either an item is named, or a proof to check.",
            means="Nothing was done.",
            do="archiver proof ITEM, or: archiver proof --check FILE",
        )
    if check is not None:
        _check(session, check, keys)
    elif item_id is not None:
        _prove(session, item_id, number=number, capture=capture, output=output)


def _prove(session: Session, item: str, *, number: int | None, capture: bool, output: Path | None) -> None:
    from archiver.acts.item_proof import proved
    from archiver.storage import files
    from archiver.storage.ledger.checkpoints import parse_body

    spoken, made = proved(session.archive, place(session), item, number=number, capture=capture)
    words = list(_words(made, parse_body(made.checkpoint.text)))
    answer = _as_json(made, words) | {"item": item, "version": spoken.version, "proof": bytes(made).decode()}
    if output is None:
        for said in () if session.json else words:
            session.tell(said)  # the proof itself may go into a file
        session.show(answer, bytes(made).decode().removesuffix("\n").split("\n"))
        return
    if output.exists():
        raise DiskError(f"{output} is already there.", means="Nothing was written.", do="Name a new file: --output")
    with files.disk_errors(output):
        files.create(output, bytes(made))
    session.show(answer | {"file": str(output)}, [f"The proof was written to {output}.", *words])


def _check(session: Session, file: Path, given: Sequence[str]) -> None:
    from archiver.storage.ledger import proof_text, proofs

    try:
        with file.open("rb") as opened:
            data = opened.read(_MOST_BYTES)
    except OSError as error:
        what = f"{file} cannot be read: {error.strerror}."
        raise UsageError(what, means="Nothing was checked.", do="Name the file of a proof.") from error
    found = proof_text.parse(data)
    words = list(_words(found, proofs.verified(found, _known(session, given))))
    session.show(_as_json(found, words) | {"file": str(file), "holds": True}, [f"{file.name} holds.", *words])


def _known(session: Session, given: Sequence[str]) -> tuple[VerifierKey, ...]:
    from archiver.storage.ledger.keys import known_keys
    from archiver.storage.ledger.signed_note import parse_key

    return tuple(map(parse_key, given)) if given else known_keys(place(session).ledger)


def _words(found: Proof, said: Checkpoint) -> Iterator[str]:
    from archiver.acts.item_proof import in_words

    return map(line, in_words(found, said))


def _as_json(found: Proof, words: list[str]) -> dict[str, Any]:
    from archiver.storage.ledger.checkpoints import parse_body

    said = parse_body(found.checkpoint.text)
    return {
        "leaf": dict(found.leaf.entry),
        "index": found.index,
        "checkpoint": {"origin": said.origin, "size": said.size, "root": said.root.hex()},
        "shown": words,
    }
