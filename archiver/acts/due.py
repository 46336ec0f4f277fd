"""What is due in an archive, computed: schedules and rules over its rows, with what open requests hold taken out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from pathlib import Path

from archiver.config import Retention
from archiver.errors import ConfigError
from archiver.model import Account, Decision, DispositionAuthority, Hold, ItemFacts, Kind
from archiver.storage import due_rows, request_rows
from archiver.storage.accounts import account_levels, all_accounts
from archiver.storage.database import Connection
from archiver.storage.item_rows import item_facts
from retention.authorities import read_authorities
from retention.due import decide, hold_of, scans
from retention.rule_file import read_rules
from retention.rules import DEFAULT_RULES, Rule, check_rules, rule_for


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """The authorities and rules that hold."""

    authorities: Mapping[str, DispositionAuthority]
    rules: Sequence[Rule]


@dataclass(frozen=True, slots=True, kw_only=True)
class Over:
    """One item whose period is over: what is known of it, and the decision; `decision.due` false: it is held."""

    facts: ItemFacts
    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Items of one account and kind that no rule puts under an authority, and under what they are kept meanwhile."""

    account_id: str
    kind: Kind
    context: bool
    count: int
    rule_id: str
    reason: str
    candidates: tuple[str, ...]


def load_schedule(settings: Retention) -> Schedule:
    """The built-in authorities and rules, or the agency's own files in their place. Raises ConfigError."""
    built_in = resources.files("retention").joinpath("authorities.json")
    text = built_in.read_text(encoding="utf-8") if settings.authorities is None else _read(settings.authorities)
    authorities = read_authorities(text, name=str(settings.authorities or "authorities.json"))
    rules = DEFAULT_RULES if settings.rules is None else read_rules(_read(settings.rules), name=str(settings.rules))
    check_rules(rules, authorities)
    return Schedule(authorities=authorities, rules=rules)


def holds(db: Connection) -> tuple[Hold, ...]:
    """The holds that are on: one for each open request."""
    return tuple(hold_of(request) for request in request_rows.requests(db, closed_too=False))


def over(db: Connection, schedule: Schedule, now: datetime, account_id: str | None = None) -> Iterator[Over]:
    """Every item whose period is over at `now`, held or not, with its decision; a range scan for each rule."""
    accounts = {account.id: account for account in all_accounts(db)}
    wanted = [account for account in accounts.values() if account_id in (None, account.id)]
    holding = holds(db)
    for scan in scans(schedule.authorities, schedule.rules, wanted, now):
        for key in due_rows.over(db, scan):
            facts = item_facts(db, key)
            account = accounts[facts.account_id]
            yield Over(
                facts=facts,
                decision=decide(facts, account, schedule.authorities, schedule.rules, holding, now),
            )


def tally(
    db: Connection,
    schedule: Schedule,
    now: datetime,
    *,
    account_id: str | None = None,
    after: datetime | None = None,
) -> Counter[tuple[str, str]]:
    """How many items' periods are over at `now`, held or not, by account and authority, counted in indexes.

    With `after`, of how many it ends only since then: what becomes due in the days to come.
    """
    wanted = [account for account in account_levels(db) if account_id in (None, account.id)]
    numbers = {account.id: account.number for account in wanted}
    found: Counter[tuple[str, str]] = Counter()
    for scan in scans(schedule.authorities, schedule.rules, wanted, now, after=after):
        counted = due_rows.tally(db, scan, numbers)
        found.update({(account, scan.dan): count for account, count in counted.items() if count})
    return found


def decision_on(db: Connection, schedule: Schedule, facts: ItemFacts, account: Account, now: datetime) -> Decision:
    """What is true of one item at `now`."""
    return decide(facts, account, schedule.authorities, schedule.rules, holds(db), now)


def unclassified(db: Connection, schedule: Schedule, account_id: str | None = None) -> tuple[Waiting, ...]:
    """The queue of what a person must decide, by account, kind and rule."""
    rules: dict[tuple[str, Kind, bool], Rule | None] = {}
    for account in all_accounts(db):
        for kind in Kind if account_id in (None, account.id) else ():
            for context in (False, True):
                rule = rule_for(schedule.rules, account, kind, context=context)
                if rule is None or rule.dan is None:
                    rules[account.id, kind, context] = rule
    return tuple(_waiting(group, count, rules[group]) for group, count in due_rows.waiting(db, rules).items())


def _waiting(group: tuple[str, Kind, bool], count: int, rule: Rule | None) -> Waiting:
    account_id, kind, context = group
    return Waiting(
        account_id=account_id,
        kind=kind,
        context=context,
        count=count,
        rule_id=rule.id if rule else "",
        reason=rule.reason if rule else "No rule speaks of it.",
        candidates=rule.candidates if rule else (),
    )


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"The file {path} cannot be read as text.",
            means="Nothing is shown as due by it. Nothing was lost.",
            do="Name a UTF-8 file that this user may read ([retention] in the configuration).",
        ) from error
