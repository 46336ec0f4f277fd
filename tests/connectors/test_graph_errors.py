"""The error table of the Graph API, row by row."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.model import Fetch, Judged, Means, Reply
from connectors.graph.asks import ask
from connectors.graph.errors import judged
from connectors.graph.fields import DECLARED
from connectors.graph.notices import pause, usage_notices
from tests.connectors.test_graph import ACCOUNT, LIMIT, LISTING, reply

ITEM = ask(ACCOUNT, "item", "205_1", kind="post", subject="205_1", hint="post")


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
    assert len({row.words for row in DECLARED.errors.values() if row.means is Means.AUTH}) == 9


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
        asked = ask(ACCOUNT, "posts", "205/feed", LIMIT, kind=kind)
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
