"""Which authority an item falls under: ordered rules, the first that matches decides, and a person outranks all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from archiver.errors import ConfigError
from archiver.model import DispositionAuthority, Kind, Level


class Ruled(Protocol):
    """All that rules ask of an account."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def level(self) -> Level:
        """The office it speaks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Items of these levels, kinds and accounts fall under `dan`, for the reason given; empty asks for nothing.

    Without a `dan` they wait unclassified, kept as under the longest of the `candidates`. `context` true: the rule
    speaks of somebody else's items kept beside ours, and only of them.
    """

    id: str
    reason: str
    dan: str | None = None
    candidates: tuple[str, ...] = ()
    levels: tuple[Level, ...] = ()
    kinds: tuple[Kind, ...] = ()
    accounts: tuple[str, ...] = ()
    context: bool = False

    def matches(self, account: Ruled, kind: Kind, *, context: bool) -> bool:
        """Whether the rule speaks of items of this kind of this account."""
        return (
            self.context == context
            and (not self.levels or account.level in self.levels)
            and (not self.kinds or kind in self.kinds)
            and (not self.accounts or account.id in self.accounts)
        )


_COMMUNICATIONS = ("GS50-01-12", "GS2010-001")

DEFAULT_RULES = (
    Rule(
        id="context",
        context=True,
        candidates=_COMMUNICATIONS,
        reason="It is somebody else's item, kept beside one of ours, and follows the item it belongs to.",
    ),
    Rule(
        id="level-executive",
        levels=(Level.GOVERNING, Level.EXECUTIVE, Level.ADVISORY),
        dan="GS50-01-12",
        reason="The account speaks for the governing, executive or advisory level.",
    ),
    Rule(
        id="level-other",
        levels=(Level.OTHER,),
        dan="GS2010-001",
        reason="The account does not speak for the governing, executive or advisory level.",
    ),
    Rule(
        id="level-unknown",
        levels=(Level.UNKNOWN,),
        candidates=_COMMUNICATIONS,
        reason="The level of the account is not registered, and the level decides between the two series.",
    ),
)


def rule_for(rules: Iterable[Rule], account: Ruled, kind: Kind, *, context: bool) -> Rule | None:
    """The first rule that matches; None where no rule speaks of it."""
    return next((rule for rule in rules if rule.matches(account, kind, context=context)), None)


def longest(candidates: Iterable[str], authorities: Mapping[str, DispositionAuthority]) -> str | None:
    """The candidate that keeps longest: an unreadable period before any number, an archival series before another."""
    known = [authorities[dan] for dan in candidates if dan in authorities]
    return max(known, key=_keeps).dan if known else None


def check_rules(rules: Sequence[Rule], authorities: Mapping[str, DispositionAuthority]) -> None:
    """Raises ConfigError where two rules share an id, or a rule names an authority that is not loaded."""
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            raise _refused(f"retention rule {rule.id!r} stands twice")
        seen.add(rule.id)
        if missing := [dan for dan in (rule.dan, *rule.candidates) if dan and dan not in authorities]:
            raise _refused(f"retention rule {rule.id!r} names {missing[0]}, which is in no loaded schedule")


def _keeps(authority: DispositionAuthority) -> tuple[bool, int, bool]:
    period = authority.period
    months = period.years * 12 + period.months if period else 0
    return period is None, months, bool(authority.archival and authority.archival.startswith("ARCHIVAL"))


def _refused(what: str) -> ConfigError:
    return ConfigError(
        what,
        means="Nothing is shown as due until the rules are whole. Nothing was lost.",
        do="Load the schedule the rule names, or change the rule.",
    )
