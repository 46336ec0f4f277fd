"""What reading from X costs, thing by thing."""

from __future__ import annotations

from archiver.model import Itemised, Judging, Priced
from connectors.bluesky import CONNECTOR as FREE
from connectors.x import CONNECTOR
from tests.connectors.test_x import ACCOUNT, ME, also, parts_of, post, posts, read, ref


def test_the_connector_judges_prices_and_itemises() -> None:
    """The engine finds these abilities by their methods."""
    assert isinstance(CONNECTOR, Judging) and isinstance(CONNECTOR, Priced) and isinstance(CONNECTOR, Itemised)


def test_the_price_of_a_page_is_the_sum_of_its_bill_and_never_above_the_estimate() -> None:
    """A post of ours, its author, and the quoted post of somebody else with theirs."""
    around = {
        "users": [{"id": ME, "username": "PortExample", "name": "Port"}, {"id": "7", "username": "b", "name": "B"}]
    }
    page = posts(
        post(9, referenced_tweets=[{"type": "quoted", "id": "5"}]), includes=around | {"tweets": [post(5, by="7")]}
    )
    fetch = also()["posts"]
    assert CONNECTOR.bill(fetch, page) == {"9": 1_000, f"user:{ME}": 10_000, "5": 5_000, "user:7": 10_000}
    assert CONNECTOR.price(fetch, page) == 26_000
    for name in ("posts", "mentions", "comments", "messages", "history", "one_post", "one_profile", "profile"):
        account, asked, reply = parts_of(f"x/{name}")
        assert 0 < CONNECTOR.price(asked, CONNECTOR.read(account, asked, reply)) <= CONNECTOR.estimate(asked)


def test_a_thing_that_is_read_again_stands_under_the_same_name_in_the_bill() -> None:
    """It is charged once in a day, found by whatever way; another version is another thing."""
    edited = post(52, edit_history_tweet_ids=["50", "52"])
    look = CONNECTOR.check(ACCOUNT, ref("50"))
    assert look is not None
    once, again = posts(post(50)), read({"data": [post(50)]}, fetch=look)
    assert set(CONNECTOR.bill(also()["posts"], once)) == set(CONNECTOR.bill(look, again)) == {"50"}
    assert CONNECTOR.bill(look, again)["50"] == 5_000
    assert set(CONNECTOR.bill(also()["posts"], posts(edited))) == {"50@2026-01-05T07:00:00.000000Z"}


def test_a_platform_that_takes_no_money_costs_nothing() -> None:
    """It has the same methods; what it is asked is never held against a cap."""
    fetch = also()["posts"]
    assert (FREE.estimate(fetch), FREE.price(fetch, posts(post(50))), FREE.bill(fetch, posts(post(50)))) == (0, 0, {})
