"""A small bundle and a whole one, each made once."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from archiver.model import Kind, Selector
from tests.archives import BLOG, Filled, filled_once
from tests.verifier.bundles import asked, proved_bundle

__all__ = ["filled_once"]


@pytest.fixture(scope="session")
def whole(filled_once: Filled, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything of the sample district."""
    return _bundle(filled_once, tmp_path_factory.mktemp("whole"), Selector())


@pytest.fixture(scope="session")
def small(filled_once: Filled, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Few items: small enough to change every byte of it."""
    return _bundle(filled_once, tmp_path_factory.mktemp("small"), Selector(accounts=(BLOG,), kinds=(Kind.POST,)))


def _bundle(filled: Filled, folder: Path, selector: Selector) -> Path:
    shutil.copytree(filled.directory, folder / "archive")
    copied = replace(filled, directory=folder / "archive")
    asked(copied, selector)
    return proved_bundle(copied)
