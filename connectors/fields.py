"""Reading fields that may be missing, null or of another type: never an exception, never a guess."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from archiver.model import Snapshot

_MOST = 2**63 - 1  # the largest integer the catalogue can hold


def at(node: Any, *path: str | int) -> Any:
    """What stands at `path` below `node`; None where any step is missing."""
    for step in path:
        if isinstance(node, dict):  # asked first: it nearly always is one
            node = node.get(step)
        elif isinstance(node, list) and isinstance(step, int) and step < len(node):
            node = node[step]
        else:
            return None
    return node


def text(node: Any, *path: str | int) -> str:
    """The string at `path`; an integer as its digits; empty for anything else."""
    value = node.get(path[0]) if len(path) == 1 and type(node) is dict else at(node, *path)  # dozens for each item
    if type(value) is str:
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def rows(node: Any, *path: str | int) -> list[Any]:
    """The list at `path`; empty for anything else."""
    value = at(node, *path)
    return value if isinstance(value, list) else []


def strings(node: Any, *path: str | int) -> list[str]:
    """The strings in the list at `path` that are not empty."""
    return [one for one in rows(node, *path) if isinstance(one, str) and one]


def count(node: Any, *path: str | int) -> int | None:
    """The whole number of zero or more at `path`, also where it is written as digits; None for anything else."""
    value = at(node, *path)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST else None


def counters(node: Any, names: Mapping[str, str]) -> dict[str, int]:
    """The counts a node carries; `names` maps our name to the platform's. What is missing is left out."""
    found = {ours: count(node, theirs) for ours, theirs in names.items()}
    return {name: number for name, number in found.items() if number is not None}


def another(remote_id: str | None, itself: str) -> str | None:
    """A remote id that leads to another item; None where it leads nowhere, or in a circle of one."""
    return remote_id if remote_id and remote_id != itself else None


def pairs(**named: str) -> tuple[tuple[str, str], ...]:
    """Details that have a value, names written with hyphens."""
    return tuple((name.replace("_", "-"), value) for name, value in named.items() if value)


def unique(items: Iterable[Snapshot]) -> tuple[Snapshot, ...]:
    """One snapshot for each remote id; an item of the account itself goes before the same one kept as context."""
    kept: dict[str, Snapshot] = {}
    for item in items:
        known = kept.get(item.remote_id)
        if known is None or (known.context and not item.context):
            kept[item.remote_id] = item
    return tuple(kept.values())
