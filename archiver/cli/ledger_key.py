"""`archiver ledger key`: the key that checkpoints are signed with: shown, made, replaced."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archiver.cli.ledger_checkpoint import place
from archiver.cli.session import Session, pass_session
from archiver.cli.terminal import exactly
from archiver.errors import UsageError
from archiver.model import iso

if TYPE_CHECKING:
    from archiver.storage.ledger.keys import Entered, KeyPlace
    from archiver.storage.ledger.making import Made


@click.group()
def key() -> None:
    """The key that checkpoints are signed with."""


@key.command()
@pass_session
def show(session: Session) -> None:
    """Show the public key, where the private one lies, and the public keys before it.

    Whoever is to check the archive needs the public key from you by another way than with what it signed.
    """
    from archiver.storage.ledger import custody, keys

    where = place(session)
    custody.settle(session.archive, where)
    known = keys.entered(where.ledger)
    usable = _usable(where, known)
    answer = {
        "key": str(known[-1].key) if known else None,
        "private_key": where.where,
        "usable": not usable,
        "trouble": usable,
        "keys": [{"key": str(one.key), "since": iso(one.since)} for one in known],
    }
    session.show(answer, _show_lines(session, where, known, usable))


@key.command()
@click.option("--file", "file", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help="Into this file.")
@pass_session
def new(session: Session, *, file: Path | None) -> None:
    """Make the archive's key, where it has none; or with --file one to be put elsewhere, which signs nothing yet.

    A key is never written over.
    """
    from archiver.storage.ledger import custody, keys

    where = place(session)
    if file is not None:
        path = Path.cwd() / file
        made = keys.create(path, where.name)
        said = f"A key was made in {path}. It signs nothing before it lies at the place of the old one, and: "
        answer = {"key": str(made.public), "private_key": f"file:{path}"}
        session.show(answer, [f"{said}archiver ledger key rotate", str(made.public)])
        return
    if keys.entered(where.ledger):
        raise UsageError(
            "This ledger has a key already.",
            means="Nothing was changed.",
            do="See it: archiver ledger key show. Put another in its place: archiver ledger key rotate",
        )
    made = custody.begin(session.archive, where, at=session.now(), actor=session.actor)
    said = (
        f"The ledger is signed with the key at {where.where}. Keep a copy of it where nobody of this host can read it."
    )
    session.show({"key": str(made.public), "private_key": where.where}, [said, str(made.public)])


@key.command()
@click.option("--lost", is_flag=True, help="The old key is lost, or others may have it: it signs nothing any more.")
@click.option("--old", default="", metavar="REFERENCE", help="Where the old key lies, if the new one is in its place.")
@pass_session
def rotate(session: Session, *, lost: bool, old: str) -> None:
    """Put another key in the place of the old one, on record, and make a checkpoint that both sign.

    The new key is made in the key's file; where somebody put a new one at its place already, that one is taken.
    """
    from archiver.storage.ledger import custody
    from archiver.storage.ledger.making import make

    if lost and old:
        raise UsageError("A key that is lost lies nowhere.", means="Nothing was changed.", do="Give --lost or --old.")
    where = place(session)
    handed = custody.rotate(session.archive, where, at=session.now(), actor=session.actor, lost=lost, old=old)
    made = make(session.archive, where, at=session.now(), old_key=handed.old)
    aside = custody.aside(where.file, handed.new.public) if where.file else None
    kept = aside if aside is not None and aside.exists() else None
    answer = {
        "key": str(handed.new.public),
        "private_key": where.where,
        "size": made.checkpoint.size,
        "signed_by_both": handed.old is not None,
        "old_private_key": f"file:{kept}" if kept else None,
    }
    session.show(answer, _rotated_lines(where, answer, made, lost=lost))


def _usable(where: KeyPlace, known: tuple[Entered, ...]) -> str:
    """Why the private key cannot be used; nothing where it can."""
    from archiver.errors import AuthError

    if not known:
        return "No key was begun yet; the first checkpoint makes it, or: archiver ledger key new"
    try:
        found = where.key().public
    except AuthError as error:
        return error.what
    return "" if found == known[-1].key else f"The key at {where.where} is another one."


def _show_lines(session: Session, where: KeyPlace, known: tuple[Entered, ...], trouble: str) -> Iterator[str]:
    if known:
        yield f"{known[-1].key}"
        yield f"  signs since {exactly(known[-1].since, session.zone)}"
    yield f"The private key: {where.where}" + (f" (NOT USABLE: {trouble})" if trouble else "")
    for one in reversed(known[:-1]):
        yield f"Before it, since {exactly(one.since, session.zone)}: {one.key}"


def _rotated_lines(where: KeyPlace, answer: dict[str, Any], made: Made, *, lost: bool) -> Iterator[str]:
    yield f"The ledger is signed with another key now: {answer['key']}"
    yield f"It lies at {where.where}. Keep a copy of it, and give the public key to those who check this archive."
    both = "the old key and the new one" if answer["signed_by_both"] else "the new key alone"
    yield f"A checkpoint of {made.checkpoint.size:,} leaves was signed by {both}."
    if lost:
        yield "Tell those who check this archive that the old key was lost: what it signs from now on is not ours."
    if answer["old_private_key"]:
        yield f"The old private key is at {answer['old_private_key']}. Nothing needs it any more: destroy it."
