"""`archiver poll`: poll accounts once, in the foreground."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from archiver.cli.session import Session, pass_session
from archiver.cli.terminal import line, when
from archiver.errors import DiskError, Exit, UsageError
from archiver.model import Cause, iso
from archiver.model.account import AccountState
from archiver.model.text import some
from archiver.storage import schedule
from archiver.storage.accounts import account_called, all_accounts
from archiver.storage.coverage_rows import gaps_of

if TYPE_CHECKING:
    from archiver.cli.afterwards import Afterwards
    from archiver.polling.round import Outcome, Round

GRACE_SECONDS = 8.0  # after a signal, for the requests under way
_WAITS = (Cause.RATE_LIMIT, Cause.BUDGET)


@click.command()
@click.argument("account_ids", nargs=-1, metavar="[ACCOUNT]...")
@click.option("--all", "all_", is_flag=True, help="Every active account, due or not.")
@click.option(
    "--depth",
    type=click.Choice(["poll", "rewalk", "deep"]),
    help="What is new only, the last weeks again, or the last year (default: what is due).",
)
@pass_session
def poll(session: Session, *, account_ids: tuple[str, ...], all_: bool, depth: str | None) -> int:
    """Poll the accounts that are due, or those named, once. Then sign the ledger and copy, as far as that is due.

    Exit code 8 where gaps stand open, 12 where some accounts were not finished, 5, 6 or 7 where nothing could be
    polled, by the cause.
    """
    chosen = _chosen(session, account_ids, all_=all_)
    if not chosen:
        nothing = "No account is due. Poll all the same: archiver poll --all"
        _show(session, [], [nothing], stopped=False, after=_after(session))
        return int(Exit.OK)
    outcomes, stopped = _polled(session, chosen, depth)
    full = next((outcome.failed for outcome in outcomes if isinstance(outcome.failed, DiskError)), None)
    after = None if stopped or full else _after(session)
    _show(session, outcomes, [_line(session, outcome) for outcome in outcomes], stopped=stopped, after=after)
    if full:
        raise full
    return _exit_code(session, outcomes, stopped=stopped)


def _after(session: Session) -> Afterwards | None:
    """What the daemon does beside polling; nothing while one runs."""
    from archiver.cli.afterwards import look_after

    return None if session.archive.is_captured() else look_after(session)


def _show(
    session: Session, outcomes: Sequence[Outcome], lines: Sequence[str], *, stopped: bool, after: Afterwards | None
) -> None:
    answer = {
        "accounts": [_as_json(session, outcome) for outcome in outcomes],
        "stopped": stopped,
        "afterwards": after.to_json() if after else None,
    }
    session.show(answer, [*lines, *(after.lines() if after else ())])


def _chosen(session: Session, account_ids: Sequence[str], *, all_: bool) -> list[str]:
    if account_ids and all_:
        raise UsageError(
            "Accounts were named, and --all given.", means="Nothing was polled.", do="Give one of the two."
        )
    for account_id in account_ids:
        account = account_called(session.db, account_id)
        if account.state is not AccountState.ACTIVE:
            raise UsageError(
                f"The account {account_id} is {account.state}.",
                means="Nothing was polled.",
                do=f"Poll it again: archiver accounts resume {account_id}",
            )
    if account_ids:
        return list(dict.fromkeys(account_ids))
    active = {account.id for account in all_accounts(session.db) if account.state is AccountState.ACTIVE}
    now = session.now()
    return [
        due.account_id
        for due in schedule.all_due(session.db)
        if due.account_id in active
        if all_ or due.next_due <= now
    ]


def _polled(session: Session, chosen: Sequence[str], depth: str | None) -> tuple[list[Outcome], bool]:
    from archiver.logs import log_to_stderr
    from archiver.polling.capturing import capturing
    from archiver.polling.registry import connectors
    from archiver.polling.round import Round
    from archiver.storage.run_rows import Depth

    config = session.config
    log_to_stderr(config.logging)
    with capturing(session.archive, config, session.clock, connectors=connectors(), environ=session.environ) as engine:
        work = Round(engine, threads=config.polling.threads, reserve_bytes=config.archive.reserve_megabytes << 20)
        outcomes: list[Outcome] = []
        with _stopping_on_signals(session, work):
            for outcome in work.poll(chosen, Depth(depth) if depth else None):
                outcomes.append(outcome)
                session.tell(f"{len(outcomes)} of {len(chosen)}: {_line(session, outcome)}")
    return sorted(outcomes, key=lambda outcome: outcome.account_id), work.stopped


@contextmanager
def _stopping_on_signals(session: Session, work: Round) -> Iterator[None]:
    """SIGINT or SIGTERM stops the round; after the grace time, or a second signal, the process ends as it stands."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)}

    def leave(_number: int, _frame: FrameType | None) -> None:
        session.tell("Stopped in the middle of a request. Nothing is lost: it is asked again at the next poll.")
        os._exit(Exit.PARTIAL)  # an exception would wait for the threads, and they for their requests

    def stop(_number: int, _frame: FrameType | None) -> None:
        for number in before:
            signal.signal(number, leave)
        signal.setitimer(signal.ITIMER_REAL, GRACE_SECONDS)
        session.tell("Stopping: the requests under way are finished. The rest is asked at the next poll.")
        work.stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)


def _standing(session: Session, account_id: str) -> int:
    """Gaps that are still growing."""
    return sum(gap.end is None for gap in gaps_of(session.db, account_id, standing=True))


def _as_json(session: Session, outcome: Outcome) -> dict[str, Any]:
    polled = outcome.polled
    return {
        "account": outcome.account_id,
        "finished": outcome.finished,
        "asked": polled.asked if polled else 0,
        "new_items": outcome.new_items,
        "trouble": _trouble(outcome),
        "cause": str(polled.cause) if polled and polled.cause else None,
        "next_due": iso(polled.next_due) if polled else None,
        "open_gaps": _standing(session, outcome.account_id),
    }


def _line(session: Session, outcome: Outcome) -> str:
    polled = outcome.polled
    if polled is None:
        return f"{outcome.account_id}: not polled. {line(_trouble(outcome))}".rstrip(" .") + "."
    said = f"{outcome.account_id}: {some(polled.asked, 'request')}, {some(outcome.new_items, 'new item')}"
    if not polled.finished:
        said += f"; not finished, goes on at {when(polled.next_due, session.zone)}"
    gaps = _standing(session, outcome.account_id)
    said += f"; {some(gaps, 'open gap')} (archiver gaps {outcome.account_id})" if gaps else ""
    return f"{said}. {line(_trouble(outcome))}".strip()


def _trouble(outcome: Outcome) -> str:
    if outcome.failed is not None:
        return outcome.failed.what
    return outcome.polled.trouble if outcome.polled else ""


def _exit_code(session: Session, outcomes: Sequence[Outcome], *, stopped: bool) -> int:
    """By cause where nothing was had; else whether gaps stand open; else whether all was finished."""
    if not stopped and not any(outcome.finished or outcome.new_items for outcome in outcomes):
        return int(_code_of(outcomes[0]))
    if any(_standing(session, outcome.account_id) for outcome in outcomes):
        return int(Exit.GAPS)
    return int(Exit.OK if all(outcome.finished for outcome in outcomes) else Exit.PARTIAL)


def _code_of(outcome: Outcome) -> Exit:
    if outcome.failed is not None:
        return outcome.failed.exit
    cause = outcome.polled.cause if outcome.polled else None
    if cause is Cause.AUTH:
        return Exit.AUTH
    return Exit.RATE_LIMITED if cause in _WAITS else Exit.PLATFORM_DOWN
