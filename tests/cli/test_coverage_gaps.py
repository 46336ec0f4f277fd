"""coverage and gaps: what was looked at and what was not, in the words of observation."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from archiver.model import Cause, Gap
from archiver.storage.archive import Archive
from archiver.storage.coverage_rows import apply_gap, gap_note
from tests.archives import BLOG, SOCIAL, START
from tests.cli.calling import Caller

LAST = "2026-11-23T15:15:00.000000Z"


def put_gap(call: Caller, gap: Gap) -> None:
    """Write a gap as the poller does."""
    archive = Archive.open(call.folder / "archive")
    with archive.database.transaction() as db:
        number = db.execute("SELECT number FROM accounts WHERE id = ?", (gap.account_id,)).fetchone()[0]
        apply_gap(db, number, gap_note(gap))
    archive.close()


def open_gap(**other: Any) -> Gap:
    """A gap of the social account that still stands."""
    fields: dict[str, Any] = {
        "id": "g1",
        "account_id": SOCIAL,
        "stream": "comments",
        "cause": Cause.AUTH,
        "detail": "the platform answered 401",
        "opened": START,
        "start": START - timedelta(hours=2),
        "subject": "117",
        "last_known": "116",
    }
    return Gap(**fields | other)


def test_coverage_tells_each_stream_and_interval(full: Caller) -> None:
    """By account and stream; accounts without any are named."""
    said = full("coverage", "--json").json

    assert said["without"] == []
    assert [(one["account"], one["stream"]) for one in said["coverage"]] == [
        (BLOG, "posts"),
        *((SOCIAL, stream) for stream in ("comments", "history", "mentions", "messages", "posts", "profile")),
    ]
    posts = next(one for one in said["coverage"] if (one["account"], one["stream"]) == (SOCIAL, "posts"))
    assert posts | {"run": ""} == {"account": SOCIAL, "stream": "posts", "start": None, "end": LAST, "run": ""}
    assert "blog     posts     the beginning" in full("coverage").out


def test_coverage_can_be_narrowed(full: Caller) -> None:
    """To an account, and to a stretch of time; a day named with --to is in it."""
    later = full("coverage", BLOG, "--from", "2026-11-24", "--json").json
    until = full("coverage", BLOG, "--to", "2026-11-23", "--json").json

    assert later == {"schema": 1, "coverage": [], "without": [BLOG]}
    assert [one["account"] for one in until["coverage"]] == [BLOG]
    assert full("coverage", BLOG, "--from", "2026-11-24").out == "blog: nothing was walked to its end in this time.\n"


@pytest.mark.parametrize("when", ["yesterday", "2026-13-01", "", "2026-11-21T25:00", "0001-01-01T00:00+23:00"])
def test_a_date_that_cannot_be_read_is_refused(full: Caller, when: str) -> None:
    """With the two ways to write one."""
    said = full("coverage", "--from", when, "--json")

    assert said.code == 2
    assert "Write 2026-11-21 or 2026-11-21T14:00." in said.error["what"]


def test_standing_gaps_are_shown_with_cause_and_edges(full: Caller) -> None:
    """And repaired ones only where they are asked for."""
    put_gap(full, open_gap())
    put_gap(full, open_gap(id="g2", end=START, closed=START, repair="walked again", stream="posts", subject=None))
    standing, every = full("gaps", "--json").json["gaps"], full("gaps", SOCIAL, "--all", "--json").json["gaps"]

    assert standing == [
        {
            "id": "g1",
            "account": SOCIAL,
            "stream": "comments",
            "subject": "117",
            "cause": "credential refused",
            "detail": "the platform answered 401",
            "opened": "2026-11-21T12:00:00.000000Z",
            "start": "2026-11-21T10:00:00.000000Z",
            "end": None,
            "closed": None,
            "first_known": None,
            "last_known": "116",
            "repair": "",
        }
    ]
    assert {"g1", "g2"} < {one["id"] for one in every}
    assert full("gaps", BLOG).out == "No gap stands. Those that were repaired: archiver gaps --all\n"
    assert full("gaps").out == (
        "social, comments, item 117: credential refused\n"
        "  From 2026-11-21 02:00 PST to now: still open\n"
        "  What happened: the platform answered 401\n"
        "  Last item known before: 116\n"
        "  Repaired: not yet\n"
    )
