"""An archive with an empty ledger."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from archiver.storage.archive import Archive
from tests.storage.ledger.ledgers import START


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """A new archive, without a signing key."""
    with closing(Archive.create(tmp_path / "archive", agency="", moment=START)) as made:
        yield made
