"""The configuration's options, its example and its page say the same."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from archiver.config import parse, settings
from tests.project.tree import ROOT

FOLDER = Path("/srv")
EXAMPLE = (ROOT / "config.example.toml").read_text(encoding="utf-8")
PAGE = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
DEFAULTS = settings(parse("", FOLDER))


def test_the_example_holds_every_option_with_its_default() -> None:
    """config.example.toml is valid as it stands, names every option, and changes nothing."""
    example = parse(EXAMPLE, FOLDER)

    assert settings(example) == DEFAULTS
    assert example.given == set(DEFAULTS)


def test_the_page_tells_of_every_option_and_of_no_other() -> None:
    """docs/configuration.md has one row for each option, under its section, with the default of the example."""
    tables = tomllib.loads(EXAMPLE)
    written = {f"{section}.{name}": value for section, table in tables.items() for name, value in table.items()}
    rows = {}
    for section, body in re.findall(r"^## \[(\w+)\].*?\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S):
        rows |= {
            f"{section}.{name}": default for name, default in re.findall(r"^\| `(\w+)` \| `([^`]*)` \|", body, re.M)
        }

    assert {name: tomllib.loads(f"x = {default}")["x"] for name, default in rows.items()} == written


def test_every_option_is_read_somewhere() -> None:
    """No option is there for nothing: each one's name is read outside the module that declares it."""
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for path in (ROOT / "archiver").rglob("*.py")
        if path.name not in ("config.py", "config_values.py")
    )

    assert [name for name in DEFAULTS if not re.search(rf"\.{name.split('.')[1]}\b", code)] == []
