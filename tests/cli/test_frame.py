"""What every command shares: it loads little, takes the global options anywhere, and fails in one way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from archiver.cli.frame import archiver
from archiver.cli.session import Session
from archiver.cli.table import COMMANDS
from archiver.storage.archive import Archive
from tests.cli.calling import Caller

HEAVY = ("requests", "sqlite_utils", "boto3", "warcio", "jinja2", "pysqlite3", "lxml")


def leaves(command: click.Command, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], click.Command]]:
    """Every command that does something, with its words."""
    if not isinstance(command, click.Group):
        return [(path, command)]
    context = click.Context(command)
    named = [(name, command.get_command(context, name)) for name in command.list_commands(context)]
    return [leaf for name, inner in named if inner for leaf in leaves(inner, (*path, name))]


def test_help_loads_no_command_and_no_heavy_library() -> None:
    """`archiver --help` names every command and imports none of them, nor the libraries they need."""
    code = (
        "import sys\nfrom archiver.cli.frame import archiver\n"
        "try:\n    archiver.main(['--help'])\nexcept SystemExit as end:\n    code = end.code\n"
        "import json\nprint(json.dumps([code, sorted(sys.modules)]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    *shown, last = done.stdout.strip().splitlines()
    exit_code, modules = json.loads(last)

    assert exit_code == 0
    assert [name for name in HEAVY if name in modules] == []
    assert [module for module, _ in COMMANDS.values() if module in modules] == []
    assert [name for name in COMMANDS if not any(line.startswith(f"  {name} ") for line in shown)] == []


def test_every_command_of_the_table_loads_and_takes_the_global_options() -> None:
    """Each one is there under its name, and each of its verbs takes --json, --archive, --config and --actor."""
    found = leaves(archiver)

    assert {path[0] for path, _ in found} == set(COMMANDS)
    for path, command in found:
        known = {name for one in command.params for name in one.opts}
        assert {"--json", "--archive", "--config", "--actor", "--no-color"} <= known, path


def test_every_command_has_help() -> None:
    """--help of every command works and shows its own summary."""
    for path, command in leaves(archiver):
        result = CliRunner().invoke(archiver, [*path, "--help"])
        assert (result.exit_code, bool(command.help)) == (0, True), path
        assert result.stdout.startswith(f"Usage: archiver {' '.join(path)}"), path


def test_global_options_may_stand_before_and_after_the_command(call: Caller, tmp_path: Path) -> None:
    """The archive named with --archive is the one used, wherever the option stands."""
    call("--archive", str(tmp_path / "one"), "init", "--agency", "One")
    call("init", "--agency", "Two", "--archive", str(tmp_path / "two"))

    assert [Archive.open(tmp_path / name).agency for name in ("one", "two")] == ["One", "Two"]


def test_an_unknown_command_is_told_with_its_neighbours(call: Caller) -> None:
    """Three lines and exit code 2."""
    said = call("serch")

    assert (said.code, said.out) == (2, "")
    assert said.err.splitlines() == [
        "There is no command 'serch'. Did you mean search?",
        "Nothing was done.",
        "See: archiver --help",
    ]


def test_a_usage_error_is_json_where_json_was_asked_for(call: Caller) -> None:
    """What, meaning, remedy and exit code stand in one object."""
    said = call("accounts", "list", "--jsno", "--json")

    assert said.error == {
        "what": "No such option '--jsno'. Did you mean '--json'?",
        "means": "Nothing was done.",
        "do": "See: archiver accounts list --help",
        "exit": 2,
    }


def test_without_a_command_the_help_is_shown() -> None:
    """On standard error, with exit code 2; with a group alone too."""
    results = [CliRunner().invoke(archiver, words) for words in ([], ["accounts"])]

    assert [(one.exit_code, one.stdout, "Commands:" in one.stderr) for one in results] == [(2, "", True)] * 2


def test_a_missing_archive_is_told_and_not_made(call: Caller, tmp_path: Path) -> None:
    """Exit code 4, and nothing appears on the disk: an empty mount point is no new archive."""
    (tmp_path / "archive").mkdir()
    said = call("search", "x")

    assert said.code == 4
    assert said.err.splitlines() == [
        f"There is no archive in {tmp_path / 'archive'}.",
        "Nothing is captured. If there was one, its disk is not mounted; nothing in it is lost by this.",
        "Mount the disk, or begin a new archive: archiver init",
    ]
    assert list((tmp_path / "archive").iterdir()) == []


def test_a_bad_configuration_ends_with_its_own_code(call: Caller, tmp_path: Path) -> None:
    """Exit code 3, with the section, the option and the nearest name."""
    (tmp_path / "bad.toml").write_text("[polling]\nthread = 3\n", encoding="utf-8")
    said = call("accounts", "list", "--config", str(tmp_path / "bad.toml"), "--json")

    assert (said.code, said.error["exit"], said.error["do"]) == (3, 3, "Did you mean threads?")


def test_a_fault_of_our_own_is_one_line_and_a_report(
    call: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No traceback on the terminal: it stands in a file that only the user may read, and the exit code is 1."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr(Session, "now", lambda _: 1 / 0)
    said = call("init")
    what, means, do = said.err.splitlines()
    report = Path(do.removeprefix("Report it, with the file "))

    assert (said.code, said.out) == (1, "")
    assert what == "A fault in Archiver itself (ZeroDivisionError)."
    assert means == "The command was not carried out to its end; what was kept before is not affected."
    assert "ZeroDivisionError: division by zero" in report.read_text(encoding="utf-8")
    assert report.stat().st_mode & 0o777 == 0o600


def test_a_file_that_may_not_be_read_is_a_matter_of_the_disk(new: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 4, with the name of the file and no traceback."""

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", "/srv/archive/archive.toml")

    monkeypatch.setattr(Archive, "open", refuse)
    said = new("accounts", "list")

    assert said.code == 4
    assert said.err.splitlines()[0] == "/srv/archive/archive.toml cannot be used: Permission denied."


@pytest.mark.parametrize(("name", "code"), [("  ", 2), ("a\nb", 2), ("x" * 101, 2), ("Ann Ågren", 0)])
def test_who_acts_is_one_line_of_text(call: Caller, name: str, code: int) -> None:
    """An actor that could not be recorded as it is, is refused."""
    call("init")

    assert call("accounts", "add", "feed", "--url", "https://a.example/f", "--actor", name).code == code


def test_who_acts_is_by_default_who_called_through_sudo(tmp_path: Path) -> None:
    """The user before sudo, not root."""
    assert Session(environ={"SUDO_USER": "rhea"}).actor == "rhea"
    assert (
        Session(environ={}).actor
        == subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
    )


def test_the_program_runs_as_a_module(tmp_path: Path) -> None:
    """`python -m archiver.cli` answers like the installed command."""
    done = subprocess.run(
        [sys.executable, "-m", "archiver.cli", "config", "check", "--json"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )

    assert json.loads(done.stdout) == {"schema": 1, "file": None, "given": []}
