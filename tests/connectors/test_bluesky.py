"""The Bluesky connector: what the golden pairs do not say by themselves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from archiver.errors import Unreadable
from archiver.model import Kind, Unread, origin_of
from connectors.bluesky import CONNECTOR
from tests.connectors.bluesky_replies import (
    ACCOUNT,
    ANN,
    CHAT,
    LISTED,
    LOOK,
    ME,
    OURS,
    PDS,
    POST,
    SIGNED,
    THEIRS,
    THREAD,
    WHEN,
    answer,
    asks,
    only,
    read,
    record,
    shown,
)
from tests.connectors.cases import NAMES, case


def test_the_account_is_asked_for_by_its_name_until_its_did_is_known() -> None:
    """A name may be given to somebody else; a DID may not. With a credential the server says whose it is."""
    unknown = replace(ACCOUNT, platform_id=None, url=f"{PDS}/xrpc/")
    repository = asks("com.atproto.repo.describeRepo", params=(("repo", "mayor.example"),))
    assert CONNECTOR.first(unknown) == (repository,)
    known = replace(repository, params=(("repo", ME),))
    assert CONNECTOR.first(SIGNED) == (known, asks("com.atproto.server.getSession"))


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("bluesky/")])
def test_with_a_credential_nothing_is_asked_of_another_server(name: str) -> None:
    """The account's own server passes on what is for the application view and the chat service."""
    found = case(name)
    signed = replace(found.account, credential="env:MAYOR")
    page = CONNECTOR.read(signed, found.fetch, found.reply)
    assert {origin_of(asked.url) for asked in page.also} <= {signed.origin}


def test_a_post_is_the_same_version_wherever_it_is_met() -> None:
    """Listing, counts, thread, quotations, notification and direct look; names and counts are no version."""
    listed = record(THEIRS, facets=[{"index": {"byteStart": 0, "byteEnd": 2}, "features": []}])
    view = shown(listed, likeCount=3, labels=[{"val": "spam", "src": "did:plc:labeler"}])
    pages = (
        read({"records": [listed]}),
        read(listed, fetch=asks("com.atproto.repo.getRecord", subject=THEIRS)),
        read({"posts": [view]}, fetch=asks("app.bsky.feed.getPosts")),
        read({"posts": [view]}, fetch=asks("app.bsky.feed.getQuotes")),
        read({"thread": {"post": view}}, fetch=THREAD),
        read({"thread": {"post": view}}, fetch=LOOK),
        read({"notifications": [view | {"reason": "reply"}]}, fetch=asks("app.bsky.notification.listNotifications")),
    )
    assert len({only(page).digest for page in pages}) == 1


def test_a_new_content_address_is_a_version_even_of_equal_words() -> None:
    """Something of the record was changed that may not show."""
    first, second = (only(read({"records": [record(cid=cid)]})) for cid in ("c1", "c2"))
    assert first.text == second.text
    assert first.digest != second.digest


def test_what_the_application_view_shows_of_own_records_is_never_the_newest() -> None:
    """It may lag behind the account's server, and would undo an edit."""
    page = read({"posts": [shown(record()), shown(record(THEIRS))]}, fetch=asks("app.bsky.feed.getPosts"))
    assert [(item.remote_id, item.historic) for item in page.items] == [(OURS, True), (THEIRS, False)]
    assert not only(read({"records": [record()]})).historic


def test_places_in_a_text_count_bytes() -> None:
    """The words of a link behind letters of two, three and four bytes; a place that cuts one is left out."""
    text = "é 谢 🏫 link"
    start = len("é 谢 🏫 ".encode())
    link = {"$type": "app.bsky.richtext.facet#link", "uri": "https://a.example/"}
    spans = [(start, start + 4), (0, 1), (start, 999), (-1, 2), ("0", 1), (True, 4)]
    facets = [{"index": {"byteStart": a, "byteEnd": b}, "features": [link]} for a, b in spans]
    item = only(read({"records": [record(text=text, facets=facets)]}))
    assert item.details[1:] == (("link", "link <https://a.example/>"), *[("link", "https://a.example/")] * 5)


