"""Text from platforms made storable: nothing dropped silently, every change named."""

from __future__ import annotations

import re

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def storable(text: str) -> tuple[str, tuple[str, ...]]:
    """The text with NUL and lone surrogates replaced by U+FFFD, and a flag for each kind of replacement made.

    SQLite, UTF-8 files and XML cannot carry either; the bytes as received stay in the WARC.
    """
    if text.isascii() and "\x00" not in text:
        return text, ()
    flags: list[str] = []
    if "\x00" in text:
        text = text.replace("\x00", "�")
        flags.append("nul-replaced")
    if _LONE_SURROGATE.search(text):
        text = _LONE_SURROGATE.sub("�", text)
        flags.append("lone-surrogate-replaced")
    return text, tuple(flags)


def some(count: int, what: str, many: str = "") -> str:
    """A count with its noun: `1 item`, `2,000 items`, `3 replies` (where `many` says so)."""
    return f"{count:,} {what if count == 1 else many or what + 's'}"
