"""docs/commands.md tells of every command, every option and every exit code, and of no others."""

from __future__ import annotations

import re

import click

from archiver.cli.frame import archiver
from archiver.errors import Exit
from tests.cli.test_frame import leaves
from tests.project.tree import ROOT

PAGE = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
EVERYWHERE = {"--config", "--archive", "--actor", "--json", "--no-color"}
OPTION = re.compile(r"--[a-z-]+")


def sections() -> dict[str, str]:
    """The text below each command's heading."""
    return dict(re.findall(r"^### `archiver ([a-z ]+)`\n(.*?)(?=^##|\Z)", PAGE, re.M | re.S))


def own_options(command: click.Command) -> set[str]:
    """The options of a command, without those that every command takes."""
    return {
        name for one in command.params for name in (*one.opts, *one.secondary_opts) if name[:2] == "--"
    } - EVERYWHERE


def rows(text: str) -> set[str]:
    """The options named in the first column of a section's table."""
    return {name for row in re.findall(r"^\| (`--.*?) \| ", text, re.M) for name in OPTION.findall(row)}


def test_each_command_has_its_section_and_its_options() -> None:
    """In the table of its section: its options, all of them, and no others."""
    told = {name: rows(text) for name, text in sections().items()}

    assert told == {" ".join(path): own_options(command) for path, command in leaves(archiver)}


def test_the_global_options_are_told_once() -> None:
    """In a table of their own."""
    table = PAGE.split("## Options every command takes")[1].split("\n## ")[0]

    assert rows(table) == EVERYWHERE


def test_each_exit_code_is_told() -> None:
    """Every code of the program, and what the shell has for an interrupt."""
    table = PAGE.split("## Exit codes")[1].split("\n## ")[0]
    codes = [int(code) for code in re.findall(r"^\| (\d+) \|", table, re.M)]

    assert codes == [*(int(code) for code in Exit), 130]
