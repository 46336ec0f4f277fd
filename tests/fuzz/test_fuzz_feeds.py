"""Fuzzing of feeds: no uncaught error, no wrong page, within the bounds."""

from __future__ import annotations

import pytest

from tests.fuzz.running import require_sound


@pytest.mark.parametrize("name", ["feed-xml", "feed-json"])
@pytest.mark.timeout(600)
def test_whatever_a_site_sends_as_its_feed_is_read_or_refused(name: str) -> None:
    """RSS, Atom and JSON Feed, changed in every way; pages keep the rules of the conformance suite."""
    require_sound(name)
