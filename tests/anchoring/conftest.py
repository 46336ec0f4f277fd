"""Authorities, and an archive whose ledger has a checkpoint."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from archiver.storage.archive import Archive
from tests.anchoring.authority import TestAuthority
from tests.anchoring.ledger import START, sign


@pytest.fixture(scope="session")
def tsa(tmp_path_factory: pytest.TempPathFactory) -> TestAuthority:
    """An authority whose certificate is trusted."""
    return TestAuthority(directory=tmp_path_factory.mktemp("tsa") / "one", name="One")


@pytest.fixture(scope="session")
def other_tsa(tmp_path_factory: pytest.TempPathFactory) -> TestAuthority:
    """Another authority."""
    return TestAuthority(directory=tmp_path_factory.mktemp("tsa") / "two", name="Two")


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """A new archive with a checkpoint of 300 leaves."""
    with closing(Archive.create(tmp_path / "archive", agency="Tamarack Hollow", moment=START)) as made:
        sign(made, 300)
        yield made
