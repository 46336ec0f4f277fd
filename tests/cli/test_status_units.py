"""`archiver status` and `archiver doctor` tell how the units of a platform's day are planned."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta

from archiver.model import Account
from archiver.storage import accounts, day_units, run_rows
from archiver.storage.archive import Archive
from archiver.storage.run_rows import Depth
from connectors.youtube.quota import day_ends
from tests.cli.calling import Caller

API = "https://www.googleapis.com/youtube/v3"
POOL = "youtube https://www.googleapis.com:443"
NOW = datetime(2026, 11, 22, 6, tzinfo=UTC)  # two hours before midnight in Pacific time


def spend(full: Caller, units: int, depth: Depth) -> None:
    """A run of one of two channels that took so many units, and goes on."""
    full.clock.move(NOW - full.clock.now())
    with closing(Archive.open(full.folder / "archive")) as archive, archive.database.transaction() as db:
        if "channel" not in accounts.account_numbers(db):
            for name in ("channel", "sports"):
                accounts.add_account(db, Account(id=name, platform="youtube", handle=f"@{name}", url=API))
        number = accounts.account_numbers(db)["channel"]
        run_rows.begin_run(db, run=str(depth), account=number, depth=depth, begun=NOW)
        run = run_rows.open_run(db, number)
        assert run is not None
        day_units.spend(db, run, POOL, day_ends(NOW), units)


def test_the_plan_of_the_day_is_told(full: Caller) -> None:
    """What is spent, kept for the polls of both channels until midnight, and left; and which walk is under way."""
    spend(full, 4_312, Depth.FIRST)
    plan = {"units": 10_000, "spent": 4_312, "polls": 18, "reserved": 216, "left": 5_472}
    assert full("status", "--json").json["units"] == [
        plan
        | {
            "platform": "youtube",
            "server": "https://www.googleapis.com:443",
            "ends": "2026-11-22T08:00:00.000000Z",
            "walks_under_way": ["channel"],
        }
    ]
    assert (
        "Units:       youtube: 4,312 of 10,000 spent, 216 reserved for 18 polls, 5,472 left for longer walks until "
        "2026-11-22 00:00 PST; walks under way: channel"
    ) in full("status").out.splitlines()
    assert next(
        one for one in full("doctor", "--offline", "--json").json["checks"] if one["id"] == "units youtube"
    ) == {
        "id": "units youtube",
        "severity": "ok",
        "what": "4,312 of the day's 10,000 units spent, 216 needed for polls to come.",
        "fix": "",
        "exit": 0,
    }


def test_units_that_do_not_suffice_for_the_polls_are_told(full: Caller) -> None:
    """Spent to the last hundred: the doctor warns, and says when there are units again."""
    spend(full, 9_900, Depth.POLL)
    (told,) = full("status", "--json").json["units"]
    assert (told["left"], told["reserved"], told["walks_under_way"]) == (0, 9 * 9_900 + 9 * 12, [])
    (seen,) = [one for one in full("doctor", "--offline", "--json").json["checks"] if one["id"] == "units youtube"]
    assert (seen["severity"], seen["fix"]) == (
        "warning",
        "Poll less often, or wait: the day ends 2026-11-22 08:00 UTC.",
    )


def test_what_was_spent_yesterday_is_spent_no_more(full: Caller) -> None:
    """With midnight in Pacific time the units are whole again."""
    spend(full, 10_000, Depth.FIRST)
    full.clock.move(timedelta(hours=2))
    (told,) = full("status", "--json").json["units"]
    assert (told["spent"], told["ends"]) == (0, "2026-11-23T08:00:00.000000Z")
