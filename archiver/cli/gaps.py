"""`archiver gaps`: what could not be looked at, why, and how it was repaired."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from archiver.cli.session import Session, pass_session
from archiver.cli.terminal import line, when
from archiver.model import Gap, iso
from archiver.storage.accounts import account_called
from archiver.storage.coverage_rows import gaps_of


@click.command()
@click.argument("account_id", metavar="[ACCOUNT]", required=False)
@click.option("--all", "all_", is_flag=True, help="Also those that were repaired.")
@pass_session
def gaps(session: Session, *, account_id: str | None, all_: bool) -> None:
    """Show what could not be looked at: cause, bounds, the known items at its edges, repair."""
    if account_id:
        account_called(session.db, account_id)
    found = gaps_of(session.db, account_id, standing=not all_)
    session.show({"gaps": [gap_json(gap) for gap in found]}, _lines(session, found, all_=all_))


def gap_json(gap: Gap) -> dict[str, Any]:
    """A gap as JSON values."""
    times = {name: getattr(gap, name) for name in ("opened", "start", "end", "closed")}
    return {
        "id": gap.id,
        "account": gap.account_id,
        "stream": gap.stream,
        "subject": gap.subject,
        "cause": str(gap.cause),
        "detail": gap.detail,
        **{name: iso(moment) if moment else None for name, moment in times.items()},
        "first_known": gap.first_known,
        "last_known": gap.last_known,
        "repair": gap.repair,
    }


def _lines(session: Session, found: tuple[Gap, ...], *, all_: bool) -> Iterator[str]:
    if not found:
        yield "No gap is on record." if all_ else "No gap stands. Those that were repaired: archiver gaps --all"
    for gap in found:
        about = f"{gap.account_id}, {gap.stream}" + (f", item {gap.subject}" if gap.subject else "")
        yield f"{line(about)}: {gap.cause}"
        start = when(gap.start, session.zone, otherwise="the beginning")
        yield f"  From {start} to {when(gap.end, session.zone, otherwise='now: still open')}"
        said = (
            ("What happened", gap.detail),
            ("Last item known before", gap.last_known),
            ("First item known after", gap.first_known),
            ("Repaired", when(gap.closed, session.zone, otherwise="not yet")),
            ("Repair", gap.repair),
        )
        yield from (f"  {name}: {line(value)}" for name, value in said if value)
