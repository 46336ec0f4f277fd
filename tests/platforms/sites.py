"""The platforms that are played, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

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
# Other ways to ask the same platforms, and parts of them that not every account has.
VARIANTS: Mapping[str, Callable[[str, str], Site]] = {
    "facebook-proved": partial(Facebook, app_secret="0123456789abcdef-secret-of-the-app"),
    "instagram-by-page": partial(Instagram, by_page=True),
    "youtube-by-key": partial(YouTube, key="AIza-key-of-a-project-0000"),
    "youtube-live": partial(YouTube, live=True),
}


def site(name: str, servers: Servers) -> Site:
    """A platform as it stands at the start, at the addresses of the servers that play it."""
    return {**SITES, **VARIANTS}[name](servers.platform.url, servers.files.url)
