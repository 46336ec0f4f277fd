"""Bluesky and other servers of the AT Protocol: an account's own repository, and what others answer to it.

Own records come from the account's server, answers and counts from the application view, chat by its service.
"""

from __future__ import annotations

from archiver.model import Pace, Session
from connectors.bluesky import asks, errors, pages
from connectors.platform import Platform

CONNECTOR = Platform(
    platform="bluesky",
    title="Bluesky (and servers of the AT Protocol)",
    auth=Session(
        login="/xrpc/com.atproto.server.createSession",
        refresh="/xrpc/com.atproto.server.refreshSession",
        token_field="accessJwt",
        refresh_field="refreshJwt",
    ),
    pace=Pace(requests=1500, seconds=300),  # half of what a server allows one address
    streams=asks.DECLARED.streams,
    asks_first=asks.first,
    names=lambda fetch: fetch.url.rpartition("/")[2],  # the method
    readers=pages.READERS,
    looks=asks.item,
    judges=errors.judged,
)
