"""Tolerant reading of JSON replies: what is odd is flagged and read on, what is not JSON is refused in a sentence."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import Any

from archiver.errors import Unreadable
from archiver.model import Fetch, Reply, storable

MAX_DEPTH = 200
_LONGEST_INTEGER = 4000  # digits; beyond 4300 Python refuses the conversion
_NOT_A_NUMBER = "not-a-number"
# NUL and lone surrogates come into a JSON text by escapes only: raw, one is not JSON and the other not UTF-8.
_NOT_STORABLE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_LOOKS_LIKE_PAGE = re.compile(rb"^\s*(?:\xef\xbb\xbf)?\s*<", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A JSON value with every text storable, and flags for what had to be repaired to read it."""

    value: Any
    flags: tuple[str, ...] = ()

    @property
    def rows(self) -> list[Any]:
        """The value as a list; a single object is a list of one."""
        return self.value if isinstance(self.value, list) else [self.value]


def read_json(fetch: Fetch, reply: Reply, *, expect: type[list[Any]] | type[dict[str, Any]]) -> Body:
    """The reply's body as a list or an object. Raises Unreadable where it is neither what was asked for nor JSON."""
    body = parse_json(reply.body, said=_said(fetch, reply))
    if isinstance(body.value, expect):
        return body
    raise Unreadable(f"{_said(fetch, reply)} is JSON, but not {_name(expect)}{_complaint(body.value)}.", do=_DO)


def parse_json(data: bytes, *, said: str = "The reply") -> Body:
    """Any JSON body: integers exact, last of double keys, None for NaN and the infinities, each flagged."""
    flags: dict[str, None] = {}
    try:
        text = _decoded(data, flags)
        raw = json.loads(
            text,
            parse_int=lambda digits: _integer(digits, flags),
            parse_float=lambda digits: _number(digits, flags),
            parse_constant=lambda _name: flags.update({_NOT_A_NUMBER: None}),
            object_pairs_hook=lambda pairs: _object(pairs, flags),
        )
        _check_depth(raw)
        return Body(value=_clean(raw, flags, MAX_DEPTH) if _NOT_STORABLE.search(text) else raw, flags=tuple(flags))
    except RecursionError:
        raise Unreadable(f"{said} is nested deeper than {MAX_DEPTH} levels.", do=_DO) from None
    except UnicodeDecodeError as error:
        raise Unreadable(f"{said} is not UTF-8 text (byte {error.start}).", do=_DO) from None
    except ValueError as error:
        raise Unreadable(f"{said} {_not_json(data, error)}.", do=_DO) from None


_DO = "Open the address in a browser; if it has moved or asks for a login, correct the account."


def _decoded(data: bytes, flags: dict[str, None]) -> str:
    encoding = json.detect_encoding(data)
    if encoding != "utf-8":
        flags["byte-order-mark" if encoding == "utf-8-sig" else encoding] = None
    return data.decode(encoding)


def _integer(digits: str, flags: dict[str, None]) -> int | str:
    if len(digits) <= _LONGEST_INTEGER:
        return int(digits)
    flags["huge-integer"] = None
    return digits


def _number(digits: str, flags: dict[str, None]) -> float | None:
    number = float(digits)
    if math.isfinite(number):
        return number
    flags[_NOT_A_NUMBER] = None
    return None


def _object(pairs: list[tuple[str, Any]], flags: dict[str, None]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        flags["duplicate-key"] = None
    return found


def _check_depth(value: Any) -> None:
    """Raises RecursionError where containers stand deeper in each other than MAX_DEPTH."""
    level, depth = [value], 0
    while level := [
        part
        for each in level
        for part in (each.values() if type(each) is dict else each if type(each) is list else ())
        if type(part) is dict or type(part) is list
    ]:
        depth += 1
        if depth >= MAX_DEPTH:
            raise RecursionError


def _clean(value: Any, flags: dict[str, None], levels: int) -> Any:
    """The value with storable texts. The depth is bounded here, so that it does not hang on the caller's own depth."""
    if isinstance(value, str):
        text, found = storable(value)
        flags.update(dict.fromkeys(found))
        return text
    if not isinstance(value, list | dict):
        return value
    if levels == 0:
        raise RecursionError
    if isinstance(value, list):
        return [_clean(part, flags, levels - 1) for part in value]
    return {_clean(key, flags, levels): _clean(part, flags, levels - 1) for key, part in value.items()}


def _said(fetch: Fetch, reply: Reply) -> str:
    kind = (reply.header("Content-Type") or "no content type").split(";")[0].strip()
    return f"The reply to '{fetch.stream}' (status {reply.status}, {kind})"


def _not_json(data: bytes, error: ValueError) -> str:
    if not data.strip():
        return "is empty where JSON was asked for"
    if _LOOKS_LIKE_PAGE.match(data):
        return "is a web page or XML where JSON was asked for"
    at = f" (character {error.pos})" if isinstance(error, json.JSONDecodeError) else ""
    return f"is not JSON{at}"


def _name(expect: type) -> str:
    return "a list" if expect is list else "an object"


def _complaint(value: Any) -> str:
    """What a platform says in its error object, in the two common shapes."""
    said = (value.get("error") or value.get("message")) if isinstance(value, dict) else None
    return f": it says {said[:200]!r}" if isinstance(said, str) else ""
