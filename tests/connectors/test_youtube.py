"""The YouTube connector: what the golden pairs do not say by themselves."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from archiver.errors import Unreadable
from archiver.model import (
    Account,
    Cause,
    Fetch,
    HeaderKey,
    ItemRef,
    Kind,
    Page,
    Refreshed,
    Reply,
    Snapshot,
    auth_of,
)
from connectors.conformance import first_findings, read_findings
from connectors.youtube import CONNECTOR

CHANNEL = "UCroseburgtown0000000000"
OWNER = Account(
    id="a",
    platform="youtube",
    handle="@roseburgtown",
    url="https://www.googleapis.com/youtube/v3",
    credential="file:/yt",
    platform_id=CHANNEL,
)
BY_KEY = replace(OWNER, options={"login": "key"})
NOW = datetime(2026, 11, 20, 18, tzinfo=UTC)
UPLOADS = Fetch(
    stream="posts",
    url=f"{OWNER.url}/playlistItems",
    params=(("part", "snippet,status,contentDetails"), ("playlistId", "UU1"), ("maxResults", "50")),
)
WHO = {
    "kind": "youtube#channel",
    "id": CHANNEL,
    "snippet": {"title": "Town of Roseburg", "customUrl": "@roseburgtown"},
    "contentDetails": {"relatedPlaylists": {"uploads": "UU1"}},
    "statistics": {"videoCount": "3"},
}


def read(fetch: Fetch, items: list[Any], *, account: Account = OWNER, **more: Any) -> Page:
    """The page of a list that came as the answer to `fetch`; the conformance suite finds nothing in it."""
    body = json.dumps({"kind": "youtube#ListResponse", "items": items} | more).encode()
    reply = Reply(url=fetch.url, status=200, headers=(), body=body, received=NOW)
    assert read_findings(CONNECTOR, account, fetch, reply) == []
    return CONNECTOR.read(account, fetch, reply)


def upload(video: str) -> dict[str, Any]:
    """An entry of the uploads."""
    return {"kind": "youtube#playlistItem", "id": f"e{video}", "contentDetails": {"videoId": video}}


def video(number: str = "v1", /, **parts: Any) -> dict[str, Any]:
    """A public video."""
    said = {"publishedAt": "2026-11-19T20:00:00Z", "title": "T", "description": "D"}
    return {"kind": "youtube#video", "id": number, "snippet": said, "status": {"privacyStatus": "public"}} | parts


def comment(number: str, **said: Any) -> dict[str, Any]:
    """A comment."""
    return {"kind": "youtube#comment", "id": number, "snippet": {"textDisplay": "t"} | said}


def thread(number: str, total: int = 0, came: int = 0, **said: Any) -> dict[str, Any]:
    """A thread of a video, with so many of its replies beside it."""
    begun = {"videoId": "v1", "totalReplyCount": total, "isPublic": True, "topLevelComment": comment(number)} | said
    replies = {"comments": [comment(f"{number}.{n}") for n in range(came)]}
    return {"kind": "youtube#commentThread", "id": number, "snippet": begun, "replies": replies}


def asked(stream: str, account: Account = OWNER) -> Fetch:
    """The first fetch of a stream that follows from the channel."""
    return next(one for one in read(CONNECTOR.first(account)[0], [WHO], account=account).also if one.stream == stream)


def only(page: Page) -> Snapshot:
    """The one item of a page."""
    assert len(page.items) == 1
    return page.items[0]


def ref(kind: Kind, remote_id: str, thread: str | None = None) -> ItemRef:
    """What the catalogue knows of an item."""
    return ItemRef(kind=kind, remote_id=remote_id, link="", parent=None, thread=thread)


def test_the_owner_s_consent_gives_tokens_and_a_key_is_sent_in_a_header() -> None:
    """What the option `login` decides."""
    assert auth_of(CONNECTOR, OWNER) == Refreshed(token_url="https://oauth2.googleapis.com/token")
    assert auth_of(CONNECTOR, BY_KEY) == HeaderKey(name="X-Goog-Api-Key")


@pytest.mark.parametrize(
    ("account", "who"),
    [
        (OWNER, ("mine", "true")),
        (BY_KEY, ("id", CHANNEL)),
        (replace(BY_KEY, platform_id=None), ("forHandle", "roseburgtown")),
        (replace(BY_KEY, platform_id=None, handle=CHANNEL), ("id", CHANNEL)),
    ],
)
def test_whom_the_channel_is_asked_by(account: Account, who: tuple[str, str]) -> None:
    """The consent says whose it is; a key needs the pinned id, or at first the handle."""
    assert CONNECTOR.first(account)[0].params[1] == who
    assert first_findings(CONNECTOR, account) == []


def test_with_a_key_nothing_is_asked_that_only_the_owner_may_see() -> None:
    """Held comments, likely spam and captions would be refused."""
    page = read(CONNECTOR.first(BY_KEY)[0], [WHO], account=BY_KEY)
    assert [one.stream for one in page.also] == ["posts", "discussion", "playlists"]
    fetch = replace(UPLOADS, url=f"{OWNER.url}/videos")
    parts = {"contentDetails": {"caption": "true"}, "statistics": {"commentCount": "0"}}
    assert read(fetch, [video(**parts)], account=BY_KEY).also == ()
    assert [one.stream for one in read(fetch, [video(**parts)]).also] == ["captions"]


def test_the_consent_of_another_channel_is_not_pinned() -> None:
    """The registered handle is compared with the channel's id, handle and title."""
    fresh = replace(OWNER, platform_id=None)
    body = json.dumps({"items": [WHO | {"snippet": {"title": "County", "customUrl": "@county"}}]}).encode()
    reply = Reply(url="x", status=200, headers=(), body=body, received=NOW)
    with pytest.raises(Unreadable, match="answers for @county, not for @roseburgtown") as refused:
        CONNECTOR.read(fresh, CONNECTOR.first(fresh)[0], reply)
    assert refused.value.cause is Cause.IDENTITY


