"""Requests by declaration: how one is written, and what is filled in."""

from __future__ import annotations

import pytest

from archiver.model import Fetch
from connectors.asked import asked

ROOT = "https://a.example/"


def test_a_request_is_made_of_what_is_written() -> None:
    """Stream, path and parameters in their order; rows may name further rows."""
    rows = {"all": "fields=<names>&kind=x", "names": "id,name"}
    assert asked("posts users/me/posts?size=20&<all>", rows)(ROOT) == Fetch(
        stream="posts",
        url="https://a.example/users/me/posts",
        params=(("size", "20"), ("fields", "id,name"), ("kind", "x")),
    )
    assert asked("profile me", {})(ROOT) == Fetch(stream="profile", url="https://a.example/me")


def test_places_are_filled_in_whatever_stands_in_them() -> None:
    """An id never becomes structure: neither of a path, nor of parameters, nor a place of its own."""
    fetch = asked("posts users/{who}/posts?q={query}&tag={tags}", {})(
        ROOT, {"who": "a/../b?c", "query": "x&y={who}", "tags": ["1", "2"]}
    )
    assert fetch.url == "https://a.example/users/a%2F..%2Fb%3Fc/posts"
    assert fetch.params == (("q", "x&y={who}"), ("tag", "1"), ("tag", "2"))


def test_what_is_said_of_a_request_goes_before_what_is_written() -> None:
    """The same request may be made for another stream."""
    fetch = asked("posts list", {})(ROOT, stream="item", subject="7", headers=(("a", "b"),))
    assert (fetch.stream, fetch.subject, fetch.headers) == ("item", "7", (("a", "b"),))


def test_a_place_that_is_not_filled_in_is_a_fault() -> None:
    """Nobody should be asked for `{me}`."""
    with pytest.raises(KeyError):
        asked("posts users/{me}", {})(ROOT)
    with pytest.raises(KeyError):
        asked("posts users/<row>", {})
