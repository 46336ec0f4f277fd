"""archiver retention: what is due with its reason, what a request holds, what waits, and which authorities say so."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archiver.clock import SetClock
from tests.archives import BLOG, SOCIAL, Filled
from tests.cli.calling import Caller

IN_TIME = datetime(2028, 11, 22, 8, tzinfo=UTC)  # the day after the second anniversary of the first absent look


def at(full: Caller, moment: datetime) -> Caller:
    """The same archive at another time."""
    return Caller(folder=full.folder, clock=SetClock(moment))


def test_nothing_is_due_while_it_is_published(full: Caller) -> None:
    """Even ten years on only what came down, and messages, have a clock."""
    said = at(full, IN_TIME + timedelta(days=3650))("retention", "due", "--all", "--json").json

    assert {item["kind"] for item in said["items"]} == {"comment", "message"}
    assert [item["remote_id"] for item in said["items"] if item["kind"] == "comment"] != []
    assert said["destroyed"] == 0


def test_a_removed_comment_is_due_on_the_very_day(full: Caller, filled: Filled) -> None:
    """Two calendar years after it was first looked for in vain; not a second before, in Washington's time."""
    early = at(full, IN_TIME - timedelta(seconds=1))("retention", "due", "--all", "--json").json
    on_the_day = at(full, IN_TIME)("retention", "due", "--all", "--json").json
    found = [item for item in on_the_day["items"] if item["remote_id"] == filled.removed]

    assert [item for item in early["items"] if item["remote_id"] == filled.removed] == []
    assert found[0]["dan"] == "GS50-01-12"
    assert (found[0]["trigger_date"], found[0]["due_date"], found[0]["due"]) == ("2026-11-21", "2028-11-22", True)
    assert found[0]["reason"].startswith("Rule “level-executive”: ")
    assert on_the_day["due"] == len(on_the_day["items"])


def test_the_first_line_says_that_nothing_is_destroyed(full: Caller) -> None:
    """Whatever is due."""
    said = at(full, IN_TIME)("retention", "due").out.splitlines()

    assert said[0] == ("This version destroys and transfers nothing; it computes what the loaded schedule says is due.")
    assert said[1].endswith("; held: 0; unclassified: 1.")


def test_an_open_request_holds_and_a_closed_one_does_not(full: Caller, filled: Filled) -> None:
    """What it asks for is shown as held, with the request named, and is not counted as due."""
    now = at(full, IN_TIME)
    before = now("retention", "due", "--json").json
    now("requests", "open", "--text", "Comments", "--kind", "comment", "--id", "R1")
    held = now("retention", "due", "--json").json
    item = now("item", "show", f"{SOCIAL}/{filled.removed}", "--json").json
    now("requests", "close", "R1", "--note", "provided")
    after = now("retention", "due", "--json").json

    comments = [one for one in held["items"] if one["kind"] == "comment"]
    assert [(one["due"], one["held_by"]) for one in comments] == [(False, ["R1"])]
    assert (held["due"], held["held"]) == (before["due"] - 1, 1)
    assert (item["held_by"], item["retention"]["due"]) == (["R1"], False)
    assert after == before


def test_what_becomes_due_within_days_is_counted_before_it_is_due(full: Caller) -> None:
    """The days are counted from now; what is due already is not counted again; nobody asks, nothing is said."""
    now = at(full, IN_TIME - timedelta(days=2))
    before, later = now("retention", "due", "--within", "3", "--json").json, at(full, IN_TIME + timedelta(days=1))
    after = later("retention", "due", "--json").json

    assert before["within"] == {"days": 3, "items": after["due"] - before["due"]}
    assert before["within"]["items"] > 0
    assert now("retention", "due", "--within", "1", "--json").json["within"] == {"days": 1, "items": 0}
    assert f"Within 3 days: {before['within']['items']} more item" in now("retention", "due", "--within", "3").out
    assert after["within"] is None


def test_an_account_can_be_looked_at_alone(full: Caller) -> None:
    """The blog has nothing due; an unknown account is an error."""
    now = at(full, IN_TIME)

    assert now("retention", "due", "--account", BLOG, "--json").json["items"] == []
    assert now("retention", "due", "--account", SOCIAL, "--json").json["due"] > 0
    assert now("retention", "due", "--account", "nobody", "--json").code == 2


def test_long_lists_are_cut_unless_all_is_asked_for(full: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """The counts are those of the whole all the same."""
    monkeypatch.setattr("archiver.cli.retention._SHOWN", 1)
    now = at(full, IN_TIME)
    short, whole = now("retention", "due", "--json").json, now("retention", "due", "--all", "--json").json

    assert (len(short["items"]), short["due"]) == (1, len(whole["items"]))
    assert f"{whole['due'] - 1} more: archiver retention due --all" in now("retention", "due").out


def test_what_no_rule_classifies_waits_for_a_person(full: Caller) -> None:
    """Somebody else's post kept as context, and everything of an account whose level is unknown."""
    context = full("retention", "unclassified", "--json").json["unclassified"]
    full("accounts", "change", BLOG, "--level", "unknown")
    level = full("retention", "unclassified", "--account", BLOG, "--json").json["unclassified"]

    assert context == [
        {
            "account": SOCIAL,
            "kind": "post",
            "context": True,
            "items": 1,
            "rule": "context",
            "reason": "It is somebody else's item, kept beside one of ours, and follows the item it belongs to.",
            "candidates": ["GS50-01-12", "GS2010-001"],
        }
    ]
    assert [(one["account"], one["items"], one["rule"]) for one in level] == [(BLOG, 8, "level-unknown")]


def test_authorities_are_shown_with_source_and_standing(call: Caller) -> None:
    """No archive is needed; what was not verified is empty, and those a rule uses are marked."""
    said = call("retention", "authorities", "--json").json["authorities"]
    used = {one["dan"]: one for one in said if one["used_by_a_rule"]}

    assert set(used) == {"GS50-01-12", "GS2010-001"}
    assert (used["GS50-01-12"]["period"], used["GS50-01-12"]["edition"]) == ("2 years", "v4.0 (May 2017)")
    assert {one["status"] for one in said} == {"verified"}
    assert all(one["source"] and one["retrieved"] for one in said)


def write(folder: Path, name: str, content: object) -> None:
    """A file of the agency's own, and the configuration that names it."""
    (folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    config = folder / "archiver.toml"
    config.write_text(f'{config.read_text()}\n[retention]\n{name} = "{name}.json"\n', encoding="utf-8")


def test_an_agency_can_bring_its_own_rules(full: Caller) -> None:
    """They stand in place of the built-in ones."""
    rule = {"id": "blog", "reason": "It is the blog.", "dan": "GS2010-001", "accounts": [BLOG]}
    write(full.folder, "rules", {"format": "archiver-rules/1", "rules": [rule]})

    waiting = full("retention", "unclassified", "--json").json["unclassified"]

    assert {(one["account"], one["rule"], one["reason"]) for one in waiting} == {(SOCIAL, "", "No rule speaks of it.")}


@pytest.mark.parametrize("name", ["rules", "authorities"])
def test_a_file_that_cannot_be_used_is_refused(full: Caller, name: str) -> None:
    """Exit code 3, before anything is shown as due; also where it is not there."""
    write(full.folder, name, {"format": "?", name: []})
    bad = full("retention", "due", "--json")
    (full.folder / f"{name}.json").unlink()
    gone = full("retention", "due", "--json")

    assert (bad.code, gone.code) == (3, 3)
    assert f"{name}.json" in bad.error["what"] + gone.error["what"]
