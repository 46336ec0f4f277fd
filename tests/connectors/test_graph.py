"""What Facebook and Instagram share of the Graph API: errors row by row, allowances, versions, fields, paging."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.model import Account, Fetch, Judged, Means, Notice, Reply, Unread
from connectors.graph_asking import ask, halved, limited, next_page, version_of, wanted, worth_asking
from connectors.graph_errors import TABLE, judged
from connectors.graph_fields import CURRENT, ENDS, fields, names, parts, without
from connectors.graph_usage import pause, usage_notices, version_notices

ACCOUNT = Account(id="a", platform="facebook", handle="h", url="https://graph.facebook.com/v26.0", credential="env:P")
NOW = datetime(2026, 11, 20, 18, tzinfo=UTC)
LISTING = ask(ACCOUNT, "posts", "205/published_posts", limited(), kind="post")
ITEM = ask(ACCOUNT, "item", "205_1", kind="post", subject="205_1", hint="post")


def reply(body: Any, status: int = 200, **headers: str) -> Reply:
    """An answer with this JSON; `_` in the names of headers stands for a hyphen."""
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(url="x", status=status, headers=named, body=data, received=NOW)


def error(code: int, subcode: int | None = None, *, said: str = "", status: int = 400, **headers: str) -> Reply:
    """An error as the platform writes it."""
    told = {"message": said or f"(#{code}) No", "type": "OAuthException", "code": code, "fbtrace_id": "A"}
    return reply({"error": told | ({"error_subcode": subcode} if subcode else {})}, status, **headers)


def means(fetch: Fetch, answer: Reply) -> Means:
    """What an answer is judged to mean."""
    found = judged(fetch, answer)
    assert found is not None
    assert found.detail
    return found.means


@pytest.mark.parametrize(
    ("code", "subcode", "of_item", "of_listing"),
    [
        (190, None, Means.AUTH, Means.AUTH),
        (190, 458, Means.AUTH, Means.AUTH),
        (190, 459, Means.AUTH, Means.AUTH),
        (190, 460, Means.AUTH, Means.AUTH),
        (190, 463, Means.AUTH, Means.AUTH),
        (190, 464, Means.AUTH, Means.AUTH),
        (190, 467, Means.AUTH, Means.AUTH),
        (102, None, Means.AUTH, Means.AUTH),
        (4, None, Means.WAIT, Means.WAIT),
        (17, None, Means.WAIT, Means.WAIT),
        (32, None, Means.WAIT, Means.WAIT),
        (613, None, Means.WAIT, Means.WAIT),
        (80001, None, Means.WAIT, Means.WAIT),
        (80002, None, Means.WAIT, Means.WAIT),
        (80006, None, Means.WAIT, Means.WAIT),
        (1, None, Means.RETRY, Means.INSTEAD),
        (2, None, Means.RETRY, Means.RETRY),
        (10, None, Means.REFUSED, Means.REFUSED),
        (200, None, Means.REFUSED, Means.REFUSED),
        (299, None, Means.REFUSED, Means.REFUSED),
        (100, 33, Means.ABSENT, Means.REFUSED),
        (100, None, Means.REFUSED, Means.REFUSED),
        (341, None, Means.WAIT, Means.WAIT),
        (368, None, Means.WAIT, Means.WAIT),
        (99999, None, Means.REFUSED, Means.REFUSED),
    ],
)
def test_each_row_of_the_error_table(code: int, subcode: int | None, of_item: Means, of_listing: Means) -> None:
    """The code decides and not the status; of a whole listing nothing is absent."""
    for status in (200, 400, 403, 500):
        passing = code == 99999 and status == 500
        assert means(ITEM, error(code, subcode, status=status)) is (Means.RETRY if passing else of_item)
        assert means(LISTING, error(code, subcode, status=status)) is (Means.RETRY if passing else of_listing)


def test_every_dead_token_has_words_of_its_own() -> None:
    """What the owner has to do hangs on why it died."""
    details = {judged(LISTING, error(190, subcode)) for subcode in (None, 458, 459, 460, 463, 467)}
    assert len({found.detail for found in details if found}) == 6
    assert len({row.words for row in TABLE if row.means is Means.AUTH}) == 9


def test_a_throttled_answer_waits_as_long_as_its_header_tells() -> None:
    """The platform gives minutes, and no Retry-After."""
    usage = {"205": [{"type": "pages", "call_count": 100, "estimated_time_to_regain_access": 19}]}
    told = judged(LISTING, error(80001, X_Business_Use_Case_Usage=json.dumps(usage)))
    untold = judged(LISTING, error(32, X_Business_Use_Case_Usage="not JSON {"))
    blocked = judged(LISTING, error(368))
    assert told is not None and untold is not None and blocked is not None
    assert (told.wait_seconds, untold.wait_seconds, blocked.wait_seconds) == (1140.0, 900.0, 21600.0)


def test_too_much_at_once_is_asked_by_halves_down_to_one() -> None:
    """Code 1 also stands for an answer that was too large to be made; a single row is asked again as it is."""
    asked, sizes = LISTING, []
    while (found := judged(asked, error(1, said="Please reduce the amount of data"))) and found.instead:
        asked = found.instead
        sizes.append(dict(asked.params)["limit"])
    assert sizes == ["50", "25", "12", "6", "3", "1"]
    assert found is not None
    assert found.means is Means.RETRY
    assert replace(asked, params=LISTING.params) == LISTING


def test_a_field_the_version_does_not_know_is_left_out() -> None:
    """Also where it stands inside another; the words are the platform's own."""
    for unknown, kind in (("timeline_visibility", "post"), ("unshimmed_url", "post"), ("alt_text", "ig_media")):
        asked = ask(ACCOUNT, "posts", "205/feed", limited(), kind=kind)
        answer = error(100, said=f"(#100) Tried accessing nonexisting field ({unknown}) on node type (Post)")
        found = judged(asked, answer)
        assert found is not None
        assert found.instead is not None
        assert (found.means, unknown in dict(asked.params)["fields"]) == (Means.INSTEAD, True)
        assert unknown not in dict(found.instead.params)["fields"]
        assert means(found.instead, answer) is Means.REFUSED  # and not asked a third time


