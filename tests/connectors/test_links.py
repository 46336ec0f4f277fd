"""Paging links and addresses."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from archiver.model import Fetch, Reply
from connectors.links import followed, link_target, next_page, web_address, without_scheme

FETCH = Fetch(stream="posts", url="https://x.example/api/posts", params=(("limit", "40"),))


def reply(*links: str) -> Reply:
    """A reply with these Link headers."""
    headers = tuple(("link", link) for link in links)
    return Reply(url=FETCH.url, status=200, headers=headers, body=b"", received=datetime(2026, 1, 5, tzinfo=UTC))


@pytest.mark.parametrize(
    "header",
    [
        '<https://x.example/p?a=1,2&b=3>; rel="next"',
        "<https://x.example/p?a=1,2&b=3>; rel=next",
        '<https://x.example/0>; rel="prev", <https://x.example/p?a=1,2&b=3>; title="x"; REL="last next"',
    ],
)
def test_a_link_is_found_by_its_relation(header: str) -> None:
    """Commas in addresses, several relations and missing quotes are all allowed by RFC 8288."""
    assert link_target(reply(header), "next") == "https://x.example/p?a=1,2&b=3"
    assert link_target(reply('<https://x.example/1>; rel="first"', header), "next") == "https://x.example/p?a=1,2&b=3"
    assert link_target(reply(header), "nex") is None


def test_the_next_page_is_asked_at_the_same_address_without_credentials() -> None:
    """A server behind a proxy names the wrong scheme and host; a token in a link is never taken along."""
    answer = reply('<http://10.0.0.1/other?max_id=7&access_token=MARK&types[]=a&types[]=b>; rel="next"')
    expected = (("max_id", "7"), ("types[]", "a"), ("types[]", "b"))
    assert next_page(FETCH, answer) == Fetch(stream="posts", url=FETCH.url, params=expected)


@pytest.mark.parametrize("links", [(), ("nonsense",), ('<https://x.example/api/posts?limit=40>; rel="next"',)])
def test_no_link_and_a_link_to_the_same_page_end_the_list(links: tuple[str, ...]) -> None:
    """A server that answers with its own address would be asked for ever."""
    assert next_page(FETCH, reply(*links)) is None


@pytest.mark.parametrize(
    ("target", "address"),
    [
        ("/a", "https://x.example/a"),
        ("//y.example/b", "https://y.example/b"),
        (" http://y.example ", "http://y.example"),
        ("", ""),
        ("mailto:a@x.example", ""),
        ("javascript:alert(1)", ""),
        ("http://[bad", ""),
        ("http:///nohost", ""),
    ],
)
def test_only_web_addresses_are_addresses(target: str, address: str) -> None:
    """Relative ones are completed; other schemes and nonsense are none."""
    assert web_address("https://x.example/feed", target) == address


@pytest.mark.parametrize(
    ("target", "address"),
    [
        ("/a?page=2", "https://x.example/a?page=2"),
        ("/a?token=x", "https://x.example/a"),
        ("/a?token=x#part", "https://x.example/a#part"),
        ("/a?p=1&API%5Fkey=x&q", "https://x.example/a?p=1&q"),
        ("mailto:a@x.example?token=x", ""),
    ],
)
def test_an_address_to_follow_is_without_credentials(target: str, address: str) -> None:
    """Only the engine adds those, to the account's own origin."""
    assert followed("https://x.example/feed", target) == address


def test_an_identity_does_not_hang_on_scheme_case_or_slash() -> None:
    """A site that moves to https stays the same site."""
    assert {without_scheme(url) for url in ("http://X.example/Blog/", "https://x.example/Blog")} == {"x.example/Blog"}
