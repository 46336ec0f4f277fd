"""`archiver status`: is anything being lost now? One screen, worst first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from archiver.cli.ledger_anchors import gap_json, gap_line
from archiver.cli.planned import plan_json, plan_line, units_planned
from archiver.cli.session import Session, pass_session
from archiver.cli.store import place_json, place_line
from archiver.cli.terminal import findings_in, line, table, when
from archiver.errors import ArchiverError, Exit
from archiver.model import iso
from archiver.model.text import some
from archiver.storage.spending import MILLIONTHS
from exports.words import size

if TYPE_CHECKING:
    from archiver.checks.status import AccountStanding, Standing

SHOWN = 12  # accounts, so that it stays one screen
_NAGIOS = ("OK", "WARNING", "CRITICAL", "UNKNOWN")


@click.command()
@click.option("--nagios", is_flag=True, help="One line and exit code 0, 1, 2 or 3, as monitoring plugins have it.")
@pass_session
def status(session: Session, *, nagios: bool) -> int:
    """Is anything being lost now? Then accounts, gaps, requests due, disk and verification, worst first.

    Exit code 8 where something may be being lost, 10 where a witness remembers another ledger than this one.
    """
    from archiver.checks.status import Answer, standing_of

    if nagios:
        return _as_plugin(session)
    found, units = standing_of(session.archive, session.config, session.now()), units_planned(session)
    answer = _as_json(session, found) | {"units": [plan_json(plan) for plan in units]}
    session.show(answer, [*_lines(session, found), *(plan_line(session, plan) for plan in units)])
    if found.alarmed:
        return int(Exit.VERIFICATION)
    return int(Exit.GAPS if found.answer is Answer.YES else Exit.OK)


def first_line(session: Session, found: Standing) -> str:
    """The answer in a sentence, with numbers and names."""
    from archiver.checks.status import Answer

    walked, of = len(found.polled) - len(found.lost), len(found.polled)
    within = f"{walked} of {of} accounts were walked completely within their interval"
    if not found.polled:
        return "Nothing is captured: no account is registered to be polled."
    if found.answer is Answer.NO:
        return f"Nothing is being lost: {within}."
    if found.answer is Answer.UNKNOWN:
        last = when(found.last_poll, session.zone)
        return f"Cannot say: no daemon is running and the last complete poll was at {last}; {within}."
    return _what_is_lost(session, found)


def _what_is_lost(session: Session, found: Standing) -> str:
    if found.full:
        return f"YES: capturing stops, since only {size(found.free)} are free and {size(found.reserve)} are reserved."
    nobody = "" if found.capturing else " No daemon is running."
    if len(found.lost) == 1:
        return f"YES, possibly: {_since(session, found.lost[0])}.{nobody}"
    names = "; ".join(_since(session, one) for one in found.lost[:3])
    more = f"; and {len(found.lost) - 3} more" if len(found.lost) > 3 else ""
    return f"YES, possibly: {len(found.lost)} of {len(found.polled)} accounts: {names}{more}.{nobody}"


def _since(session: Session, one: AccountStanding) -> str:
    last = one.last_success
    said = f"has not been captured since {when(last, session.zone)}" if last else "was never captured completely"
    why = f" ({line(one.trouble).rstrip('.')})" if one.trouble else ""
    return f"{one.account.id} {said}{why}"


def _lines(session: Session, found: Standing) -> Iterator[str]:
    yield first_line(session, found)
    yield from (click.style(gap_line(session, gap), fg="red", bold=True) for gap in found.unanchored if gap.alarm)
    yield ""
    shown = found.accounts[:SHOWN]
    if shown:
        yield from table(
            ("account", "platform", "state", "last complete", "trouble"), [_row(session, one) for one in shown]
        )
    if len(found.accounts) > len(shown):
        yield f"and {len(found.accounts) - len(shown)} more: archiver accounts list"
    yield ""
    yield f"Open gaps:   {_gaps(found)}"
    yield f"Requests:    {_requests(found)}"
    kept = f"{some(found.kept.items, 'item')}, {some(found.kept.captures, 'reply', 'replies')}"
    yield f"Kept:        {kept}, {size(found.kept.size)}"
    yield f"Disk:        {size(found.free)} free, {size(found.reserve)} reserved"
    yield f"Verified:    {_verified(session, found)}"
    yield f"Ledger:      {_ledger(session, found)}"
    yield from (f"Ledger:      {gap_line(session, gap)}" for gap in found.unanchored if not gap.alarm)
    yield from (f"Copies:      {place_line(session, place)}" for place in found.places)
    yield from _said_by_platforms(session, found)


def _row(session: Session, one: AccountStanding) -> tuple[str, ...]:
    state = "late" if one.lost and one.account.state == "active" else str(one.account.state)
    return one.account.id, one.account.platform, state, when(one.last_success, session.zone), line(one.trouble, 60)


def _gaps(found: Standing) -> str:
    if not found.gaps:
        return "none"
    growing = sum(gap.subject is None and gap.end is None for gap in found.gaps)
    oldest = found.gaps[0]
    return f"{len(found.gaps)}, {growing} of them of a whole stream; oldest: {oldest.account_id} {oldest.stream}" + (
        f" ({oldest.cause}). See: archiver gaps"
    )


def _requests(found: Standing) -> str:
    if not found.requests:
        return "none due within five business days"
    named = [f"{one.id} {'OVERDUE since' if one.overdue else 'due'} {one.due}" for one in found.requests[:5]]
    more = len(found.requests) - len(named)
    return ", ".join(named) + (f", and {more} more" if more else "")


def _said_by_platforms(session: Session, found: Standing) -> Iterator[str]:
    """What replies said that people should know, what reading cost, and what the connectors did not know."""
    for one in found.notices:
        until = f" (by {when(one.notice.until, session.zone)})" if one.notice.until else ""
        yield f"Notice:      {one.account_id}: {line(one.notice.words)}{until}"
    for cost in found.spent:
        yield f"Spent:       {cost.account_id}: ${cost.millionths / MILLIONTHS:.2f} in {cost.month}"
    for account_id in dict.fromkeys(one.account_id for one in found.drift):
        names = [line(one.name) for one in found.drift if one.account_id == account_id]
        more = f" and {len(names) - 5} more" if len(names) > 5 else ""
        yield f"Unknown:     {account_id}: {', '.join(names[:5])}{more} (kept raw; the connector does not know them)"


def _verified(session: Session, found: Standing) -> str:
    if found.verified is None:
        return "never. Run: archiver verify"
    findings = found.verified.result["findings"]
    said = f"{when(found.verified.at, session.zone)}, {findings_in(findings).lower()}"
    return said + (". Run: archiver verify" if findings or found.verify_is_old else "")


def _ledger(session: Session, found: Standing) -> str:
    held = found.ledger
    signed = f"{held.size:,} leaves signed {when(held.signed, session.zone)}" if held.signed else "never signed"
    if held.refused:
        return f"REFUSED to be signed: {line(held.refused)} {signed}. Run: archiver ledger verify"
    since = f", {held.unsigned:,} since" if held.unsigned else ""
    return f"{signed}{since}" + (". Run: archiver ledger checkpoint" if held.overdue else "")


def _as_plugin(session: Session) -> int:
    try:
        from archiver.checks.status import standing_of

        found = standing_of(session.archive, session.config, session.now())
    except ArchiverError as error:
        code, said = 3, error.what
    else:
        code, said = _severity(found), f"{first_line(session, found)}{_performance(found)}"
    click.echo(f"ARCHIVER {_NAGIOS[code]} - {line(said)}")
    return code


def _severity(found: Standing) -> int:
    from archiver.checks.status import Answer

    damaged = bool(found.ledger.refused or (found.verified and found.verified.result["findings"]))
    if found.answer is Answer.YES or damaged or found.alarmed:
        return 2
    streams = any(gap.subject is None for gap in found.gaps)
    overdue = any(one.overdue for one in found.requests)
    uncopied = any(place.trouble for place in found.places)
    late = streams or overdue or found.verify_is_old or uncopied or found.ledger.overdue
    return int(found.answer is Answer.UNKNOWN or late or bool(found.unanchored))


def _performance(found: Standing) -> str:
    figures = {
        "lost": len(found.lost),
        "accounts": len(found.polled),
        "gaps": len(found.gaps),
        "requests_due": len(found.requests),
        "free_bytes": found.free,
        "items": found.kept.items,
    }
    return " | " + " ".join(f"{name}={value}" for name, value in figures.items())


def _as_json(session: Session, found: Standing) -> dict[str, Any]:
    return {
        "at": iso(found.at),
        "being_lost": str(found.answer),
        "answer": first_line(session, found),
        "capturing": found.capturing,
        "accounts": [_account_json(one) for one in found.accounts],
        "open_gaps": len(found.gaps),
        "requests_due": [{"id": one.id, "due": one.due.isoformat(), "overdue": one.overdue} for one in found.requests],
        "kept": {
            "items": found.kept.items,
            "replies": found.kept.captures,
            "files": found.kept.files,
            "bytes": found.kept.size,
        },
        "notices": [
            {
                "account": one.account_id,
                "topic": one.notice.topic,
                "words": one.notice.words,
                "until": iso(one.notice.until) if one.notice.until else None,
            }
            for one in found.notices
        ],
        "unknown": [{"account": one.account_id, "name": one.name, "times": one.times} for one in found.drift],
        "spent": [
            {"account": one.account_id, "month": one.month, "millionths_of_a_dollar": one.millionths}
            for one in found.spent
        ],
        "copies": [place_json(place) for place in found.places],
        "ledger": {
            "size": found.ledger.size,
            "signed": iso(found.ledger.signed) if found.ledger.signed else None,
            "unsigned": found.ledger.unsigned,
            "refused": found.ledger.refused,
        },
        "unanchored": [gap_json(gap) for gap in found.unanchored],
        "disk": {"free_bytes": found.free, "reserve_bytes": found.reserve},
        "verified": {"at": iso(found.verified.at)} | dict(found.verified.result) if found.verified else None,
    }


def _account_json(one: AccountStanding) -> dict[str, Any]:
    return {
        "id": one.account.id,
        "platform": one.account.platform,
        "state": str(one.account.state),
        "late": one.lost,
        "last_success": iso(one.last_success) if one.last_success else None,
        "trouble": one.trouble,
    }
