"""Every connector against the conformance suite, and the suite against connectors that break its rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any, cast

import pytest

from archiver.model import Account, Author, Connector, Fetch, Kind, NoAuth, Pace, Page, Reply, Snapshot, Stream
from archiver.polling.registry import connectors
from connectors.conformance import declaration_findings, first_findings, read_findings, resolve_pointer
from connectors.golden import page_to_json
from tests.connectors.cases import NAMES, case, expected

ACCOUNT = Account(id="a", platform="odd", handle="h", url="https://odd.example")
FETCH = Fetch(stream="posts", url="https://odd.example/posts")
REPLY = Reply(url=FETCH.url, status=200, headers=(), body=b'{"posts": [{}]}', received=datetime(2026, 1, 5, tzinfo=UTC))
ITEM = Snapshot(kind=Kind.POST, remote_id="1", source="/posts/0")


@pytest.mark.parametrize("name", NAMES)
def test_a_recorded_reply_is_read_as_the_page_beside_it(name: str) -> None:
    """The golden page equals what the connector reads."""
    found = case(name)
    page = connectors()[found.account.platform].read(found.account, found.fetch, found.reply)
    assert page_to_json(page) == expected(name)


@pytest.mark.parametrize("name", NAMES)
def test_every_case_of_every_connector_conforms(name: str) -> None:
    """First fetches and pages keep every rule of the suite."""
    found = case(name)
    connector = connectors()[found.account.platform]
    assert first_findings(connector, found.account) == []
    assert read_findings(connector, found.account, found.fetch, found.reply) == []


@pytest.mark.parametrize("platform", sorted(connectors()))
def test_every_installed_connector_declares_itself_and_has_cases(platform: str) -> None:
    """A connector without golden cases would pass unseen."""
    assert declaration_findings(connectors()[platform]) == []
    assert [name for name in NAMES if name.startswith(f"{platform}/")]


def odd(page: Any = None, first: tuple[Fetch, ...] = (FETCH,), **declared: Any) -> Connector:
    """A connector that reads every reply as `page`, or as what `page` returns."""
    stream = Stream(name="posts", holds="h", history="h", changes="c")
    told = {"platform": "odd", "title": "Odd", "version": 1, "auth": NoAuth(), "pace": Pace(requests=1, seconds=1)}
    told |= {"streams": (stream,), "first": lambda account: first, "check": lambda account, item: None}
    read = page if callable(page) else lambda account, fetch, reply: page
    return cast(Connector, SimpleNamespace(**told | {"read": read} | declared))


def test_a_page_without_fault_has_no_findings() -> None:
    """The odd connector itself is not what the findings below are about."""
    connector = odd(Page(items=(ITEM,)))
    assert declaration_findings(connector) + first_findings(connector, ACCOUNT) == []
    assert read_findings(connector, ACCOUNT, FETCH, REPLY) == []


@pytest.mark.parametrize(
    ("page", "finding"),
    [
        (Page(more=FETCH), "the same request again"),
        (Page(items=(ITEM, ITEM)), "stands twice"),
        (Page(items=(replace(ITEM, remote_id=""),)), "no remote id"),
        (Page(items=(replace(ITEM, parent="1"),)), "its own parent"),
        (Page(items=(replace(ITEM, created=datetime(2026, 1, 5)),)), "not an aware time"),  # noqa: DTZ001
        (Page(items=(replace(ITEM, edited=datetime(2026, 1, 5, tzinfo=timezone(timedelta(hours=1)))),)), "in UTC"),
        (Page(items=(replace(ITEM, created=REPLY.received, created_raw="x"),)), "also kept raw"),
        (Page(items=(replace(ITEM, author=Author(name="a\x00")),)), "NUL or a lone surrogate"),
        (Page(items=(replace(ITEM, text="\ud800"),)), "NUL or a lone surrogate"),
        (Page(items=(replace(ITEM, counters={"likes": cast(int, 1.5)}),)), "not a whole number"),
        (Page(items=(replace(ITEM, source="/posts/1"),)), "leads to no object"),
        (Page(also=(replace(FETCH, params=(("Access_Token", "x"),)),)), "looks like a credential"),
        (Page(also=(replace(FETCH, url="https://odd.example/?api_key=x"),)), "looks like a credential"),
        (Page(also=(replace(FETCH, headers=(("Authorization", "x"),)),)), "looks like a credential"),
        (Page(also=(replace(FETCH, stream="likes"),)), "not declared"),
        (Page(also=(replace(FETCH, url="/posts"),)), "not an absolute http address"),
    ],
)
def test_a_fault_in_a_page_is_found(page: Page, finding: str) -> None:
    """Each rule of the suite notices what breaks it."""
    findings = read_findings(odd(page), ACCOUNT, FETCH, REPLY)
    assert [found for found in findings if finding in found]


def test_reading_that_depends_on_anything_else_is_found() -> None:
    """The same reply must give the same page."""
    times = iter(range(10))

    def read(account: Account, fetch: Fetch, reply: Reply) -> Page:
        return Page(items=(replace(ITEM, text=str(next(times))),))

    assert read_findings(odd(read), ACCOUNT, FETCH, REPLY) == ["read: another page from the same reply"]


def test_a_connector_that_asks_for_nothing_is_found() -> None:
    """Without a first fetch an account would never be polled."""
    assert first_findings(odd(first=()), ACCOUNT) == ["first: asks for nothing"]


def test_an_incomplete_declaration_is_found() -> None:
    """Users are shown the declaration; its parts must be there."""
    findings = declaration_findings(odd(platform="Odd One", title="", version=0, streams=()))
    assert findings == [
        "declaration: platform is not a lower-case name",
        "declaration: title is empty",
        "declaration: version is below 1",
        "declaration: no stream is declared",
    ]


def test_a_json_pointer_leads_through_lists_objects_and_escaped_names() -> None:
    """RFC 6901, section 5."""
    body = {"a/b": [{"m~n": 1}]}
    assert resolve_pointer(body, "") is body
    assert resolve_pointer(body, "/a~1b/0/m~0n") == 1
    assert resolve_pointer(body, "/a~1b/1") is None
    assert resolve_pointer(body, "/a~1b/x") is None
