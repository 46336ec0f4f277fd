"""What is due: the answer for one item with its reasons, and for a whole archive as one range per rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from archiver.model import (
    Account,
    Classification,
    Decision,
    DispositionAuthority,
    Hold,
    HoldCause,
    ItemFacts,
    Kind,
    Level,
    Period,
    PublicRecordsRequest,
    Scan,
    Standing,
    Trigger,
    local_day,
    selects,
)
from retention.authorities import named, read_in
from retention.cutoff import bound, due_on, period_ends, worded
from retention.rules import Rule, Ruled, longest, rule_for
from retention.triggers import ALSO, CHECKS, COLUMNS, clock_of

PERSON = "person"

Authorities = Mapping[str, DispositionAuthority]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    """What classification found: an authority, or a reason why there is none."""

    rule_id: str
    reason: str
    authority: DispositionAuthority | None = None
    meanwhile: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """What accounts must share to be one range."""

    rule: Rule
    column: Trigger
    context: bool
    kinds: tuple[Kind, ...]


def hold_of(request: PublicRecordsRequest) -> Hold:
    """The hold a public records request is while it is open (RCW 42.56.100).

    It reaches past the day of receipt: what existed then may be captured only later.
    """
    return Hold(
        id=request.id,
        cause=HoldCause.REQUEST,
        selector=replace(request.selector, captured_until=None),
        reason="an open public records request",
        placed=request.received,
        released=request.closed,
    )


def decide(
    facts: ItemFacts,
    account: Account,
    authorities: Authorities,
    rules: Sequence[Rule],
    holds: Iterable[Hold],
    now: datetime,
) -> Decision:
    """What is true of one item at `now`, with its reasons in plain words. Nothing is stored and nothing is done."""
    holding = [hold for hold in holds if _holds(hold, facts, now)]
    choice = _classify(facts, account, authorities, rules)
    found = Decision(
        item_id=facts.id,
        dan=choice.authority.dan if choice.authority else None,
        rule_id=choice.rule_id,
        reason=choice.reason,
        held_by=tuple(hold.id for hold in holding),
        meanwhile=choice.meanwhile,
    )
    dated = found if choice.authority is None else _dated(found, facts, choice.authority, now)
    return replace(dated, reason=" ".join((dated.reason, *(_held_because(hold) for hold in holding))))


def scans(
    authorities: Authorities,
    rules: Sequence[Rule],
    accounts: Sequence[Ruled],
    now: datetime,
    *,
    after: datetime | None = None,
) -> tuple[Scan, ...]:
    """The ranges that hold every item whose period is over at `now`, held or not; no two of them share an item.

    With `after`, only those whose period was not yet over then.
    `accounts` are all accounts of the archive, retired ones too: what they left behind goes on being kept and due.
    """
    periods = {dan: found for dan in authorities if isinstance(found := _countable(authorities[dan]), Period)}
    bounds = {dan: bound(now, period) for dan, period in periods.items()}
    ranges = (*_ruled(rules, accounts, bounds), *_assigned([account.id for account in accounts], bounds))
    return tuple(replace(scan, after=bound(after, periods[scan.dan])) for scan in ranges) if after else ranges


def _ruled(rules: Sequence[Rule], accounts: Sequence[Ruled], bounds: Mapping[str, datetime]) -> Iterable[Scan]:
    """The ranges over what rules classify; accounts with the same kinds under the same rule share one."""
    named = {account_id for rule in rules for account_id in rule.accounts}
    ruled: dict[tuple[Level, str], list[_Group]] = {}
    groups: dict[_Group, list[str]] = defaultdict(list)
    for account in accounts:
        asked = account.level, account.id if account.id in named else ""  # all that rules ask of an account
        if asked not in ruled:
            ruled[asked] = _groups(account, rules)
        for group in ruled[asked]:
            if group.rule.dan in bounds:
                groups[group].append(account.id)
    for group, ids in groups.items():
        dan = group.rule.dan or ""
        scan = _scan(dan, group.column, bounds[dan], account_ids=ids, kinds=group.kinds)
        yield replace(scan, rule_id=group.rule.id, context=group.context)


def _groups(account: Ruled, rules: Sequence[Rule]) -> list[_Group]:
    found: dict[tuple[Rule, Trigger, bool], list[Kind]] = defaultdict(list)
    for context in (False, True):
        for kind in Kind:
            if rule := rule_for(rules, account, kind, context=context):
                found[rule, COLUMNS[kind], context].append(kind)
    return [
        _Group(rule=rule, column=column, context=context, kinds=tuple(kinds))
        for (rule, column, context), kinds in found.items()
    ]


def _assigned(account_ids: Sequence[str], bounds: Mapping[str, datetime]) -> Iterable[Scan]:
    """The ranges over what a person has classified, one for each authority and trigger."""
    for dan, before in bounds.items() if account_ids else ():
        for column in Trigger:
            kinds = tuple(kind for kind in Kind if COLUMNS[kind] is column)
            scan = _scan(dan, column, before, account_ids=account_ids, kinds=kinds)
            yield replace(scan, rule_id=PERSON, context=None, assigned=True)


def _scan(dan: str, column: Trigger, before: datetime, *, account_ids: Sequence[str], kinds: tuple[Kind, ...]) -> Scan:
    return Scan(
        rule_id="",
        dan=dan,
        account_ids=tuple(account_ids),
        kinds=kinds,
        column=column,
        bound=before,
        also=ALSO[column],
        absent_checks=CHECKS[column],
    )


def _classify(facts: ItemFacts, account: Account, authorities: Authorities, rules: Sequence[Rule]) -> _Choice:
    if facts.classification is not None:
        return _by_person(facts.classification, authorities)
    rule = rule_for(rules, account, facts.kind, context=facts.context)
    if rule is None:
        return _Choice(rule_id="", reason="Unclassified: no rule speaks of it, so it is retained.")
    if rule.dan is None:
        return _waiting(rule, authorities)
    return _chosen(rule.id, rule.dan, f"Rule “{rule.id}”: {rule.reason}", authorities)


def _by_person(said: Classification, authorities: Authorities) -> _Choice:
    because = f"{said.who} decided on {local_day(said.when)}: {said.why.rstrip('.')}."
    if said.dan is None:
        return _Choice(rule_id=PERSON, reason=f"Unclassified. {because} It is retained.")
    return _chosen(PERSON, said.dan, because, authorities)


def _chosen(rule_id: str, dan: str, because: str, authorities: Authorities) -> _Choice:
    authority = authorities.get(dan)
    if authority is None:
        return _Choice(rule_id=rule_id, reason=f"Unclassified: {because} {dan} is in no loaded schedule: retained.")
    whose = (
        "the agency's records officer must confirm that it applies"
        if authority.status is Standing.VERIFIED
        else "supplied by the agency"
    )
    reason = f"{because} Authority {named(authority)}, read in {read_in(authority)}; {whose}."
    return _Choice(rule_id=rule_id, reason=reason, authority=authority)


def _waiting(rule: Rule, authorities: Authorities) -> _Choice:
    meanwhile = longest(rule.candidates, authorities)
    kept = f"kept meanwhile as under {named(authorities[meanwhile])}, and never due" if meanwhile else "retained"
    reason = f"Unclassified, rule “{rule.id}”: {rule.reason} A person must decide; it is {kept}."
    return _Choice(rule_id=rule.id, reason=reason, meanwhile=meanwhile)


def _countable(authority: DispositionAuthority) -> Period | str:
    """The period the archive can count under an authority, or why it can count none."""
    if authority.counts_from is None:
        return f"Its period begins with: {authority.trigger or 'not verified'}. The archive cannot date that: retained."
    if authority.period is None:
        return f"Its period ({authority.period_text or 'not verified'}) is no number of years or months: retained."
    if authority.disposition is None:
        return "What follows its period is not verified: retained."
    return authority.period


def _dated(found: Decision, facts: ItemFacts, authority: DispositionAuthority, now: datetime) -> Decision:
    known = replace(found, disposition=authority.disposition, archival=authority.archival)
    period = _countable(authority)
    if isinstance(period, str):
        return replace(known, reason=f"{known.reason} {period}")
    clock = clock_of(facts)
    begun = replace(known, trigger=clock.trigger, reason=f"{known.reason} {clock.reason}")
    return begun if clock.begun is None else _ended(begun, local_day(clock.begun), period, now)


def _ended(begun: Decision, day: date, period: Period, now: datetime) -> Decision:
    due_date = due_on(day, period)
    over = due_date <= local_day(now)
    ends = f"Its period ({worded(period)}) {'ended' if over else 'ends'} with {period_ends(day, period)}"
    return replace(
        begun,
        trigger_date=day,
        due_date=due_date,
        due=over and not begun.held_by,
        reason=f"{begun.reason} {ends}, then: {begun.disposition}.",
    )


def _holds(hold: Hold, facts: ItemFacts, now: datetime) -> bool:
    return (hold.released is None or hold.released > now) and selects(hold.selector, facts)


def _held_because(hold: Hold) -> str:
    return f"Held by {hold.cause} {hold.id} ({hold.reason}): not due while it is."
