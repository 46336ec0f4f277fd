"""search and item show: what is shown of items, as text and as JSON."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from archiver.storage.archive import Archive
from tests.archives import BLOG, SOCIAL, Filled
from tests.cli.calling import Caller

LAST = "2026-11-23T15:15:00.000000Z"
HOSTILE = "\x1b]0;owned\x07\x1b[31m=cmd|' /C calc'!A0 \u202egnp.exe"


def sql(call: Caller, statement: str, *values: Any) -> tuple[Any, ...]:
    """Ask or change the archive behind its back; the first row of the answer."""
    archive = Archive.open(call.folder / "archive")
    with archive.database.transaction() as db:
        row = db.execute(statement, values).fetchone()
    archive.close()
    return tuple(row or ())


def test_search_finds_newest_first_and_goes_on_by_key(full: Caller) -> None:
    """The pages together are the whole, each item once."""
    whole = full("search", "board", "--limit", "1000", "--json").json
    pages: list[str] = []
    before: list[str] = []
    while True:
        page = full("search", "board", "--limit", "4", *before, "--json").json
        pages += [item["item"] for item in page["items"]]
        if page["next_before"] is None:
            break
        before = ["--before", str(page["next_before"])]

    assert pages == [item["item"] for item in whole["items"]]
    assert pages == sorted(pages, key=int, reverse=True)
    assert (whole["count"], whole["more_than_count"], len(pages)) == (len(pages), False, len(set(pages)))


def test_search_can_be_narrowed(full: Caller, filled: Filled) -> None:
    """By account, kind, author, conversation and date; the conditions all hold."""
    chosen = full(
        "search", "--kind", "comment", "--author", "quill_marchbank", "--thread", filled.edited, "--json"
    ).json
    late = full("search", "--account", BLOG, "--since", "2026-06-01", "--until", "2026-06-30", "--json").json

    assert [item["remote_id"] for item in chosen["items"]] == [filled.removed]
    assert all("2026-06-01" <= item["created"] < "2026-07-01T08" for item in late["items"])
    assert full("search", "--account", "nobody", "--json").code == 2


def test_a_count_is_capped(full: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the cap only "more" is said."""
    monkeypatch.setattr("archiver.storage.search.COUNT_CAP", 3)
    monkeypatch.setattr("archiver.storage.search.count.__kwdefaults__", {"cap": 3})
    monkeypatch.setattr("archiver.cli.search.COUNT_CAP", 3)

    assert full("search", "--count").out == "3+ items\n"
    assert full("search", "--count", "--json").json == {"schema": 1, "count": 3, "more_than_count": True}


@pytest.mark.parametrize("words", ['"open', "---", '""'])
def test_words_that_cannot_be_searched_are_refused(full: Caller, words: str) -> None:
    """Exit code 2, with the reason."""
    said = full("search", "--json", "--", words)

    assert (said.code, said.error["do"]) == (2, "See: archiver search --help")


def test_hostile_text_is_shown_harmlessly(full: Caller, filled: Filled) -> None:
    """On the terminal it is escaped; in JSON it is what it was."""
    sql(
        full,
        "UPDATE versions SET text = ? WHERE item = (SELECT id FROM items WHERE remote_id = ?)",
        HOSTILE,
        filled.added,
    )
    sql(full, "UPDATE items SET author_handle = ?, link = ? WHERE remote_id = ?", "\x9b2J\u202e", "\x07", filled.added)
    for said in (full("search", "--limit", "5"), full("item", "show", f"{SOCIAL}/{filled.added}")):
        assert not set(said.out) & set("\x1b\x07\x9b\u202e")
        assert "\\x1b]0;owned\\x07\\x1b[31m=cmd|' /C calc'!A0 \\u202egnp.exe" in said.out
    shown = full("item", "show", f"{SOCIAL}/{filled.added}", "--json").json

    assert (shown["versions"][0]["text"], shown["item"]["link"]) == (HOSTILE, "\x07")


def test_an_edited_item_shows_both_versions(full: Caller, filled: Filled) -> None:
    """With the difference marked in text, and both whole in JSON."""
    said = full("item", "show", f"{SOCIAL}/{filled.edited}")
    told = full("item", "show", f"{SOCIAL}/{filled.edited}", "--json").json

    assert "The board meets [-Tuesday-]{+WEDNESDAY+} at 6 pm." in said.out
    assert [(one["number"], one["edited"], one["historic"]) for one in told["versions"]] == [
        (1, None, False),
        (2, "2026-11-21T12:01:00.000000Z", False),
    ]
    assert [one["text"][:26] for one in told["versions"]] == [
        "The board meets Tuesday at",
        "The board meets WEDNESDAY ",
    ]


def test_what_was_looked_for_in_vain_is_not_called_by_a_stronger_word(full: Caller, filled: Filled) -> None:
    """Two direct looks, their captures, and the words of observation."""
    said = full("item", "show", f"{SOCIAL}/{filled.removed}")
    told = full("item", "show", f"{SOCIAL}/{filled.removed}", "--json").json

    assert "deleted" not in said.out.lower()
    assert "not there when looked at directly (the direct look was answered 404)" in said.out
    assert told["observations"] == [
        {
            "seen": "present",
            "method": "listing",
            "first": "2026-11-21T13:00:00.000000Z",
            "last": "2026-11-21T13:00:00.000000Z",
            "detail": "",
        },
        {
            "seen": "absent",
            "method": "direct",
            "first": "2026-11-21T13:15:00.000000Z",
            "last": "2026-11-22T14:15:00.000000Z",
            "detail": "the direct look was answered 404",
        },
    ]
    assert [(one["version"], one["seen"], one["status"]) for one in told["provenance"]][-2:] == [
        (None, "absent", 404)
    ] * 2


def test_provenance_leads_to_the_bytes(full: Caller, filled: Filled) -> None:
    """File, offset, length and SHA-256 of each record are those of the WARC file."""
    told = full("item", "show", f"{SOCIAL}/{filled.edited}", "--json").json
    for capture in told["provenance"]:
        data = (full.folder / "archive" / capture["file"]).read_bytes()
        for record in capture["records"]:
            member = data[record["offset"] : record["offset"] + record["length"]]
            assert hashlib.sha256(member).hexdigest() == record["sha256"]
    assert {record["type"] for record in told["provenance"][0]["records"]} == {"response", "request", "metadata"}


def test_files_are_held_or_missing_with_a_reason(full: Caller) -> None:
    """Both are told for what they are."""
    first, last = sql(full, "SELECT min(item), max(item) FROM item_media")
    sql(full, "UPDATE item_media SET sha256 = NULL, missing = 'the server answered 410' WHERE item = ?", first)
    missing = full("item", "show", str(first))
    held = full("item", "show", str(last), "--json").json["media"]

    assert "missing: the server answered 410" in missing.out
    assert [(one["held"], one["missing"], len(one["sha256"])) for one in held][:1] == [(True, "", 64)]


@pytest.mark.parametrize("item", ["1", "social/0", "nobody/1", "x", "9" * 30, "-"])
def test_an_unknown_item_is_told(full: Caller, item: str) -> None:
    """Exit code 2, however it is named."""
    said = full("item", "show", "--json", "--", item)

    assert (said.code, said.error["what"]) == (2, f"No item is known as {item!r}.")
