"""The feeds of a real WordPress site kept by the engine, compared with what its API says of the same posts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from archiver.model import Account, DisclosedItem, Fetch, Kind
from archiver.storage.warc_records import NOTE_URI
from tests.real.keeping import Keeping, keeping, moment, squeezed
from tests.real.wordpress import Json, WordPress

pytestmark = pytest.mark.real

FEEDS = {"rss": "/feed/", "atom": "/feed/atom/"}
SHOWN = 10  # what a WordPress feed shows


@pytest.fixture
def kept(wordpress: WordPress, tmp_path: Path) -> Iterator[Keeping]:
    """An archive in which both feeds of the site are registered; the site's newest post has three comments."""
    post = wordpress.post("Levy night", "<p>Vote by <em>Tuesday</em> &amp; bring a friend.</p>")
    for number in range(3):
        wordpress.comment(post["id"], f"Answer {number} & more", author=f"Reader {number}")
    feeds = [Account(id=name, platform="feed", handle=name, url=wordpress.url + path) for name, path in FEEDS.items()]
    with keeping(tmp_path / "archive", *feeds) as opened:
        yield opened


def test_both_feeds_keep_the_newest_posts_as_the_site_says_them(wordpress: WordPress, kept: Keeping) -> None:
    """Id, address, title, text, author and date of each entry are those of the post.

    Of a post behind a password the feed tells another title and text than the API; it is listed all the same.
    """
    kept.poll(*FEEDS)
    newest = _newest(wordpress)
    said = {_guid(post): _of_post(post) for post in newest if not post["content"]["protected"]}
    for name in FEEDS:
        found = _posts(kept, name)
        assert set(found) == {_guid(post) for post in newest}
        assert {guid: found[guid] for guid in said} == said
    assert [kept.gaps(name) for name in FEEDS] == [(), ()]


def test_the_comments_of_an_entry_come_with_it(wordpress: WordPress, kept: Keeping) -> None:
    """RSS names a feed of each entry's comments; each comment names its post and its author."""
    kept.poll("rss")
    newest = _newest(wordpress)[0]
    said = {
        node["link"]: (_guid(newest), node["author_name"], squeezed(node["content"]["rendered"]))
        for node in wordpress.get("comments", post=newest["id"])
    }
    found = {
        item.link: (item.parent, item.author.name, squeezed(item.current.text))
        for item in kept.items("rss").values()
        if item.kind is Kind.COMMENT and item.thread == _guid(newest)
    }
    assert (len(found), found) == (3, said)


def test_a_feed_that_did_not_change_is_answered_304_and_nothing_is_kept(wordpress: WordPress, kept: Keeping) -> None:
    """The validators of the last reply are sent; a look that brings nothing is a look all the same."""
    kept.poll(*FEEDS)
    before = kept.captures()
    kept.poll(*FEEDS)
    assert kept.captures() == before
    for name, path in FEEDS.items():
        key = Fetch(stream="posts", url=wordpress.url + path).key
        asked = {row["id"] for row in kept.db.execute("SELECT id FROM captures WHERE fetch_key = ?", (key,))}
        answers = [look["status"] for look in _newest_run(kept, name)["unchanged"] if look["same"] in asked]
        assert answers == [304]
    item = next(iter(kept.items("atom").values()))
    assert item.observations[-1].last == kept.clock.now()


def test_an_edit_is_a_version_and_leaving_the_feed_is_no_removal(wordpress: WordPress, kept: Keeping) -> None:
    """A post in the trash is in the feed no more; a feed never says why."""
    old = wordpress.post("Old news", "<p>First words.</p>")
    kept.poll(*FEEDS)
    newest, *_ = [post for post in _newest(wordpress) if post["title"]["rendered"] == "Levy night"]
    while wordpress.edit(f"posts/{newest['id']}", content="<p>By Wednesday.</p>")["modified_gmt"] == old["date_gmt"]:
        pass
    wordpress.trash(f"posts/{old['id']}")
    kept.poll(*FEEDS)
    for name in FEEDS:
        items = kept.items(name)
        texts = [squeezed(version.text) for version in items[_guid(newest)].versions]
        assert texts == ["VotebyTuesday&bringafriend.", "ByWednesday."]
        assert kept.absent(name) == set()
        assert squeezed(items[_guid(old)].current.text) == "Firstwords."


def _newest(site: WordPress) -> list[Json]:
    posts: list[Json] = site.get("posts", per_page=SHOWN, orderby="date", order="desc", _embed="author")
    return posts


def _guid(post: Json) -> str:
    return str(post["guid"]["rendered"])


def _of_post(post: Json) -> tuple[object, ...]:
    return (
        "post",
        post["link"],
        squeezed(post["title"]["rendered"]),
        squeezed(post["content"]["rendered"]),
        post["_embedded"]["author"][0]["name"],
        moment(post["date_gmt"]),
    )


def _posts(kept: Keeping, name: str) -> dict[str, tuple[object, ...]]:
    return {item.remote_id: _of_item(item) for item in kept.items(name).values() if item.kind is Kind.POST}


def _of_item(item: DisclosedItem) -> tuple[object, ...]:
    current = item.current
    return (
        str(item.kind),
        item.link,
        squeezed(current.title),
        squeezed(current.text),
        item.author.name,
        item.created,
    )


def _newest_run(kept: Keeping, account_id: str) -> Json:
    """What the newest run record of an account says; it is in the WARC, for nothing else was kept of that run."""
    (path,) = kept.archive.spool.glob(f"{account_id}-*.warc.gz")
    with path.open("rb") as file:
        said = [
            json.loads(record.content_stream().read())
            for record in ArchiveIterator(file)
            if (record.rec_headers.get_header("WARC-Target-URI") or "").startswith(NOTE_URI)
        ]
    newest: Json = next(one for one in reversed(said) if one["record"] == "run")
    return newest
