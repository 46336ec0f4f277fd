"""Fuzzing of what platforms answer: no uncaught error, no wrong page, within the bounds."""

from __future__ import annotations

import pytest

from archiver.polling.registry import connectors
from tests.fuzz.running import require_sound
from tests.fuzz.targets import TARGETS


@pytest.mark.parametrize("platform", sorted(set(connectors()) - {"feed"}))
@pytest.mark.timeout(600)
def test_whatever_a_platform_answers_is_read_or_refused(platform: str) -> None:
    """Read, judged under other statuses, paced and priced; pages keep the rules of the conformance suite."""
    require_sound(platform)


def test_every_connector_is_a_target() -> None:
    """One that is added later is fuzzed, or this fails."""
    assert set(connectors()) - {"feed"} <= TARGETS.keys()