def test_a_person_s_token_is_not_the_page_s() -> None:
    """It would otherwise pin a person, field by field."""
    first = ask(ACCOUNT, "profile", "me", kind="page")
    assert means(first, error(100, said="(#100) Tried accessing nonexisting field (about) on node type (User)")) is (
        Means.AUTH
    )


def test_what_only_keeps_others_company_may_be_refused() -> None:
    """A shared post that is not public, or captions there are none of, leave no gap."""
    shared = ask(ACCOUNT, "shared", "406_1", kind="post", subject="406_1")
    captions = ask(ACCOUNT, "captions", "7/captions", kind="captions", subject="7")
    answers = (error(10), error(100, 33), error(100))
    assert [means(fetch, answer) for fetch in (shared, captions) for answer in answers] == [Means.NOTHING] * 6
    assert means(shared, error(190)) is Means.AUTH


def test_a_token_that_may_not_be_asked_about_is_not_a_dead_token() -> None:
    """The right to ask is one of its own."""
    about = ask(ACCOUNT, "token", "debug_token", subject="page:205")
    assert means(about, error(190)) is Means.REFUSED


@pytest.mark.parametrize(
    "answer",
    [
        reply({"data": []}),
        reply({"data": [], "summary": "error"}),
        reply({"error": "no"}),
        reply({"error": {"message": "no code"}}),
        reply(b"<html>error</html>", 400),
        reply(b"", 500),
        reply([{"error": {"code": 1}}]),
    ],
)
def test_what_is_no_error_of_the_graph_api_is_left_to_its_status(answer: Reply) -> None:
    """An outage of something in between speaks another language."""
    assert judged(LISTING, answer) is None


def test_an_error_s_words_lose_the_parameters_of_addresses() -> None:
    """A token stands in them on some platforms."""
    found = judged(LISTING, error(100, 33, said="See https://graph.facebook.com/v26.0/x?access_token=MARK now"))
    assert found is not None
    assert found.detail.endswith("(code 100/33: See https://graph.facebook.com/v26.0/x now)")


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
    more, lost = next_page(LISTING, page(cursors={"after": "QV"}))
    assert (more, lost) == (replace(LISTING, params=(*LISTING.params, ("after", "QV"))), ())
    again, _ = next_page(more or LISTING, page(cursors={"after": "QW"}))
    assert again == replace(LISTING, params=(*LISTING.params, ("after", "QW")))
    named = "https://elsewhere.example/?access_token=MARK&until=5&since&__paging_token=enc&fields=id&limit=7"
    by_time, _ = next_page(LISTING, page(next=named))
    assert by_time == replace(LISTING, params=(*LISTING.params, ("until", "5"), ("__paging_token", "enc")))


def test_only_the_absence_of_a_next_page_ends_a_listing() -> None:
    """A cursor without one is the last page's; one that cannot be followed is told, not swallowed."""
    assert next_page(LISTING, {"data": [1], "paging": {"cursors": {"after": "QV"}}}) == (None, ())
    assert next_page(LISTING, {"data": []}) == (None, ())
    lost = (Unread(source="/paging/next", reason="a next page is named, but not how to ask for it"),)
    assert next_page(LISTING, page(next="https://graph.facebook.com/v26.0/x?access_token=MARK")) == (None, lost)
    same = replace(LISTING, params=(*LISTING.params, ("after", "QV")))
    assert next_page(same, page(cursors={"after": "QV"})) == (None, lost)


def test_a_listing_that_was_halved_grows_back_while_it_is_very_small() -> None:
    """A passing fault must not leave ten thousand pages of one row."""
    sizes, asked = [], replace(LISTING, params=(("limit", "1"),))
    for n in range(6):
        asked, _ = next_page(asked, page(cursors={"after": str(n)}))  # type: ignore[assignment]
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


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
)


@given(
    error=st.dictionaries(st.sampled_from(["code", "error_subcode", "message", "type"]), JSON),
    header=st.text(max_size=20) | JSON.map(json.dumps),
)
def test_any_error_and_any_header_is_judged_without_failing(error: Any, header: str) -> None:
    """What a platform may send is not what it documents."""
    answer = reply({"error": error}, 400, X_App_Usage=header, X_Business_Use_Case_Usage=header)
    found = judged(LISTING, answer)
    assert found is None or isinstance(found, Judged)
    assert pause(answer) >= 0
    assert all(notice.topic for notice in usage_notices(answer))
