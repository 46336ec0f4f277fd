"""Real servers for a session; each test process starts its own, on its own port."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.real import bluesky as bluesky_server
from tests.real import s3
from tests.real import snac as snac_server
from tests.real import wordpress as wordpress_server
from tests.real.processes import prepared


def _found(server: str) -> Path:
    folder = prepared(server)
    if folder is None:
        pytest.skip(f"{server} is not prepared on this machine: run .ci/servers")
    return folder


@pytest.fixture(scope="session")
def wordpress(tmp_path_factory: pytest.TempPathFactory) -> Iterator[wordpress_server.WordPress]:
    """A WordPress site that runs for the whole session."""
    site = wordpress_server.start(_found("wordpress"), tmp_path_factory.mktemp("wordpress"))
    yield site
    site.stop()


@pytest.fixture(scope="session")
def snac(tmp_path_factory: pytest.TempPathFactory) -> Iterator[snac_server.Snac]:
    """A snac2 server with the users mayor and citizen that runs for the whole session."""
    server = snac_server.start(_found("snac"), tmp_path_factory.mktemp("snac"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def bluesky(tmp_path_factory: pytest.TempPathFactory) -> Iterator[bluesky_server.Bluesky]:
    """A Bluesky network with the people mayor and citizen that runs for the whole session."""
    network = bluesky_server.start(_found("bluesky"), tmp_path_factory.mktemp("bluesky"))
    yield network
    network.stop()


@pytest.fixture(scope="session")
def seaweedfs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[s3.Service]:
    """A service with the S3 API that enforces locks; it runs for the whole session."""
    service = s3.start_seaweedfs(_found("s3"), tmp_path_factory.mktemp("seaweedfs"))
    yield service
    service.stop()


@pytest.fixture(scope="session")
def rclone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[s3.Service]:
    """A service with the S3 API that says yes to locks and keeps none; it runs for the whole session."""
    service = s3.start_rclone(_found("s3"), tmp_path_factory.mktemp("rclone"))
    yield service
    service.stop()
