"""`archiver init`: begin an archive."""

from __future__ import annotations

import click

from archiver.cli.session import Session, pass_session
from archiver.errors import UsageError


@click.command()
@click.option("--agency", metavar="NAME", help="Whose records these are (default: [agency] name).")
@pass_session
def init(session: Session, *, agency: str | None) -> None:
    """Begin an archive in an empty or new directory.

    \b
    archiver --archive /var/lib/archiver init --agency "Lakeside School District"
    """
    from archiver.cli.ledger_checkpoint import place
    from archiver.storage.archive import Archive
    from archiver.storage.ledger.custody import begin

    config = session.config
    name = " ".join((agency or config.agency.name).split())
    if not name.isprintable():
        raise UsageError(
            "The agency's name is not one line of text.", means="Nothing was begun.", do="Write it plainly."
        )
    made = Archive.create(config.archive.directory, agency=name, moment=session.now(), places=session.places)
    session.archive = made
    begin(made, place(session), at=session.now(), actor=session.actor)
    if not name:
        session.tell("No agency is named. Bundles will not say whose records they are: set [agency] name.")
    answer = {"directory": str(made.directory), "id": made.id, "agency": made.agency}
    lines = [
        f"An archive was begun in {made.directory}.",
        "Its ledger is signed with a key of its own; keep a copy of it elsewhere: archiver ledger key show",
        "Next: archiver accounts add PLATFORM --url ADDRESS   (archiver platforms lists the platforms)",
    ]
    session.show(answer, lines)
