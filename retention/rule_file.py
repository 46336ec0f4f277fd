"""An agency's own classification rules, read strictly from JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

from archiver.errors import ConfigError
from archiver.model import Kind, Level
from retention.rules import Rule

FORMAT = "archiver-rules/1"

_LISTS = ("candidates", "levels", "kinds", "accounts")
_FIELDS = ("id", "reason", "dan", "context", *_LISTS)
_Word = TypeVar("_Word", bound=StrEnum)


def read_rules(text: str, *, name: str) -> tuple[Rule, ...]:
    """The rules of a file, in order. `name` is the file's, for messages. Raises ConfigError naming the rule."""
    found = []
    for number, entry in enumerate(_entries(text, name), start=1):
        try:
            found.append(_rule(entry))
        except ValueError as error:
            raise _refused(f"{name}: rule {number}: {error}") from error
    return tuple(found)


def _entries(text: str, name: str) -> list[Any]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _refused(f"{name}: not JSON: {error}") from error
    if not isinstance(data, dict) or set(data) != {"format", "rules"} or data["format"] != FORMAT:
        raise _refused(f'{name}: not a file of rules; it must hold "format": "{FORMAT}" and "rules"')
    if not isinstance(data["rules"], list):
        raise _refused(f'{name}: "rules" is not a list')
    return data["rules"]


def _rule(entry: Any) -> Rule:
    if not isinstance(entry, dict):
        raise ValueError("not an object")
    if unknown := sorted(set(entry) - set(_FIELDS)):
        raise ValueError(f"unknown field {unknown[0]!r}; known are {', '.join(_FIELDS)}")
    context = entry.get("context", False)
    if not isinstance(context, bool):
        raise ValueError("'context' must be true or false")
    dan = entry.get("dan")
    if dan is not None and not _is_text(dan):
        raise ValueError("'dan' must be a text or null")
    lists = {field: _list(entry, field) for field in _LISTS}
    if dan is None and not lists["candidates"]:
        raise ValueError("it names neither a dan nor candidates")
    return Rule(
        id=_needed(entry, "id"),
        reason=_needed(entry, "reason"),
        dan=dan,
        candidates=lists["candidates"],
        levels=_words(Level, lists["levels"]),
        kinds=_words(Kind, lists["kinds"]),
        accounts=lists["accounts"],
        context=context,
    )


def _needed(entry: Mapping[str, Any], field: str) -> str:
    value = entry.get(field)
    if not _is_text(value):
        raise ValueError(f"{field!r} must be a text")
    return str(value)


def _list(entry: Mapping[str, Any], field: str) -> tuple[str, ...]:
    value = entry.get(field, [])
    if not isinstance(value, list) or not all(_is_text(part) for part in value):
        raise ValueError(f"{field!r} must be a list of texts")
    return tuple(value)


def _words(kind: type[_Word], given: tuple[str, ...]) -> tuple[_Word, ...]:
    known = {str(word): word for word in kind}
    if unknown := [word for word in given if word not in known]:
        raise ValueError(f"{unknown[0]!r} is none of {', '.join(known)}")
    return tuple(known[word] for word in given)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _refused(what: str) -> ConfigError:
    return ConfigError(
        what,
        means="No rules were loaded, so nothing is shown as due. Nothing was lost.",
        do="Correct the file; docs/records-officer.md lists the fields.",
    )
