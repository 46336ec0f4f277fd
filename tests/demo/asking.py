"""Asking the demo district over loopback."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import requests

from archiver.demo.server import DemoDistrict

START = datetime(2026, 11, 2, 17, 0, tzinfo=UTC)
API = "/api/v1"


def get(demo: DemoDistrict, path: str, **said: Any) -> requests.Response:
    """Ask as anybody."""
    return requests.get(demo.mastodon_url + path, timeout=10, **said)


def statuses_path(demo: DemoDistrict) -> str:
    """Where the district's statuses are listed."""
    return f"{API}/accounts/{demo.district.account_id(demo.handle)}/statuses"


def walk(client: requests.Session, url: str | None) -> list[dict[str, Any]]:
    """All pages of a listing, by its Link headers."""
    found: list[dict[str, Any]] = []
    while url:
        reply = client.get(url, timeout=10)
        found += reply.json()
        url = reply.links.get("next", {}).get("url")
    return found
