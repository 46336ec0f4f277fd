"""Selecting items: the one SQL form of a selector, newest first, page by page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from archiver.errors import NotFound, UsageError
from archiver.model import Selector, iso
from archiver.model.matching import Term, terms_of
from archiver.storage.accounts import account_numbers
from archiver.storage.database import Connection

LAST_KEY = (1 << 63) - 1
COUNT_CAP = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One page of keys, newest first; `next_before` continues, None at the end."""

    keys: tuple[int, ...]
    next_before: int | None


@dataclass(frozen=True, slots=True)
class _Query:
    source: str
    conditions: tuple[str, ...]
    values: dict[str, Any]

    def where(self) -> str:
        return " AND ".join(self.conditions) or "1"


def find(db: Connection, selector: Selector, *, limit: int = 50, before: int = LAST_KEY) -> Found:
    """The newest `limit` items the selector means, below the key `before`."""
    query = _query(db, selector)
    rows = db.execute(
        f"SELECT {query.source}.{_key(query)} AS id FROM {_from(query)} WHERE {query.where()}"  # noqa: S608
        f" AND {query.source}.{_key(query)} < :before ORDER BY {query.source}.{_key(query)} DESC LIMIT :limit",
        query.values | {"before": before, "limit": limit + 1},
    ).fetchall()
    keys = tuple(row["id"] for row in rows[:limit])
    return Found(keys=keys, next_before=keys[-1] if len(rows) > limit else None)


def count(db: Connection, selector: Selector, *, cap: int | None = COUNT_CAP) -> int:
    """How many items the selector means; counting stops one past `cap`, so that `cap + 1` says "more"."""
    query = _query(db, selector)
    row = db.execute(
        f"SELECT count(*) AS n FROM (SELECT 1 FROM {_from(query)} WHERE {query.where()} LIMIT :cap)",  # noqa: S608
        query.values | {"cap": -1 if cap is None else cap + 1},
    ).fetchone()
    return int(row["n"])


def every(db: Connection, selector: Selector, *, page: int = 500) -> Iterator[int]:
    """Every key the selector means, newest first, held a page at a time."""
    before: int | None = LAST_KEY
    while before is not None:
        found = find(db, selector, limit=page, before=before)
        yield from found.keys
        before = found.next_before


def _key(query: _Query) -> str:
    return "rowid" if query.source == "search" else "id"


def _from(query: _Query) -> str:
    """The tables asked. An item's row is read only where a condition asks for it: common words have many hits."""
    asks_items = query.source == "items" or any("items." in condition for condition in query.conditions)
    if query.source == "search" and asks_items:
        return "search JOIN items ON items.id = search.rowid"
    return query.source


def _query(db: Connection, selector: Selector) -> _Query:
    numbers = _numbers(db, selector)
    source = "search" if selector.words else "items"
    conditions: list[str] = []
    values: dict[str, Any] = {}
    if selector.words:
        conditions.append("search MATCH :match")
        values["match"] = match_expression(selector, numbers)
    elif selector.accounts:
        conditions.append("items.account IN (SELECT value FROM json_each(:accounts))")
        values["accounts"] = json.dumps(numbers)
    for name, column in (("kinds", "items.kind IN"), ("authors", ""), ("threads", "")):
        if (chosen := getattr(selector, name)) and (name != "kinds" or source == "items"):  # MATCH asks for kinds
            values[name] = json.dumps([str(value) for value in chosen])
            conditions.append(_among(name, column))
    if selector.captured_until:
        conditions.append("items.first_seen <= :captured_until")
        values["captured_until"] = iso(selector.captured_until)
    _bound_by_time(selector, conditions, values)
    return _Query(source, tuple(conditions), values)


def _among(name: str, column: str) -> str:
    listed = f"(SELECT value FROM json_each(:{name}))"  # noqa: S608  (names are our own)
    if name == "authors":
        return f"(items.author_id IN {listed} OR items.author_handle IN {listed})"
    if name == "threads":
        return f"(items.thread IN {listed} OR items.remote_id IN {listed})"
    return f"{column} {listed}"


def _bound_by_time(selector: Selector, conditions: list[str], values: dict[str, Any]) -> None:
    """Dates to the microsecond; an item without a readable date is never ruled out.

    Not by ranges of keys: a key keeps the first date an item had, and a draft's is not that of the published post.
    """
    if selector.since:
        conditions.append("(items.created IS NULL OR items.created >= :since)")
        values["since"] = iso(selector.since)
    if selector.until:
        conditions.append("(items.created IS NULL OR items.created < :until)")
        values["until"] = iso(selector.until)


def _numbers(db: Connection, selector: Selector) -> list[int]:
    known = account_numbers(db, selector.accounts)
    missing = [account for account in selector.accounts if account not in known]
    if missing:
        raise NotFound(f"No account is registered as {missing[0]!r}.", do="List them: archiver accounts list")
    return sorted(known.values()) if selector.accounts else []


def match_expression(selector: Selector, accounts: list[int]) -> str:
    """The FTS5 expression of a selector's words, its accounts and kinds inside it. Raises UsageError."""
    try:
        terms = terms_of(selector.words)
    except ValueError as error:
        raise UsageError(
            f"The search words {selector.words!r} cannot be read: {error}.", do="See: archiver search --help"
        ) from error
    parts = [f"{{body people}} : {_phrase(term)}" for term in terms]
    if accounts:
        parts.append("scope : (" + " OR ".join(f"a{number}" for number in accounts) + ")")
    if selector.kinds:
        parts.append("scope : (" + " OR ".join(f"k{kind}" for kind in selector.kinds) + ")")
    return " AND ".join(f"({part})" for part in parts)


def _phrase(term: Term) -> str:
    return '"' + " ".join(term.words) + '"' + ("*" if term.prefix else "")
