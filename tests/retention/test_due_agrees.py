"""Whatever the items, rules and holds are, the answer per item and the ranges agree, and holds win."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib import resources

from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.model import (
    Account,
    Classification,
    Hold,
    HoldCause,
    ItemFacts,
    Kind,
    Level,
    Seen,
    Selector,
)
from retention.authorities import read_authorities
from retention.due import decide, scans
from retention.rules import DEFAULT_RULES, Rule

SHIPPED = resources.files("retention").joinpath("authorities.json").read_text(encoding="utf-8")
AUTHORITIES = read_authorities(SHIPPED, name="authorities.json")
START = datetime(2024, 2, 26, tzinfo=UTC)

accounts = st.lists(
    st.builds(
        Account,
        id=st.sampled_from(["a1", "a2", "a3"]),
        platform=st.just("feed"),
        handle=st.just("x"),
        url=st.just("https://example.org"),
        level=st.sampled_from(Level),
    ),
    min_size=1,
    unique_by=lambda account: account.id,
)
anywhen = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
near_a_leap_day = st.integers(0, 6 * 24).map(lambda hours: START + timedelta(hours=hours))
two_years_on = st.integers(0, 8 * 24).map(lambda hours: START.replace(year=2026) + timedelta(hours=hours))
moments = near_a_leap_day | anywhen
nows = two_years_on | anywhen
dans = st.sampled_from(["GS50-01-12", "GS2010-001"]) | st.sampled_from([*AUTHORITIES, "GS99-99-99"]) | st.none()
classifications = st.builds(
    Classification, item_id=st.just("1"), dan=dans, who=st.just("p"), when=moments, why=st.just("w")
)
facts = st.builds(
    ItemFacts,
    id=st.just("1"),
    account_id=st.just("a1"),
    kind=st.sampled_from([Kind.MESSAGE, Kind.POST]) | st.sampled_from(Kind),
    remote_id=st.just("r"),
    first_seen=moments,
    texts=st.lists(st.sampled_from(["snow day", "budget"]), max_size=2).map(tuple),
    created=moments | st.none(),
    edited=moments | st.none(),
    seen=st.sampled_from(Seen) | st.none(),
    absent_since=moments | st.none(),
    absent_checks=st.integers(0, 3),
    context=st.booleans(),
    classification=st.none() | st.none() | classifications,
)
rules = st.just(DEFAULT_RULES) | st.lists(
    st.builds(
        Rule,
        id=st.uuids().map(str),
        reason=st.just("because."),
        dan=dans,
        candidates=st.lists(st.sampled_from(["GS50-01-12", "GS50005"])).map(tuple),
        levels=st.lists(st.sampled_from(Level), max_size=3).map(tuple),
        kinds=st.lists(st.sampled_from(Kind), max_size=3).map(tuple),
        accounts=st.lists(st.sampled_from(["a1", "a2"]), max_size=1).map(tuple),
        context=st.booleans(),
    ),
    max_size=5,
).map(tuple)
holds = st.lists(
    st.builds(
        Hold,
        id=st.just("H"),
        cause=st.sampled_from(HoldCause),
        selector=st.builds(
            Selector,
            kinds=st.lists(st.sampled_from(Kind), max_size=3).map(tuple),
            words=st.sampled_from(["", "snow", "budg*"]),
            since=moments | st.none(),
        ),
        reason=st.just("why"),
        placed=moments,
        released=moments | st.none(),
    ),
    max_size=2,
)


@settings(max_examples=600, deadline=None)
@given(facts, accounts, rules, holds, nows)
def test_an_item_is_due_exactly_when_a_range_selects_it_and_nothing_holds_it(
    item: ItemFacts, registered: list[Account], ordered: tuple[Rule, ...], placed: list[Hold], now: datetime
) -> None:
    """One range at most selects it, under the rule and authority its own answer names."""
    account = registered[0]
    item = _of(item, account)
    found = decide(item, account, AUTHORITIES, ordered, placed, now)
    selecting = [scan for scan in scans(AUTHORITIES, ordered, registered, now) if scan.selects(item)]
    assert found.due == (bool(selecting) and not found.held_by)
    assert [(scan.rule_id, scan.dan) for scan in selecting] in ([], [(found.rule_id, found.dan)])


@given(facts, accounts, rules, nows, st.timedeltas(timedelta(0), timedelta(days=4000)))
def test_a_later_time_never_takes_back_what_was_due(
    item: ItemFacts, registered: list[Account], ordered: tuple[Rule, ...], now: datetime, later: timedelta
) -> None:
    """Due once, due from then on, as long as nothing else changes."""
    account = registered[0]
    item = _of(item, account)
    first, second = (decide(item, account, AUTHORITIES, ordered, (), moment).due for moment in (now, now + later))
    assert first <= second


@given(facts, accounts, rules, nows)
def test_a_hold_on_everything_leaves_nothing_due(
    item: ItemFacts, registered: list[Account], ordered: tuple[Rule, ...], now: datetime
) -> None:
    """And every answer says so."""
    everything = Hold(id="ALL", cause=HoldCause.AUDIT, selector=Selector(), reason="audit", placed=now)
    found = decide(_of(item, registered[0]), registered[0], AUTHORITIES, ordered, (everything,), now)
    assert (found.due, found.held_by) == (False, ("ALL",))


@given(facts, nows)
def test_what_is_still_published_is_never_due(item: ItemFacts, now: datetime) -> None:
    """No rule, person or age makes it so without a confirmed absence."""
    shown = ItemFacts(
        id=item.id,
        account_id="a1",
        kind=item.kind if item.kind is not Kind.MESSAGE else Kind.POST,
        remote_id=item.remote_id,
        first_seen=item.first_seen,
        created=item.created,
        seen=item.seen,
        absent_since=item.absent_since,
        absent_checks=min(item.absent_checks, 1),
        classification=item.classification,
    )
    account = Account(id="a1", platform="feed", handle="x", url="https://example.org", level=Level.OTHER)
    assert decide(shown, account, AUTHORITIES, DEFAULT_RULES, (), now).due is False


def _of(item: ItemFacts, account: Account) -> ItemFacts:
    known = {name: getattr(item, name) for name in item.__slots__}
    return ItemFacts(**known | {"account_id": account.id})