def test_a_channel_without_a_name_for_its_uploads_is_no_channel_without_videos() -> None:
    """The part that is missing is told; the rest goes on."""
    page = read(CONNECTOR.first(OWNER)[0], [{**WHO, "contentDetails": {}}])
    assert [one.reason for one in page.unread] == ["a channel that does not name the playlist of its uploads"]
    assert "posts" not in [one.stream for one in page.also]


def test_the_uploads_lead_over_their_videos_to_the_next_page() -> None:
    """The page of videos decides whether to go on: only it can tell what is known."""
    first = read(asked("posts"), [upload("v1"), upload("v2"), upload("v1")], nextPageToken="P2")
    assert first.items == () and first.more is None and first.walked is False
    (videos,) = first.also
    assert dict(videos.params)["id"] == "v1,v2" and videos.subject is None and videos.stream == "posts"
    page = read(videos, [video("v1"), video("v2")])
    assert page.newest_first and page.walked
    assert page.more is not None
    assert page.more == replace(asked("posts"), params=(*asked("posts").params, ("pageToken", "P2")))
    last = read(page.more, [upload("v3")])
    assert read(last.also[0], [video("v3")]).more is None


def test_an_empty_page_with_a_next_one_is_not_the_end() -> None:
    """Pages may be short or empty while more follow."""
    page = read(UPLOADS, [], nextPageToken="P2")
    assert page.more is not None and dict(page.more.params)["pageToken"] == "P2"
    threads = read(asked("discussion"), [thread("A")], nextPageToken="N")
    assert threads.more is not None and dict(threads.more.params)["pageToken"] == "N"
    assert read(threads.more, [], nextPageToken="N").more is None  # the page names itself


def test_counts_and_addresses_of_pictures_make_no_version_of_a_video() -> None:
    """Likes, views, viewers, and where the still picture lies this time."""
    still = {"thumbnails": {"high": {"url": "https://i.ytimg.com/1.jpg"}}}
    fetch = replace(UPLOADS, url=f"{OWNER.url}/videos")
    one, other, edited = (
        only(read(fetch, [video(statistics={"viewCount": views}, snippet={"title": title} | thumbs)]))
        for views, title, thumbs in (
            ("1", "T", still),
            ("2", "T", {"thumbnails": {"maxres": {"url": "https://i.ytimg.com/2.jpg"}}}),
            ("1", "U", still),
        )
    )
    assert one.digest == other.digest != edited.digest
    assert (one.counters, other.counters) == ({"views": 1}, {"views": 2})


