"""The configuration file: where it is found, what it means, and what is refused."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.config import Config, load, parse, settings
from archiver.errors import ConfigError, Exit

FOLDER = Path("/srv/agency")


def problem(content: str) -> tuple[str, str]:
    """What is said of a text that cannot be used: what is wrong, and what to do."""
    with pytest.raises(ConfigError) as caught:
        parse(content, FOLDER, name="archiver.toml")
    assert caught.value.exit == Exit.CONFIG
    assert caught.value.means == "Nothing was started and nothing in the archive was changed."
    return caught.value.what, caught.value.do


def write(path: Path, content: str) -> Path:
    """A file with a content, its folder made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


def test_an_empty_file_means_the_defaults() -> None:
    """Without a word in the file every default holds, and the archive lies beside the file."""
    config = parse("", FOLDER)

    assert config == dataclasses.replace(
        Config(), archive=dataclasses.replace(Config().archive, directory=FOLDER / "archive")
    )
    assert (config.origin, config.given) == (None, frozenset())


def test_what_the_file_says_holds() -> None:
    """Values of each type arrive as written, and the rest keeps its default."""
    config = parse(
        """
        [agency]
        name = "Port of Séattle"
        time_zone = "UTC"
        [archive]
        directory = "/var/lib/archiver"
        [polling]
        threads = 4
        media = false
        [network]
        ca_bundle = "ca.pem"
        [requests]
        closures = [2026-12-31, 2026-12-24, 2026-12-31]
        [logging]
        format = "json"
        """,
        FOLDER,
    )
    changed = {name: value for name, value in settings(config).items() if value != settings(parse("", FOLDER))[name]}

    assert changed == {
        "agency.name": "Port of Séattle",
        "agency.time_zone": "UTC",
        "archive.directory": Path("/var/lib/archiver"),
        "polling.threads": 4,
        "polling.media": False,
        "network.ca_bundle": FOLDER / "ca.pem",
        "requests.closures": (date(2026, 12, 24), date(2026, 12, 31)),
        "logging.format": "json",
    }
    assert config.given == set(changed)


@pytest.mark.parametrize(
    ("content", "what", "do"),
    [
        ("[polling]\nthread = 1", "there is no option polling.thread.", "Did you mean threads?"),
        ("[poling]\nthreads = 1", "there is no section poling.", "Did you mean polling?"),
        ("threads = 1", "there is no section threads.", "Put threads under [polling]."),
        ("[network]\nthreads = 1", "there is no option network.threads.", "Put threads under [polling]."),
        ("[logging]\nzzz = 1", "there is no option logging.zzz.", "The options here are format, level."),
        (
            "polling = 3",
            "polling is a section, not an option.",
            "Write [polling] on a line of its own and its options below it.",
        ),
    ],
)
def test_an_unknown_key_is_refused_with_a_suggestion(content: str, what: str, do: str) -> None:
    """A key that is not understood stops the program and leads to the right one."""
    assert problem(content) == (f"archiver.toml: {what}", do)


