"""The platforms that are played, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.platforms.bluesky import Bluesky
from tests.platforms.facebook import Facebook
from tests.platforms.instagram import Instagram
from tests.platforms.world import Servers, Site
from tests.platforms.x import X
from tests.platforms.youtube import YouTube

SITES: Mapping[str, Callable[[str, str], Site]] = {
    "facebook": Facebook,
    "instagram": Instagram,
    "x": X,
    "youtube": YouTube,
    "bluesky": Bluesky,
}


def site(name: str, servers: Servers) -> Site:
    """A platform as it stands at the start, at the addresses of the servers that play it."""
    return SITES[name](servers.platform.url, servers.files.url)
