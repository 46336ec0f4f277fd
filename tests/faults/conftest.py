"""Feeds on a server, and the program over an archive of one of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.program import Program
from tests.faults.site import Sites, sites


@pytest.fixture
def feeds() -> Iterator[Sites]:
    """Feeds of two pages."""
    with sites() as running:
        yield running


@pytest.fixture
def program(tmp_path: Path, feeds: Sites) -> Program:
    """Over a new archive of the feed `blog`, not polled yet."""
    made = Program(folder=tmp_path)
    made.begin(feeds.url())
    return made
