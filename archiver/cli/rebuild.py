"""`archiver rebuild`: make the catalogue anew from the WARC files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from archiver.cli.progress import progress
from archiver.cli.session import Session, pass_session
from archiver.cli.terminal import line
from archiver.errors import Exit
from archiver.model.text import some

if TYPE_CHECKING:
    from archiver.checks.rebuild import Rebuilt


@click.command()
@click.option("--despite-damage", is_flag=True, help="Go on behind what is damaged or missing, and say what it was.")
@click.option("--from-warc-alone", is_flag=True, help="Carry nothing over from a catalogue that cannot be read.")
@pass_session
def rebuild(session: Session, *, despite_damage: bool, from_warc_alone: bool) -> int:
    """Make the catalogue anew from the WARC files. Stop the daemon first.

    Accounts, requests, acts and the schedule are carried over from the old catalogue. Exit code 12 where something
    could not be, or where damage was passed over.
    """
    from archiver.checks.rebuild import Tools
    from archiver.checks.rebuild import rebuild as run
    from archiver.polling.registry import connectors

    tools = Tools(
        config=session.config,
        connectors=connectors(),
        clock=session.clock,
        despite_damage=despite_damage,
        from_warc_alone=from_warc_alone,
        progress=progress("Reading"),
    )
    done = run(session.config.archive.directory, tools)
    answer = {
        "whole": done.whole,
        "accounts": done.accounts,
        "files": done.files,
        "exchanges": done.exchanges,
        "items": done.items,
        "carried_over": done.carried_over,
        "given_back": {"leaves": done.given_back.leaves, "acts": done.given_back.acts},
        "registered_again": list(done.registered),
        "damaged": [
            {"file": damage.file.name, "start": damage.start, "end": damage.end, "why": damage.why}
            for damage in done.damages
        ],
        "missing_captures": [{"capture": capture, "file": name} for capture, name in done.missing],
        "quarantined": list(done.quarantined),
    }
    session.show(answer, _lines(done))
    return int(Exit.OK if done.whole else Exit.PARTIAL)


def _lines(done: Rebuilt) -> Iterator[str]:
    read = f"{some(done.exchanges, 'exchange')} in {some(done.files, 'file')} of {some(done.accounts, 'account')}"
    yield f"{read} gave {some(done.items, 'item')}."
    if done.carried_over:
        yield "Accounts, requests, acts and the schedule are those of the old catalogue. The next poll asks again."
    elif done.given_back.leaves:
        given = f"{some(done.given_back.leaves, 'leaf', 'leaves')} and {some(done.given_back.acts, 'act')}"
        yield f"The old catalogue could not be carried over. The ledger's files gave back {given}, and by these the"
        yield "registers of accounts, requests and bundles; what people did after its newest checkpoint is lost."
    else:
        yield "The old catalogue could not be carried over: requests, acts and the register of accounts are lost."
        yield "If a backup of catalogue.sqlite exists, put it in its place and run archiver rebuild again."
    if done.registered:
        yield f"Registered again from the WARC files, and stopped: {', '.join(done.registered)}."
        yield "Check each (archiver accounts show ACCOUNT), give it its credential, and resume it."
    for damage in done.damages:
        yield f"DAMAGED  {damage.file.name} from {damage.start} to {damage.end or 'its end'}: {line(damage.why)}"
    if done.missing:
        yield f"MISSING  {some(len(done.missing), 'capture')} of the old catalogue in no file:"
        yield f"  {', '.join(sorted({name for _, name in done.missing}))}"
    for name in done.quarantined:
        yield f"QUARANTINE  {name}: the torn end of a growing file."
