"""X (Twitter): own posts with their edits, mentions, replies, direct messages; every thing that is read is paid for.

The account's own credential is asked with: it tells who it is, what it wrote, and what was written to it.
"""

from __future__ import annotations

from archiver.model import Pace, Refreshed
from connectors.platform import Platform
from connectors.x import asks, errors, pages

CONNECTOR = Platform(
    platform="x",
    title="X (Twitter)",
    auth=Refreshed(token_url="https://api.x.com/2/oauth2/token", rotates=True),
    pace=Pace(requests=300, seconds=900),
    streams=asks.DECLARED.streams,
    asks_first=lambda account: (asks.ask(account, "profile"),),
    readers=pages.READERS,
    looks=asks.item,
    judges=errors.judged,
    bills=asks.bill,
    estimates=asks.most,
)
