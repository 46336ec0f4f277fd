"""Instagram professional accounts, by Instagram's own log-in or through the Facebook Page they belong to.

The account's address decides on the log-in: https://graph.instagram.com/v26.0, its token prolonged before its 60 days
are over, or https://graph.facebook.com/v26.0 with the page's token (the option `login` says it otherwise).
"""

from __future__ import annotations

from archiver.model import Pace, Prolonged, Proved
from connectors.graph.errors import judged
from connectors.graph.usage import pause
from connectors.instagram import asks, pages
from connectors.instagram.items import DECLARED
from connectors.platform import Platform

CONNECTOR = Platform(
    platform="instagram",
    title="Instagram professional account",
    auth=Prolonged(path="/refresh_access_token", params=(("grant_type", "ig_refresh_token"),)),
    logs_in=lambda account, usual: Proved(name="appsecret_proof") if asks.by_facebook(account) else usual,
    pace=Pace(requests=60, seconds=60),
    pauses=pause,
    streams=DECLARED.streams,
    asks_first=lambda account: (asks.who(account),),
    readers=pages.READERS,
    looks=asks.item,
    judges=judged,
)
