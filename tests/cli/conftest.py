"""The command line over an empty folder, a new archive, or one filled from the demo district."""

from __future__ import annotations

from pathlib import Path

import pytest

from archiver.clock import SetClock
from tests.archives import Filled, filled, filled_once
from tests.cli.calling import Caller

__all__ = ["filled", "filled_once"]


@pytest.fixture
def call(tmp_path: Path) -> Caller:
    """In a folder without an archive."""
    return Caller(folder=tmp_path)


@pytest.fixture
def new(call: Caller) -> Caller:
    """Over a new archive."""
    assert call("init").code == 0
    return call


@pytest.fixture
def full(filled: Filled) -> Caller:
    """Over an archive filled from the demo district, at the time it was last polled."""
    return Caller(folder=filled.directory.parent, clock=SetClock(filled.now))
