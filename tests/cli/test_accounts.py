"""Accounts are registered, shown, changed, retired and resumed; each act is on record, and no secret is repeated."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from archiver.storage.accounts import account_called, change_account
from archiver.storage.archive import Archive
from tests.archives import SOCIAL
from tests.cli.calling import Caller

SECRET = "xoxb-This-Is-The-Token-Itself"
FEED = "https://www.lakeside.example/feed.xml"
NOW = "2026-11-21T13:00:00.000000Z"


def expected(**other: Any) -> dict[str, Any]:
    """An account as JSON, as `accounts add feed --url FEED` makes it."""
    return {
        "id": "feed-www-lakeside-example-feed-xml",
        "platform": "feed",
        "handle": "www.lakeside.example/feed.xml",
        "url": FEED,
        "unit": "",
        "purpose": "",
        "audience": "public",
        "owner": "",
        "deputy": "",
        "level": "unknown",
        "credential": None,
        "platform_id": None,
        "state": "active",
        "state_reason": "",
        "interval_minutes": 15,
        "options": {},
    } | other


def test_a_feed_needs_only_its_address(new: Caller) -> None:
    """Id and handle come from the address; what follows from an unknown level is said."""
    said = new("accounts", "add", "feed", "--url", FEED, "--json")

    assert said.json == {"schema": 1, "account": expected()}
    assert said.err == (
        "Its level is not registered: nothing of it becomes due. Set it: "
        "archiver accounts change feed-www-lakeside-example-feed-xml --level other|executive|...\n"
    )


def test_every_detail_is_kept(new: Caller) -> None:
    """What is given at registration stands in the register."""
    said = new(
        "accounts", "add", "mastodon", "--handle", "lakeside@social.example", "--id", "main", "--unit", "Office",
        "--purpose", "News", "--audience", "families", "--owner", "Ann", "--deputy", "Bo", "--level", "executive",
        "--credential", "systemd:social", "--interval", "5", "--json",
    )  # fmt: skip

    assert said.err == ""
    assert said.json["account"] == expected(
        id="main",
        platform="mastodon",
        handle="lakeside@social.example",
        url="https://social.example",
        unit="Office",
        purpose="News",
        audience="families",
        owner="Ann",
        deputy="Bo",
        level="executive",
        credential="systemd:social",
        interval_minutes=5,
    )


def test_a_setting_of_the_connector_is_kept(new: Caller) -> None:
    """Options are added to those that are there."""
    new("accounts", "add", "wordpress", "--url", "https://w.example", "--id", "w", "--option", "rest_route=1")
    said = new("accounts", "change", "w", "--option", "other=x", "--json")

    assert said.json["account"]["options"] == {"rest_route": "1", "other": "x"}


@pytest.mark.parametrize(
    ("words", "what", "do"),
    [
        (["fed", "--url", FEED], "There is no connector for 'fed'.", "Did you mean 'feed'?"),
        (["feed"], "There is no address to ask at.", "Give one: --url https://..."),
        (
            ["feed", "--url", "ftp://x.example/"],
            "The address is not an absolute http or https one.",
            "Write it whole: https://host/path",
        ),
        (["feed", "--url", "https:///x"], "The address is not an absolute http or https one.", None),
        (["feed", "--url", "https://x.example:99999/"], "The address is not an absolute http or https one.", None),
        (["feed", "--url", FEED, "--id", "Big"], "'Big' cannot be the id of an account.", None),
        (["feed", "--url", FEED, "--id", "a" * 41], f"'{'a' * 41}' cannot be the id of an account.", None),
        (["feed", "--url", FEED, "--id", "-a"], "'-a' cannot be the id of an account.", None),
        (["feed", "--url", FEED, "--id", "../a"], "'../a' cannot be the id of an account.", None),
        (["feed", "--url", FEED, "--interval", "0"], "An interval of 0 minutes is out of bounds.", None),
        (["feed", "--url", FEED, "--unit", "a\nb"], "The unit is not one line of text.", None),
        (["feed", "--url", FEED, "--handle", "  "], "The handle is empty.", None),
        (["feed", "--url", FEED, "--handle", "ж"], "The handle has no letter or digit an id could be made of.", None),
        (["feed", "--url", FEED, "--credential", "env:X"], "The connector feed takes no credential.", None),
        (["feed", "--url", FEED, "--option", "x"], "An option of the connector cannot be read.", None),
    ],
)
def test_what_cannot_be_registered_is_refused(new: Caller, words: list[str], what: str, do: str | None) -> None:
    """With exit code 2, the reason and the remedy, and nothing is registered."""
    said = new("accounts", "add", *words, "--json")

    assert (said.code, said.error["what"]) == (2, what)
    assert do in (None, said.error["do"])
    assert new("accounts", "list", "--json").json["accounts"] == []


@pytest.mark.parametrize(
    "words",
    [
        ["--credential", SECRET],
        ["--credential", f"env:{SECRET}"],
        ["--credential", f"token:{SECRET}"],
        ["--credential", f"file:{SECRET}"],
        ["--url", f"https://user:{SECRET}@social.example"],
        ["--url", f"https://social.example/?access_token={SECRET}"],
        ["--option", f"token={SECRET}"],
    ],
)
def test_a_secret_is_refused_and_never_repeated(new: Caller, words: list[str]) -> None:
    """Neither the answer nor the archive holds it."""
    base = [] if "--url" in words else ["--url", "https://social.example"]
    said = new("accounts", "add", "mastodon", "--handle", "lakeside", *base, *words)

    assert said.code == 2
    assert SECRET not in said.out + said.err
    assert "credential" in said.err or "secret" in said.err
    assert not [path for path in new.folder.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]


def test_an_id_and_a_presence_are_registered_once(new: Caller) -> None:
    """The same id, and the same account under another id, are refused."""
    new("accounts", "add", "feed", "--url", FEED, "--id", "news")

    again = new("accounts", "add", "feed", "--url", FEED, "--id", "other", "--json")
    taken = new("accounts", "add", "feed", "--url", "https://b.example", "--id", "news", "--json")

    assert again.error["what"] == "This account is registered already, as 'news'."
    assert taken.error["what"] == "The id 'news' is taken by www.lakeside.example/feed.xml on feed."


def test_a_change_is_recorded_with_what_was_before(new: Caller) -> None:
    """The level has a history, and the acts say who changed what."""
    new("accounts", "add", "feed", "--url", FEED, "--id", "news", "--level", "other")
    new("accounts", "change", "news", "--level", "executive", "--owner", "Ann", "--actor", "Bo")
    said = new("accounts", "show", "news", "--json").json

    assert said["levels"] == [
        {"level": "other", "since": NOW, "by": "Rhea Quist"},
        {"level": "executive", "since": NOW, "by": "Bo"},
    ]
    assert said["acts"][1] == {
        "at": NOW,
        "actor": "Bo",
        "act": "account changed",
        "detail": {"from": {"level": "other", "owner": ""}, "to": {"level": "executive", "owner": "Ann"}},
    }


def test_nothing_to_change_is_an_error(new: Caller) -> None:
    """A change that changes nothing is not recorded."""
    new("accounts", "add", "feed", "--url", FEED, "--id", "news")
    said = new("accounts", "change", "news", "--url", FEED, "--json")

    assert said.error["what"] == "Nothing of the account news would change."
    assert len(new("accounts", "show", "news", "--json").json["acts"]) == 1


@pytest.mark.parametrize(("choice", "code", "pinned"), [([], 2, "1"), (["--keep-pin"], 0, "1"), (["--repin"], 0, None)])
def test_another_address_of_a_pinned_account_asks_who_answers_there(
    full: Caller, choice: list[str], code: int, pinned: str | None
) -> None:
    """Records of another account must not be kept under this name by mistake."""
    before = full("accounts", "show", SOCIAL, "--json").json["account"]["platform_id"]
    said = full("accounts", "change", SOCIAL, "--handle", "renamed", *choice)
    after = full("accounts", "show", SOCIAL, "--json").json["account"]["platform_id"]

    assert (said.code, after) == (code, before if pinned else None)


def test_retiring_keeps_everything_and_resuming_polls_again(full: Caller) -> None:
    """Its items stay, it is not due any more, and the acts say why."""
    full("accounts", "retire", SOCIAL, "--reason", "replaced")
    retired = full("accounts", "show", SOCIAL, "--json").json["account"]
    items = full("search", "--account", SOCIAL, "--count", "--json").json["count"]
    polled = full("poll", SOCIAL, "--json")
    full("accounts", "resume", SOCIAL)
    resumed = full("accounts", "show", SOCIAL, "--json").json["account"]

    assert (retired["state"], retired["state_reason"], retired["next_due"]) == ("retired", "replaced", None)
    assert items > 60
    assert polled.error["what"] == "The account social is retired."
    assert (resumed["state"], resumed["state_reason"]) == ("active", "")
    assert resumed["next_due"] == "2026-11-23T15:15:00.000000Z"


@pytest.mark.parametrize(("verb", "what"), [("resume", "is polled already"), ("retire", "is retired already")])
def test_an_act_that_is_done_already_is_refused(full: Caller, verb: str, what: str) -> None:
    """Resuming what is active and retiring what is retired are errors, not acts."""
    if verb == "retire":
        full("accounts", "retire", SOCIAL)
    acts = len(full("accounts", "show", SOCIAL, "--json").json["acts"])
    said = full("accounts", verb, SOCIAL, "--json")

    assert said.code == 2
    assert what in said.error["what"]
    assert len(full("accounts", "show", SOCIAL, "--json").json["acts"]) == acts


def test_an_unknown_account_is_told_with_those_there_are(full: Caller) -> None:
    """For each verb that names one."""
    for verb in ("show", "change", "retire", "resume"):
        said = full("accounts", verb, "nobody", *(["--unit", "x"] if verb == "change" else []), "--json")
        assert (said.code, said.error["do"]) == (2, "Registered are: blog, social")


def test_the_page_of_an_account_tells_how_it_is_polled(full: Caller) -> None:
    """Who answers for it, its pin, its last complete poll, its gaps and its history."""
    said = full("accounts", "show", SOCIAL).out

    assert "social: tamarack_hollow_sd on mastodon, active\n" in said
    assert "  Owner:              A. Alder\n" in said
    assert "  Last complete poll: 2026-11-23 07:15 PST\n" in said
    assert "  Standing gaps:      none\n" in said
    assert "account pinned by archiver" in said


def test_hostile_text_in_the_register_does_not_reach_the_terminal(full: Caller) -> None:
    """A state's reason that a platform worded is made safe."""
    archive = Archive.open(full.folder / "archive")
    with archive.database.transaction() as db:
        account = account_called(db, SOCIAL)
        change_account(db, replace(account, state_reason="\x1b[2Jgone\u202e"))
    archive.close()

    assert "  Why:                \\x1b[2Jgone\\u202e\n" in full("accounts", "show", SOCIAL).out


def test_an_empty_register_says_what_to_do(new: Caller) -> None:
    """The list of no accounts is a sentence."""
    assert new("accounts", "list").out == "No account is registered. Register one: archiver accounts add --help\n"