def test_a_repository_without_posts_is_asked_for_posts() -> None:
    """The server names a collection only while it holds something; the last post that goes must be missed."""
    page = read({"did": ME, "handle": "mayor.example", "collections": []}, fetch=asks("com.atproto.repo.describeRepo"))
    listing, revision, _ = page.also
    assert (listing.stream, dict(listing.params)["collection"], listing.subject) == ("posts", POST, None)
    assert (revision.stream, revision.hint) == ("revision", POST)


def test_each_revision_is_walked_once_from_the_beginning() -> None:
    """So are edits and removals of any age found at the next poll."""
    fetch = asks("com.atproto.sync.getLatestCommit", subject=ME, hint=f"{POST} org.example.notice")
    page = read({"rev": "r9"}, fetch=fetch)
    assert [(one.subject, one.token, dict(one.params)["reverse"]) for one in page.also] == [(ME, "r9", "true")] * 2
    walked = read({"records": [record()]}, fetch=page.also[0])
    assert (walked.walked, walked.newest_first, walked.also) == (True, False, ())
    with pytest.raises(Unreadable, match="names no revision"):
        CONNECTOR.read(ACCOUNT, fetch, answer({}, fetch))


def test_likes_and_follows_wait_for_the_re_walks() -> None:
    """There may be very many, and they are never edited."""
    told = {"did": ME, "collections": ["app.bsky.feed.like", "app.bsky.graph.follow", POST]}
    page = read(told, fetch=asks("com.atproto.repo.describeRepo"))
    assert [one.hint for one in page.also if one.hint] == [POST]


@pytest.mark.parametrize(
    ("key", "created"),
    [
        ("3mbdvxfus2222", "2011-05-01T00:00:00Z"),  # brought along from elsewhere
        ("3mbdvxfus2222", ""),
        ("self", WHEN),
        ("0000000000000", WHEN),
        ("zzzzzzzzzzzzz", WHEN),
    ],
)
def test_a_walk_stops_at_old_records_only_where_keys_tell_time(key: str, created: str) -> None:
    """Else newer ones may stand behind."""
    good = [record(createdAt=when) for when in (WHEN, "2026-01-09T00:00:00Z")]
    assert [read({"records": [one]}).newest_first for one in good] == [True, True]
    page = read({"records": [good[0] | {"uri": THEIRS}, record(f"at://{ME}/{POST}/{key}", createdAt=created)]})
    assert (page.newest_first, page.walked) == (False, True)


def test_only_the_absence_of_a_cursor_ends_a_listing() -> None:
    """A page may be short or empty; a cursor that leads back is told as a part not read."""
    more = read({"records": [], "cursor": "k1"}).more
    assert more is not None
    assert more.params == (*LISTED.params, ("cursor", "k1"))
    again = read({"records": [record()], "cursor": "k1"}, fetch=more)
    assert (again.more, again.unread) == (None, (Unread(source="", reason="the next page named is this page itself"),))
    assert read({"records": [record()]}, fetch=more).more is None


def test_posts_are_counted_five_and_twenty_at_a_time() -> None:
    """As many as the application view takes at once."""
    page = read({"records": [record(f"at://{ME}/{POST}/{n}") for n in range(60)]})
    assert [len(one.params) for one in page.also] == [25, 25, 10]
    assert {one.stream for one in page.also} == {"counts"}


