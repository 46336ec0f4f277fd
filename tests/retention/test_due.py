"""What is due is computed: one answer per item, with reasons, and one range per rule that agrees with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from importlib import resources

import pytest

from archiver.model import (
    Account,
    Classification,
    Decision,
    Hold,
    HoldCause,
    ItemFacts,
    Kind,
    Level,
    PublicRecordsRequest,
    Scan,
    Seen,
    Selector,
    Standing,
    Trigger,
)
from retention.authorities import read_authorities
from retention.due import decide, hold_of, scans
from retention.rules import DEFAULT_RULES

SHIPPED = resources.files("retention").joinpath("authorities.json").read_text(encoding="utf-8")
AUTHORITIES = read_authorities(SHIPPED, name="authorities.json")
NOW = datetime(2026, 11, 21, 20, tzinfo=UTC)
LONG_AGO = datetime(2020, 5, 1, 20, tzinfo=UTC)

DISTRICT = Account(id="a1", platform="mastodon", handle="district", url="https://example.org", level=Level.OTHER)
BOARD = replace(DISTRICT, id="a2", handle="board", level=Level.GOVERNING)
UNSORTED = replace(DISTRICT, id="a3", handle="club", level=Level.UNKNOWN)
POST = ItemFacts(id="1", account_id="a1", kind=Kind.POST, remote_id="r1", first_seen=LONG_AGO, created=LONG_AGO)
GONE = replace(POST, absent_since=LONG_AGO, absent_checks=2, seen=Seen.ABSENT)
MESSAGE = replace(POST, kind=Kind.MESSAGE)
LITIGATION = Hold(
    id="H1", cause=HoldCause.LITIGATION, selector=Selector(accounts=("a1",)), reason="Doe v. District", placed=NOW
)

OTHER_SAID = (
    "Rule “level-other”: The account does not speak for the governing, executive or advisory level. Authority "
    "GS2010-001 (Communications - Non-Executive), read in Local Government Common Records Retention Schedule (CORE), "
    "edition not stated by the source; the agency's records officer must confirm that it applies."
)


def decided(facts: ItemFacts, account: Account = DISTRICT, *holds: Hold, now: datetime = NOW) -> Decision:
    """The decision under the shipped authorities and the default rules."""
    return decide(facts, account, AUTHORITIES, DEFAULT_RULES, holds, now)


def test_a_published_post_has_no_cutoff() -> None:
    """However old it is: its clock has not begun while it is shown."""
    assert decided(replace(POST, seen=Seen.PRESENT)) == Decision(
        item_id="1",
        dan="GS2010-001",
        rule_id="level-other",
        reason=f"{OTHER_SAID} It is published and not known to be taken down, so its clock has not begun.",
        trigger=Trigger.ABSENT,
        disposition="Destroy",
        archival="NON-ARCHIVAL",
    )


def test_a_confirmed_absence_begins_the_clock() -> None:
    """Two years after the end of the day of the first of the looks that found it absent, it is due."""
    assert decided(GONE) == Decision(
        item_id="1",
        dan="GS2010-001",
        rule_id="level-other",
        reason=f"{OTHER_SAID} Direct looks in 2 runs, the first on 2020-05-01, showed it absent; it counts as "
        "provided until then. Its period (2 years) ended with 2022-05-01, then: Destroy.",
        trigger=Trigger.ABSENT,
        trigger_date=date(2020, 5, 1),
        due_date=date(2022, 5, 2),
        disposition="Destroy",
        archival="NON-ARCHIVAL",
        due=True,
    )


@pytest.mark.parametrize("seen", [Seen.HIDDEN, Seen.REFUSED, Seen.ERROR])
def test_a_look_that_failed_is_not_an_absence(seen: Seen) -> None:
    """Hidden, refused and error are named, and begin nothing."""
    found = decided(replace(POST, seen=seen))
    assert (found.trigger_date, found.due, f"“{seen}”, which is not an absence" in found.reason) == (None, False, True)


def test_one_absent_look_is_not_enough() -> None:
    """A second look in another run must confirm it."""
    found = decided(replace(GONE, absent_checks=1))
    assert (found.trigger_date, found.due, "must confirm it" in found.reason) == (None, False, True)


def test_the_clock_of_a_message_runs_from_its_last_edit() -> None:
    """Received or provided, whichever is later."""
    found = decided(replace(MESSAGE, edited=datetime(2024, 11, 21, 7, tzinfo=UTC)))
    assert (found.trigger_date, found.due_date, found.due) == (date(2024, 11, 20), date(2026, 11, 21), True)


def test_a_message_without_a_date_is_retained() -> None:
    """No cutoff can be counted, and the reason says so."""
    found = decided(replace(MESSAGE, created=None))
    assert (found.trigger_date, found.due, "no readable time" in found.reason) == (None, False, True)


@pytest.mark.parametrize("level", [Level.GOVERNING, Level.EXECUTIVE, Level.ADVISORY])
def test_executive_accounts_end_in_appraisal(level: Level) -> None:
    """Their items go to the State Archives for appraisal; the reason names the edition that was read."""
    found = decided(GONE, replace(BOARD, level=level))
    assert (
        found.dan,
        found.disposition,
        found.archival,
        "edition" in found.reason,
        "v4.0 (May 2017)" in found.reason,
    ) == (
        "GS50-01-12",
        "Transfer to Washington State Archives for appraisal and selective retention",
        "ARCHIVAL (Appraisal Required)",
        False,
        True,
    )


def test_an_unknown_level_waits_for_a_person() -> None:
    """Unclassified, kept as under the longer candidate, and never due."""
    assert decided(GONE, UNSORTED) == Decision(
        item_id="1",
        dan=None,
        rule_id="level-unknown",
        reason="Unclassified, rule “level-unknown”: The level of the account is not registered, and the level decides "
        "between the two series. A person must decide; it is kept meanwhile as under GS50-01-12 Rev. 3 "
        "(Communications - Governing/Executive/Advisory), and never due.",
        meanwhile="GS50-01-12",
    )


def test_somebody_elses_item_is_unclassified() -> None:
    """A context item follows the item it belongs to, whatever the level of the account."""
    found = decided(replace(GONE, context=True))
    assert (found.dan, found.rule_id, found.meanwhile, found.due) == (None, "context", "GS50-01-12", False)


def test_without_a_rule_an_item_is_retained() -> None:
    """Nothing falls through to a default authority."""
    found = decide(GONE, DISTRICT, AUTHORITIES, (), (), NOW)
    assert (found.dan, found.due, found.reason) == (
        None,
        False,
        "Unclassified: no rule speaks of it, so it is retained.",
    )


def test_a_person_outranks_a_rule() -> None:
    """With name, day and reason; an unknown level is decided by it too."""
    said = Classification(item_id="1", dan="GS50-01-12", who="R. Officer", when=NOW, why="Written for the board.")
    found = decided(replace(GONE, classification=said), UNSORTED)
    assert (found.dan, found.rule_id, found.due) == ("GS50-01-12", "person", True)
    assert found.reason.startswith("R. Officer decided on 2026-11-21: Written for the board. Authority GS50-01-12 Rev")


@pytest.mark.parametrize("dan", [None, "GS99-99-99"])
def test_a_person_may_leave_it_open_and_may_err(dan: str | None) -> None:
    """No authority, or one that is in no loaded schedule: retained."""
    said = Classification(item_id="1", dan=dan, who="R. Officer", when=NOW, why="Unsure")
    found = decided(replace(GONE, classification=said))
    assert (found.dan, found.due, "retained" in found.reason) == (None, False, True)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"counts_from": None}, "The archive cannot date that: retained."),
        ({"period": None, "period_text": "until obsolete"}, "(until obsolete) is no number of years or months"),
        ({"disposition": None}, "What follows its period is not verified: retained."),
    ],
)
def test_what_an_authority_does_not_say_retains(change: dict[str, None], said: str) -> None:
    """Neither the item's answer nor any range makes it due."""
    authorities = {"GS2010-001": replace(AUTHORITIES["GS2010-001"], **change)}
    found = decide(GONE, DISTRICT, authorities, DEFAULT_RULES, (), NOW)
    assert (found.due, said in found.reason) == (False, True)
    assert scans(authorities, DEFAULT_RULES, (DISTRICT,), NOW) == ()


