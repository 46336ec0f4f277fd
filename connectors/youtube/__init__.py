"""YouTube channels by the Data API: uploads, comments with replies, held ones too, live chat, captions, playlists.

The account's address is https://www.googleapis.com/youtube/v3. With the owner's consent as credential also what only
the owner sees; with an API key (the option `login` is `key`) what everybody sees; else nothing. What is asked, and
where in a resource each field of an item is told, stands in declared.toml.
"""

from __future__ import annotations

from archiver.model import HeaderKey, Pace, Refreshed
from connectors.platform import Platform
from connectors.youtube import asks, errors, pages, quota

CONNECTOR = Platform(
    platform="youtube",
    title="YouTube channel",
    auth=Refreshed(token_url="https://oauth2.googleapis.com/token"),
    logs_in=lambda account, usual: HeaderKey(name="X-Goog-Api-Key") if asks.by_key(account) else usual,
    pace=Pace(requests=quota.UNITS_A_DAY, seconds=86_400, of="units", day=quota.DAY),
    weighs=quota.units,
    pauses=errors.pause,
    streams=asks.DECLARED.streams,
    asks_first=asks.channel,
    names=pages.reader_of,
    readers=pages.READERS,
    looks=asks.look,
    judges=errors.judged,
)
