"""The path that docs/new-connector.md leads: its files, installed as a package, work as it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = re.compile(r"^`([\w.]+)`\n\n```\w+\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """The files of the page, with what an installation adds: the entry points where Python looks for them."""
    for name, text in FILES.findall((ROOT / "docs" / "new-connector.md").read_text()):
        (tmp_path / name).write_text(text)
    project = tomllib.loads((tmp_path / "pyproject.toml").read_text())["project"]
    info = tmp_path / f"archiver_noticeboard-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    points = project["entry-points"]["archiver.connectors"].items()
    (info / "entry_points.txt").write_text("[archiver.connectors]\n" + "".join(f"{k} = {v}\n" for k, v in points))
    return tmp_path


def run(package: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A Python command in the folder of the package, with the package installed."""
    environment = os.environ | {"PYTHONPATH": f"{package}{os.pathsep}{ROOT}", "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *words], cwd=package, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_the_example_of_the_page_passes_its_own_test(package: Path) -> None:
    """A newcomer who copies the files sees a green test."""
    done = run(package, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_noticeboard.py")
    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_the_test_of_the_page_notices_a_wrong_page(package: Path) -> None:
    """A golden case that never fails would teach nothing."""
    page = package / "board.page.json"
    page.write_text(page.read_text().replace("Road closed", "Road open"))
    done = run(package, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_noticeboard.py")
    assert "1 failed" in done.stdout


def test_the_example_is_typed_and_formatted_as_the_project_asks(package: Path) -> None:
    """What is copied should pass the checks it will meet."""
    lint = run(package, "-m", "ruff", "check", "--isolated", "--line-length", "120", "noticeboard.py")
    assert lint.returncode == 0, lint.stdout
    assert max(map(len, (package / "noticeboard.py").read_text().splitlines())) <= 120
