"""Fuzzing of signed notes, checkpoints, proofs and public keys: what others hand in to be checked."""

from __future__ import annotations

import pytest

from tests.fuzz.running import require_sound


@pytest.mark.parametrize("name", ["signed-note", "checkpoint", "proof", "public-key"])
@pytest.mark.timeout(600)
def test_whatever_is_handed_in_as_evidence_is_read_to_the_letter_or_refused(name: str) -> None:
    """What is read is written as it was, and what counts as signed was signed."""
    require_sound(name)
