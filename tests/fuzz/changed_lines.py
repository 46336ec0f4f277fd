"""Changes texts made of lines (HTTP heads, TOML, signed notes): lines lost, doubled, swapped, with other words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

from tests.fuzz import changed_bytes

_WORD = re.compile(rb"[^\s:=;,/\[\]]+")
_SPARE = 40  # lines from which on a text is taken to be a body


def changed(rng: Random, data: bytes, others: Sequence[bytes], odd: Sequence[bytes]) -> bytes:
    """The text with one to three changes among its lines; `odd` are lines and words worth trying in this format."""
    lines = data.split(b"\n")
    for _ in range(rng.choice((1, 1, 2, 3))):
        _change(rng, lines, others, odd)
    data = b"\n".join(lines)[: changed_bytes.MOST]
    return changed_bytes.changed(rng, data, others) if rng.random() < 0.25 else data


def _change(rng: Random, lines: list[bytes], others: Sequence[bytes], odd: Sequence[bytes]) -> None:
    at, kind = rng.randrange(min(len(lines), _SPARE) or 1), rng.randrange(7)
    if not lines or kind == 0:
        lines.insert(at, rng.choice(odd))
    elif kind == 1:
        del lines[at]
    elif kind == 2:
        lines[at:at] = [lines[at]] * rng.choice((1, 2, 120))
    elif kind == 3:
        other = rng.randrange(min(len(lines), _SPARE))
        lines[at], lines[other] = lines[other], lines[at]
    elif kind == 4:
        lines.insert(at, rng.choice(rng.choice(others).split(b"\n")))
    elif kind == 5:
        lines[at] = _another_word(rng, lines[at], odd)
    else:
        lines[at] = rng.choice((lines[at].lower(), b" " + lines[at], lines[at].rstrip(b"\r"), lines[at] * 2))


def _another_word(rng: Random, line: bytes, odd: Sequence[bytes]) -> bytes:
    words = list(_WORD.finditer(line))
    if not words:
        return rng.choice(odd)
    word = rng.choice(words)
    return line[: word.start()] + rng.choice((*odd, *changed_bytes.ODD)) + line[word.end() :]
