"""The platforms that are played, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.platforms.facebook import Facebook
from tests.platforms.world import Servers, Site

SITES: Mapping[str, Callable[[str, str], Site]] = {
    "facebook": Facebook,
}


def site(name: str, servers: Servers) -> Site:
    """A platform as it stands at the start, at the addresses of the servers that play it."""
    return SITES[name](servers.platform.url, servers.files.url)
