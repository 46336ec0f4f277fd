"""A running demo district and a client of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from archiver.demo.server import DemoDistrict
from tests.demo.asking import START


@pytest.fixture
def demo() -> Iterator[DemoDistrict]:
    """A sample district that is running."""
    with DemoDistrict(START) as running:
        yield running


@pytest.fixture
def client(demo: DemoDistrict) -> Iterator[requests.Session]:
    """A client that holds the district's token."""
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {demo.token}"
        yield session
