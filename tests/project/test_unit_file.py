"""The unit file for systemd."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

UNIT = Path(__file__).parents[2] / "docs" / "operations" / "archiver.service"


def test_systemd_accepts_the_unit_file(tmp_path: Path) -> None:
    """`systemd-analyze verify` has nothing to say of it, once its program is one that is there."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    unit = tmp_path / "archiver.service"
    unit.write_text(UNIT.read_text(encoding="utf-8").replace("/opt/archiver/bin/archiver", sys.executable))
    said = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False)
    assert (said.returncode, said.stdout, said.stderr) == (0, "", "")


def test_the_unit_is_hardened() -> None:
    """systemd's own review finds the service exposed no further than 2.0 of 10."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    command = ["systemd-analyze", "security", "--offline=yes", "--threshold=20", "--no-pager", str(UNIT)]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout
