"""Recorded cases for tests: a request and its reply from JSON, and a page as JSON to compare with what is expected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from typing import Any

from archiver.model import Account, Fetch, Page, Reply, iso, parse_iso

_RECEIVED = "2026-01-05T08:00:00Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A request of an account, and the reply to it."""

    account: Account
    fetch: Fetch
    reply: Reply


def case_from_json(request: Mapping[str, Any], body: bytes) -> Case:
    """A case from `{"account": {...}, "fetch": {...}, "status": 200, "headers": {...}}` and the body of the reply."""
    fetch = Fetch.from_json(request["fetch"])
    reply = Reply(
        url=fetch.url,
        status=request.get("status", 200),
        headers=tuple(request.get("headers", {}).items()),
        body=body,
        received=parse_iso(request.get("received", _RECEIVED)),
    )
    return Case(account=Account(**{"id": "test"} | request["account"]), fetch=fetch, reply=reply)


def page_to_json(page: Page) -> dict[str, Any]:
    """A page as JSON values, without what is empty."""
    found: dict[str, Any] = _plain(page)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, Fetch):
        return {name: _plain(part) for name, part in value.to_json().items()}
    if is_dataclass(value) and not isinstance(value, type):
        named = {field.name: getattr(value, field.name) for field in fields(value)}
        return {name: _plain(part) for name, part in named.items() if part}
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(part) for part in value]
    return value if value is None or isinstance(value, bool | int | float) else str(value)