def test_an_adopted_authority_is_said_to_be_the_agencys() -> None:
    """What the agency supplied needs no confirmation by it."""
    authorities = {"GS2010-001": replace(AUTHORITIES["GS2010-001"], status=Standing.ADOPTED)}
    assert "supplied by the agency." in decide(GONE, DISTRICT, authorities, DEFAULT_RULES, (), NOW).reason


def test_a_hold_outranks_every_schedule() -> None:
    """A held item is not due, and its answer says which hold and why."""
    found = decided(GONE, DISTRICT, LITIGATION)
    assert (found.due, found.held_by, found.due_date) == (False, ("H1",), date(2022, 5, 2))
    assert found.reason.endswith("Held by litigation H1 (Doe v. District): not due while it is.")


def test_a_released_hold_holds_no_more() -> None:
    """From the moment of its release."""
    released = replace(LITIGATION, released=NOW)
    assert [decided(GONE, DISTRICT, released, now=NOW.replace(hour=hour)).due for hour in (19, 20)] == [False, True]


def test_an_open_request_holds_what_it_asks_for() -> None:
    """Also what is captured after its receipt, and only until it is closed."""
    request = PublicRecordsRequest(
        id="PRR-1",
        received=LONG_AGO,
        text="All posts of the district",
        selector=Selector(accounts=("a1",), captured_until=LONG_AGO),
        opened_by="records",
        due=date(2020, 5, 8),
    )
    later = replace(GONE, first_seen=NOW)
    closed = hold_of(replace(request, closed=NOW))
    assert (decided(later, DISTRICT, hold_of(request)).held_by, decided(later, DISTRICT, closed).due) == (
        ("PRR-1",),
        True,
    )


