"""What Facebook and Instagram share of the Graph API: errors row by row, allowances, versions, fields, paging."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from archiver.model import Account, Fetch, Notice, Reply, Unread
from connectors.edges import wanted, worth_asking
from connectors.graph.asks import ask, halved, next_page, version_of
from connectors.graph.fields import CURRENT, ENDS, fields, names, parts, without
from connectors.graph.notices import pause, usage_notices, version_notices

ACCOUNT = Account(id="a", platform="facebook", handle="h", url="https://graph.facebook.com/v26.0", credential="env:P")
NOW = datetime(2026, 11, 20, 18, tzinfo=UTC)
LIMIT = ("limit", "100")
LISTING = ask(ACCOUNT, "posts", "205/published_posts", LIMIT, kind="post")


def reply(body: Any, status: int = 200, **headers: str) -> Reply:
    """An answer with this JSON; `_` in the names of headers stands for a hyphen."""
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(url="x", status=status, headers=named, body=data, received=NOW)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0.0),
        ({"X_App_Usage": '{"call_count":74,"total_time":1,"total_cputime":1}'}, 0.0),
        ({"X_App_Usage": '{"call_count":1,"total_time":75,"total_cputime":1}'}, 2.0),
        ({"X_Page_Usage": '{"call_count":1,"total_time":1,"total_cputime":89}'}, 30.0),
        ({"X_App_Usage": '{"call_count":90}'}, 300.0),
        ({"X_App_Usage": '{"call_count":100}'}, 900.0),
        ({"X_Business_Use_Case_Usage": '{"1":[{"type":"pages","estimated_time_to_regain_access":9}]}'}, 540.0),
        ({"X_Business_Use_Case_Usage": '{"1":[{"call_count":95,"type":7}],"2":null}'}, 300.0),
        ({"X_App_Usage": "[1]", "X_Page_Usage": "{", "X_Business_Use_Case_Usage": '{"1":[3]}'}, 0.0),
    ],
)
def test_an_allowance_nearly_used_slows_down_and_then_stops(headers: dict[str, str], seconds: float) -> None:
    """From 75 % a few seconds more with each percent, from 90 % minutes."""
    assert pause(reply({}, 200, **headers)) == seconds


def test_the_allowances_are_told_by_name_and_withdrawn_again() -> None:
    """A later notice of the same topic replaces the earlier one."""
    tight = reply({}, X_App_Usage='{"call_count":92}', X_Page_Usage='{"call_count":3}')
    assert usage_notices(tight) == (
        Notice(topic="usage of app", words="92 % of the allowance of app is used: waiting."),
        Notice(topic="usage of page", words=""),
    )


@pytest.mark.parametrize(
    ("asked", "answered", "told"),
    [
        ("v26.0", "v26.0", [False, False]),
        ("v26.0", None, [False, False]),
        ("v26.0", "v27.0", [True, False]),
        ("v21.0", "v21.0", [False, False]),
        ("v20.0", "v22.0", [True, True]),
        ("v19.0", "v19.0", [False, False]),
    ],
)
def test_a_version_that_is_not_the_one_asked_or_that_ended_is_told(
    asked: str, answered: str | None, told: list[bool]
) -> None:
    """The platform serves a dead version as a later one without a word."""
    account = replace(ACCOUNT, url=f"https://graph.facebook.com/{asked}")
    headers = {"facebook_api_version": answered} if answered else {}
    notices = version_notices(account, reply({}, 200, **headers))
    assert [bool(notice.words) for notice in notices] == told


def test_the_end_of_a_version_is_told_sixty_days_before() -> None:
    """With the day on which it becomes urgent."""
    account = replace(ACCOUNT, url="https://graph.facebook.com/v21.0/")
    early, late = (replace(reply({}), received=datetime(2026, 11, day, 1, tzinfo=UTC)) for day in (21, 23))
    assert version_notices(account, early)[1] == Notice(topic="end of version", words="")
    assert version_notices(account, late)[1] == Notice(
        topic="end of version",
        words="Version v21.0 of the Graph API ends on 2027-01-21: name a newer one in the account's address "
        "(known to this archiver: up to v26.0).",
        until=ENDS["v21.0"],
    )


@pytest.mark.parametrize(
    ("url", "version", "asked"),
    [
        ("https://graph.facebook.com", CURRENT, f"https://graph.facebook.com/{CURRENT}/me"),
        ("https://graph.facebook.com/", CURRENT, f"https://graph.facebook.com/{CURRENT}/me"),
        ("https://graph.facebook.com/v22.0", "v22.0", "https://graph.facebook.com/v22.0/me"),
        ("http://127.0.0.1:81/fb/v22.0/", "v22.0", "http://127.0.0.1:81/fb/v22.0/me"),
    ],
)
def test_the_account_s_address_names_the_version(url: str, version: str, asked: str) -> None:
    """Without one it is the newest that this archiver knows."""
    account = replace(ACCOUNT, url=url)
    assert (version_of(account), ask(account, "profile", "me").url) == (version, asked)


def test_a_later_field_is_asked_of_later_versions_only() -> None:
    """An earlier one would refuse the whole request, every time."""
    asked = {version: fields("ig_media", version) for version in ("v21.0", "v22.0", "v26.0")}
    known = [("alt_text" in asked[v], "is_ai_generated" in asked[v]) for v in asked]
    assert known == [(False, False), (True, False), (True, True)]
    assert asked["v22.0"].count("alt_text") == 2
    assert "<" not in "".join(fields(kind, "v26.0") for kind in ("post", "ig_page", "ig_thread", "conversation"))


def test_fields_are_taken_apart_and_out_of_each_other() -> None:
    """Commas inside of what a field expands belong to it."""
    asked = "id,from{id,name},comments.filter(stream,x).limit(0),a{b{c},d}"
    assert parts(asked) == ["id", "from{id,name}", "comments.filter(stream,x).limit(0)", "a{b{c},d}"]
    assert [without(asked, name) for name in ("id", "comments", "c", "none")] == [
        "from{name},comments.filter(stream,x).limit(0),a{b{c},d}",
        "id,from{id,name},a{b{c},d}",
        "id,from{id,name},comments.filter(stream,x).limit(0),a{d}",
        asked,
    ]
    assert {"attachments", "comments", "from"} < names("post")


def page(**paging: Any) -> Any:
    """A reply that names a next page."""
    return {"data": [], "paging": {"next": "https://graph.facebook.com/v26.0/x?access_token=MARK&after=N"} | paging}


def test_the_next_page_is_built_from_cursors_and_never_carries_the_token() -> None:
    """Neither host nor credential of the named address is used."""
    more = next_page(LISTING, page(cursors={"after": "QV"}))
    assert isinstance(more, Fetch)
    assert more == replace(LISTING, params=(*LISTING.params, ("after", "QV")))
    again = next_page(more, page(cursors={"after": "QW"}))
    assert again == replace(LISTING, params=(*LISTING.params, ("after", "QW")))
    named = "https://elsewhere.example/?access_token=MARK&until=5&since&__paging_token=enc&fields=id&limit=7"
    by_time = next_page(LISTING, page(next=named))
    assert by_time == replace(LISTING, params=(*LISTING.params, ("until", "5"), ("__paging_token", "enc")))


def test_only_the_absence_of_a_next_page_ends_a_listing() -> None:
    """A cursor without one is the last page's; one that cannot be followed is told, not swallowed."""
    assert next_page(LISTING, {"data": [1], "paging": {"cursors": {"after": "QV"}}}) is None
    assert next_page(LISTING, {"data": []}) is None
    lost = Unread(source="/paging/next", reason="a next page is named, but not how to ask for it")
    assert next_page(LISTING, page(next="https://graph.facebook.com/v26.0/x?access_token=MARK")) == lost
    same = replace(LISTING, params=(*LISTING.params, ("after", "QV")))
    assert next_page(same, page(cursors={"after": "QV"})) == lost


