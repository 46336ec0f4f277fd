"""Rows changed by somebody with full rights on the catalogue: found against the outside checkpoint, and named."""

from __future__ import annotations

import pytest

from tests.tampering.kept import Kept
from tests.tampering.rows import CHANGES, change


@pytest.mark.parametrize("what", CHANGES)
def test_a_changed_row_is_found_and_named(mine: Kept, what: str) -> None:
    """One statement, everything else as it was."""
    statements, words = CHANGES[what]
    touched = change(mine.directory, statements)
    found = mine.findings()

    assert touched > 0
    assert [one.what for one in found if words in one.what] != [], found


def test_nothing_is_found_where_nothing_was_changed(mine: Kept) -> None:
    """Not even after a statement that touches nothing has been carried out."""
    assert change(mine.directory, ("UPDATE items SET seen = seen",)) > 0
    assert mine.findings() == ()