def test_one_range_per_rule_and_trigger() -> None:
    """Accounts under the same rule share a range; unknown levels have none; a person's choices have their own."""
    found = scans(AUTHORITIES, DEFAULT_RULES, (DISTRICT, BOARD, replace(DISTRICT, id="a4"), UNSORTED), NOW)
    ruled = [scan for scan in found if not scan.assigned]
    assert [(scan.rule_id, scan.dan, scan.account_ids, scan.column) for scan in ruled] == [
        ("level-other", "GS2010-001", ("a1", "a4"), Trigger.ABSENT),
        ("level-other", "GS2010-001", ("a1", "a4"), Trigger.CREATED),
        ("level-executive", "GS50-01-12", ("a2",), Trigger.ABSENT),
        ("level-executive", "GS50-01-12", ("a2",), Trigger.CREATED),
    ]
    assert ruled[1] == Scan(
        rule_id="level-other",
        dan="GS2010-001",
        account_ids=("a1", "a4"),
        kinds=(Kind.MESSAGE,),
        column=Trigger.CREATED,
        bound=datetime(2024, 11, 21, 8, tzinfo=UTC),
        also=("edited",),
    )
    assert {(scan.rule_id, scan.dan, scan.account_ids) for scan in found if scan.assigned} == {
        ("person", "GS50-01-12", ("a1", "a2", "a4", "a3")),
        ("person", "GS2010-001", ("a1", "a2", "a4", "a3")),
    }


def test_the_bound_as_text_sorts_with_stored_times() -> None:
    """Times are stored with and without decimals; the bound lies before every form of its own second."""
    bound = scans(AUTHORITIES, DEFAULT_RULES, (DISTRICT,), NOW)[0].bound_text
    assert sorted(["2024-11-21T08:00:00Z", "2024-11-21T08:00:00.500000Z", "2024-11-21T07:59:59Z", bound]) == [
        "2024-11-21T07:59:59Z",
        "2024-11-21T08:00:00.000000Z",
        "2024-11-21T08:00:00.500000Z",
        "2024-11-21T08:00:00Z",
    ]
