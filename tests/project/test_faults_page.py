"""docs/faults.md names every fault of the catalogue once, and each test that it names is there."""

from __future__ import annotations

import re

from tests.project.tree import ROOT

IDS = {
    "A": (1, 2, 3, 4, 9, 10, 11, 12, 14, 15, 16, 17, 18),
    "B": (1, 6, 7, 8, 11, 12, 13, 15, 17, 18, 20),
    "C": (1, 2, 4, 5, 6, 7, 8, 10),
    "D": (4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15, 18, 21, 25),
    "E": (1, 3, 4, 7, 8, 11, 12, 16, 17, 18, 19, 20),
    "J": (1, 2, 3, 4, 5, 6, 7, 8, 9),
}
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def rows() -> list[list[str]]:
    """The rows of the page's tables that begin with a number of the catalogue, cell by cell."""
    lines = (ROOT / "docs/faults.md").read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return [row for row in cells if re.fullmatch(r"[A-Z]\d+", row[0])]


def test_every_fault_of_the_catalogue_stands_there_once() -> None:
    """In the order of the catalogue."""
    assert [row[0] for row in rows()] == [f"{letter}{number}" for letter, some in IDS.items() for number in some]


def test_each_fault_has_a_test_or_a_reason() -> None:
    """What does not apply yet says so."""
    assert [row[0] for row in rows() if not TEST.findall(row[3]) and not row[2].startswith("not yet")] == []


def test_each_test_that_is_named_is_there() -> None:
    """By its file and its name."""
    named = {found for row in rows() for found in TEST.findall(row[3])}
    missing = {f"{path}::{test}" for path, test in named if f"def {test}(" not in (ROOT / path).read_text()}
    assert missing == set()
