"""What changed from one version to the next, word by word, marked in plain text: [-taken out-] {+put in+}."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

_PIECES = re.compile(r"\s+|\w+|[^\w\s]")
_MOST_PIECES = 5000  # beyond this, comparing word by word takes too long for a terminal


def marked(old: str, new: str) -> str:
    """The new text with what was taken out and put in marked."""
    before, after = _PIECES.findall(old), _PIECES.findall(new)
    if len(before) > _MOST_PIECES or len(after) > _MOST_PIECES:
        return new if old == new else f"[-{old}-]{{+{new}+}}"
    matcher = SequenceMatcher(a=before, b=after, autojunk=False)
    parts = (_marked(tag, "".join(before[a:b]), "".join(after[c:d])) for tag, a, b, c, d in matcher.get_opcodes())
    return "".join(parts)


def _marked(tag: str, old: str, new: str) -> str:
    if tag == "equal":
        return new
    return (f"[-{old}-]" if old else "") + (f"{{+{new}+}}" if new else "")
