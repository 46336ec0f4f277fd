"""Tolerant reading of JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.errors import Unreadable
from archiver.model import Fetch, Reply
from connectors.json_body import MAX_DEPTH, parse_json, read_json

FETCH = Fetch(stream="posts", url="https://x.example/api")


def reply(body: bytes, content_type: str = "application/json") -> Reply:
    """A reply of status 200 with this body."""
    headers = (("Content-Type", content_type),)
    return Reply(url=FETCH.url, status=200, headers=headers, body=body, received=datetime(2026, 1, 5, tzinfo=UTC))


@pytest.mark.parametrize(
    ("body", "value", "flags"),
    [
        (b'{"id": 123456789012345678901234567890}', {"id": 123456789012345678901234567890}, ()),
        (b'{"id": ' + b"9" * 5000 + b"}", {"id": "9" * 5000}, ("huge-integer",)),
        (b'{"a": 1, "a": 2}', {"a": 2}, ("duplicate-key",)),
        (b"[NaN, Infinity, -Infinity, 1e999, 1.5]", [None, None, None, None, 1.5], ("not-a-number",)),
        (b'["\\ud800x", "\\u0000"]', ["�x", "�"], ("lone-surrogate-replaced", "nul-replaced")),
        (b'{"\\u0000": {"\\ud83d\\ude00": 1}}', {"�": {"😀": 1}}, ("nul-replaced",)),
        (b"\xef\xbb\xbf[1]", [1], ("byte-order-mark",)),
        ("[1]".encode("utf-16"), [1], ("utf-16",)),
    ],
)
def test_what_is_odd_is_read_on_and_flagged(body: bytes, value: Any, flags: tuple[str, ...]) -> None:
    """Integers stay exact, the last of double keys wins, what is no number is None, no text is unstorable."""
    found = parse_json(body)
    assert (found.value, found.flags) == (value, flags)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<html>Log in</html>", "is a web page or XML where JSON was asked for"),
        (b"", "is empty where JSON was asked for"),
        (b'{"a": 1', "is not JSON (character 7)"),
        ('{"a": "é"}'.encode("latin-1"), "is not UTF-8 text (byte 7)"),
        (b"[" * 100_000, "is nested deeper than 200 levels"),
        (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), "is nested deeper than 200 levels"),
        (b'{"error": "invalid token"}', "is JSON, but not a list: it says 'invalid token'"),
        (b"null", "is JSON, but not a list"),
    ],
)
def test_what_was_not_asked_for_is_refused_in_a_sentence(body: bytes, said: str) -> None:
    """The sentence names the stream, the status and the type, and never the address."""
    with pytest.raises(Unreadable) as caught:
        read_json(FETCH, reply(body, "text/html; charset=utf-8"), expect=list)
    assert caught.value.what == f"The reply to 'posts' (status 200, text/html) {said}."


def test_the_limit_of_nesting_does_not_hang_on_the_caller() -> None:
    """A body at the limit is read from deep in a call stack just as from the top of it."""
    body = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH

    def below(levels: int) -> Any:
        return parse_json(body).flags if levels == 0 else below(levels - 1)

    assert parse_json(body).flags == below(300) == ()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@given(st.binary())
def test_no_bytes_raise_anything_but_unreadable(body: bytes) -> None:
    """Whatever a server sends, reading ends in a value or in a reason."""
    try:
        parse_json(body)
    except Unreadable as error:
        assert error.what


@given(JSON)
def test_sound_json_is_read_as_it_is(value: Any) -> None:
    """Nothing is changed that does not have to be."""
    import json

    sound = json.loads(json.dumps(value).replace("\\u0000", ""))
    assert parse_json(json.dumps(sound).encode()).value == sound
