"""Changes JSON where its values and names stand: other types, other values, deep nesting, huge numbers, names twice."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random

from tests.fuzz import changed_bytes

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+')
_DEPTHS = (20, 199, 200, 201, 990, 5000)

SCALARS = (
    b"null", b"true", b"false", b"0", b"-0", b"1", b"-1", b"1.5", b"1e400", b"-1e400", b"NaN", b"Infinity",
    b"9223372036854775807", b"9223372036854775808", b"1" * 4001, b"7" * 5000, b"1E-400", b"1767571200",
    b"253402300800", b"-62135596801", b"[]", b"{}", b"[[]]", b"[null]", b'""', b'" "', b'"\\u0000"', b'"\\ud800"',
    b'"\\udc00\\ud800"', b'"1"', b'"-1"', b'"true"', b'"' + b"x" * 4000 + b'"', b'"\\u202e\\u200b"', b'"<b>x</b>"',
    b'"<p>' + b"<i>" * 300 + b'"', b'"&#0;&#xD800;&#1114112;"', b'"https://x.example/a"', b'"//x.example"',
    b'"http://["', b'"http://x.example:99999/"', b'"javascript:alert(1)"', b'"file:///etc/passwd"',
    b'"https://u:p@x.example/?access_token=x"', b'"2026-01-05T08:00:00Z"', b'"0001-01-01T00:00:00+23:59"',
    b'"9999-12-31T23:59:59-23:59"', b'"10000-01-01T00:00:00Z"', b'"2026-02-30"', b'"Mon, 05 Jan 2026 08:00:00 -9999"',
    b'"at://did:plc:x/app.bsky.feed.post/1"', b'"at://"', b'"did:web:"', b'"a/b~c"',
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Spans:
    """Where the values and the names of members stand in a JSON text."""

    values: tuple[tuple[int, int], ...]
    names: tuple[tuple[int, int], ...]


def changed(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """The JSON text with one to three values or names changed; one in five is changed as mere bytes as well."""
    spans = _spans(data)
    places = [(place, rng.random() < 0.2) for place in _some(rng, spans.values)]
    places += [(place, True) for place in _some(rng, spans.names) if rng.random() < 0.4]
    end = len(data)
    for (start, stop), as_name in sorted(places, reverse=True):
        if stop <= end:
            new = _name(rng, data[start:stop], others) if as_name and _is_name(spans, start) else _value(rng, others)
            data, end = data[:start] + new + data[stop:], start
    data = data[: changed_bytes.MOST]
    return changed_bytes.changed(rng, data, others) if rng.random() < 0.2 else data


def _some(rng: Random, places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    return rng.choices(places, k=rng.choice((1, 1, 2, 3))) if places else []


def _is_name(spans: _Spans, start: int) -> bool:
    return any(place[0] == start for place in spans.names)


def _value(rng: Random, others: Sequence[bytes]) -> bytes:
    if rng.random() < 0.7:
        return rng.choice(SCALARS)
    if rng.random() < 0.7:  # a value from elsewhere, of whatever type that is
        other = rng.choice(others)
        values = _spans(other).values
        start, end = rng.choice(values) if values else (0, 0)
        return other[start:end] or b"null"
    depth = rng.choice(_DEPTHS)
    before, behind = rng.choice(((b"[", b"]"), (b'{"a":', b"}"), (b'[{"replies":', b"}]")))
    return before * depth + b"0" + behind * depth


def _name(rng: Random, name: bytes, others: Sequence[bytes]) -> bytes:
    """The name gone (as another one), or standing twice, or one from elsewhere."""
    kind = rng.randrange(3)
    if kind == 0:
        return b'"unknown_field"'
    if kind == 1:
        return name + b":" + _value(rng, others) + b"," + name
    other = rng.choice(others)
    names = _spans(other).names
    start, end = rng.choice(names) if names else (0, 0)
    return other[start:end] or b'""'


@lru_cache(512)
def _spans(data: bytes) -> _Spans:
    values: list[tuple[int, int]] = []
    names: list[tuple[int, int]] = []
    opened: list[int] = []
    for found in _TOKEN.finditer(data):
        token, place = found[0], found.span()
        if token in (b"{", b"["):
            opened.append(place[0])
        elif token in (b"}", b"]"):
            values.append((opened.pop() if opened else place[0], place[1]))
        elif token == b":" and values:
            names.append(values.pop())
        elif token not in (b":", b","):
            values.append(place)
    return _Spans(tuple(values), tuple(names))
