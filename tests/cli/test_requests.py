"""archiver requests and archiver bundle: from receipt to a bundle that can be checked, and to closing."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.archives import SOCIAL, Filled
from tests.cli.calling import Caller

TEXT = "All posts and comments about the boundary study"
RECEIVED = "2026-11-23T15:15:00.000000Z"


def opened(full: Caller, *words: str) -> Any:
    """Open a request; the answer."""
    said = full("requests", "open", "--text", TEXT, *words, "--json")
    assert said.code == 0, said.err
    return said.json


def test_a_request_gets_its_number_its_clock_and_its_scope(full: Caller) -> None:
    """Received on Monday before Thanksgiving: five business days later is the Tuesday of the week after."""
    said = opened(full, "--words", "boundary", "--account", SOCIAL, "--since", "2026-01-01", "--requester", "Ann Oak")

    assert said == {
        "schema": 1,
        "request": {
            "id": "2026-0001",
            "state": "open",
            "received": RECEIVED,
            "due": "2026-12-02",
            "requester": "Ann Oak",
            "text": TEXT,
            "scope": {
                "accounts": [SOCIAL],
                "words": "boundary",
                "since": "2026-01-01T08:00:00.000000Z",
                "captured_until": RECEIVED,
            },
            "opened_by": "Rhea Quist",
            "closed": None,
            "closing_note": "",
            "business_days_left": 5,
        },
        "items": said["items"],
    }
    assert said["items"] > 1


def test_a_day_of_receipt_reaches_to_its_end(full: Caller) -> None:
    """Nothing that existed on the day is left out; the clock counts from the day."""
    said = opened(full, "--received", "2026-11-21")["request"]

    assert (said["received"], said["due"]) == ("2026-11-22T07:59:59.000000Z", "2026-12-01")


def test_what_was_captured_after_the_receipt_is_not_in_scope_unless_asked_for(full: Caller, filled: Filled) -> None:
    """The comment added later exists for the second request only; the first one is told of none it missed."""
    first = opened(full, "--received", "2026-11-21T05:05:00", "--thread", filled.edited)
    second = opened(full, "--received", "2026-11-21T05:05:00", "--thread", filled.edited, "--include-later")
    shown = full("requests", "show", first["request"]["id"], "--json").json

    assert (first["items"] + 1, shown["captured_later"]) == (second["items"], 1)
    assert "captured_until" not in second["request"]["scope"]


def test_the_scope_is_explained(full: Caller) -> None:
    """What existed at receipt; and what it means to give no scope at all."""
    said = full("requests", "open", "--text", "Everything")

    assert "records that exist at that time (WAC 44-14-04004)" in said.out
    assert "No scope was given: the request means, and holds, every item of the archive." in said.err


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["--text", " "], "The text of the request is empty or too long."),
        ([], "The text of the request is given once."),
        (["--text", "x", "--text-file", "-"], "The text of the request is given once."),
        (["--text-file", "no-such-file"], "The file no-such-file cannot be read as text."),
        (
            ["--text", "x", "--words", '"open'],
            "The search words '\"open' cannot be read: a quotation mark is not closed.",
        ),
        (["--text", "x", "--account", "nobody"], "No account is registered as 'nobody'."),
        (["--text", "x", "--id", "../x"], "'../x' cannot be the id of a request."),
        (["--text", "x", "--received", "2027-01-01"], "The time of receipt is in the future."),
    ],
)
def test_what_cannot_be_opened_is_refused(full: Caller, words: list[str], what: str) -> None:
    """Exit code 2, and no request is there."""
    said = full("requests", "open", *words, "--json")

    assert (said.code, said.error["what"]) == (2, what)
    assert full("requests", "list", "--all", "--json").json["requests"] == []


def test_an_id_is_given_once_and_numbers_go_on(full: Caller) -> None:
    """A number that is taken is passed over."""
    opened(full, "--id", "2026-0001")
    again = full("requests", "open", "--text", "x", "--id", "2026-0001", "--json")

    assert again.error["what"] == "There is a request '2026-0001' already."
    assert opened(full)["request"]["id"] == "2026-0002"


def test_the_text_can_come_from_a_file_or_a_pipe(full: Caller) -> None:
    """As it stands, lines and all."""
    (full.folder / "request.txt").write_text("Line one\nLine two\n", encoding="utf-8")
    file = full("requests", "open", "--text-file", str(full.folder / "request.txt"), "--json").json
    pipe = full("requests", "open", "--text-file", "-", "--json", stdin="From a pipe").json

    assert [said["request"]["text"] for said in (file, pipe)] == ["Line one\nLine two\n", "From a pipe"]


def test_closures_of_the_agency_are_counted_with_a_warning(full: Caller) -> None:
    """The answer is due later, and the day by statute is said."""
    config = full.folder / "archiver.toml"
    config.write_text(f"{config.read_text()}\n[requests]\nclosures = [2026-11-25]\n", encoding="utf-8")
    said = full("requests", "open", "--text", "x", "--words", "y", "--json")

    assert said.json["request"]["due"] == "2026-12-03"
    assert "by 2026-12-02 is safe without them" in said.err


def test_open_requests_are_listed_by_their_due_day(full: Caller) -> None:
    """Closed ones only where they are asked for; what is overdue is said."""
    opened(full, "--id", "late", "--received", "2026-11-12")
    opened(full, "--id", "new")
    opened(full, "--id", "done")
    full("requests", "close", "done", "--note", "No responsive records.")

    ids = [
        [one["id"] for one in full("requests", "list", *more, "--json").json["requests"]] for more in ([], ["--all"])
    ]
    assert ids == [["late", "new"], ["late", "new", "done"]]
    assert "a first answer was due Thu 2026-11-19, 2 business days ago" in full("requests", "list").out


def test_a_bundle_is_written_checked_and_recorded(full: Caller) -> None:
    """It lies in bundles/, its figures are told, and the request's page names it."""
    opened(full, "--words", "boundary")
    made = full("requests", "bundle", "2026-0001", "--json").json
    checked = full("bundle", "verify", made["file"], "--json").json
    shown = full("requests", "show", "2026-0001", "--json").json

    assert made["file"] == str(full.folder / "archive" / "bundles" / "2026-0001-1.zip")
    assert checked == {
        "schema": 1,
        "file": made["file"],
        "request": "2026-0001",
        "items": made["items"],
        "records": made["records"],
        "files": made["files"],
        "manifest_sha256": made["manifest_sha256"],
    }
    assert shown["bundles"] == [
        {
            "made": RECEIVED,
            "name": "2026-0001-1.zip",
            "sha256": made["sha256"],
            "size": made["bytes"],
            "items": made["items"],
        }
    ]
    assert [act["act"] for act in shown["acts"]] == ["request opened", "bundle made"]


