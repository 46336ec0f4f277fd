"""Rules are ordered data: the first that matches decides."""

from __future__ import annotations

from dataclasses import replace
from importlib import resources

import pytest

from archiver.errors import ConfigError
from archiver.model import Account, Kind, Level, Period
from retention.authorities import read_authorities
from retention.rules import DEFAULT_RULES, Rule, check_rules, longest, rule_for

SHIPPED = resources.files("retention").joinpath("authorities.json").read_text(encoding="utf-8")
AUTHORITIES = read_authorities(SHIPPED, name="authorities.json")
ACCOUNT = Account(id="a1", platform="feed", handle="x", url="https://example.org", level=Level.OTHER)


def test_the_first_rule_that_matches_decides() -> None:
    """A rule for one account and kind stands before the general one."""
    special = Rule(id="special", reason="A drill.", dan="GS2017-016", accounts=("a1",), kinds=(Kind.EVENT,))
    rules = (special, *DEFAULT_RULES)
    found = [rule_for(rules, ACCOUNT, kind, context=False) for kind in (Kind.EVENT, Kind.POST)]
    assert [rule.id for rule in found if rule] == ["special", "level-other"]


def test_every_level_and_kind_has_a_default_rule() -> None:
    """Nothing an account publishes, and nothing kept beside it, is without an answer."""
    answered = {
        rule is not None
        for level in Level
        for kind in Kind
        for context in (False, True)
        for rule in [rule_for(DEFAULT_RULES, replace(ACCOUNT, level=level), kind, context=context)]
    }
    assert answered == {True}


def test_the_default_rules_name_shipped_authorities() -> None:
    """So that they can be used as they are."""
    check_rules(DEFAULT_RULES, AUTHORITIES)


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ((Rule(id="r", reason="", dan="GS0"),), "retention rule 'r' names GS0, which is in no loaded schedule"),
        (
            (Rule(id="r", reason="", candidates=("GS0",)),),
            "retention rule 'r' names GS0, which is in no loaded schedule",
        ),
        ((Rule(id="r", reason=""), Rule(id="r", reason="")), "retention rule 'r' stands twice"),
    ],
)
def test_rules_that_cannot_be_used_are_refused(rules: tuple[Rule, ...], said: str) -> None:
    """By name, in three lines."""
    with pytest.raises(ConfigError) as caught:
        check_rules(rules, AUTHORITIES)
    assert (caught.value.what, len(caught.value.lines())) == (said, 3)


def test_the_longest_candidate_is_kept_by() -> None:
    """Six years before two, no readable period before any, and an archival series before another as long."""
    one = AUTHORITIES["GS2010-001"]
    known = {
        "two": replace(one, dan="two"),
        "archival": replace(one, dan="archival", archival="ARCHIVAL (Appraisal Required)"),
        "six": replace(one, dan="six", period=Period(years=6)),
        "unread": replace(one, dan="unread", period=None),
    }
    asked = [("two", "archival"), ("archival", "six"), ("six", "unread"), ("nowhere", "two"), ("nowhere",)]
    assert [longest(candidates, known) for candidates in asked] == ["archival", "six", "unread", "two", None]
