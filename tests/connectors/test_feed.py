"""The feed connector: what the golden pairs do not say by themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archiver.errors import Unreadable
from archiver.model import Account, Fetch, ItemRef, Kind, Page, Reply
from connectors.feed import CONNECTOR

ACCOUNT = Account(id="a", platform="feed", handle="News", url="https://schools.example/feed")
FETCH = Fetch(stream="posts", url=ACCOUNT.url)


def read(body: bytes, *, fetch: Fetch = FETCH, content_type: str = "application/xml") -> Page:
    """The page of a body that came as the answer to `fetch`."""
    headers = (("Content-Type", content_type),)
    reply = Reply(url=fetch.url, status=200, headers=headers, body=body, received=datetime(2026, 1, 5, tzinfo=UTC))
    return CONNECTOR.read(ACCOUNT, fetch, reply)


def rss(*items: str) -> bytes:
    """An RSS document with these items."""
    return f"<rss version='2.0'><channel><title>T</title>{''.join(items)}</channel></rss>".encode()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<html><body>Please log in</body></html>", "is not a feed"),
        (b"", "is not a feed"),
        (b"/etc/passwd", "is not a feed"),
        (b"http://127.0.0.1:1/feed", "is not a feed"),
        (b'{"error": "gone"}', "is JSON, but not a JSON Feed"),
        (b"{broken", "is not JSON"),
    ],
)
def test_what_is_no_feed_is_refused_in_a_sentence(body: bytes, said: str) -> None:
    """A log-in page, a path and an address are neither read as feeds nor opened."""
    with pytest.raises(Unreadable) as caught:
        read(body)
    assert said in caught.value.what


def test_a_body_that_names_a_file_or_entity_never_opens_it(tmp_path: Path) -> None:
    """Entities of a document type are not expanded, from a file least of all."""
    secret = tmp_path / "secret"
    secret.write_bytes(rss("<item><guid>SECRET-MARK</guid></item>"))
    head = f'<!DOCTYPE rss [<!ENTITY x SYSTEM "file://{secret}"><!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
    body = head.encode() + rss("<item><guid>1</guid><title>&x;</title><description>&b;</description></item>")
    assert "SECRET-MARK" not in repr(read(body))
    with pytest.raises(Unreadable):
        read(str(secret).encode())


def test_a_sound_feed_without_entries_is_an_empty_page() -> None:
    """Nothing published yet is a state of its own, and no error."""
    assert read(rss()).items == ()


def test_leaving_the_feed_is_never_taken_for_a_removal() -> None:
    """A feed is a window: it is not walked."""
    page = read(rss("<item><guid>1</guid></item>"))
    assert (page.walked, page.newest_first) == (False, True)


def test_one_impossible_character_does_not_stop_its_neighbours() -> None:
    """A reference to a surrogate or to NUL is replaced and flagged."""
    page = read(rss("<item><guid>1</guid><title>a&#xD800;b&#0;</title></item>", "<item><guid>2</guid></item>"))
    assert [item.title for item in page.items] == ["a�b�", ""]
    assert page.flags == ("impossible-character-replaced",)


def test_only_the_feed_itself_says_who_it_is() -> None:
    """The feed of a post's comments and an archive have titles and links of their own."""
    comments = replace(FETCH, stream="comments", url="https://schools.example/a/feed", subject="1")
    archive = replace(FETCH, url="https://schools.example/feed/2025")
    assert read(rss()).identity is not None
    assert (read(rss(), fetch=comments).identity, read(rss(), fetch=archive).identity) == (None, None)


def test_the_same_entry_keeps_its_id_when_the_site_moves_to_https() -> None:
    """Identity comes from the document alone, not from where it was fetched."""
    body = rss("<item><guid>17</guid><link>/a</link></item>", "<item><link>/b</link></item>")
    there = replace(FETCH, url="http://old.example/feed")
    assert [i.remote_id for i in read(body).items] == [i.remote_id for i in read(body, fetch=there).items]


@pytest.mark.parametrize(
    ("own", "platform_id"),
    [
        ("tag:x.example,2026:1", "tag:x.example,2026:1"),
        ("http://X.example/feed/", "x.example/feed"),
        ("https://x.example/feed", "x.example/feed"),
        ("", "schools.example/feed"),
    ],
)
def test_the_feed_keeps_its_identity_when_the_site_moves_to_https(own: str, platform_id: str) -> None:
    """Else the account would be stopped, as if another one answered."""
    identity = read(f"<feed xmlns='http://www.w3.org/2005/Atom'><id>{own}</id><entry/></feed>".encode()).identity
    assert identity is not None
    assert identity.platform_id == platform_id


def test_an_entry_with_comments_but_no_count_is_asked_in_every_run() -> None:
    """Without a count there is nothing by which to tell that nothing was added."""
    entry = "<item><guid>1</guid><x:commentRss xmlns:x='http://wellformedweb.org/CommentAPI/'>/c</x:commentRss></item>"
    assert read(rss(entry)).also == (Fetch(stream="comments", url="https://schools.example/c", subject="1"),)


def test_a_look_at_an_entry_is_a_look_at_its_page() -> None:
    """An entry without a web address cannot be looked at."""
    item = ItemRef(kind=Kind.POST, remote_id="1", link="https://schools.example/a", parent=None, thread=None)
    assert CONNECTOR.check(ACCOUNT, item) == Fetch(stream="item", url="https://schools.example/a", subject="1")
    assert CONNECTOR.check(ACCOUNT, replace(item, link="")) is None
    assert CONNECTOR.check(ACCOUNT, replace(item, link="javascript:alert(1)")) is None


def test_the_charset_of_the_header_is_honoured() -> None:
    """Old feeds are not all UTF-8."""
    body = "<rss version='2.0'><channel><item><guid>1</guid><title>Café</title></item></channel></rss>"
    page = read(body.encode("windows-1252"), content_type="application/rss+xml; charset=windows-1252")
    assert [item.title for item in page.items] == ["Café"]


BOMB = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be", "utf-7"])
def test_entities_of_its_own_are_dropped(encoding: str) -> None:
    """Declared on one line, a few hundred bytes of them would stand for gigabytes; in whatever encoding."""
    text = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE rss [<!ENTITY a0 "ha">{BOMB}]>'
    text += "<rss version='2.0'><channel><item><guid>1</guid><title>Before &a9; behind</title></item></channel></rss>"
    page = read(text.encode(encoding))
    (item,) = page.items
    assert (item.remote_id, "haha" in item.title) == ("1", False)
    assert "entities-dropped" in page.flags


def test_a_date_that_no_database_holds_is_kept_storable() -> None:
    """As every other text of an entry."""
    (item,) = read(rss("<item><guid>1</guid><pubDate>a\x00b</pubDate></item>")).items
    assert (item.created, item.created_raw) == (None, "a\ufffdb")


def test_a_link_to_older_entries_brings_no_credential_along() -> None:
    """What a site writes into it is not ours to send, and must not look as if we kept a secret."""
    link = "<link xmlns='http://www.w3.org/2005/Atom' rel='next' href='/feed?page=2&amp;access_token=x&amp;b=c%26'/>"
    more = read(rss(link, "<item><guid>1</guid></item>")).more
    assert more is not None
    assert more.url == "https://schools.example/feed?page=2&b=c%26"
