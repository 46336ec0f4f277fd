"""What README.md and docs/ name exists, and what exists is named there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from archiver.cli.frame import archiver
from tests.project.tree import ROOT, files, name_of

PAGES = sorted(path for path in files() if path.suffix == ".md" and name_of(path).startswith(("docs/", "README.md")))
SPAN = re.compile(r"(?<!`)`([^`\n]+(?:\n[^`\n]+)?)`(?!`)")
FENCE = re.compile(r"^```.*?\n(.*?)^```", re.M | re.S)
LINK = re.compile(r"\]\(([^)\s]+)\)")
FOLDERS = ("archiver/", "connectors/", "retention/", "exports/", "tests/", "docs/", "benchmarks/", ".ci/")
EVERYWHERE = {"--help", "--version"}


def root() -> click.Group:
    """The command `archiver`."""
    return archiver


def options(command: click.Command) -> set[str]:
    """The options a command takes, in every spelling."""
    return {word for one in command.params for word in (*one.opts, *one.secondary_opts) if word.startswith("-")}


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words of every command that does something."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        elif command is not None and not command.hidden:
            yield (*path, name)


def said(text: str) -> Iterator[list[str]]:
    """Each `archiver ...` of a page, from its code blocks and its inline code, as words after `archiver`."""
    joined = text.replace("\\\n", " ")
    blocks = FENCE.findall(joined) + re.findall(r"^(?: {4}|\t).*", joined, re.M)
    lines = [line.strip().removeprefix("$ ") for block in blocks for line in block.splitlines()]
    spans = [" ".join(span.split()) for span in SPAN.findall(FENCE.sub("", joined))]
    for line in [*lines, *spans]:
        if re.match(r"(\S*/)?archiver [a-z-]", line):
            yield words_of(line)


def words_of(line: str) -> list[str]:
    """The words after `archiver` up to a comment, a pipe or an ellipsis."""
    words = shlex.split(line, comments=True)[1:]
    ends = [index for index, word in enumerate(words) if word in ("|", ">", "&&", "...", ";", "&", "\u2026")]
    return words[: ends[0]] if ends else words


def wrong(words: list[str]) -> str:
    """What does not exist in the words of a command line; empty where all of it does."""
    command: click.Command = root()
    known = options(command) | EVERYWHERE
    for word in words:
        if word.startswith("-") and word != "-":
            if word.split("=")[0] not in known:
                return f"no option {word}"
        elif isinstance(command, click.Group):
            inner = [command.get_command(click.Context(command), name) for name in word.split("|")]
            if not inner or None in inner:
                return f"no command {word}"
            command = inner[0]
            known |= options(command)
    return ""


def test_the_check_sees_what_does_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command, a group or an option that does not exist is named, wherever on a page it stands."""
    add = click.Command("add", params=[click.Option(["--unit", "-u"]), click.Option(["--media/--no-media"])])
    accounts = click.Group("accounts", {"add": add})
    monkeypatch.setattr("tests.project.test_docs.root", lambda: click.Group("archiver", {"accounts": accounts}))
    page = (
        "`archiver accounts add|add NAME --unit=x`\n\n    archiver accounts add -u 'a --b' --no-media # --why\n\n"
        "```\n$ archiver accounts drop | cat --all\n.venv/bin/archiver account\n```\n"
        "See `archiver accounts\nadd --unite 3`.\n"
    )

    assert [wrong(words) for words in said(page)] == [
        "no command drop",
        "no command account",
        "",
        "",
        "no option --unite",
    ]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_and_option_of_a_page_exists(page: Path) -> None:
    """A reader can type each command line of the page: its command and its options exist."""
    lines = said(page.read_text(encoding="utf-8"))

    assert [f"{reason}: archiver {' '.join(words)}" for words in lines if (reason := wrong(words))] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_file_of_a_page_exists(page: Path) -> None:
    """Each link to a file leads to it, and each path of the project in code is there."""
    text = page.read_text(encoding="utf-8")
    links = [
        link.split("#")[0] for link in LINK.findall(text) if "://" not in link and not link.startswith(("#", "mailto:"))
    ]
    spans = [span for span in SPAN.findall(text) if span.startswith(FOLDERS) and re.fullmatch(r"[\w./-]+", span)]
    there = [page.parent / link for link in links] + [ROOT / span for span in spans]

    assert [str(path) for path in there if not path.exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_make_target_of_a_page_exists(page: Path) -> None:
    """Each `make ...` of the page is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    named = re.findall(r"(?:^ {4}|`|&& )make\s+([a-z]+)", page.read_text(encoding="utf-8"), re.M)

    assert set(named) - targets == set()


def test_every_command_is_described() -> None:
    """Each command of `archiver` is named on some page."""
    text = " ".join(" ".join(page.read_text(encoding="utf-8") for page in PAGES).split())

    assert [" ".join(path) for path in commands(root()) if f"archiver {' '.join(path)}" not in text] == []


def test_every_page_can_be_found_from_the_readme() -> None:
    """Each page of docs/ is linked from README.md, or from a page that is."""
    reached, left = set(), [ROOT / "README.md"]
    while left:
        page = left.pop()
        reached.add(page)
        linked = {
            (page.parent / link.split("#")[0]).resolve() for link in LINK.findall(page.read_text(encoding="utf-8"))
        }
        left += [path for path in linked & set(PAGES) if path not in reached]

    assert [name_of(page) for page in PAGES if page not in reached] == []
