"""The demo district speaks HTTP, Mastodon's API and Atom as real servers do."""

from __future__ import annotations

import zlib
from datetime import timedelta

import requests

from archiver.demo.server import DemoDistrict
from archiver.demo.statuses import Shown, Version
from tests.demo.asking import API, START, get, statuses_path, walk


def test_the_token_says_whose_it_is(demo: DemoDistrict, client: requests.Session) -> None:
    """verify_credentials names the account that lookup finds; without the token, or with another, it is refused."""
    own = client.get(f"{demo.mastodon_url}{API}/accounts/verify_credentials", timeout=10).json()
    found = get(demo, f"{API}/accounts/lookup", params={"acct": demo.handle}).json()
    assert (own["id"], own["acct"], own["source"]["privacy"]) == (found["id"], demo.handle, "public")
    assert get(demo, f"{API}/accounts/{own['id']}").json() == found
    nobody = get(demo, f"{API}/accounts/verify_credentials")
    stranger = get(demo, f"{API}/accounts/lookup", params={"acct": demo.handle}, headers={"Authorization": "Bearer x"})
    assert (nobody.status_code, nobody.json()) == (401, {"error": "This method requires an authenticated user"})
    assert (stranger.status_code, stranger.json()) == (401, {"error": "The access token is invalid"})


def test_every_status_is_on_exactly_one_page(demo: DemoDistrict, client: requests.Session) -> None:
    """Paging by Link gives each of the district's own statuses once, newest first, and then ends."""
    pages = walk(client, demo.mastodon_url + statuses_path(demo) + "?limit=7")
    ids = [one["id"] for one in pages]
    mine = [shown.id for shown in demo.district.truth if shown.place == "mastodon" and shown.author == demo.handle]
    assert ids == sorted(mine, key=int, reverse=True)
    assert len(ids) > 45
    assert max(one["created_at"] for one in pages) <= "2026-11-02T17:00:00.000Z"


def test_min_id_gives_the_page_just_above_it(demo: DemoDistrict, client: requests.Session) -> None:
    """min_id walks forward without a hole, since_id gives the newest page."""
    url = demo.mastodon_url + statuses_path(demo)
    ids = [one["id"] for one in walk(client, url)]
    above = client.get(url, params={"min_id": ids[30], "limit": "5"}, timeout=10).json()
    newest = client.get(url, params={"since_id": ids[30], "limit": "5"}, timeout=10).json()
    assert [one["id"] for one in above] == ids[25:30]
    assert [one["id"] for one in newest] == ids[:5]


def test_direct_messages_are_for_the_owner_only(demo: DemoDistrict, client: requests.Session) -> None:
    """Without the token no listing, status or context shows a direct message; with it the conversation is whole."""
    first, last = demo.district.id_of("d1"), demo.district.id_of("d4")
    assert get(demo, f"{API}/statuses/{last}").status_code == 404
    assert {one["visibility"] for one in get(demo, statuses_path(demo), params={"limit": 40}).json()} == {"public"}
    assert get(demo, f"{API}/conversations").status_code == 401
    conversation, older = client.get(f"{demo.mastodon_url}{API}/conversations", timeout=10).json()
    thread = client.get(f"{demo.mastodon_url}{API}/statuses/{last}/context", timeout=10).json()
    assert [one["username"] for one in conversation["accounts"]] == ["priya_underhay"]
    assert [one["username"] for one in older["accounts"]] == ["odessa_fennimore"]
    assert conversation["last_status"]["id"] == last
    assert [one["id"] for one in thread["ancestors"]] == [first, demo.district.id_of("d2"), demo.district.id_of("d3")]


