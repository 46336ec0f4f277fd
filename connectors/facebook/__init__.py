"""Facebook Pages through the Graph API, with the page's own access token.

The account's address is https://graph.facebook.com/v26.0 (or another version), its credential a page token.
"""

from __future__ import annotations

from archiver.model import Pace, Proved
from connectors.facebook import asks, pages
from connectors.facebook.items import DECLARED
from connectors.graph.errors import judged
from connectors.graph.usage import pause
from connectors.platform import Platform

CONNECTOR = Platform(
    platform="facebook",
    title="Facebook Page",
    auth=Proved(name="appsecret_proof"),
    pace=Pace(requests=60, seconds=60),
    pauses=pause,
    streams=DECLARED.streams,
    asks_first=lambda account: (asks.me(account),),
    readers=pages.READERS,
    looks=asks.item,
    judges=judged,
)