def test_a_second_bundle_gets_the_next_number_and_the_same_bytes(full: Caller) -> None:
    """The same state and the same time of making make the same bytes; a file that is there is not written over."""
    opened(full, "--words", "boundary")
    first = full("requests", "bundle", "2026-0001", "--json").json
    full.clock.move(timedelta(hours=1))
    second = full("requests", "bundle", "2026-0001", "--made-at", "2026-11-23T07:15:00", "--json").json
    other = str(full.folder / "out.zip")
    third = full("requests", "bundle", "2026-0001", "--output", other, "--json").json
    again = full("requests", "bundle", "2026-0001", "--output", other, "--json")

    assert (first["sha256"], Path(second["file"]).name) == (second["sha256"], "2026-0001-2.zip")
    assert third["sha256"] != first["sha256"]
    assert (again.code, again.error["what"]) == (2, f"{other} is there already.")


@pytest.mark.parametrize("moment", ["2020-01-01", "2099-01-01"])
def test_a_bundle_tells_no_impossible_time(full: Caller, moment: str) -> None:
    """Neither one before the request was received nor one to come; nothing is written."""
    opened(full, "--words", "boundary")
    said = full("requests", "bundle", "2026-0001", "--made-at", moment, "--json")

    assert (said.code, said.error["means"]) == (2, "Nothing was written: the bundle would say what cannot be.")
    assert list((full.folder / "archive" / "bundles").iterdir()) == []


