"""One stage for each process of the tests, prepared as its operations are asked for."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest

from tests.breaking.stage import Stage, stage


@pytest.fixture(scope="session")
def on_stage() -> Iterator[Stage]:
    """The platforms and the program; only root may trace processes and mount disks."""
    if os.geteuid() or shutil.which("strace") is None:
        pytest.skip("strace is needed, and to be root (.ci/run has both)")
    with stage() as made:
        yield made
