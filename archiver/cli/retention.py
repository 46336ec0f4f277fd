"""`archiver retention`: what is due, what waits for a person, and the authorities that say so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import click

from archiver.acts import due as computing
from archiver.acts.due import Over, Schedule
from archiver.cli.item import decision_json
from archiver.cli.session import Session, pass_session
from archiver.cli.terminal import line, table
from archiver.model import DispositionAuthority, iso
from archiver.model.text import some
from archiver.storage.accounts import account_called
from archiver.storage.database import Connection

NOTHING_IS_DESTROYED = "This version destroys and transfers nothing; it computes what the loaded schedule says is due."
_SHOWN = 50


@click.group()
def retention() -> None:
    """What is due by the retention schedules; nothing is destroyed."""


@retention.command()
@click.option("--account", "account_id", metavar="ACCOUNT", help="Of this account only.")
@click.option("--all", "all_", is_flag=True, help=f"Every item, not only the first {_SHOWN}.")
@click.option(
    "--within", type=click.IntRange(1, 3650), metavar="DAYS", help="Also how many become due in so many days."
)
@pass_session
def due(session: Session, *, account_id: str | None, all_: bool, within: int | None) -> None:
    """Show the items whose minimum period is over, each with its reason; what a request holds is shown as held."""
    schedule = _schedule(session, account_id)
    now = session.now()
    with session.archive.database.snapshot() as db:
        counts, listed = _found(db, schedule, now, account_id, None if all_ else _SHOWN)
        waiting = sum(group.count for group in computing.unclassified(db, schedule, account_id))
        soon = (
            within
            and computing.tally(db, schedule, now + timedelta(days=within), account_id=account_id, after=now).total()
        )
    answer = {
        "at": iso(now),
        "destroyed": 0,
        "note": NOTHING_IS_DESTROYED,
        "due": sum(count for (_, _, is_due), count in counts.items() if is_due),
        "held": sum(count for (_, _, is_due), count in counts.items() if not is_due),
        "unclassified": waiting,
        "within": {"days": within, "items": soon} if within else None,
        "summary": [
            {"account": account, "dan": dan, "due": counts[account, dan, True], "held": counts[account, dan, False]}
            for account, dan in sorted({(account, dan) for account, dan, _ in counts})
        ],
        "items": [_over_json(one) for one in listed],
    }
    session.show(answer, _due_lines(answer, listed, schedule))


@retention.command()
@click.option("--account", "account_id", metavar="ACCOUNT", help="Of this account only.")
@pass_session
def unclassified(session: Session, *, account_id: str | None) -> None:
    """Show what no rule puts under an authority, by account and kind: it is kept until a person decides."""
    schedule = _schedule(session, account_id)
    found = computing.unclassified(session.db, schedule, account_id)
    answer = {
        "unclassified": [
            {
                "account": one.account_id,
                "kind": str(one.kind),
                "context": one.context,
                "items": one.count,
                "rule": one.rule_id,
                "reason": one.reason,
                "candidates": list(one.candidates),
            }
            for one in found
        ]
    }
    lines = ["Nothing is unclassified."]
    if found:
        rows = [(one.account_id, one.kind, f"{one.count:,}", one.rule_id, one.reason) for one in found]
        lines = [
            f"Unclassified, kept, and never due: {some(sum(one.count for one in found), 'item')}.",
            *table(("ACCOUNT", "KIND", "ITEMS", "RULE", "WHY"), rows),
            "Where the level of an account is missing: archiver accounts change ACCOUNT --level LEVEL",
        ]
    session.show(answer, lines)


@retention.command()
@pass_session
def authorities(session: Session) -> None:
    """List the disposition authorities that are loaded, with their source, edition, and what was verified."""
    schedule = computing.load_schedule(session.config.retention)
    used = {dan for rule in schedule.rules for dan in (rule.dan, *rule.candidates) if dan}
    known = list(schedule.authorities.values())
    answer = {"authorities": [_authority_json(one, used=one.dan in used) for one in known]}
    session.show(answer, _authority_lines(known, used))


def _schedule(session: Session, account_id: str | None) -> Schedule:
    if account_id is not None:
        account_called(session.db, account_id)
    return computing.load_schedule(session.config.retention)


def _found(
    db: Connection, schedule: Schedule, now: datetime, account_id: str | None, most: int | None
) -> tuple[Counter[tuple[str, str, bool]], list[Over]]:
    """How many items there are by account, authority and whether they are due or held; and the first of them."""
    counts: Counter[tuple[str, str, bool]] = Counter()
    over = computing.over(db, schedule, now, account_id)
    if not computing.holds(db):  # then everything that is over is due, and need not be looked at to be counted
        for (account, dan), count in computing.tally(db, schedule, now, account_id=account_id).items():
            counts[account, dan, True] = count
        return counts, list(islice(over, most))
    listed: list[Over] = []
    for one in over:
        counts[one.facts.account_id, one.decision.dan or "", one.decision.due] += 1
        if most is None or len(listed) < most:
            listed.append(one)
    return counts, listed


def _over_json(one: Over) -> dict[str, Any]:
    facts = one.facts
    return {
        "item": facts.id,
        "account": facts.account_id,
        "remote_id": facts.remote_id,
        "kind": str(facts.kind),
        "created": iso(facts.created) if facts.created else None,
    } | decision_json(one.decision)


def _due_lines(answer: dict[str, Any], listed: list[Over], schedule: Schedule) -> Iterator[str]:
    yield NOTHING_IS_DESTROYED
    yield f"Due: {some(answer['due'], 'item')}; held: {answer['held']:,}; unclassified: {answer['unclassified']:,}."
    if soon := answer["within"]:
        yield f"Within {some(soon['days'], 'day')}: {some(soon['items'], 'more item')}, held or not."
    for row in answer["summary"]:
        known = schedule.authorities[row["dan"]]
        title = line(known.title or "title not verified")
        yield f"  {row['account']}: {row['due']:,} due, {row['held']:,} held under {row['dan']} ({title})"
    for one in listed:
        state = "due" if one.decision.due else "held"
        yield f"{one.facts.id}  {one.facts.account_id}  {one.facts.kind}  {state}"
        yield f"    {line(one.decision.reason)}"
    left = answer["due"] + answer["held"] - len(listed)
    if left:
        yield f"{left:,} more: archiver retention due --all"


def _authority_json(one: DispositionAuthority, *, used: bool) -> dict[str, Any]:
    texts = ("dan", "revision", "title", "schedule", "edition", "trigger", "disposition", "archival", "source")
    return {name: getattr(one, name) for name in texts} | {
        "period": one.period_text,
        "counts_from": str(one.counts_from) if one.counts_from else None,
        "retrieved": one.retrieved.isoformat(),
        "status": str(one.status),
        "verified_fields": list(one.verified_fields),
        "used_by_a_rule": used,
    }


def _authority_lines(known: list[DispositionAuthority], used: set[str]) -> Iterator[str]:
    yield f"{len(known)} authorities are loaded; rules use {len(used)}. What was not verified is empty."
    for one in known:
        number = " ".join(part for part in (one.dan, one.revision) if part)
        yield f"{number}  {line(one.title or 'title not verified')}" + ("  [used by a rule]" if one.dan in used else "")
        said = (
            ("Schedule", ", ".join(part for part in (one.schedule, one.edition or "edition not stated") if part)),
            ("Period", one.period_text or "not verified"),
            ("Counted from", one.trigger or "not verified"),
            ("Then", one.disposition or "not verified"),
            ("Designation", one.archival or "not verified"),
            ("Source", f"{one.source}, taken into the list on {one.retrieved}"),
            ("Standing", f"{one.status}: {', '.join(one.verified_fields) or 'none of its fields'}"),
        )
        yield from (f"    {name}: {line(value)}" for name, value in said)