def test_a_bundle_leaves_nothing_half_done(full: Caller) -> None:
    """Where a kept record is not what it was: exit code 10, no file, no act."""
    opened(full)
    for segment in (full.folder / "archive" / "spool").glob("social-*.gz"):
        data = bytearray(segment.read_bytes())
        data[3000:120000] = bytes(117000)
        segment.write_bytes(data)
    said = full("requests", "bundle", "2026-0001", "--json")

    assert said.code == 10
    assert "is not what was written" in said.error["what"]
    assert list((full.folder / "archive" / "bundles").iterdir()) == []
    assert full("requests", "show", "2026-0001", "--json").json["bundles"] == []


def test_a_bundle_that_was_changed_is_found_out(full: Caller) -> None:
    """Exit code 10, naming the file; what is no bundle at all too."""
    opened(full, "--words", "boundary")
    whole = Path(full("requests", "bundle", "2026-0001", "--json").json["file"])
    forged, cut, text = whole.with_name("forged.zip"), whole.with_name("cut.zip"), whole.with_name("text.zip")
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(forged, "w") as new:
        for entry in old.infolist():
            data = old.read(entry)
            new.writestr(
                entry, data.replace(b"boundary", b"Boundary") if entry.filename.endswith("items.csv") else data
            )
    cut.write_bytes(whole.read_bytes()[:-500])
    text.write_text("no ZIP at all", encoding="utf-8")
    said = {path.name: full("bundle", "verify", str(path), "--json") for path in (forged, cut, text)}

    assert {answer.code for answer in said.values()} == {10}
    assert "data/items.csv is not what was written" in said["forged.zip"].error["what"]
    assert full("bundle", "verify", "nowhere.zip", "--json").code == 2


def test_a_request_is_closed_with_a_note_and_once(full: Caller) -> None:
    """The note is kept, and what the law says of closing is told."""
    opened(full, "--words", "boundary")
    empty = full("requests", "close", "2026-0001", "--note", "  ", "--json")
    closed = full("requests", "close", "2026-0001", "--note", "All records provided.")
    again = full("requests", "close", "2026-0001", "--note", "x", "--json")
    shown = full("requests", "show", "2026-0001", "--json").json["request"]

    assert (empty.code, again.error["what"]) == (2, "Request 2026-0001 is closed already.")
    assert closed.out.startswith("Closed 2026-0001.\nIts hold has ended")
    assert "within one year" in closed.out
    assert (shown["state"], shown["closed"], shown["closing_note"]) == ("closed", RECEIVED, "All records provided.")
    assert shown["business_days_left"] is None


def test_an_unknown_request_is_told(full: Caller) -> None:
    """For each verb that names one."""
    for words in (["show"], ["bundle"], ["close", "--note", "x"]):
        said = full("requests", words[0], "9", *words[1:], "--json")
        assert (said.code, said.error["what"]) == (2, "No request is known as '9'.")


def test_hostile_words_of_a_requester_do_not_reach_the_terminal(full: Caller) -> None:
    """The text is kept as it is and shown harmlessly."""
    full("requests", "open", "--text", "\x1b[2J\u202eall", "--requester", "\x07Ann")
    shown = full("requests", "show", "2026-0001")

    assert not set(shown.out + full("requests", "list").out) & set("\x1b\x07\u202e")
    assert "    | \\x1b[2J\\u202eall\n" in shown.out
    assert json.loads(full("requests", "show", "2026-0001", "--json").out)["request"]["text"] == "\x1b[2J\u202eall"


def test_the_year_of_a_number_is_that_of_washington(full: Caller) -> None:
    """Received in the last hours of the year there: still that year's number."""
    full.clock.move(datetime(2027, 1, 1, 5, tzinfo=UTC) - full.clock.now())

    assert opened(full)["request"]["id"] == "2026-0001"
