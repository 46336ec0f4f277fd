"""Servers for the whole session, and for each test an archive over a platform that nobody has asked yet."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.exact_server import make_authority
from tests.platforms.prepared import Prepared, prepare
from tests.platforms.sites import SITES, site
from tests.platforms.world import Servers, Stage, staged


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """A platform's server and one for files, over TLS with an authority of their own."""
    known, unknown = (make_authority(tmp_path_factory.mktemp(name)) for name in ("authority", "stranger"))
    with Servers(known, unknown).running() as made:
        yield made


@pytest.fixture(params=[*SITES, "facebook-proved", "instagram-by-page", "youtube-live"])
def stage(request: pytest.FixtureRequest, tmp_path: Path, servers: Servers) -> Iterator[Stage]:
    """An archive with one account of each platform in turn."""
    with staged(tmp_path / "archive", servers, site(request.param, servers)) as made:
        yield made


@pytest.fixture(scope="session")
def prepared(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Prepared]:
    """A platform polled once, made at its first use in the session."""
    return functools.cache(lambda name: prepare(name, servers, tmp_path_factory.mktemp(name)))
