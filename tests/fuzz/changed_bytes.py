"""Changes any bytes: bits flipped, parts cut, doubled, moved and swapped with those of others, other encodings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

MOST = 1 << 16  # no input grows beyond this

ODD = (
    b"\x00",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xed\xa0\x80",  # a surrogate, which UTF-8 must not hold
    b"\xf4\x90\x80\x80",  # beyond the last code point
    b"\xc0\xaf",  # longer than it may be
    "\u202e".encode(),
    "e\u0301".encode() * 40,
    b"\r\n",
    b"\n\n",
    b"\t",
    b"-1",
    b"18446744073709551616",
    b"9" * 5000,
    b"1e999",
    b"%00",
    b"../../",
    b"&#0;",
    b"<![CDATA[",
    b"\x1f\x8b\x08\x00",
    b"{" * 300,
    b"[" * 2000,
)


def changed(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """The bytes with one to four changes."""
    for _ in range(rng.choice((1, 1, 1, 2, 2, 4))):
        data = rng.choice(_CHANGES)(rng, data, others)[:MOST]
    return data


def _span(rng: Random, data: bytes) -> tuple[int, int]:
    start = rng.randrange(len(data) + 1)
    return start, min(len(data), start + rng.choice((1, 2, 4, 16, 64, 1024)))


def _bit(rng: Random, data: bytes, _others: Sequence[bytes]) -> bytes:
    if not data:
        return b"\x00"
    at = rng.randrange(len(data))
    return data[:at] + bytes((data[at] ^ (1 << rng.randrange(8)),)) + data[at + 1 :]


def _byte(rng: Random, data: bytes, _others: Sequence[bytes]) -> bytes:
    start, _ = _span(rng, data)
    return data[:start] + rng.randbytes(1) + data[start + 1 :]


def _insert(rng: Random, data: bytes, _others: Sequence[bytes]) -> bytes:
    start, _ = _span(rng, data)
    return data[:start] + rng.choice(ODD) + data[start:]


def _replace(rng: Random, data: bytes, _others: Sequence[bytes]) -> bytes:
    start, end = _span(rng, data)
    return data[:start] + rng.choice(ODD) + data[end:]


def _remove(rng: Random, data: bytes, _others: Sequence[bytes]) -> bytes:
    start, end = _span(rng, data)
    return data[:start] + data[end:]


def _double(rng: Random, data: bytes, _others: Sequence[bytes]) -> bytes:
    start, end = _span(rng, data)
    return data[:end] + data[start:end] * rng.choice((1, 1, 3, 50)) + data[end:]


def _truncate(rng: Random, data: bytes, _others: Sequence[bytes]) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _splice(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    other = rng.choice(others)
    return data[: rng.randrange(len(data) + 1)] + other[rng.randrange(len(other) + 1) :]


def _move(rng: Random, data: bytes, _others: Sequence[bytes]) -> bytes:
    start, end = _span(rng, data)
    rest = data[:start] + data[end:]
    to = rng.randrange(len(rest) + 1)
    return rest[:to] + data[start:end] + rest[to:]


def _recode(rng: Random, data: bytes, _others: Sequence[bytes]) -> bytes:
    text = data.decode("utf-8", "replace")
    return rng.choice((text.encode, data.decode("latin-1").encode))(
        rng.choice(("utf-8", "utf-16", "utf-16-be", "utf-32-le", "utf-7", "utf-8-sig")), "replace"
    )


_CHANGES: tuple[Callable[[Random, bytes, Sequence[bytes]], bytes], ...] = (
    _bit, _bit, _byte, _insert, _replace, _remove, _double, _truncate, _splice, _move, _recode,
)  # fmt: skip
