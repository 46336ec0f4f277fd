"""A skipped test is a failed one where everything is required."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.project.tree import ROOT

MODULE = """
import pytest

def test_passes():
    pass

def test_skips():
    pytest.skip({reason!r})
"""


def run(folder: Path, content: str, required: str) -> str:
    """The closing line of pytest over one module under the project's conftest."""
    shutil.copy(ROOT / "tests" / "conftest.py", folder)
    (folder / "test_one.py").write_text(content, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder), str(folder)]
    environment = {**os.environ, "ARCHIVER_REQUIRE_ALL": required, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.stdout.splitlines()[-1].split(" in ")[0]


@pytest.mark.parametrize(
    ("required", "reason", "closing"),
    [
        ("", "no browser", "1 passed, 1 skipped"),
        ("1", "no browser", "1 failed, 1 passed"),
        ("1", "root may do anything", "1 passed, 1 skipped"),
    ],
)
def test_a_skip_fails_where_everything_is_required(tmp_path: Path, required: str, reason: str, closing: str) -> None:
    """A skip passes by default, fails where everything is required, and passes there for an allowed reason."""
    assert run(tmp_path, MODULE.format(reason=reason), required) == closing


def test_a_skipped_module_fails_where_everything_is_required(tmp_path: Path) -> None:
    """A module that skips itself as a whole is an error where everything is required."""
    content = "import pytest\n\npytest.skip('no server', allow_module_level=True)\n"

    assert run(tmp_path, content, "1") == "1 error"
