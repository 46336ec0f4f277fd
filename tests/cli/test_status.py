"""`archiver status` answers first whether anything is being lost now."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from archiver.errors import Exit
from archiver.model import Cause, Gap
from archiver.model.account import AccountState
from archiver.storage import accounts, schedule, soundness
from archiver.storage.archive import Archive
from archiver.storage.coverage_rows import apply_gap, gap_note
from tests.cli.calling import Caller

HEAVY = ("requests", "boto3", "sqlite_utils", "warcio", "apscheduler", "lxml", "feedparser", "jinja2")


def opened(full: Caller) -> closing[Archive]:
    """The archive behind the caller."""
    return closing(Archive.open(full.folder / "archive"))


def first(full: Caller) -> str:
    """The first line."""
    return full("status").out.splitlines()[0]


def test_nothing_is_lost_while_the_daemon_captures_in_time(full: Caller) -> None:
    """With numbers; the exit code is 0."""
    with opened(full) as archive, archive.only_writer():
        said = full("status")

    assert (said.code, said.out.splitlines()[0]) == (
        0,
        "Nothing is being lost: 2 of 2 accounts were walked completely within their interval.",
    )


def test_without_a_daemon_nobody_can_say(full: Caller) -> None:
    """The time of the last poll is told instead."""
    assert first(full).startswith(
        "Cannot say: no daemon is running and the last complete poll was at 2026-11-23 07:15 PST"
    )


def test_an_account_that_is_late_may_be_losing_something(full: Caller) -> None:
    """It is named, with since when and why, and the exit code is 8."""
    full.clock.move(timedelta(hours=3))
    with opened(full) as archive, archive.only_writer():
        with archive.database.transaction() as db:
            number = accounts.account_numbers(db)["blog"]
            db.execute(
                "UPDATE schedule SET last_success = ? WHERE account <> ?", ("2026-11-23T18:10:00.000000Z", number)
            )
            schedule.note_trouble(db, number, "posts: the platform answered 500")
        said = full("status")

    assert (said.code, said.out.splitlines()[0]) == (
        8,
        "YES, possibly: blog has not been captured since 2026-11-23 07:15 PST (posts: the platform answered 500).",
    )
    assert said.out.splitlines()[3].startswith("blog")


def test_a_stopped_account_is_lost_and_a_retired_one_is_not(full: Caller) -> None:
    """What a person ended does not count; what the archive stopped does."""
    with opened(full) as archive, archive.only_writer():
        with archive.database.transaction() as db:
            social, blog = (accounts.account_called(db, name) for name in ("social", "blog"))
            accounts.change_account(db, replace(blog, state=AccountState.RETIRED))
            accounts.change_account(db, replace(social, state=AccountState.STOPPED, state_reason="it is gone"))
        said = full("status", "--json").json

    assert (said["being_lost"], [(one["id"], one["late"]) for one in said["accounts"]]) == (
        "yes",
        [("social", True), ("blog", False)],
    )


def test_a_full_disk_is_a_loss(full: Caller) -> None:
    """Capturing stops below the reserve, whatever the accounts say."""
    config = full.folder / "archiver.toml"
    config.write_text(config.read_text().replace("reserve_megabytes = 0", "reserve_megabytes = 1048576"))

    assert first(full).startswith("YES: capturing stops, since only ")


def test_an_archive_without_accounts_captures_nothing(new: Caller) -> None:
    """That is said as it is."""
    assert first(new) == "Nothing is captured: no account is registered to be polled."


def test_requests_due_soon_and_overdue_are_told(full: Caller) -> None:
    """Within five business days."""
    full("requests", "open", "--received", "2026-11-10", "--account", "blog", "--text", "The blog, please.")
    full("requests", "open", "--received", "2026-11-22", "--account", "blog", "--text", "Again.")

    told = full("status", "--json").json["requests_due"]

    assert [(one["due"], one["overdue"]) for one in told] == [("2026-11-18", True), ("2026-12-01", False)]


@pytest.mark.parametrize(
    ("what", "code"), [("capturing", 0), ("nobody captures", 1), ("capturing, a gap", 1), ("capturing, damage", 2)]
)
def test_a_monitoring_plugin_gets_one_line_and_its_code(full: Caller, what: str, code: int) -> None:
    """OK, WARNING for what can wait, CRITICAL for loss and damage."""
    full("ledger", "checkpoint")
    gap = Gap(
        id="g", account_id="blog", stream="posts", cause=Cause.SERVER, detail="", start=None, opened=full.clock.now()
    )
    with opened(full) as archive, ExitStack() as held:
        with archive.database.transaction() as db:
            soundness.note_check(db, "verify", full.clock.now(), {"findings": 3 * ("damage" in what)})
            if "gap" in what:
                apply_gap(db, accounts.account_numbers(db)["blog"], gap_note(gap))
        if "capturing" in what:
            held.enter_context(archive.only_writer())
        said = full("status", "--nagios")

    word = ("OK", "WARNING", "CRITICAL")[code]
    assert (said.code, said.out.startswith(f"ARCHIVER {word} - "), said.out.count("\n")) == (code, True, 1)


def test_a_monitoring_plugin_without_an_archive_is_unknown(call: Caller) -> None:
    """Exit code 3, and the reason."""
    said = call("status", "--nagios")

    assert (said.code, said.out.startswith("ARCHIVER UNKNOWN - There is no archive in ")) == (3, True)


def test_status_imports_nothing_heavy(full: Caller) -> None:
    """It answers at once: no HTTP client, no WARC library, no templates."""
    code = (
        "import sys\nfrom archiver.cli.frame import archiver\n"
        "try:\n archiver.main(['--archive', sys.argv[1], 'status'])\n"
        "except SystemExit:\n pass\nprint(sorted(set(sys.argv[2:]) & set(sys.modules)))"
    )
    said = subprocess.run(
        [sys.executable, "-c", code, str(full.folder / "archive"), *HEAVY],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path.cwd(),
    )

    assert (said.stdout.splitlines()[-1], "accounts" in said.stdout) == ("[]", True)


def test_the_ledger_is_told_how_far_it_is_signed_and_why_not_further(full: Caller) -> None:
    """Never, since when, how many wait, that the last try was refused; a warning after hours, critical when refused."""
    assert "\nLedger:      never signed, " in full("status").out
    size = full("ledger", "checkpoint", "--json").json["size"]
    signed = f"{size} leaves signed 2026-"
    assert f"\nLedger:      {signed}" in full("status").out
    full("requests", "open", "--text", "All posts")
    assert full("status", "--json").json["ledger"] | {"signed": ""} == {
        "size": size,
        "signed": "",
        "unsigned": 1,
        "refused": "",
    }
    full.clock.move(timedelta(hours=4))
    assert ", 1 since. Run: archiver ledger checkpoint\n" in full("status").out
    assert "WARNING  ledger: 1 leaves of the ledger are not signed" in full("doctor", "--offline").out
    (full.folder / "archive/ledger/acts.jsonl").write_text("{}\n", encoding="utf-8")
    assert full("ledger", "checkpoint").code == Exit.VERIFICATION
    assert "\nLedger:      REFUSED to be signed: The acts in the catalogue are not" in full("status").out
    assert "ERROR    ledger: The last checkpoint was refused: The acts" in full("doctor", "--offline").out
    assert full("status", "--nagios").code == 2
