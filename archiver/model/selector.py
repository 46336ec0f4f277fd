"""One way to say which items are meant, for holds, requests, searches and rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from archiver.model.item import Kind
from archiver.model.times import iso, parse_iso


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """Items that meet every condition given; an empty condition asks for nothing.

    `words` is a search phrase in the archive's search syntax; `since` and `until` bound the time the platform gives
    (since inclusive, until exclusive). `captured_until` bounds when the archive first saw the item: a request reaches
    what existed when it was received.
    """

    accounts: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()
    authors: tuple[str, ...] = ()
    threads: tuple[str, ...] = ()
    words: str = ""
    since: datetime | None = None
    until: datetime | None = None
    captured_until: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        """The conditions given, as JSON values."""
        said: dict[str, Any] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if value:
                said[field.name] = iso(value) if isinstance(value, datetime) else _plain(value)
        return said

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Selector:
        """The selector that `to_json` wrote."""
        times = {name: parse_iso(data[name]) for name in ("since", "until", "captured_until") if data.get(name)}
        return cls(
            accounts=tuple(data.get("accounts", ())),
            kinds=tuple(Kind(kind) for kind in data.get("kinds", ())),
            authors=tuple(data.get("authors", ())),
            threads=tuple(data.get("threads", ())),
            words=data.get("words", ""),
            **times,
        )


def _plain(value: Any) -> Any:
    return [str(part) for part in value] if isinstance(value, tuple) else value
