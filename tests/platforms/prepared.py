"""An archive that has polled a platform once, copied for each test, so that no test has to begin with that."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tests.platforms.sites import site
from tests.platforms.world import NEIGHBOUR, Servers, Site, Stage, staged


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """The archive of a first poll, the platform as it stood then, where its credential lies, and when it was."""

    servers: Servers
    directory: Path
    site: Site
    secret: Path
    now: datetime

    @contextmanager
    def stage(self, directory: Path) -> Iterator[Stage]:
        """A copy of it to go on with."""
        shutil.copytree(self.directory, directory)
        with staged(directory, self.servers, copy.deepcopy(self.site), secret=self.secret, now=self.now) as made:
            yield made


def prepare(name: str, servers: Servers, directory: Path) -> Prepared:
    """Poll a platform and its neighbour once, to the end."""
    played, secret, archive = site(name, servers), directory / "secret", directory / "archive"
    with staged(archive, servers, played, secret=secret) as made:
        made.finish(made.id)
        made.finish(NEIGHBOUR)
        now = made.clock.now()
    return Prepared(servers=servers, directory=archive, site=played, secret=secret, now=now)
