"""The archive that was kept, made once; and a copy of it for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tampering.kept import Kept, kept


@pytest.fixture(scope="session")
def kept_once(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """Not to be written to."""
    return kept(tmp_path_factory.mktemp("kept"))


@pytest.fixture
def mine(kept_once: Kept, tmp_path: Path) -> Kept:
    """A copy of the test's own."""
    return kept_once.copied(tmp_path)
