"""Servers for the whole session, and for each test an archive over a platform that nobody has asked yet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.exact_server import make_authority
from tests.platforms.sites import SITES, site
from tests.platforms.world import Servers, Stage, staged


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """A platform's server and one for files, over TLS with an authority of their own."""
    with Servers(make_authority(tmp_path_factory.mktemp("authority"))).running() as made:
        yield made


@pytest.fixture(params=list(SITES))
def stage(request: pytest.FixtureRequest, tmp_path: Path, servers: Servers) -> Iterator[Stage]:
    """An archive with one account of each platform in turn."""
    with staged(tmp_path, servers, site(request.param, servers)) as made:
        yield made