@pytest.mark.parametrize(
    ("number", "token"), [("7", "7"), ("0", None), (None, "")], ids=["some", "none", "switched off or not told"]
)
def test_the_threads_of_a_video_are_asked_once_for_each_number_of_comments(
    number: str | None, token: str | None
) -> None:
    """Where the platform tells none, they are asked once: it may have some."""
    fetch = replace(UPLOADS, url=f"{OWNER.url}/videos")
    page = read(fetch, [video(statistics={} if number is None else {"commentCount": number})])
    assert [one.token for one in page.also] == ([] if token is None else [token])


@pytest.mark.parametrize(("published", "token"), [("2026-11-01T00:00:00Z", "week 2026-47"), ("2026-01-01", "once")])
def test_captions_are_dear_and_asked_for_each_week_of_a_young_video(published: str, token: str) -> None:
    """Only where the platform says that there are some."""
    fetch = replace(UPLOADS, url=f"{OWNER.url}/videos")
    parts = {"snippet": {"publishedAt": published}, "statistics": {"commentCount": "0"}}
    page = read(fetch, [video(contentDetails={"caption": "true"}, **parts)])
    assert [(one.stream, one.token) for one in page.also] == [("captions", token)]
    assert read(fetch, [video(contentDetails={"caption": "false"}, **parts)]).also == ()


def test_a_changed_caption_track_is_another_file() -> None:
    """Its bytes are asked of the account's own origin, where the credential goes; with a key they cannot be had."""
    fetch = Fetch(stream="captions", url=f"{OWNER.url}/captions", subject="v1", token="once")
    track = {
        "kind": "youtube#caption",
        "id": "k/1",
        "snippet": {"videoId": "v1", "lastUpdated": "2026-11-01T00:00:00Z"},
    }
    before = only(read(fetch, [track]))
    after = only(read(fetch, [track | {"snippet": {"videoId": "v1", "lastUpdated": "2026-11-02T00:00:00Z"}}]))
    assert before.media[0].url == after.media[0].url == "https://www.googleapis.com/youtube/v3/captions/k%2F1"
    assert before.digest != after.digest
    assert only(read(fetch, [track], account=BY_KEY)).media[0].url == ""


@pytest.mark.parametrize(
    ("kind", "remote_id", "place"),
    [
        (Kind.POST, "v1", "videos"),
        (Kind.PROFILE, f"channel:{CHANNEL}", "channels"),
        (Kind.PAGE, "PL1", "playlists"),
        (Kind.SHARE, "e1", "playlistItems"),
        (Kind.COMMENT, "A", "commentThreads"),
        (Kind.COMMENT, "A.1", "comments"),
        (Kind.COMMENT, "chat:M1", None),
        (Kind.MEDIA, "caption:k1", None),
    ],
)
def test_what_can_be_looked_at_directly(kind: Kind, remote_id: str, place: str | None) -> None:
    """Chat messages and caption tracks have no list by their id."""
    found = CONNECTOR.check(OWNER, ref(kind, remote_id))
    assert (found.url.removeprefix(f"{OWNER.url}/") if found else None) == place
    if found is not None:
        assert (found.subject, dict(found.params)["id"]) == (remote_id, remote_id.removeprefix("channel:"))


@pytest.mark.parametrize("stream", ["posts", "discussion", "held", "playlists", "item"])
@pytest.mark.parametrize("body", [b"<html>Sign in</html>", b"[]", b"{}", b'{"items": 1}', b'{"kind": 1}', b""])
def test_what_is_no_list_of_the_api_is_refused(stream: str, body: bytes) -> None:
    """A log-in page, and an empty object with status 200, are not an empty channel."""
    reply = Reply(url="x", status=200, headers=(), body=body, received=NOW)
    with pytest.raises(Unreadable):
        CONNECTOR.read(OWNER, replace(UPLOADS, stream=stream), reply)
