"""`archiver repair`: restore sealed files that are damaged or missing from their other copy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from archiver.cli.progress import progress
from archiver.cli.session import Session, pass_session
from archiver.cli.terminal import line
from archiver.errors import Exit
from archiver.model.text import some

if TYPE_CHECKING:
    from archiver.checks.mending import Mended, Repaired

_COPIES = {"store": "first copy", "second_store": "second copy", "ledger": "the archive's ledger"}


@click.command()
@click.option("--carry-out", is_flag=True, help="Restore what can be. Without it, it is only told what would be done.")
@click.option("--account", metavar="ACCOUNT", help="The files of one account only.")
@pass_session
def repair(session: Session, *, carry_out: bool, account: str | None) -> int:
    """Restore sealed files and checkpoints that are damaged or missing, from their other copy ([second_store]).

    A record is taken from whichever copy has it as it was written; a file that no copy proves is left as it is. The
    damaged bytes go to quarantine, and an act tells of it. Exit code 10 while anything is damaged, 12 where something
    could not be read or written.
    """
    from archiver.checks.mending import Work
    from archiver.checks.repair import repair as run
    from archiver.storage.accounts import account_called

    if account is not None:
        account_called(session.db, account)
    work = Work(
        actor=session.actor,
        now=session.now,
        carry_out=carry_out,
        account=account,
        progress=progress("Comparing"),
    )
    done = run(session.archive, work)
    answer = {
        "carried_out": carry_out,
        "files": done.files,
        "restored" if carry_out else "restorable": [asdict(one) for one in done.mended],
        "not_restorable": [asdict(one) for one in done.hopeless],
        "troubles": done.troubles,
    }
    session.show(answer, _lines(done, carry_out=carry_out))
    damaged = done.hopeless or (done.mended and not carry_out)
    return int(Exit.VERIFICATION if damaged else Exit.PARTIAL if done.troubles else Exit.OK)


def _lines(done: Repaired, *, carry_out: bool) -> Iterator[str]:
    for one in done.mended:
        yield f"{'RESTORED' if carry_out else 'RESTORABLE'}  {line(one.file)}: {_told(one)}"
    for lost in done.hopeless:
        yield f"NOT RESTORABLE  {line(lost.file)}: {line(lost.why)} Left as it is; restore it from a backup."
    for trouble in done.troubles:
        yield f"TROUBLE  {line(trouble)}"
    yield f"Compared: {some(done.files, 'file')}; {len(done.mended)} {'restored' if carry_out else 'can be restored'}."
    if done.mended and not carry_out:
        yield "Nothing was changed. To restore them: archiver repair --carry-out"


def _told(one: Mended) -> str:
    what = "missing or not as it was written" if one.records is None else f"{some(one.records, 'record')} damaged"
    source = " and ".join(_COPIES.get(part, part) for part in one.source.split(" and "))
    aside = f"; the damaged bytes are kept as {line(one.quarantined)}" if one.quarantined else ""
    return f"{_COPIES[one.copy]}, {what}; from {source}{aside}"
