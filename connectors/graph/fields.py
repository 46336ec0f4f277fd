"""Which fields are asked of the Graph API, by kind of node and version, and when each version ends."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from connectors.declared import declared

DECLARED = declared(__package__)
CURRENT = "v26.0"

ENDS = {version: datetime(day.year, day.month, day.day, tzinfo=UTC) for version, day in DECLARED.more["ends"].items()}
"""The day on which a version ends, as the platform announced it."""

_REFERENCE = re.compile(r"<(\w+)>")


def fields(kind: str, version: str) -> str:
    """The value of the parameter `fields` for a kind of node in a version such as `v26.0`."""
    later = (name for name, since in DECLARED.more["later"].get(kind, {}).items() if major(version) >= since)
    asked = ",".join((DECLARED.more["fields"][kind], *later))
    return _REFERENCE.sub(lambda found: fields(found[1], version), asked)


def major(version: str) -> int:
    """The number of a version such as `v26.0`; 0 for what is none."""
    digits = version.removeprefix("v").partition(".")[0]
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 4 else 0


def parts(asked: str) -> list[str]:
    """The fields at the top of an expression such as `id,from{id,name},likes.limit(0)`, each with what it expands."""
    found, depth, start = [], 0, 0
    for place, letter in enumerate(asked):
        depth += (letter in "{(") - (letter in "})")
        if letter == "," and depth == 0:
            found.append(asked[start:place])
            start = place + 1
    return [part for part in (*found, asked[start:]) if part]


def name(part: str) -> str:
    """The name of a field, without what it expands."""
    return part.partition("{")[0].partition(".")[0]


def names(kind: str) -> frozenset[str]:
    """The names of the fields asked of a kind of node, in the newest version."""
    return frozenset(name(part) for part in parts(fields(kind, CURRENT)))


def without(asked: str, field: str) -> str:
    """The expression without a field, wherever it stands in it; the same expression where it does not stand in it."""
    kept = []
    for part in parts(asked):
        if name(part) == field:
            continue
        head, brace, inner = part.partition("{")
        inside = without(inner[:-1], field) if brace else ""
        if not brace or inside:
            kept.append(f"{head}{{{inside}}}" if brace else part)
    return ",".join(kept)
