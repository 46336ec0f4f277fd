"""What of an Instagram account is there for a short time only: broadcasts with their comments, a story's numbers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from archiver.model import Fetch, Judged, Kind, Means, Reply
from connectors.instagram import CONNECTOR
from tests.connectors.test_instagram import BY_PAGE, LOGIN, MEDIUM, NOW, PINNED, TOWN, asked, only, read

PAGE = replace(BY_PAGE, platform_id="17841")
WHO = {"id": "205", "instagram_business_account": TOWN}


def streams(fetches: tuple[Fetch, ...]) -> list[str]:
    """The streams of fetches, each once."""
    return list(dict.fromkeys(fetch.stream for fetch in fetches))


def test_broadcasts_are_asked_for_with_a_page_s_token_only() -> None:
    """For the other log-in the platform documents none: asking would leave a gap in every account."""
    by_page = read(CONNECTOR.first(PAGE)[0], WHO, account=PAGE).also
    by_login = read(CONNECTOR.first(LOGIN)[0], TOWN, account=LOGIN).also
    assert ("live" in streams(by_page), "live" in streams(by_login)) == (True, False)


def test_the_comments_of_a_broadcast_are_asked_for_in_every_poll_and_never_missed() -> None:
    """They are gone when it ends, which is no removal."""
    live = next(one for one in read(CONNECTOR.first(PAGE)[0], WHO, account=PAGE).also if one.stream == "live")
    page = read(live, {"data": [MEDIUM | {"comments_count": 0}]}, account=PAGE)
    (comments,) = page.also
    assert (page.walked, comments.stream, comments.subject, comments.token) == (False, "live", "17", None)
    found = read(comments, {"data": [{"id": "5", "text": "Hello", "username": "ann"}]}, account=PAGE)
    assert (only(found).parent, only(found).text, found.walked) == ("17", "Hello", False)


def test_a_story_is_asked_for_its_numbers_once_an_hour_while_it_is_listed() -> None:
    """They are counters: no number makes a version of the story."""
    story = MEDIUM | {"media_product_type": "STORY"}
    listed = read(asked("stories"), {"data": [story]})
    (numbers,) = listed.also
    assert (numbers.stream, numbers.subject, numbers.token) == ("insights", "17", f"{NOW:%Y-%m-%dT%H}")
    assert dict(numbers.params)["fields"].endswith("insights.metric(reach,replies,shares,views)")
    told = [{"name": "views", "values": [{"value": 40}, {"value": 41}]}, {"name": "reach", "values": []}, {"name": "x"}]
    item = only(read(numbers, story | {"insights": {"data": told}}))
    assert (item.kind, item.counters["views"], "reach" in item.counters) == (Kind.STORY, 41, False)
    assert item.digest == only(listed).digest


@pytest.mark.parametrize("code", [10, 100, 200])
def test_numbers_that_are_not_shown_are_no_gap(code: int) -> None:
    """Too few viewers, or a permission nobody asked for."""
    (numbers,) = read(asked("stories"), {"data": [MEDIUM]}).also
    body = f'{{"error": {{"code": {code}, "message": "No"}}}}'.encode()
    verdict = CONNECTOR.judge(PINNED, numbers, Reply(url="x", status=400, headers=(), body=body, received=NOW))
    assert isinstance(verdict, Judged)
    assert verdict.means is Means.NOTHING
