"""`archiver coverage`: which intervals of which streams were fully walked."""

from __future__ import annotations

from datetime import datetime

import click

from archiver.cli.moments import FROM, UNTIL
from archiver.cli.session import Session, pass_session
from archiver.cli.terminal import table, when
from archiver.model import Coverage, iso
from archiver.storage.accounts import account_called, all_accounts
from archiver.storage.coverage_rows import coverage_of


@click.command()
@click.argument("account_id", metavar="[ACCOUNT]", required=False)
@click.option("--from", "from_", type=FROM, help="Only what reaches past this moment.")
@click.option("--to", type=UNTIL, help="Only what begins before the end of this day, or before this time.")
@pass_session
def coverage(session: Session, *, account_id: str | None, from_: datetime | None, to: datetime | None) -> None:
    """Show what was fully walked, by account and stream.

    Within an interval everything the platform listed was looked at. What came and went between two looks was not seen.
    """
    wanted = [account_called(session.db, account_id)] if account_id else list(all_accounts(session.db))
    found = [span for span in coverage_of(session.db, account_id) if _overlaps(span, from_, to)]
    walked = {span.account_id for span in found}
    without = [account.id for account in wanted if account.id not in walked]
    rows = [
        (
            span.account_id,
            span.stream,
            when(span.start, session.zone, otherwise="the beginning"),
            when(span.end, session.zone),
        )
        for span in found
    ]
    lines = table(("ACCOUNT", "STREAM", "FROM", "TO"), rows) if rows else []
    lines += [f"{name}: nothing was walked to its end in this time." for name in without]
    session.show({"coverage": [_as_json(span) for span in found], "without": without}, lines or ["No account."])


def _overlaps(span: Coverage, start: datetime | None, end: datetime | None) -> bool:
    return (start is None or span.end > start) and (end is None or span.start is None or span.start < end)


def _as_json(span: Coverage) -> dict[str, str | None]:
    return {
        "account": span.account_id,
        "stream": span.stream,
        "start": iso(span.start) if span.start else None,
        "end": iso(span.end),
        "run": span.run_id,
    }
