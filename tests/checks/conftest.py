"""An archive of three busy months, made once, and copies of it to be damaged."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.archives import filled, filled_once
from tests.checks.scenes import live_a_while, scene

__all__ = ["copied", "filled", "filled_once", "kept"]


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of three busy months."""
    directory = tmp_path_factory.mktemp("verify") / "archive"
    with scene(directory) as told:
        live_a_while(told)
    return directory


@pytest.fixture
def copied(kept: Path, tmp_path: Path) -> Path:
    """A copy of it, to be damaged."""
    return Path(shutil.copytree(kept, tmp_path / "archive"))