@pytest.mark.parametrize(
    ("key", "value", "takes"),
    [
        ("polling.threads", "true", "a whole number of threads from 1 to 128, without quotes"),
        ("polling.threads", "0", "a whole number of threads from 1 to 128, without quotes"),
        ("polling.threads", "129", "a whole number of threads from 1 to 128, without quotes"),
        ("polling.threads", "4.0", "a whole number of threads from 1 to 128, without quotes"),
        ("polling.threads", '"4"', "a whole number of threads from 1 to 128, without quotes"),
        ("polling.media", '"yes"', "true or false, without quotes"),
        ("polling.media", "1", "true or false, without quotes"),
        ("polling.user_agent", '""', "one line of plain ASCII text in quotes, not empty"),
        ("polling.user_agent", '"Séattle"', "one line of plain ASCII text in quotes, not empty"),
        ("polling.user_agent", '"a\\r\\nX-Evil: 1"', "one line of plain ASCII text in quotes, not empty"),
        ("agency.name", "3", 'one line of text in quotes, such as "Lakeside School District"'),
        ("agency.name", '"a\\nb"', 'one line of text in quotes, such as "Lakeside School District"'),
        ("agency.time_zone", '"America"', 'the name of a time zone, such as "America/Los_Angeles"'),
        ("agency.time_zone", '"../etc/passwd"', 'the name of a time zone, such as "America/Los_Angeles"'),
        ("agency.time_zone", '"Mars/Base"', 'the name of a time zone, such as "America/Los_Angeles"'),
        ("agency.time_zone", '""', 'the name of a time zone, such as "America/Los_Angeles"'),
        ("archive.directory", '""', "a folder's path in quotes, not empty and without ~"),
        ("archive.directory", '"~/archive"', "a folder's path in quotes, not empty and without ~"),
        ("archive.directory", '"a\\u0000b"', "a folder's path in quotes, not empty and without ~"),
        ("store.kind", '"tape"', '"disk" or "s3" or "none"'),
        ("store.kind", "[]", '"disk" or "s3" or "none"'),
        ("logging.format", '"xml"', '"auto" or "json" or "text"'),
        ("requests.closures", '["2026-12-24"]', "a list of days without quotes, such as [2026-12-24, 2026-12-31]"),
        (
            "requests.closures",
            "[2026-12-24T08:00:00]",
            "a list of days without quotes, such as [2026-12-24, 2026-12-31]",
        ),
        ("requests.closures", "2026-12-24", "a list of days without quotes, such as [2026-12-24, 2026-12-31]"),
    ],
)
def test_a_value_of_the_wrong_kind_is_named_with_what_is_expected(key: str, value: str, takes: str) -> None:
    """Each option refuses what it cannot take, and says what it takes."""
    section, name = key.split(".")

    assert problem(f"[{section}]\n{name} = {value}") == (
        f"archiver.toml: {key} cannot be used as it is written.",
        f"It takes {takes}.",
    )


@pytest.mark.parametrize("key", ["token", "bearer_token", "Password", "client_secret", "api_key", "credential"])
@pytest.mark.parametrize("section", ["polling", "logging", "mastodon"])
def test_a_secret_in_the_file_is_refused_and_not_repeated(section: str, key: str) -> None:
    """Whatever looks like a secret is refused with the way to give it by reference; its value is in no message."""
    what, do = (
        problem(f'{key} = "hunter2-hunter2"') if section == "mastodon" else problem(f'[{section}]\n{key} = "hunter2"')
    )

    assert what.endswith(f"{key} looks like a secret, and secrets do not belong in this file.")
    assert "env:NAME, file:/path or systemd:NAME" in do
    assert "hunter2" not in what + do


@pytest.mark.parametrize(
    ("content", "what", "do"),
    [
        ('[store]\nkind = "none"', "store.kind cannot be none: sealed files must be kept somewhere.", "Write kind"),
        ('[second_store]\nkind = "disk"', "second_store.directory is missing.", "Name a folder"),
        ('[store]\nkind = "s3"\ncredential = "env:KEY"', "store.bucket is missing.", "needs a bucket"),
        ('[second_store]\nkind = "s3"\nbucket = "records"', "second_store.credential is missing.", "needs a cred"),
        (
            '[store]\ndirectory = "x"\n[second_store]\nkind = "disk"\ndirectory = "x"',
            "store and second_store are the same place.",
            "another folder",
        ),
    ],
)
def test_stores_that_do_not_go_together_are_refused(content: str, what: str, do: str) -> None:
    """What a store needs, and that the second copy lies elsewhere than the first."""
    said, remedy = problem(content)

    assert (said, do in remedy) == (f"archiver.toml: {what}", True)


@pytest.mark.parametrize("value", ["AKIAXYZ:hunter2", "hunter2", "file:relative", "env:"])
def test_a_store_names_its_secret_by_reference_only(value: str) -> None:
    """A secret written in place of its reference is refused and repeated nowhere."""
    what, do = problem(f'[store]\ncredential = "{value}"')

    assert what == "archiver.toml: store.credential cannot be used as it is written."
    assert (do, "hunter2" in what + do) == (
        "It takes a reference in quotes: env:NAME, file:/path or systemd:NAME.",
        False,
    )


@pytest.mark.parametrize("value", ["http://s3.example.org", "https://k:s@s3.example.org", "s3.example.org", "ftp://x"])
def test_a_store_is_asked_in_the_open_on_this_machine_only(value: str) -> None:
    """Plain HTTP is for loopback; an address carries no password."""
    assert problem(f'[store]\nendpoint = "{value}"')[0].endswith("store.endpoint cannot be used as it is written.")


def test_all_mistakes_are_counted() -> None:
    """The first mistake is told in full, and how many more there are."""
    what, _ = problem("[polling]\nthread = 1\nmedia = 3\n[store]\nkind = 4\n")

    assert what == "archiver.toml: there is no option polling.thread. (2 more to mend in this file.)"


@pytest.mark.parametrize("content", ["polling", "[polling]\nthreads = 1\nthreads = 2", "a = " + "[" * 5000, "x = 0x"])
def test_what_is_not_toml_is_an_error_of_the_file(content: str) -> None:
    """A text that is not TOML is told as that, never as a traceback."""
    what, do = problem(content)

    assert what.startswith("archiver.toml is not valid TOML: ")
    assert do == "Correct that line."


@given(st.text(max_size=60) | st.from_regex(r"\[?(polling|agency)?\]?\n?[a-z_]{1,12} = .{0,20}", fullmatch=True))
def test_any_text_is_read_or_refused(content: str) -> None:
    """There is no text that the configuration neither reads nor refuses with a reason."""
    try:
        config = parse(content, FOLDER)
    except ConfigError as error:
        assert all(error.lines())
    else:
        assert set(settings(config)) >= config.given


def test_the_named_file_comes_first(tmp_path: Path) -> None:
    """--config outranks the environment, which outranks the file in the current folder."""
    named = write(tmp_path / "named.toml", "[polling]\nthreads = 1")
    by_variable = write(tmp_path / "variable" / "v.toml", "[polling]\nthreads = 2")
    here = write(tmp_path / "archiver.toml", "[polling]\nthreads = 3")
    environ = {"ARCHIVER_CONFIG": str(by_variable)}
    found = [load(named, environ, here=tmp_path), load(None, environ, here=tmp_path), load(None, {}, here=tmp_path)]

    assert [(one.polling.threads, one.origin) for one in found] == [(1, named), (2, by_variable), (3, here)]
    assert found[1].archive.directory == tmp_path / "variable" / "archive"


def test_a_relative_name_is_taken_from_the_current_folder(tmp_path: Path) -> None:
    """A relative --config, and the paths in that file, do not depend on anything but the folder the user is in."""
    write(tmp_path / "etc" / "a.toml", '[archive]\ndirectory = "../kept"')
    config = load(Path("etc/a.toml"), {}, here=tmp_path)

    assert (config.origin, config.archive.directory) == (tmp_path / "etc/a.toml", tmp_path / "etc/../kept")


def test_the_defaults_hold_where_there_is_no_file(tmp_path: Path) -> None:
    """Without any file, and with an empty variable, the archive is the folder `archive` of the current folder."""
    config = load(None, {"ARCHIVER_CONFIG": ""}, here=tmp_path)

    assert config == parse("", tmp_path)
    assert config.origin is None


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    """A file saved by an editor that begins with a byte order mark is read."""
    file = tmp_path / "archiver.toml"
    file.write_bytes(b"\xef\xbb\xbf[polling]\nthreads = 2\n")

    assert load(file, {}).polling.threads == 2


@pytest.mark.parametrize("how", ["missing", "folder", "latin-1"])
def test_a_named_file_that_cannot_be_read_is_an_error(tmp_path: Path, how: str) -> None:
    """A file that was named is never passed over: what is wrong with it is told."""
    file = tmp_path / "archiver.toml"
    if how == "folder":
        file.mkdir()
    elif how == "latin-1":
        file.write_bytes('[agency]\nname = "Séattle"'.encode("latin-1"))
    with pytest.raises(ConfigError) as caught:
        load(file, {})

    assert str(file) in caught.value.what
    assert all(caught.value.lines())


def test_a_folder_that_may_not_be_looked_into_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it cannot be seen whether a file is there, the defaults do not quietly start another archive."""

    def refused(path: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "is_file", refused)
    with pytest.raises(ConfigError, match="cannot be read: Permission denied"):
        load(None, {}, here=tmp_path)


def test_a_number_of_thousands_of_digits_is_an_error(tmp_path: Path) -> None:
    """The TOML library lets Python's own refusal through."""
    with pytest.raises(ConfigError, match="is not valid TOML"):
        parse("[polling]\nthreads = " + "9" * 5000, tmp_path)
