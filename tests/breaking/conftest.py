"""One stage for each process of the tests, prepared as its operations are asked for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.breaking.stage import Stage, stage


@pytest.fixture(scope="session")
def on_stage() -> Iterator[Stage]:
    """The platforms and the program."""
    with stage() as made:
        yield made
