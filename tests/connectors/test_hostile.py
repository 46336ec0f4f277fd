"""No connector fails on what a server may send: it reads it, or says why it cannot."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.errors import Unreadable
from archiver.model import Fetch
from archiver.polling.registry import connectors
from connectors.conformance import read_findings
from connectors.golden import Case
from tests.connectors.cases import NAMES, case

TEXT = st.text(max_size=8) | st.sampled_from(
    ["\x00", "\ud800", "1", "<b>", "https://x.example/", "2026-01-05T00:00:00Z"]
)
SCALARS = st.none() | st.booleans() | st.integers() | TEXT | st.floats()
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3))
JSON_NAMES = [name for name in NAMES if not name.startswith("feed/") or name == "feed/json_feed"]
XML_NAMES = ["feed/rss", "feed/atom", "feed/broken"]


def must_hold(found: Case, body: bytes) -> None:
    """Reading this body in place of the case's own gives a conforming page or Unreadable."""
    connector = connectors()[found.account.platform]
    assert read_findings(connector, found.account, found.fetch, replace(found.reply, body=body)) == []


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container in a JSON value with each of its keys or positions."""
    for key, part in list(value.items() if isinstance(value, dict) else enumerate(value)):
        yield value, key
        if isinstance(part, dict | list):
            yield from places(part)


@pytest.mark.parametrize("name", JSON_NAMES)
@settings(max_examples=60)
@given(data=st.data())
def test_any_value_in_any_place_of_a_reply(name: str, data: st.DataObject) -> None:
    """Fields change their type, vanish, become null or nonsense."""
    found = case(name)
    body = json.loads(found.reply.body)
    for _ in range(data.draw(st.integers(1, 3))):
        spots = list(places(body))
        if not spots:
            break
        container, key = data.draw(st.sampled_from(spots))
        if isinstance(container, dict) and data.draw(st.booleans()):
            del container[key]
        else:
            container[key] = data.draw(JSON)
    must_hold(found, json.dumps(body).encode())


@pytest.mark.parametrize("name", [*JSON_NAMES, *XML_NAMES])
@settings(max_examples=25)
@given(data=st.data())
def test_a_reply_cut_or_changed_anywhere(name: str, data: st.DataObject) -> None:
    """Bytes are lost, doubled or replaced."""
    found = case(name)
    body = found.reply.body
    start = data.draw(st.integers(0, len(body)))
    end = data.draw(st.integers(start, min(len(body), start + 40)))
    must_hold(found, body[:start] + data.draw(st.binary(max_size=12)) + body[end:])


@pytest.mark.parametrize("platform", sorted(connectors()))
@settings(max_examples=100)
@given(
    body=st.binary()
    | st.text().map(lambda text: text.encode(errors="replace"))
    | JSON.map(lambda v: json.dumps(v).encode())
)
def test_any_body_for_any_stream(platform: str, body: bytes) -> None:
    """Whatever comes for whatever was asked, nothing but Unreadable is raised."""
    connector = connectors()[platform]
    found = case(next(name for name in NAMES if name.startswith(platform)))
    for stream in ("item", *(stream.name for stream in connector.streams)):
        fetch = Fetch(stream=stream, url=f"{found.account.url}/x", subject="post:1")
        try:
            connector.read(found.account, fetch, replace(found.reply, body=body))
        except Unreadable as error:
            assert error.what
