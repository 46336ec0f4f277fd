"""`archiver verify`: is every kept byte what it was?"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING

import click

from archiver.cli.progress import progress
from archiver.cli.session import Session, pass_session
from archiver.cli.terminal import findings_in, line
from archiver.errors import Exit, UsageError
from archiver.model.text import some
from exports.words import size

if TYPE_CHECKING:
    from archiver.checks.verify import Scope, Verified


@click.command()
@click.option("--deep", is_flag=True, help="Also inflate every record and compare its digests and its rows.")
@click.option("--reread", is_flag=True, help="Also read every reply again and compare the items; implies --deep.")
@click.option(
    "--against",
    metavar="CHECKPOINT",
    type=click.File("rb"),
    help="Also compare everything with a checkpoint kept outside.",
)
@click.option("--key", "keys", metavar="KEY", multiple=True, help="A public key that checkpoint may be signed with.")
@click.option("--account", metavar="ACCOUNT", help="The files of one account only.")
@click.option(
    "--copy", type=click.Choice(["first", "second", "both"]), default="both", help="Which copy, where two are kept."
)
@click.option("--jobs", type=click.IntRange(1, 256), help="Processes that read side by side (default: one per core).")
@pass_session
def verify(
    session: Session,
    *,
    deep: bool,
    reread: bool,
    against: IO[bytes] | None,
    keys: tuple[str, ...],
    account: str | None,
    copy: str,
    jobs: int | None,
) -> int:
    """Compare every kept byte with what was written down when it was kept. Changes nothing.

    With --against (a file, or - for standard input) also every row with the WARC files, everything with the ledger, and
    the ledger with what somebody else kept of it.

    Exit code 10 where anything is not as it was.
    """
    from dataclasses import replace

    from archiver.checks.verify import Scope, note_result
    from archiver.checks.verify import verify as run

    scope = Scope(
        deep=deep or reread or against is not None,
        account=account,
        jobs=jobs or os.cpu_count() or 1,
        copies=_copies(session, copy),
    )
    if against is not None:
        result = _against(session, scope, against, keys)
    else:
        result = run(session.archive, scope, progress("Verifying"))
    if reread:
        from archiver.checks.reread import reread as read_again
        from archiver.polling.registry import connectors

        found = tuple(read_again(session.archive, connectors(), account))
        result = replace(result, findings=(*result.findings, *found))
    note_result(session.archive, scope, result, session.now())
    answer = {
        "sound": not result.findings,
        "deep": result.deep,
        "files": result.segments,
        "records": result.records,
        "bytes": result.size,
        "findings": [finding.to_json() for finding in result.findings],
    }
    session.show(answer, _lines(result))
    return int(Exit.VERIFICATION if result.findings else Exit.OK)


def _against(session: Session, scope: Scope, given: IO[bytes], keys: tuple[str, ...]) -> Verified:
    from archiver.checks.against import Outside, verify_against
    from archiver.checks.rebuild import Tools
    from archiver.cli.ledger_checkpoint import place
    from archiver.polling.registry import connectors
    from archiver.storage.ledger.signed_note import MOST_BYTES, parse_key

    if scope.account is not None:
        raise UsageError(
            "An archive is compared with a checkpoint as a whole.",
            means="Nothing was verified.",
            do="Leave --account out.",
        )
    outside = Outside(data=given.read(MOST_BYTES + 1), keys=tuple(map(parse_key, keys)))
    tools = Tools(config=session.config, connectors=connectors(), clock=session.clock)
    return verify_against(session.archive, outside, place(session), scope, tools, progress("Verifying"))


def _copies(session: Session, copy: str) -> tuple[str, ...]:
    """The stores to look at, by their sections in the configuration."""
    from archiver.checks.segment_check import FIRST, SECOND

    if copy == "both" and session.config.second_store.kind == "none":
        return (FIRST,)
    return {"first": (FIRST,), "second": (SECOND,), "both": (FIRST, SECOND)}[copy]


def _lines(result: Verified) -> Iterator[str]:
    for finding in result.findings:
        where = f"{finding.file} at {finding.offset}" if finding.offset is not None else finding.file or ""
        yield f"{str(finding.kind).upper()}  {line(where)}" + (
            " (second copy)" if finding.copy == "second_store" else ""
        )
        yield f"  {line(finding.what)}" + (f" Record {finding.record}" if finding.record else "")
        yield f"  {line(finding.means)}"
        yield f"  {line(finding.do)}"
    how = "inflated and compared with their digests and rows" if result.deep else "compared with their digests"
    said = f"{some(result.records, 'record')} in {some(result.segments, 'file')} ({size(result.size)}): {how}."
    yield f"{said} {findings_in(len(result.findings))}."
