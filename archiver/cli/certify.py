"""`archiver certify` and `archiver certificate`: what was covered, signed; and the custodian's declaration, a draft."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from archiver.cli.ledger_checkpoint import place
from archiver.cli.moments import FROM, UNTIL
from archiver.cli.session import Session, pass_session
from archiver.cli.terminal import safe
from archiver.errors import DiskError

_OUTPUT = click.option(
    "--output", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help="Into a new file."
)


@click.command()
@click.argument("account_id", metavar="ACCOUNT")
@click.option("--from", "from_", type=FROM, required=True, help="From this moment on.")
@click.option("--to", type=UNTIL, required=True, help="Up to the end of this day, or to this time.")
@_OUTPUT
@pass_session
def certify(session: Session, *, account_id: str, from_: datetime, to: datetime, output: Path | None) -> None:
    """Certify what of an account was covered: what was walked, what was not and why, what cannot be, items by day.

    The text is signed with the ledger's key, and an act in the ledger tells its SHA-256.
    """
    from archiver.acts.certifying import Asked, certify
    from archiver.polling.registry import registry
    from archiver.storage.accounts import account_called
    from exports.certificate import as_json

    asked = Asked(
        account_id=account_id,
        start=from_,
        end=to,
        agency=session.config.agency.name or session.archive.agency,
        zone=session.zone,
    )
    connector = registry().connector(account_called(session.db, account_id).platform)
    _require_free(output)
    made, note = certify(session.archive, asked, connector, place(session), who=session.actor, now=session.now())
    _give(session, as_json(made), bytes(note).decode(), output)


@click.command()
@click.argument("items", metavar="ITEM...", nargs=-1, required=True)
@click.option("--custodian", default="", metavar="NAME", help="Who will sign it (default: a blank).")
@_OUTPUT
@pass_session
def certificate(session: Session, *, items: tuple[str, ...], custodian: str, output: Path | None) -> None:
    """Draft the custodian's declaration on items, with the facts filled in. Their records are read again first.

    ITEM is an id, or ACCOUNT/REMOTE-ID. It is a draft: a person reads, corrects and signs it.
    """
    from archiver.acts.declaring import Custodian, declaration

    _require_free(output)
    agency = session.config.agency.name or session.archive.agency
    who = Custodian(name=custodian, agency=agency, zone=session.zone)
    text = declaration(session.archive, items, who, now=session.now())
    _give(session, {"items": list(items)}, text, output)


def _require_free(output: Path | None) -> None:
    if output is not None and output.exists():
        raise DiskError(f"{output} is already there.", means="Nothing was written.", do="Name a new file: --output")


def _give(session: Session, answer: dict[str, Any], text: str, output: Path | None) -> None:
    from archiver.storage import files

    if output is None:
        session.show(answer | {"text": text}, safe(text).removesuffix("\n").split("\n"))
        return
    with files.disk_errors(output):
        files.create(output, text.encode())
    session.show(answer | {"file": str(output)}, [f"Written to {output}."])
