"""Text for a terminal: what could move the cursor or turn the reading direction around is written out, not sent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from unicodedata import combining, east_asian_width

from archiver.model.text import some

# C0 (but line feed), DEL and C1; marks, overrides and isolates of direction; line separators; surrogates; tags.
_UNSAFE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)


def safe(text: str) -> str:
    """Archived text as it may be printed: control characters and bidirectional overrides written as escapes."""
    return _UNSAFE.sub(_escaped, text)


def line(text: str, width: int = 0) -> str:
    """`safe` on one line, white space folded; cut to `width` columns where one is given."""
    flat = safe(" ".join(text.split()))
    return flat if not width or columns(flat) <= width else _cut(flat, width - 1) + "…"


def columns(text: str) -> int:
    """How many columns a terminal needs for a line."""
    return sum(_width(letter) for letter in text)


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lines of a table with aligned columns; cells are made safe."""
    cells = [tuple(headings), *(tuple(line(cell) for cell in row) for row in rows)]
    widths = [max(columns(row[index]) for row in cells) for index in range(len(headings))]
    return ["  ".join(_padded(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]


def findings_in(count: int) -> str:
    """How many findings a check had: `No findings`, `1 finding`."""
    return some(count, "finding") if count else "No findings"


def when(moment: datetime | None, zone: tzinfo, *, otherwise: str = "never") -> str:
    """A time to the minute in the agency's zone, the zone named: `2026-11-21 14:01 PST`."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M %Z}" if moment else otherwise


def exactly(moment: datetime, zone: tzinfo) -> str:
    """A time to the second in the agency's zone, the zone named: `2026-11-21 14:01:09 PST`."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"


def _escaped(found: re.Match[str]) -> str:
    code = ord(found.group())
    if found.group() == "\t":
        return " "
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _width(letter: str) -> int:
    return 0 if combining(letter) else 2 if east_asian_width(letter) in "WF" else 1


def _cut(text: str, width: int) -> str:
    taken = 0
    for index, letter in enumerate(text):
        taken += _width(letter)
        if taken > width:
            return text[:index]
    return text


def _padded(cell: str, width: int) -> str:
    return cell + " " * (width - columns(cell))