def test_a_context_is_the_whole_tree_of_replies(demo: DemoDistrict) -> None:
    """Descendants come depth first, each naming what it answers; their number matches what the post says."""
    post = demo.district.id_of("buses")
    below = get(demo, f"{API}/statuses/{post}/context").json()["descendants"]
    keys = {demo.district.id_of(key): key for key in ("buses", "c3", "c3a", "c3b", "c3c")}
    tree = [(keys[one["id"]], keys[one["in_reply_to_id"]]) for one in below]
    assert tree == [("c3", "buses"), ("c3a", "c3"), ("c3b", "c3a"), ("c3c", "c3")]
    assert get(demo, f"{API}/statuses/{post}").json()["replies_count"] == 1


def test_special_statuses_are_complete(demo: DemoDistrict) -> None:
    """A boost, a poll, a warning, two described pictures and one that nobody described are as Mastodon shows them."""
    shown = {
        key: get(demo, f"{API}/statuses/{demo.district.id_of(key)}").json()
        for key in ("boost", "poll", "drill", "picnic", "mural", "meeting")
    }
    assert (shown["boost"]["content"], shown["boost"]["reblog"]["id"]) == ("", demo.district.id_of("library"))
    assert [one["votes_count"] for one in shown["poll"]["poll"]["options"]] == [118, 203, 44]
    assert (shown["drill"]["sensitive"], shown["drill"]["spoiler_text"]) == (True, "Safety drill, mentions lockdown")
    assert [bool(one["description"]) for one in shown["picnic"]["media_attachments"]] == [True, True]
    assert [one["description"] for one in shown["mural"]["media_attachments"]] == [None]
    assert [one["name"] for one in shown["meeting"]["tags"]] == ["schoolboard"]


def test_pictures_are_png(demo: DemoDistrict) -> None:
    """A medium is a PNG whose checksums hold."""
    post = get(demo, f"{API}/statuses/{demo.district.id_of('roof')}").json()
    reply = requests.get(post["media_attachments"][0]["url"], timeout=10)
    body = reply.content
    header = body[12:29]
    assert (reply.headers["Content-Type"], body[:8]) == ("image/png", b"\x89PNG\r\n\x1a\n")
    assert (header[:4], zlib.crc32(header)) == (b"IHDR", int.from_bytes(body[29:33]))


def test_what_a_client_has_is_not_sent_again(demo: DemoDistrict) -> None:
    """A weak tag on JSON, a tag and a time on the feed: each answers 304 without a body until something changes."""
    path = f"{API}/statuses/{demo.district.id_of('meeting')}"
    tag = get(demo, path).headers["ETag"]
    again = get(demo, path, headers={"If-None-Match": tag})
    assert (tag[:3], again.status_code, again.content) == ('W/"', 304, b"")
    feed = requests.get(demo.blog_feed_url, timeout=10)
    for given in ({"If-None-Match": feed.headers["ETag"]}, {"If-Modified-Since": feed.headers["Last-Modified"]}):
        assert requests.get(demo.blog_feed_url, headers=given, timeout=10).status_code == 304
    demo.district.edit_a_post()
    demo.district.edit_a_blog_entry()
    assert get(demo, path, headers={"If-None-Match": tag}).status_code == 200
    for given in ({"If-None-Match": feed.headers["ETag"]}, {"If-Modified-Since": feed.headers["Last-Modified"]}):
        assert requests.get(demo.blog_feed_url, headers=given, timeout=10).status_code == 200


def test_every_page_says_that_it_is_a_demonstration(demo: DemoDistrict) -> None:
    """Pages carry the words, every reply the server name, the account its note."""
    paths = ("/", "/blog/", "/blog/water-tests", f"/@{demo.handle}", "/nothing", f"{API}/instance")
    replies = [get(demo, path) for path in paths]
    assert all("Archiver demo server." in reply.text for reply in replies[:-1])
    assert {reply.headers["Server"] for reply in replies} == {"archiver-demo"}
    note = get(demo, f"{API}/accounts/lookup", params={"acct": demo.handle}).json()["note"]
    assert "Archiver demo" in note