def test_a_listing_that_was_halved_grows_back_while_it_is_very_small() -> None:
    """A passing fault must not leave ten thousand pages of one row."""
    sizes, asked = [], replace(LISTING, params=(("limit", "1"),))
    for n in range(6):
        more = next_page(asked, page(cursors={"after": str(n)}))
        assert isinstance(more, Fetch)
        asked = more
        sizes.append(dict(asked.params)["limit"])
    assert sizes == ["2", "4", "8", "16", "25", "25"]
    assert halved(replace(LISTING, params=(("limit", "many"),))) is None
    assert halved(replace(LISTING, params=())) is None


def test_streams_can_be_left_out() -> None:
    """By the option `skip`, where the token lacks a permission."""
    asked = [ask(ACCOUNT, stream, "x") for stream in ("posts", "reviews", "messages")]
    chosen = wanted(replace(ACCOUNT, options={"skip": "messages, reviews"}), asked)
    assert [fetch.stream for fetch in chosen] == ["posts"]
    assert list(wanted(ACCOUNT, asked)) == asked


def test_comments_are_asked_for_where_there_are_any_or_were_lately() -> None:
    """The last comment below a young item may be removed; an old item without any costs nothing."""
    young, old = NOW - timedelta(days=29), NOW - timedelta(days=31)
    assert [worth_asking(number, young, NOW) for number in (None, 0, 1)] == [True, True, True]
    assert [worth_asking(number, old, NOW) for number in (None, 0, 1)] == [True, False, True]
    assert worth_asking(0, None, NOW) is True
