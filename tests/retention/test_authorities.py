"""Disposition authorities are dated data, read strictly; nothing remembered is shipped."""

from __future__ import annotations

import json
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from archiver.errors import ConfigError
from archiver.model import DispositionAuthority, Period, Standing, TriggerEvent
from retention.authorities import named, parse_period, read_authorities, read_in

SHIPPED = resources.files("retention").joinpath("authorities.json").read_text(encoding="utf-8")
NOTES = Path(__file__).parents[3] / "shared/reference/dans.json"
STATED = ("dan", "revision", "title", "trigger", "period", "disposition", "archival")

ENTRY: dict[str, Any] = {
    "dan": "XX-1",
    "schedule": "A schedule",
    "edition": "v1",
    "title": None,
    "trigger": "received or provided",
    "counts_from": "received-or-provided",
    "period": "2 years",
    "disposition": "Destroy",
    "source": "the schedule",
    "retrieved": "2026-11-21",
    "status": "verified",
    "verified_fields": ["dan", "trigger", "period", "disposition"],
}


def file_of(*entries: Any) -> str:
    """A file of authorities with these entries."""
    return json.dumps({"format": "archiver-authorities/1", "authorities": list(entries)})


def test_a_whole_entry_is_read_as_it_stands() -> None:
    """Every field arrives; what is null or left out is None."""
    assert read_authorities(file_of(ENTRY), name="x.json") == {
        "XX-1": DispositionAuthority(
            dan="XX-1",
            schedule="A schedule",
            edition="v1",
            trigger="received or provided",
            counts_from=TriggerEvent.RECEIVED_OR_PROVIDED,
            period_text="2 years",
            period=Period(years=2),
            disposition="Destroy",
            source="the schedule",
            retrieved=date(2026, 11, 21),
            status=Standing.VERIFIED,
            verified_fields=("dan", "trigger", "period", "disposition"),
        )
    }


def test_an_agency_vouches_for_its_own_entries() -> None:
    """An adopted entry needs no list of verified fields."""
    entry = ENTRY | {"status": "adopted", "verified_fields": [], "title": "Ours"}
    authority = read_authorities(file_of(entry), name="x.json")["XX-1"]
    assert (authority.status, named(authority), read_in(authority)) == (
        Standing.ADOPTED,
        "XX-1 (Ours)",
        "A schedule, v1",
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"periodd": "2 years"}, "unknown field 'periodd'"),
        ({"period": 2}, "'period' must be a text or null"),
        ({"period": " "}, "'period' must be a text or null"),
        ({"retrieved": "last week"}, "'retrieved' must be a date"),
        ({"status": "from_memory"}, "status 'from_memory': only verified or adopted"),
        ({"counts_from": "birth"}, "counts_from 'birth' is unknown"),
        ({"title": "Seen nowhere"}, "'title' has a value but is not among verified_fields"),
        ({"verified_fields": ["all"]}, "'verified_fields' must be a list of"),
        ({"source": None}, "'source' must not be null"),
    ],
)
def test_a_wrong_field_is_refused_by_file_and_entry(change: dict[str, Any], said: str) -> None:
    """The message names the file, the entry and the field, in three lines."""
    with pytest.raises(ConfigError) as caught:
        read_authorities(file_of(ENTRY | {"dan": "XX-0"}, ENTRY | change), name="ours.json")
    assert caught.value.what.startswith("ours.json: authority 2 (XX-1): " + said)
    assert len(caught.value.lines()) == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "ours.json: not JSON"),
        ("[]", "ours.json: not a file of authorities"),
        ('{"format": "other/1", "authorities": []}', "ours.json: not a file of authorities"),
        ('{"format": "archiver-authorities/1", "authorities": {}}', 'ours.json: "authorities" is not a list'),
        (file_of("GS1"), "ours.json: authority 1 (not an object): not an object"),
        (file_of(ENTRY, ENTRY), "ours.json: authority 2 (XX-1): this DAN stands in the file twice"),
        (file_of({"title": "x"}), "ours.json: authority 1 (without a DAN): 'dan' is missing"),
        ("[" * 100_000, "ours.json: not JSON"),
    ],
)
def test_a_file_that_is_not_whole_is_refused(text: str, said: str) -> None:
    """Cut, foreign, doubled or overgrown files are refused as one, never half read."""
    with pytest.raises(ConfigError) as caught:
        read_authorities(text, name="ours.json")
    assert caught.value.what.startswith(said)


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("2 years", Period(years=2)),
        ("1 year", Period(years=1)),
        ("18 months", Period(months=18)),
        (" 6 years ", Period(years=6)),
        ("until no longer needed", None),
        ("2 years (from memory)", None),
        ("at least 1 year", None),
        ("0 years", None),
        ("-2 years", None),
        ("2 years 6 months", None),
        ("two years", None),
        ("٢ years", None),
        ("permanent", None),
        ("30 days", None),
    ],
)
def test_only_a_plain_period_is_understood(text: str, period: Period | None) -> None:
    """A text that is not exactly a number of years or months has no period, and what it covers is retained."""
    assert parse_period(text) == period


def test_the_shipped_file_holds_the_two_communications_series() -> None:
    """Number, edition, period and end of the two series that the default rules name."""
    shipped = read_authorities(SHIPPED, name="authorities.json")
    two = [shipped["GS50-01-12"], shipped["GS2010-001"]]
    assert [(one.edition, one.period, one.archival, one.counts_from) for one in two] == [
        ("v4.0 (May 2017)", Period(years=2), "ARCHIVAL (Appraisal Required)", TriggerEvent.RECEIVED_OR_PROVIDED),
        (None, Period(years=2), "NON-ARCHIVAL", TriggerEvent.RECEIVED_OR_PROVIDED),
    ]


def test_no_shipped_authority_without_its_own_clock_can_be_dated() -> None:
    """Only the two communications series count from something the archive observes."""
    shipped = read_authorities(SHIPPED, name="authorities.json").values()
    assert {one.dan for one in shipped if one.counts_from} == {"GS50-01-12", "GS2010-001"}


@pytest.mark.skipif(not NOTES.exists(), reason="the source notes are not beside this checkout")
def test_nothing_from_memory_is_shipped() -> None:
    """Every shipped number is verified in the source notes, and so is each of its fields that is not null."""
    notes = {note["dan"]: note for note in json.loads(NOTES.read_text(encoding="utf-8"))}
    unproven = [
        (entry["dan"], field)
        for entry in json.loads(SHIPPED)["authorities"]
        for field in STATED
        if entry[field] is not None
        and (notes[entry["dan"]]["status"] != "verified" or field not in notes[entry["dan"]]["verified_fields"])
    ]
    assert unproven == []


@pytest.mark.skipif(not NOTES.exists(), reason="the source notes are not beside this checkout")
@pytest.mark.parametrize("field", ["revision", "title", "period", "archival"])
def test_what_is_shipped_says_what_the_notes_say(field: str) -> None:
    """Values are those of the notes, letter by letter, or null."""
    notes = {note["dan"]: note for note in json.loads(NOTES.read_text(encoding="utf-8"))}
    entries = json.loads(SHIPPED)["authorities"]
    assert [one[field] for one in entries if one[field]] == [notes[one["dan"]][field] for one in entries if one[field]]
