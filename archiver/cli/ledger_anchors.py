"""`archiver ledger stamp`, `anchors` and `print`: checkpoints shown outside, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archiver.cli.session import Session, pass_session
from archiver.cli.terminal import line, when
from archiver.errors import Exit, NotFound, UsageError
from archiver.model import iso

if TYPE_CHECKING:
    from archiver.anchoring.listing import Listed
    from archiver.anchoring.rounds import Outcome
    from archiver.storage.anchors import AnchorGap

_SHOWN = 20
_NOBODY = (
    "No time-stamp authority, witness or mailbox is configured: nothing outside this archive shows when a record was"
    " here, or that it was not changed since. See docs/anchoring.md"
)
_NO_CHECKPOINT = "There is no checkpoint of the ledger yet."


@click.command()
@click.argument("names", metavar="[NAME]...", nargs=-1)
@pass_session
def stamp(session: Session, *, names: tuple[str, ...]) -> int:
    """Show the newest checkpoint to every authority, witness and mailbox now, or to those named.

    Those that have it already are not asked again. Exit code 12 where one did not take it, 10 where a witness
    remembers another ledger.
    """
    from archiver.anchoring.places import places
    from archiver.anchoring.rounds import lacking, newest, shown

    found = newest(session.archive)
    with places(session.archive, session.config, session.clock, session.environ) as known:
        chosen = _chosen(known, names)
        wanted = lacking(session.db, chosen, found[1]) if found else ()
        retry = timedelta(minutes=session.config.ledger.retry_minutes)
        outcomes = shown(session.archive, wanted, session.clock, retry=retry)
    answer = {
        "size": found[0] if found else None,
        "had_it": [one.name for one in chosen if one not in wanted],
        "outcomes": [_outcome_json(one) for one in outcomes],
    }
    session.show(answer, _stamp_lines(session, found[0] if found else None, chosen, outcomes))
    return _code([one.gap for one in outcomes if one.gap])


@click.command()
@click.option("--all", "all_", is_flag=True, help="Every checkpoint, not only the newest.")
@click.option(
    "--check", is_flag=True, help="Verify again what is kept of each, by the configured certificates and keys."
)
@pass_session
def anchors(session: Session, *, all_: bool, check: bool) -> int:
    """Show for each checkpoint who stamped, cosigned or received it, who did not, and why.

    Exit code 10 where something kept does not hold, or a witness remembers another ledger.
    """
    from archiver.anchoring.listing import listed
    from archiver.anchoring.standing import standing

    config = session.config.ledger
    gaps = standing(session.db, config)
    found = tuple(listed(session.archive, config, most=None if all_ else _SHOWN, check=check))
    configured = bool(config.authorities or config.witnesses or config.mailboxes)
    answer = {
        "configured": configured,
        "gaps": [gap_json(gap) for gap in gaps],
        "checkpoints": [_listed_json(one) for one in found],
    }
    session.show(answer, _anchor_lines(session, found, gaps, configured=configured))
    wrong = any(one.wrong for checkpoint in found for one in checkpoint.anchors)
    return int(Exit.VERIFICATION if wrong or any(gap.alarm for gap in gaps) else Exit.OK)


@click.command("print")
@click.option("--size", type=click.IntRange(min=1), help="The checkpoint of this size, not the newest.")
@click.option("--html", is_flag=True, help="As HTML, for a browser's printer.")
@click.option("--output", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help="Into a new file.")
@pass_session
def print_(session: Session, *, size: int | None, html: bool, output: Path | None) -> None:
    """Write a checkpoint as a page for paper, with its digits as they are read over the telephone."""
    from archiver.anchoring import printed
    from archiver.anchoring.places import ledger_of
    from archiver.storage import files
    from archiver.storage.ledger import checkpoints

    note = checkpoints.read(ledger_of(session.archive), size)
    if note is None:
        what = f"There is no checkpoint of size {size}." if size else _NO_CHECKPOINT
        raise NotFound(what, means="Nothing was written.", do="See which there are: archiver ledger anchors --all")
    sheet = printed.Sheet(agency=session.archive.agency, printed=when(session.now(), session.zone), note=note.decode())
    page = printed.as_html(sheet) if html else printed.as_text(sheet)
    if output is None:
        session.show({"size": sheet.checkpoint.size, "page": page}, [page.rstrip("\n")])
        return
    if output.exists():
        raise UsageError(f"{output} is already there.", means="Nothing was written.", do="Name a new file.")
    files.create(output, page.encode())
    session.show({"size": sheet.checkpoint.size, "file": str(output)}, [f"Written to {output}"])


def gap_json(gap: AnchorGap) -> dict[str, Any]:
    """A gap as JSON values."""
    return {
        "kind": str(gap.kind),
        "name": gap.name,
        "alarm": gap.alarm,
        "size": gap.size,
        "cause": gap.cause,
        "detail": gap.detail,
        "since": iso(gap.since),
        "tries": gap.tries,
        "next_try": iso(gap.next_try),
    }


def gap_line(session: Session, gap: AnchorGap) -> str:
    """A gap in one line."""
    head = "INTEGRITY ALARM: " if gap.alarm else ""
    since = when(gap.since, session.zone)
    return f"{head}{gap.kind} {gap.name} takes no checkpoint since {since} ({gap.cause}): {line(gap.detail)}"


def _chosen(known: Sequence[Any], names: tuple[str, ...]) -> tuple[Any, ...]:
    strange = set(names) - {one.name for one in known}
    if strange:
        said = ", ".join(sorted({one.name for one in known})) or "none"
        raise NotFound(f"{', '.join(sorted(strange))} is not configured.", do=f"There are: {said}")
    return tuple(one for one in known if not names or one.name in names)


def _code(gaps: Sequence[AnchorGap]) -> int:
    if any(gap.alarm for gap in gaps):
        return int(Exit.VERIFICATION)
    return int(Exit.PARTIAL if gaps else Exit.OK)


def _outcome_json(one: Outcome) -> dict[str, Any]:
    said = {"kind": str(one.kind), "name": one.name, "taken": one.gap is None}
    return said | ({"gap": gap_json(one.gap)} if one.gap else {})


def _stamp_lines(
    session: Session, size: int | None, chosen: Sequence[Any], outcomes: Sequence[Outcome]
) -> Iterator[str]:
    if not chosen:
        yield _NOBODY
    elif size is None:
        yield _NO_CHECKPOINT
    elif not outcomes:
        yield f"The checkpoint of {size} entries was taken by all of them already."
    for one in outcomes:
        yield gap_line(session, one.gap) if one.gap else f"{one.kind} {one.name} took the checkpoint of {size} entries."


def _anchor_lines(
    session: Session, found: Sequence[Listed], gaps: Sequence[AnchorGap], *, configured: bool
) -> Iterator[str]:
    if not configured:
        yield _NOBODY
    yield from (gap_line(session, gap) for gap in gaps)
    if not found:
        yield _NO_CHECKPOINT
    for one in found:
        yield f"{one.size:,} entries"
        for anchor in one.anchors:
            wrong = f"  DOES NOT HOLD: {line(anchor.wrong)}" if anchor.wrong else ""
            at = when(anchor.at, session.zone, otherwise="at an unknown time")
            yield f"  {anchor.kind} {anchor.name}: {at} ({line(anchor.said)}){wrong}"
        for lack in one.lacking:
            later = f"; included in its {lack.later:,}" if lack.later else ""
            yield f"  {lack.kind} {lack.name}: none ({line(lack.why)}{later})"


def _listed_json(one: Listed) -> dict[str, Any]:
    return {
        "size": one.size,
        "anchors": [
            {
                "kind": str(anchor.kind),
                "name": anchor.name,
                "at": iso(anchor.at) if anchor.at else None,
                "said": anchor.said,
                "wrong": anchor.wrong or None,
            }
            for anchor in one.anchors
        ],
        "lacking": [
            {"kind": str(lack.kind), "name": lack.name, "why": lack.why, "later": lack.later} for lack in one.lacking
        ],
    }
