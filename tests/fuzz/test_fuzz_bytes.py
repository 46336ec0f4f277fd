"""Fuzzing of the readers of bytes: HTTP messages, content codings, WARC files."""

from __future__ import annotations

import pytest

from tests.fuzz.running import require_sound


@pytest.mark.parametrize("name", ["http", "coded", "warc-members", "warc-recovery", "warc-notes"])
@pytest.mark.timeout(600)
def test_whatever_the_bytes_are_they_are_read_or_refused(name: str) -> None:
    """Readers agree with each other; what is not whole is never taken for whole; no byte is lost in quarantine."""
    require_sound(name)
