"""A YouTube channel as the Data API tells it: uploads by their ids, threads with replies, comments that are held."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from archiver.model import Account, Connector
from connectors.youtube import CONNECTOR
from tests.platforms.graph import bearer
from tests.platforms.told import PICTURE, Note, Told, paged
from tests.platforms.wire import Asked, Said

CHANNEL, UPLOADS = "UCroseburgschoolsexample", "UUroseburgschoolsexample"


def named(kind: str, number: int, _moment: datetime, answers: str) -> str:
    """An id as YouTube gives them: that of a reply begins with the comment it answers."""
    if kind == "comment":
        return f"{answers}.{number:011}" if answers else f"Ugx{number:011}"
    return f"video-{number:05}"


def refusal(status: int, reason: str, message: str) -> Said:
    """An error of the Data API."""
    said = {"code": status, "message": message, "errors": [{"message": message, "domain": "youtube", "reason": reason}]}
    return Said(status=status, value={"error": said})


def moment_of(note: Note) -> str:
    """A time as YouTube writes it."""
    return f"{note.at:%Y-%m-%dT%H:%M:%SZ}"


class YouTube:
    """The channel's side. There are no private messages."""

    connector: Connector = CONNECTOR
    errors: Mapping[str, Said] = {
        "dead": refusal(401, "authError", "Invalid Credentials"),
        "slow": refusal(403, "rateLimitExceeded", "Too many requests"),
        "forbidden": refusal(403, "insufficientPermissions", "Insufficient Permission"),
        "missing": refusal(404, "playlistNotFound", "The playlist cannot be found."),
    }
    profile, listing, comments, messages = "/channels", "/playlistItems", "/commentThreads", ""
    step = "pageToken"
    rows, thread = "items", None
    settles = 0
    also: Mapping[str, str] = {}

    def __init__(self, origin: str, files: str, *, key: str = "", live: bool = False) -> None:
        self.files, self.key, self.live = files, key, live
        self.valid, self.renewed = "ya29-access-token-0000", 0
        self.told = Told(named)
        self.told.messages = []
        options = {"token_url": f"{origin}/token"} | ({"login": "key"} if key else {})
        if key:
            self.valid = key
        if live:
            self.also = {"chat:c0": "Hello from the chat", "caption:track-1": ""}
        url = f"{origin}/youtube/v3"
        self.account = Account(id="account", platform="youtube", handle="@roseburg", url=url, options=options)

    @property
    def secret(self) -> str:
        """What a person stores for the account."""
        kept = {"client_id": "client", "client_secret": "GOCSPX-of-it", "refresh_token": "1//renewal"}
        return self.valid if self.key else json.dumps(kept)

    def answer(self, asked: Asked) -> Said:
        """The reply to a request."""
        if asked.path == "/token":
            self.renewed += 1
            self.valid = f"ya29-access-token-{self.renewed:04}"
            return Said(value={"access_token": self.valid, "expires_in": 10**8})
        if (asked.headers.get("x-goog-api-key", "") if self.key else bearer(asked)) != self.valid:
            return self.errors["dead"]
        match asked.path.removeprefix("/youtube/v3/"):
            case "channels":
                return self._list("channel", [self._channel()], asked)
            case "playlistItems":
                return self._list("playlistItem", [self._upload(note) for note in self.told.posts], asked)
            case "videos":
                ids = asked.query["id"].split(",")
                found = [self._video(note) for note in self.told.posts if note.id in ids]
                return self._list("video", found, asked, size=50)
            case "commentThreads":
                return self._list("commentThread", self._threads(asked.query), asked, size=1)
            case "comments":
                return self._list("comment", self._comments(asked.query), asked)
            case "captions":
                return self._list("caption", [self._track()], asked)
            case "captions/track-1":
                return Said(body=PICTURE, type="text/vtt")
            case "liveChat/messages":
                return self._list("liveChatMessage", [self._said_live()], asked)
        return self._list("playlist", [], asked)

    def _list(self, kind: str, rows: list[Any], asked: Asked, size: int = 2) -> Said:
        part, following = paged(rows, asked.query.get(self.step), size)
        unseen = self.told.unseen if kind == "playlistItem" else 0
        value = {"kind": f"youtube#{kind}ListResponse", "items": part, "pageInfo": {"totalResults": len(rows) + unseen}}
        return Said(value=value | ({"nextPageToken": following} if following else {}))

    def _channel(self) -> dict[str, Any]:
        node: dict[str, Any] = {
            "kind": "youtube#channel",
            "id": CHANNEL,
            "snippet": {"title": "Roseburg", "customUrl": "@roseburg"},
        }
        node["contentDetails"] = {"relatedPlaylists": {"uploads": UPLOADS}}
        return node | {"statistics": {"videoCount": str(len(self.told.posts) + self.told.unseen)}}

    def _upload(self, note: Note) -> dict[str, Any]:
        node = {"kind": "youtube#playlistItem", "id": f"entry-{note.id}", "contentDetails": {"videoId": note.id}}
        return node | {"snippet": {"publishedAt": moment_of(note), "playlistId": UPLOADS}}

    def _video(self, note: Note) -> dict[str, Any]:
        said: dict[str, Any] = {"publishedAt": moment_of(note), "channelId": CHANNEL, "description": note.text}
        if note.picture:
            said["thumbnails"] = {"high": {"url": f"{self.files}/a/picture.png"}}
        number = len(self.told.comments) if note is self.told.root else 0
        node: dict[str, Any] = {"kind": "youtube#video", "id": note.id, "snippet": said}
        node["status"] = {"privacyStatus": "public"}
        if self.live and note is self.told.root:
            node |= {"contentDetails": {"caption": "true"}, "liveStreamingDetails": {"activeLiveChatId": "chat-1"}}
        return node | {"statistics": {"commentCount": str(number)}}

    def _track(self) -> dict[str, Any]:
        said = {"videoId": self.told.root.id, "language": "en", "lastUpdated": "2026-11-19T00:00:00Z"}
        return {"kind": "youtube#caption", "id": "track-1", "snippet": said}

    def _said_live(self) -> dict[str, Any]:
        said = {"type": "textMessageEvent", "publishedAt": "2026-11-20T11:00:00Z"}
        said |= {"displayMessage": "Hello from the chat"}
        return {
            "kind": "youtube#liveChatMessage",
            "id": "c0",
            "snippet": said,
            "authorDetails": {"displayName": "@ann"},
        }

    def _threads(self, query: Mapping[str, str]) -> list[Any]:
        wanted = query.get("id", "").split(",") if "id" in query else None
        here = query.get("videoId", self.told.root.id) == self.told.root.id
        state = query.get("moderationStatus", "published")
        if state == "likelySpam" or not here:
            return []
        top = [note for note in self.told.comments if not note.answers]
        if wanted is not None:
            return [self._thread(note) for note in top if note.id in wanted]
        return [self._thread(note) for note in top if note.hidden == (state == "heldForReview")]

    def _thread(self, note: Note) -> dict[str, Any]:
        """With the newest of its replies; all of them stand in a list of their own."""
        below = [one for one in self.told.comments if one.answers == note.id]
        said = {"channelId": CHANNEL, "videoId": self.told.root.id, "topLevelComment": self._comment(note)}
        node = {
            "kind": "youtube#commentThread",
            "id": note.id,
            "snippet": said | {"totalReplyCount": len(below), "isPublic": not note.hidden},
        }
        return node | ({"replies": {"comments": [self._comment(one) for one in below[:1]]}} if below else {})

    def _comments(self, query: Mapping[str, str]) -> list[Any]:
        ids, above = query.get("id", "").split(","), query.get("parentId")
        return [self._comment(one) for one in self.told.comments if one.id in ids or one.answers == above]

    def _comment(self, note: Note) -> dict[str, Any]:
        said: dict[str, Any] = {"textDisplay": note.text, "publishedAt": moment_of(note), "updatedAt": moment_of(note)}
        said |= {"videoId": self.told.root.id, "authorDisplayName": "@roseburg" if note.ours else "@ann"}
        said |= {"authorChannelId": {"value": CHANNEL if note.ours else "UCann"}}
        said |= {"parentId": note.answers} if note.answers else {}
        return {"kind": "youtube#comment", "id": note.id, "snippet": said}

    def onward(self, value: Any, cursor: str) -> Any:
        """A page that leads to another cursor."""
        return value | {"nextPageToken": cursor}

    def is_once(self, line: str) -> bool:
        """Whether a request is made once while nothing changes."""
        return any(part in line for part in ("videoId=", "/comments", "pageToken=4", "/a/", "/token"))

    def looks_at(self, asked: Asked, note: Note) -> bool:
        """Whether a request is a direct look at one comment or post."""
        return asked.query.get("id") == note.id and "pageToken" not in asked.query

    def stranger(self) -> Any:
        """The profile of another channel."""
        uploads = {"relatedPlaylists": {"uploads": "UUother"}}
        node = {"kind": "youtube#channel", "id": "UCother", "snippet": {"title": "Else"}, "contentDetails": uploads}
        return {"kind": "youtube#channelListResponse", "items": [node]}
