"""Fuzzing of the files that people write: configuration, schedules, rules."""

from __future__ import annotations

import pytest

from tests.fuzz.running import require_sound


@pytest.mark.parametrize("name", ["config", "authorities", "rules"])
@pytest.mark.timeout(600)
def test_whatever_stands_in_a_file_it_is_read_or_refused(name: str) -> None:
    """An error that says what is wrong, never a trace."""
    require_sound(name)
