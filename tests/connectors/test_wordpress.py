"""The WordPress connector: what the golden pairs do not say by themselves."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from archiver.errors import Unreadable
from archiver.model import Account, Fetch, ItemRef, Kind, Page, Reply, Visibility
from connectors.wordpress import CONNECTOR

ACCOUNT = Account(id="a", platform="wordpress", handle="Blog", url="https://town.example/")
SIGNED = replace(ACCOUNT, credential="env:BLOG")
PLAIN = replace(ACCOUNT, options={"rest_route": "1"})
API = "https://town.example/wp-json"
POSTS = Fetch(stream="posts", url=f"{API}/wp/v2/posts", params=(("per_page", "100"),))


def read(value: Any, *, fetch: Fetch = POSTS, account: Account = ACCOUNT, **headers: str) -> Page:
    """The page of a JSON value that came as the answer to `fetch`."""
    named = tuple((name.replace("_", "-"), text) for name, text in headers.items())
    body = json.dumps(value).encode()
    reply = Reply(url=fetch.url, status=200, headers=named, body=body, received=datetime(2026, 1, 5, tzinfo=UTC))
    return CONNECTOR.read(account, fetch, reply)


def post(**more: Any) -> dict[str, Any]:
    """A post with as little as a site may send."""
    return {"id": 12, "type": "post", "status": "publish"} | more


def test_the_root_is_asked_in_either_form_of_address() -> None:
    """Sites without pretty permalinks know one address only."""
    fields = ("_fields", "name,url,home,namespaces")
    assert CONNECTOR.first(ACCOUNT) == (Fetch(stream="site", url=f"{API}/", params=(fields,)),)
    route = Fetch(stream="site", url="https://town.example/", params=(("rest_route", "/"), fields))
    assert CONNECTOR.first(PLAIN) == (route,)


@pytest.mark.parametrize("value", [{}, {"namespaces": ["oembed/1.0"]}, {"namespaces": "wp/v2"}])
def test_a_site_without_the_wordpress_api_is_refused(value: Any) -> None:
    """Success needs positive evidence."""
    with pytest.raises(Unreadable, match="not the root of a WordPress API"):
        read(value, fetch=CONNECTOR.first(ACCOUNT)[0])


@pytest.mark.parametrize(
    ("page", "pages", "following"),
    [("", "3", "2"), ("2", "3", "3"), ("3", "3", None), ("", "1", None), ("", "0", None)],
)
def test_no_page_is_asked_one_too_far(page: str, pages: str, following: str | None) -> None:
    """WordPress answers that with an error; an empty page before the last is gone past."""
    fetch = replace(POSTS, params=(*POSTS.params, ("page", page))) if page else POSTS
    more = read([], fetch=fetch, X_WP_TotalPages=pages).more
    assert (dict(more.params)["page"] if more else None) == following


def test_revisions_are_asked_for_once_for_each_change_and_only_with_a_credential() -> None:
    """A post that says it has none is not asked."""
    node = post(modified_gmt="2026-01-04T10:00:00")
    token = [fetch.token for fetch in read([node], account=SIGNED).also]
    assert (token, read([node]).also) == (["2026-01-04T10:00:00"], ())
    none = post(_links={"version-history": [{"count": 0}]})
    assert read([none], account=SIGNED).also == ()


def test_a_revision_is_known_again_as_the_version_a_poll_had_seen() -> None:
    """Its own date is the time of the change that made it."""
    told = {"title": {"rendered": "T"}, "content": {"rendered": "<p>x</p>"}}
    seen = read([post(**told, date_gmt="2026-01-03T09:00:00", modified_gmt="2026-01-04T10:00:00")]).items[0]
    fetch = Fetch(stream="history", url=f"{API}/wp/v2/posts/12/revisions", subject="post:12")
    node = {"id": 21, "parent": 12, "date_gmt": "2026-01-04T10:00:00"} | told
    version = read([node], fetch=fetch, account=SIGNED).items[0]
    assert (version.content_digest, version.edited) == (seen.content_digest, seen.edited)
    assert (version.remote_id, version.historic) == ("post:12", True)


@pytest.mark.parametrize(
    ("status", "visibility"),
    [
        ("publish", Visibility.PUBLIC),
        ("draft", Visibility.DRAFT),
        ("pending", Visibility.DRAFT),
        ("private", Visibility.PRIVATE),
        ("trash", Visibility.TRASH),
        ("post-trashed", Visibility.TRASH),
        ("hold", Visibility.HELD),
        ("spam", Visibility.HIDDEN),
        ("from-a-plugin", Visibility.UNKNOWN),
    ],
)
def test_the_status_says_who_could_see_it(status: str, visibility: Visibility) -> None:
    """A word we do not know is not taken for public."""
    assert read([post(status=status)]).items[0].visibility is visibility


def test_a_missing_item_deserves_a_look_only_in_a_listing_by_date() -> None:
    """The listing by change shows the same posts in another order; a held comment is listed, or gone."""
    edits, held = replace(POSTS, stream="post-edits"), Fetch(stream="comments", url=f"{API}/wp/v2/comments")
    assert read([]).walked is True
    assert read([], fetch=edits).walked is False
    assert read([], fetch=held).walked is True
    assert read([], fetch=replace(held, params=(("status", "hold"),))).walked is True


@pytest.mark.parametrize(
    ("remote_id", "path"),
    [
        ("post:12", "posts/12"),
        ("page:3", "pages/3"),
        ("media:7", "media/7"),
        ("comment:5", "comments/5"),
        ("post:1/../2", None),
        ("user:1", None),
        ("12", None),
    ],
)
def test_a_direct_look_asks_for_the_item_by_its_number(remote_id: str, path: str | None) -> None:
    """What is no number of ours is not asked for."""
    item = ItemRef(kind=Kind.POST, remote_id=remote_id, link="", parent=None, thread=None)
    params = (("_embed", "author"),)
    expected = Fetch(stream="item", url=f"{API}/wp/v2/{path}", params=params, subject=remote_id) if path else None
    assert CONNECTOR.check(ACCOUNT, item) == expected


def test_a_direct_look_shows_the_item_as_the_listing_does() -> None:
    """Else each look would make a version."""
    node = post(title={"rendered": "T"}, content={"rendered": "<p>x</p>"})
    item = Fetch(stream="item", url=f"{API}/wp/v2/posts/12", subject="post:12")
    assert read(node, fetch=item).items[0].digest == read([node]).items[0].digest


def test_an_id_that_is_no_number_stays_a_part_of_the_path() -> None:
    """A site cannot lead a request with a credential elsewhere by what it writes there."""
    odd = post(id="../../users?access_token=x", modified_gmt="2026-01-05T08:00:00")
    (asked,) = read([odd], account=SIGNED).also
    assert asked.url == f"{API}/wp/v2/posts/..%2F..%2Fusers%3Faccess_token%3Dx/revisions"
