"""An account of Bluesky as its server, the application view and the chat service tell it, over a few notes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from archiver.model import Account, Connector
from connectors.bluesky import CONNECTOR
from tests.platforms.graph import bearer
from tests.platforms.told import PICTURE, Note, Told, paged
from tests.platforms.wire import Asked, Said

DID, ANN, HANDLE = "did:plc:office2345office2345offic", "did:plc:ann2345ann2345ann2345ann", "office.example"
POSTS = "app.bsky.feed.post"
SECRET = f"{HANDLE}:app-password-of-the-office"
BLOB = "bafkreiaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaapic"
_SIGNS = "234567abcdefghijklmnopqrstuvwxyz"


def key_at(moment: datetime) -> str:
    """The key of a record made at this time."""
    number, signs = int(moment.timestamp() * 1e6) << 10, ""
    for _ in range(13):
        number, digit = divmod(number, 32)
        signs = _SIGNS[digit] + signs
    return signs


def refusal(status: int, name: str, message: str) -> Said:
    """An error of the AT Protocol."""
    return Said(status=status, value={"error": name, "message": message})


class Bluesky:
    """The account's side."""

    connector: Connector = CONNECTOR
    errors: Mapping[str, Said] = {
        "dead": refusal(400, "ExpiredToken", "Token has expired"),
        "slow": refusal(429, "RateLimitExceeded", "Rate Limit Exceeded"),
        "forbidden": refusal(400, "RepoTakendown", "Repo has been taken down"),
        "missing": refusal(400, "RepoNotFound", "Could not find repo"),
    }
    profile, listing = "/com.atproto.repo.describeRepo", "/com.atproto.repo.listRecords"
    comments, messages = "/app.bsky.feed.getPostThread", "/chat.bsky.convo.getMessages"
    step = "cursor"
    secret = SECRET
    rows, thread = "records", "convo:c1"
    settles = 3  # the thread is named by each of three notifications, and asked once for each
    also: Mapping[str, str] = {"convo:c1": ""}

    def __init__(self, origin: str, files: str) -> None:
        self.valid, self.renewed = "eyJ-bluesky-session-0000", 0
        self.told = Told(self._named)
        self.account = Account(id="account", platform="bluesky", handle=HANDLE, url=origin)

    def _named(self, kind: str, number: int, moment: datetime, _answers: str) -> str:
        if kind == "message":
            return f"convo:c1/m{number}"
        writer = ANN if kind == "comment" and number != 9 else DID  # the ninth note is the owner's own answer
        return f"at://{writer}/{POSTS}/{key_at(moment)}"

    def answer(self, asked: Asked) -> Said:
        """The reply to a request."""
        if asked.path == "/xrpc/com.atproto.server.createSession":
            return self._log_in(asked)
        if bearer(asked) != self.valid:
            return self.errors["dead"]
        query, told = asked.query, self.told
        match asked.path.removeprefix("/xrpc/"):
            case "com.atproto.repo.describeRepo":
                return Said(value={"handle": HANDLE, "did": DID, "collections": [POSTS], "handleIsCorrect": True})
            case "com.atproto.server.getSession":
                return Said(value={"handle": HANDLE, "did": DID, "active": True})
            case "com.atproto.sync.getLatestCommit":
                return Said(value={"cid": "bafyc", "rev": key_at(max(note.at for note in self._own()))})
            case "com.atproto.repo.listRecords":
                own = [self._record(note) for note in self._own()]
                return self._page(own[::-1] if "reverse" in query else own, asked, "records")
            case "com.atproto.repo.getRecord":
                found = [self._record(note) for note in self._own() if note.id.endswith(query["rkey"])]
                gone = refusal(400, "RecordNotFound", f"Could not locate record: {query['rkey']}")
                return Said(value=found[0]) if found else gone
            case "com.atproto.sync.getBlob":
                return Said(body=PICTURE, type="image/png")
            case "app.bsky.actor.getProfile":
                return Said(value={"did": DID, "handle": HANDLE, "postsCount": len(self._own()) + told.unseen})
            case "app.bsky.feed.getPosts":
                uris = [value for name, value in asked.pairs if name == "uris"]
                return Said(value={"posts": [self._view(note) for note in self._own() if note.id in uris]})
            case "app.bsky.feed.getPostThread":
                return self._thread(query["uri"])
            case "app.bsky.notification.listNotifications":
                replies = [self._view(note) | {"reason": "reply"} for note in told.comments if not note.ours]
                return self._page(replies, asked, "notifications")
            case "chat.bsky.convo.listConvos":
                members = [{"did": DID, "handle": HANDLE}, {"did": ANN, "handle": "ann.example"}]
                convo = {"id": "c1", "rev": f"r{len(told.messages)}", "members": members, "status": "accepted"}
                return Said(value={"convos": [convo]})
            case "chat.bsky.convo.getMessages":
                return self._page([self._message(note) for note in told.messages], asked, "messages")
        return refusal(501, "MethodNotImplemented", "Method Not Implemented")

    def _log_in(self, asked: Asked) -> Said:
        said = json.loads(asked.body)
        if f"{said['identifier']}:{said['password']}" != SECRET:
            return refusal(401, "AuthenticationRequired", "Invalid identifier or password")
        self.renewed += 1
        self.valid = f"eyJ-bluesky-session-{self.renewed:04}"
        return Said(value={"did": DID, "handle": HANDLE, "accessJwt": self.valid, "refreshJwt": "eyJ-refresh"})

    def _own(self) -> list[Note]:
        own = [note for note in (*self.told.posts, *self.told.comments) if note.ours]
        return sorted(own, key=lambda note: note.id.rpartition("/")[2], reverse=True)

    def _page(self, rows: list[Any], asked: Asked, name: str) -> Said:
        part, cursor = paged(rows, asked.query.get("cursor"))
        return Said(value={name: part} | ({"cursor": cursor} if cursor else {}))

    def _value(self, note: Note) -> dict[str, Any]:
        value: dict[str, Any] = {"$type": POSTS, "text": note.text, "createdAt": f"{note.at:%Y-%m-%dT%H:%M:%S.000Z}"}
        if note.picture:
            blob = {"$type": "blob", "ref": {"$link": BLOB}, "mimeType": "image/png", "size": len(PICTURE)}
            images = [{"image": blob, "alt": "a picture"}]
            value["embed"] = {"$type": "app.bsky.embed.images", "images": images}
        if note in self.told.comments:
            above = {"uri": note.answers or self.told.root.id, "cid": "bafyp"}
            value["reply"] = {"root": {"uri": self.told.root.id, "cid": "bafyr"}, "parent": above}
        return value

    def _record(self, note: Note) -> dict[str, Any]:
        return {"uri": note.id, "cid": f"bafy{len(note.before)}{note.id[-13:]}", "value": self._value(note)}

    def _view(self, note: Note) -> dict[str, Any]:
        record = self._record(note)
        who = {"did": DID, "handle": HANDLE} if note.ours else {"did": ANN, "handle": "ann.example"}
        number = len(self.told.comments) if note is self.told.root else 0
        counts = {"replyCount": number, "repostCount": 0, "likeCount": 0, "quoteCount": 0}
        return {"uri": note.id, "cid": record["cid"], "author": who, "record": record["value"]} | counts

    def _thread(self, uri: str) -> Said:
        notes = [note for note in (*self.told.posts, *self.told.comments) if note.id == uri]
        if not notes:
            return refusal(400, "NotFound", f"Post not found: {uri}")
        hidden = [note.id for note in self.told.comments if note.hidden]
        gate = {"threadgate": {"record": {"post": self.told.root.id, "hiddenReplies": hidden}}} if hidden else {}
        return Said(value={"thread": self._branch(notes[0])} | gate)

    def _branch(self, note: Note) -> dict[str, Any]:
        root = self.told.root.id
        below = [self._branch(one) for one in self.told.comments if (one.answers or root) == note.id]
        return {"$type": "app.bsky.feed.defs#threadViewPost", "post": self._view(note), "replies": below}

    def _message(self, note: Note) -> dict[str, Any]:
        node = {"$type": "chat.bsky.convo.defs#messageView", "id": note.id.rpartition("/")[2], "text": note.text}
        return node | {"sender": {"did": DID if note.ours else ANN}, "sentAt": f"{note.at:%Y-%m-%dT%H:%M:%S.000Z}"}

    def onward(self, value: Any, cursor: str) -> Any:
        """A page that leads to another cursor."""
        return value | {"cursor": cursor}

    def is_once(self, line: str) -> bool:
        """Whether a request is made once while nothing changes."""
        return any(part in line for part in ("PostThread", "getMessages", "cursor=6", "getBlob", "reverse"))

    def looks_at(self, asked: Asked, note: Note) -> bool:
        """Whether a request is a direct look at one comment or post."""
        direct = asked.path.endswith("getRecord") and note.id.endswith(asked.query["rkey"])
        return direct or (asked.query.get("uri") == note.id and asked.query.get("depth") == "0")

    def stranger(self) -> Any:
        """The repository of another account."""
        return {"handle": HANDLE, "did": "did:plc:other2345other2345other", "collections": [POSTS]}
