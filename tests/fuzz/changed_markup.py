"""Changes XML and HTML where their tags stand: lost, doubled, moved and nested tags, long attributes, entity bombs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from random import Random

from tests.fuzz import changed_bytes

_MOST = 1 << 14  # an input of many entries is no harder, only slower
_PART = re.compile(rb"<[^<>]*>|[^<>]+|[<>]")
_ENCODINGS = (
    b"utf-16", b"utf-7", b"x-nonsense", b"cp037", b"idna", b"punycode", b"zlib", b"rot13", b"unicode_escape",
    b"undefined", b"utf-32", b"\xff", b"hex", b"mbcs", b"iso-8859-1", b"shift_jis",
)  # fmt: skip
_BOMB = (
    b'<!DOCTYPE a [<!ENTITY a0 "ha">'
    + b"".join(b'<!ENTITY a%d "%b">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10))
    + b"]>"
)
_OUTSIDE = b'<!DOCTYPE a [<!ENTITY a9 SYSTEM "file:///etc/passwd"><!ENTITY % p SYSTEM "http://x.example/">%p;]>'
ODD = (
    b"&a9;", b"&#0;", b"&#xD800;", b"&#1114112;", b"&#99999999999999999999;", b"&nosuch;", b"&amp", b"<![CDATA[",
    b"]]>", b"<!--", b"-->", b"<?xml?>", b"<?x y?>", b"</", b"<a b=c d='e", b"<x:y>",
    b'<link href="http://[" rel="next"/>',
    b"<pubDate>Mon, 05 Jan 99999 08:00:00 +9999</pubDate>", b"<updated>0001-01-01T00:00:00+23:59</updated>",
    b"<published>9999-12-31T23:59:59-23:59</published>", b"<guid/>", b"<id></id>", b"<item>", b"</item>", b"<entry>",
    b'<content type="xhtml"><div>', b'<content type="application/octet-stream" mode="base64">!!!</content>',
    b'<georss:polygon>1 2 3</georss:polygon>', b'<media:content url="//[" type="x"/>', b"<textarea><title>",
    b'<enclosure url="http://x.example:99999/" length="-1"/>', b"<table><tr><td>" * 30,
    b'<p style="margin-left:99999em">',
)  # fmt: skip


def changed(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """The document with one to three changes among its tags; one in five is changed as mere bytes as well."""
    parts = list(_parts(data))
    for _ in range(rng.choice((1, 1, 2, 3))):
        _CHANGES[rng.randrange(len(_CHANGES))](rng, parts, others)
    data = b"".join(parts)[:_MOST]
    return changed_bytes.changed(rng, data, others) if rng.random() < 0.2 else data


@lru_cache(1024)
def _parts(data: bytes) -> tuple[bytes, ...]:
    return tuple(_PART.findall(data))


def _place(rng: Random, parts: list[bytes]) -> int:
    return rng.randrange(len(parts) + 1)


def _odd(rng: Random, parts: list[bytes], _others: Sequence[bytes]) -> None:
    parts.insert(_place(rng, parts), rng.choice(ODD))


def _lose(rng: Random, parts: list[bytes], _others: Sequence[bytes]) -> None:
    start = _place(rng, parts)
    del parts[start : start + rng.choice((1, 1, 3, 30))]


def _double(rng: Random, parts: list[bytes], _others: Sequence[bytes]) -> None:
    start = _place(rng, parts)
    some = parts[start : start + rng.choice((1, 3, 12))]
    parts[start:start] = some * rng.choice((1, 2, 20))


def _swap(rng: Random, parts: list[bytes], _others: Sequence[bytes]) -> None:
    if parts:
        left, right = rng.randrange(len(parts)), rng.randrange(len(parts))
        parts[left], parts[right] = parts[right], parts[left]


def _other(rng: Random, parts: list[bytes], others: Sequence[bytes]) -> None:
    theirs = _parts(rng.choice(others))
    if theirs:
        start = rng.randrange(len(theirs))
        parts.insert(_place(rng, parts), b"".join(theirs[start : start + rng.choice((1, 3, 12))]))


def _nest(rng: Random, parts: list[bytes], _others: Sequence[bytes]) -> None:
    name = rng.choice((b"div", b"b", b"a", b"entry", b"item"))
    depth = rng.choice((50, 255, 256, 300, 60 if name in (b"entry", b"item") else 2000))
    parts.insert(_place(rng, parts), b"<%b>" % name * depth)


def _attribute(rng: Random, parts: list[bytes], _others: Sequence[bytes]) -> None:
    tags = [at for at, part in enumerate(parts) if part.startswith(b"<") and len(part) > 2]
    if tags:
        at = rng.choice(tags)
        value = rng.choice((b"x" * 20_000, b"&a9;", b"\x00", b"a\nb", b"\xe9", b'" onload="', b"xml", b"base64"))
        name = rng.choice((b"type", b"href", b"mode", b"xml:base", b"xmlns:media", b"a" * 3000))
        parts[at] = parts[at].removesuffix(b">").removesuffix(b"/") + b" " + name + b'="' + value + b'">'


def _doctype(rng: Random, parts: list[bytes], _others: Sequence[bytes]) -> None:
    parts.insert(min(len(parts), 1), rng.choice((_BOMB, _OUTSIDE)))
    parts.insert(_place(rng, parts), b"&a9;")


def _declared(rng: Random, parts: list[bytes], _others: Sequence[bytes]) -> None:
    parts.insert(0, b'<?xml version="1.0" encoding="%b"?>' % rng.choice(_ENCODINGS))


_CHANGES = (_odd, _odd, _odd, _lose, _lose, _double, _swap, _other, _nest, _attribute, _doctype, _declared)
