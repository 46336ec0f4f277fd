"""What servers do wrong: replies cut, false, mangled, or of another kind, made from the honest one."""

from __future__ import annotations

import functools
import gzip
import json
import zlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from archiver.storage.http_message import DECODED_LIMIT
from tests.exact_server import CLOSE, RESET, Step
from tests.platforms.wire import Asked, Said, Wire, packed

Does = Callable[[Asked, Wire], Iterable[Step]]
HTML = Said(body=b"<html><title>Please log in</title></html>", type="text/html")


def instead(said: Said) -> Does:
    """Another reply."""
    return lambda asked, _honest: [packed(said, asked).bytes()]


def status(code: int, *headers: tuple[str, str], body: bytes = b"") -> Does:
    """Another status, with nothing of use in it."""
    return lambda _asked, _honest: [Wire(status=code, headers=headers, body=body).bytes()]


def with_status(code: int) -> Does:
    """The honest reply under another status."""
    return lambda _asked, honest: [replace(honest, status=code).bytes()]


def broken_off(part: float) -> Does:
    """Closed in the midst."""

    def does(_asked: Asked, honest: Wire) -> Iterable[Step]:
        whole = honest.bytes()
        return [whole[: int(len(whole) * part)], CLOSE]

    return does


def reset(_asked: Asked, _honest: Wire) -> Iterable[Step]:
    """No reply: the connection is reset."""
    return [RESET]


def too_short(_asked: Asked, honest: Wire) -> Iterable[Step]:
    """Content-Length leaves out the end of the body."""
    plain = _plain(honest)
    return [replace(plain, length=len(plain.body) - 20).bytes(), CLOSE]


def too_long(_asked: Asked, honest: Wire) -> Iterable[Step]:
    """Content-Length promises more than comes."""
    return [replace(honest, length=len(honest.body) + 100).bytes(), CLOSE]


def half_packed(_asked: Asked, honest: Wire) -> Iterable[Step]:
    """Half of the compressed body, with its true length."""
    return [_packed(honest, lambda body: body[: len(body) // 2]).bytes()]


def wrong_sum(_asked: Asked, honest: Wire) -> Iterable[Step]:
    """Compressed, with a checksum that is not its own."""
    return [_packed(honest, lambda body: body[:-8] + b"\0\0\0\0" + body[-4:]).bytes()]


def not_packed(_asked: Asked, honest: Wire) -> Iterable[Step]:
    """Said to be compressed, and is not."""
    return [_packed(honest, gzip.decompress).bytes()]


def bomb(_asked: Asked, honest: Wire) -> Iterable[Step]:
    """Some kilobytes that become more than a reply may be."""
    return [_packed(honest, lambda _body: _squeezed()).bytes()]


@functools.cache
def _squeezed() -> bytes:
    made = zlib.compressobj(1, zlib.DEFLATED, 31)
    return made.compress(bytes(DECODED_LIMIT + 1)) + made.flush()


def changed(change: Callable[[Any], Any]) -> Does:
    """The honest JSON, changed."""

    def does(_asked: Asked, honest: Wire) -> Iterable[Step]:
        plain = _plain(honest)
        return [replace(plain, body=json.dumps(change(json.loads(plain.body))).encode()).bytes()]

    return does


def leaves(value: Any, change: Callable[[Any], Any]) -> Any:
    """A JSON value with each leaf changed."""
    if isinstance(value, dict):
        return {name: leaves(part, change) for name, part in value.items()}
    if isinstance(value, list):
        return [leaves(part, change) for part in value]
    return change(value)


def enriched(value: Any) -> Any:
    """A JSON value with a field in each object that nobody knows."""
    if isinstance(value, dict):
        return {name: enriched(part) for name, part in value.items()} | {"field_of_2031": {"a": [1, None]}}
    return [enriched(part) for part in value] if isinstance(value, list) else value


def _plain(honest: Wire) -> Wire:
    packed_body = dict(honest.headers).get("Content-Encoding") == "gzip"
    headers = tuple(pair for pair in honest.headers if pair[0] != "Content-Encoding")
    return replace(honest, headers=headers, body=gzip.decompress(honest.body) if packed_body else honest.body)


def _packed(honest: Wire, change: Callable[[bytes], bytes]) -> Wire:
    plain = _plain(honest)
    headers = (*plain.headers, ("Content-Encoding", "gzip"))
    return replace(plain, headers=headers, body=change(gzip.compress(plain.body, mtime=0)))
