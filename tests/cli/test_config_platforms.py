"""init, platforms and config: what there is before anything is captured."""

from __future__ import annotations

from archiver.storage.archive import Archive
from tests.cli.calling import Caller


def test_platforms_are_told_as_they_declare_themselves(call: Caller) -> None:
    """All of them in a list, and one with its streams; no archive is needed."""
    listed = call("platforms", "--json").json["platforms"]
    one = call("platforms", "mastodon", "--json").json["platforms"]

    assert {"feed", "mastodon", "wordpress"} <= {known["platform"] for known in listed}
    assert [known for known in listed if known["platform"] == "mastodon"] == one
    assert {"profile", "posts", "messages"} <= {stream["name"] for stream in one[0]["streams"]}
    assert "Not captured:" in call("platforms", "mastodon").out
    assert call("platforms", "mastodn", "--json").error["do"] == "Did you mean 'mastodon'?"


def test_the_configuration_is_told_with_its_origin(call: Caller) -> None:
    """Every option, and whether the file, the command line or the default decides."""
    said = call("config", "show", "--origin", "--archive", "elsewhere", "--json").json
    path = str(call.folder / "archiver.toml")

    assert (said["file"], said["options"]["network.allow_loopback"], said["options"]["polling.threads"]) == (
        path,
        True,
        16,
    )
    assert [said["origin"][name] for name in ("network.allow_loopback", "archive.directory", "polling.threads")] == [
        path,
        "--archive",
        "default",
    ]
    assert f"network.allow_loopback = true    ({path})" in call("config", "show", "--origin").out


def test_a_configuration_can_be_checked(call: Caller) -> None:
    """The options it sets, or exit code 3."""
    good = call("config", "check", "--json")
    (call.folder / "archiver.toml").write_text("[agency]\ntoken = 'x'\n", encoding="utf-8")
    bad = call("config", "check", "--json")

    assert good.json["given"] == [
        "agency.name",
        "agency.records_officer",
        "archive.directory",
        "archive.reserve_megabytes",
        "logging.level",
        "network.allow_loopback",
    ]
    assert (bad.code, "looks like a secret" in bad.error["what"]) == (3, True)


def test_an_archive_is_begun_once(call: Caller) -> None:
    """The second time it is refused, and nothing is changed."""
    first = call("init", "--json").json
    again = call("init", "--json")

    assert (first["directory"], first["agency"]) == (str(call.folder / "archive"), "Tamarack Hollow School District")
    assert (again.code, again.error["what"]) == (
        4,
        f"{first['directory']} holds an archive already: none was begun in it.",
    )
    assert Archive.open(call.folder / "archive").id == first["id"]


def test_an_agency_may_be_called_anything_that_can_be_printed(call: Caller) -> None:
    """Its name is kept as it is; control characters are refused before anything is made."""
    bad = call("init", "--agency", "Lake\x1b[2J", "--json")
    good = call("init", "--agency", 'École "Ж" 🦉 \\ District', "--json")

    assert (bad.code, bad.error["what"]) == (2, "The agency's name is not one line of text.")
    assert good.json["agency"] == 'École "Ж" 🦉 \\ District'