@pytest.mark.parametrize("replies", [0, 2])
def test_a_thread_is_asked_for_where_there_are_answers(replies: int) -> None:
    """Once for each number of them; and where the post answers somebody else."""
    fetch = asks("app.bsky.feed.getPosts")
    asked = read({"posts": [shown(record(), replyCount=replies)]}, fetch=fetch).also
    assert [(one.stream, one.subject, one.token) for one in asked] == [("comments", OURS, "2")][: replies // 2]
    reply = {"root": {"uri": THEIRS}, "parent": {"uri": THEIRS}}
    (answered,) = read({"posts": [shown(record(reply=reply), replyCount=replies)]}, fetch=fetch).also
    assert (answered.subject, answered.token) == (OURS, str(replies))


@pytest.mark.parametrize(
    ("reply", "subject"),
    [
        ({"root": {"uri": OURS}, "parent": {"uri": THEIRS}}, OURS),
        ({"root": {"uri": THEIRS}, "parent": {"uri": OURS}}, OURS),
        ({"root": {"uri": THEIRS}, "parent": {"uri": THEIRS}}, THEIRS + "x"),
        (None, THEIRS + "x"),
    ],
)
def test_a_notification_leads_to_the_thread_it_belongs_to(reply: Any, subject: str) -> None:
    """Deep answers change no count of ours; their notification tells."""
    node = shown(record(THEIRS + "x", "c7", **({"reply": reply} if reply else {}))) | {"reason": "mention"}
    fetch = asks("app.bsky.notification.listNotifications")
    page = read({"notifications": [node, node | {"reason": "like"}]}, fetch=fetch, account=SIGNED)
    assert [(one.subject, one.token) for one in page.also] == [(subject, "c7")]
    assert not only(page).context


def test_many_notifications_of_one_thread_ask_for_it_once() -> None:
    """The newest of them tells the state of the thread; the older ones told of states before it."""
    answer = {"reply": {"root": {"uri": OURS}, "parent": {"uri": OURS}}}
    nodes = [shown(record(f"{THEIRS}{n}", f"c{n}", **answer)) | {"reason": "reply"} for n in (3, 2, 1)]
    page = read({"notifications": nodes}, fetch=asks("app.bsky.notification.listNotifications"), account=SIGNED)
    assert [(asked.subject, asked.token) for asked in page.also] == [(OURS, "c3")]


@pytest.mark.parametrize("body", [{}, {"thread": None}, {"thread": []}, {"threads": {}}])
def test_a_reply_without_a_thread_is_no_empty_thread(body: Any) -> None:
    """Nobody answered, and nothing was shown, are two things."""
    with pytest.raises(Unreadable, match="holds no thread"):
        CONNECTOR.read(ACCOUNT, THREAD, answer(body, THREAD))


def test_answers_below_our_posts_are_ours_and_above_are_context() -> None:
    """Unless what stands above answers, quotes or names the account."""
    deep = {"post": shown(record(THEIRS + "3", reply={"root": {"uri": THEIRS}, "parent": {"uri": THEIRS + "2"}}))}
    below = {"post": shown(record(THEIRS + "2", reply={"root": {"uri": THEIRS}, "parent": {"uri": OURS}}))}
    thread = {
        "post": shown(record()),
        "parent": {"post": shown(record(THEIRS))},
        "replies": [below | {"replies": [deep]}],
    }
    page = read({"thread": thread}, fetch=THREAD)
    assert {item.remote_id: item.context for item in page.items} == {
        OURS: False, THEIRS: True, THEIRS + "2": False, THEIRS + "3": False,
    }  # fmt: skip
    elsewhere = read({"thread": thread}, fetch=replace(THREAD, subject=THEIRS))
    assert {item.remote_id for item in elsewhere.items if item.context} == {THEIRS, THEIRS + "3"}


def test_a_thread_as_deep_as_is_asked_for_can_be_read() -> None:
    """Eighty levels up and down; below the lowest level another question follows, and nothing is taken for missing."""

    def node(n: int) -> dict[str, Any]:
        return {"post": shown(record(f"{THEIRS}{n}"), replyCount=1)}

    thread, above = node(80), node(0)
    for n in range(79, 0, -1):
        thread = node(n) | {"replies": [thread]}
        above = node(1000 + n) | {"parent": above}
    whole = {"thread": {"post": shown(record()), "parent": above, "replies": [thread]}}
    page = read(whole, fetch=THREAD)
    assert (len(page.items), page.walked) == (161, False)
    assert [(one.subject, one.token) for one in page.also] == [(f"{THEIRS}80", "1")]
    shallow = read({"thread": {"post": shown(record()), "replies": [node(1) | {"replies": []}]}}, fetch=THREAD)
    assert (shallow.also, shallow.walked) == ((), True)


def test_posts_that_are_named_and_not_shown_are_counted() -> None:
    """They are no items, and no faults."""
    shut = [{"uri": THEIRS, "blocked": True, "author": {"did": ANN}}, {"uri": THEIRS + "x", "notFound": True}]
    detached = {"record": {"uri": THEIRS, "detached": True}}
    thread = {"post": shown(record(), embed=detached), "parent": shut[1], "replies": shut}
    page = read({"thread": thread}, fetch=THREAD)
    assert (page.unread, page.walked) == ((), True)
    assert only(page).counters == {
        "parent-not-found": 1, "quoted-detached": 1, "replies-blocked": 1, "replies-not-found": 1,
    }  # fmt: skip


def test_files_of_others_are_named_even_where_none_can_be_had() -> None:
    """A notification shows no address of a picture; of a video there is a stream only."""
    image = {"$type": "blob", "ref": {"$link": "bafpic"}, "mimeType": "image/png", "size": 1}
    embed = {"$type": "app.bsky.embed.images", "images": [{"image": image, "alt": "A cat"}]}
    node = shown(record(THEIRS, embed=embed)) | {"reason": "mention"}
    fetch = asks("app.bsky.notification.listNotifications")
    (medium,) = only(read({"notifications": [node]}, fetch=fetch)).media
    assert (medium.id, medium.url, medium.alt) == ("bafpic", "", "A cat")
    cdn = {"images": [{"thumb": "https://cdn.example/t/bafpic", "fullsize": "https://cdn.example/f/bafpic"}]}
    (medium,) = only(
        read({"posts": [shown(record(THEIRS, embed=embed), embed=cdn)]}, fetch=asks("app.bsky.feed.getPosts"))
    ).media
    assert medium.url == "https://cdn.example/f/bafpic"
    (medium,) = only(
        read({"posts": [shown(record(embed=embed), embed=cdn)]}, fetch=asks("app.bsky.feed.getPosts"))
    ).media
    assert medium.url == f"{PDS}/xrpc/com.atproto.sync.getBlob?did={ME}&cid=bafpic"


def test_what_is_not_known_is_read_and_counted() -> None:
    """Fields, embeds, rich text and kinds of record."""
    facet = {"index": {}, "features": [{"$type": "app.bsky.richtext.facet#sound"}]}
    odd = record(embed={"$type": "app.bsky.embed.hologram", "sides": 6}, via="App", facets=[facet])
    notice = {
        "uri": f"at://{ME}/org.example.notice/1",
        "cid": "c9",
        "value": {"name": "Road", "place": {"street": ["Elm"]}},
    }
    page = read({"records": [odd, odd | {"uri": THEIRS}, notice]})
    assert page.drift == {
        f"field {POST}.via": 2,
        "facet app.bsky.richtext.facet#sound": 2,
        "embed app.bsky.embed.hologram": 2,
        "record org.example.notice": 1,
    }
    told = page.items[2]
    assert (told.kind, told.title) == (Kind.PAGE, "Road")
    assert told.details == (("cid", "c9"), ("record", "org.example.notice"), ("place.street", "Elm"))


def test_a_deleted_message_is_told_as_the_service_tells_it() -> None:
    """The same message without its words; ids of two conversations do not mix."""
    gone = {"$type": "chat.bsky.convo.defs#deletedMessageView", "id": "m1", "sender": {"did": ANN}, "sentAt": WHEN}
    live = gone | {"$type": "chat.bsky.convo.defs#messageView", "text": "Hi"}
    before, after = (only(read({"messages": [node]}, fetch=CHAT)) for node in (live, gone))
    other = only(read({"messages": [live]}, fetch=replace(CHAT, subject="convo:c2")))
    assert (before.remote_id, after.remote_id, other.remote_id) == ("convo:c1/m1", "convo:c1/m1", "convo:c2/m1")
    assert [(str(one.visibility), one.text) for one in (before, after)] == [("direct", "Hi"), ("hidden", "")]
    assert after.details == (("state", "deleted, as the chat service says"),)
