"""Rows made anew from the WARC files are those that came about live."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from archiver.checks.rebuild import Rebuilt
from archiver.storage.schema import DERIVED_TABLES
from tests.checks.making import made_anew, of_people
from tests.checks.projection import Rows, projected
from tests.checks.scenes import live_a_while, scene


@dataclass(frozen=True, kw_only=True)
class Both:
    """The rows before and after, and what was done."""

    live: Rows
    rebuilt: Rows
    people_before: dict[str, list[Any]]
    people_after: dict[str, list[Any]]
    done: Rebuilt


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """An archive of three busy months, and the same rebuilt."""
    with scene(tmp_path_factory.mktemp("rebuild") / "archive") as told:
        live_a_while(told)
        live, people = projected(told.archive.database), of_people(told.archive)
        done = made_anew(told)
        yield Both(
            live=live,
            rebuilt=projected(told.archive.database),
            people_before=people,
            people_after=of_people(told.archive),
            done=done,
        )


@pytest.mark.parametrize("table", DERIVED_TABLES)
def test_every_derived_row_is_made_again(both: Both, table: str) -> None:
    """Each derived table says the same after a rebuild, internal numbers apart."""
    assert both.rebuilt[table] == both.live[table]


def test_the_months_that_were_compared_hold_what_can_go_wrong(both: Both) -> None:
    """The comparison is of edits, absences, unchanged replies, gaps, lost files, several segments: not of little."""
    assert {_value(row, "state") for row in both.live["segments"]} == {"open", "sealed"}
    assert len(both.live["segments"]) > 8
    assert len({_value(row, "month") for row in both.live["segments"]}) == 3
    assert {_value(row, "cause") for row in both.live["gaps"]} >= {
        "another account answers",
        "archiver not running",
        "credential refused",
        "server error",
        "unreadable",
    }
    assert {_value(row, "seen") for row in both.live["observations"]} >= {"absent"}
    assert any(_value(row, "times") > 5 for row in both.live["captures"])
    assert any(_value(row, "missing") for row in both.live["item_media"])
    assert any(_value(row, "number") > 1 for row in both.live["versions"])
    assert len(both.live["counters"]) > 300
    assert {_value(row, "depth") for row in both.live["runs"]} == {"first", "poll", "rewalk", "deep"}


def test_what_people_did_is_carried_over(both: Both) -> None:
    """Accounts, acts, requests and the schedule are those of before; the rebuild is one act and one leaf more."""
    acts_before, acts_after = both.people_before.pop("acts"), both.people_after.pop("acts")
    leaves_before, leaves_after = both.people_before.pop("leaves"), both.people_after.pop("leaves")

    assert both.people_after == both.people_before
    assert (acts_after[:-1], leaves_after[:-1]) == (acts_before, leaves_before)
    assert acts_after[-1][2:5] == ("archiver", "catalogue made anew", "catalogue.sqlite")


def test_a_rebuild_says_what_it_did(both: Both) -> None:
    """Files, exchanges and items are counted; nothing was damaged or missing."""
    assert both.done == Rebuilt(
        accounts=3,
        files=len(both.live["segments"]),
        exchanges=len(both.live["captures"]),
        items=len(both.live["items"]),
        carried_over=True,
    )


def _value(row: tuple[Any, ...], column: str) -> Any:
    return dict(row)[column]
