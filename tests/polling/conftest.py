"""A desk for each test: an archive, a clock that is set, and a platform whose truth is known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.polling.desk import Desk, desk_in


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """An archive with one account; its files are checked byte for byte when the test is over."""
    with desk_in(tmp_path) as made:
        yield made