def test_an_edit_keeps_its_history(demo: DemoDistrict) -> None:
    """The edited post shows the new text and when; its history has both texts in order."""
    before, done = demo.district.truth, demo.district.edit_a_post()
    shown = get(demo, f"{API}/statuses/{done.id}").json()
    history = get(demo, f"{API}/statuses/{done.id}/history").json()
    assert (shown["edited_at"], done.at) == ("2026-11-02T17:01:00.000Z", START + timedelta(minutes=1))
    assert "WEDNESDAY" in shown["content"]
    assert [("WEDNESDAY" in one["content"], one["created_at"]) for one in history] == [
        (False, "2026-10-31T17:00:00.000Z"),
        (True, "2026-11-02T17:01:00.000Z"),
    ]
    changed = set(demo.district.truth) - set(before)
    assert changed == {
        Shown(
            place="mastodon",
            id=done.id,
            author=demo.handle,
            visibility="public",
            versions=(
                Version(at=START - timedelta(days=2), text=done.before),
                Version(at=done.at, text=done.after),
            ),
            removed=None,
        )
    }


def test_what_is_removed_is_not_found_and_its_replies_stay(demo: DemoDistrict, client: requests.Session) -> None:
    """A removed post answers 404 and leaves the listing; the replies stay, answer nothing, and read as before."""
    reply_id = demo.district.id_of("c4")
    before = get(demo, f"{API}/statuses/{reply_id}").json()
    done = demo.district.remove_a_post()
    gone = get(demo, f"{API}/statuses/{done.id}")
    reply = get(demo, f"{API}/statuses/{reply_id}").json()
    assert (gone.status_code, gone.json()) == (404, {"error": "Record not found"})
    assert done.id not in [one["id"] for one in walk(client, demo.mastodon_url + statuses_path(demo))]
    assert (reply["in_reply_to_id"], reply["content"]) == (None, before["content"])
    assert [shown.removed for shown in demo.district.truth if shown.id == done.id] == [done.at]


def test_comments_come_and_go(demo: DemoDistrict) -> None:
    """A new comment appears below its post, a removed one is there no more."""
    path = f"{API}/statuses/{demo.district.id_of('meeting')}/context"
    before = [one["id"] for one in get(demo, path).json()["descendants"]]
    added, removed = demo.district.add_a_comment(), demo.district.remove_a_comment()
    after = [one["id"] for one in get(demo, path).json()["descendants"]]
    assert set(after) == {*before, added.id} - {removed.id}
    assert (added.act, removed.act) == ("added", "removed")


def test_notifications_are_what_reached_the_district(demo: DemoDistrict, client: requests.Session) -> None:
    """Each comment and message to the district is a mention; other types are asked for in vain."""
    url = f"{demo.mastodon_url}{API}/notifications"
    told = [one["status"]["id"] for one in walk(client, f"{url}?limit=5")]
    keys = ("c1", "c1b", "c2", "c3", "c3b", "c4", "c5", "c6", "c7", "c8", "d1", "d3", "d-old")
    assert sorted(told) == sorted(demo.district.id_of(key) for key in keys)
    assert client.get(url, params={"types[]": "poll"}, timeout=10).json() == []


def test_a_blog_entry_leaves_feed_and_page(demo: DemoDistrict) -> None:
    """A removed entry is neither in the feed nor at its address; the others are."""
    assert requests.get(demo.blog_feed_url, timeout=10).text.count("<entry>") == 8
    done = demo.district.remove_a_blog_entry()
    feed = requests.get(demo.blog_feed_url, timeout=10).text
    assert (feed.count("<entry>"), done.id in feed) == (7, False)
    assert (get(demo, f"/blog/{done.id}").status_code, get(demo, "/blog/welcome").status_code) == (404, 200)


def test_the_same_start_gives_the_same_district() -> None:
    """Two districts with one start hold the same, to the id."""
    with DemoDistrict(START) as one, DemoDistrict(START) as other:
        assert one.district.truth == other.district.truth
        assert get(one, "/media/3/original.png").content == get(other, "/media/3/original.png").content
