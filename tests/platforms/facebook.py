"""A Facebook Page as the Graph API tells it: the nodes, edges and errors of its reference, over a few notes."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from typing import Any

from archiver.model import Account, Connector
from connectors.facebook import CONNECTOR
from tests.platforms.graph import GRAPH_ERRORS, bearer, graph_time, listing
from tests.platforms.told import Note, Told
from tests.platforms.wire import Asked, Said

PAGE, ANN, THREAD = "205", "9001", "t_587"
TOKEN = "EAAB-facebook-token-of-the-page"
US = {"id": PAGE, "name": "Roseburg Schools", "username": "roseburgschools"}
SHE = {"id": ANN, "name": "Ann"}


class Facebook:
    """The page's side."""

    connector: Connector = CONNECTOR
    errors: Mapping[str, Said] = GRAPH_ERRORS
    profile, listing, comments, messages = "/me", "/published_posts", "/comments", "/messages"
    step = "after"
    rows, thread = "data", THREAD
    settles = 0
    also: Mapping[str, str] = {}

    def __init__(self, origin: str, files: str, *, app_secret: str = "") -> None:
        self.origin, self.files, self.app_secret = origin, files, app_secret
        self.valid = TOKEN
        if app_secret:
            self.also = {"205_900": "A good school"}
        self.told = Told(
            lambda kind, n, _at, _to: {"post": f"{PAGE}_{n + 100}", "message": f"m_{n}"}.get(kind, f"1_{n}")
        )
        self.account = Account(id="account", platform="facebook", handle="roseburgschools", url=f"{origin}/v26.0")

    @property
    def secret(self) -> str:
        """What a person stores for the account."""
        proved = {"access_token": self.valid, "app_secret": self.app_secret}
        return json.dumps(proved) if self.app_secret else self.valid

    @property
    def proof(self) -> str:
        """What an app that asks for a proof wants to see with each request."""
        return hmac.new(self.app_secret.encode(), self.valid.encode(), "sha256").hexdigest() if self.app_secret else ""

    def answer(self, asked: Asked) -> Said:
        """The reply to a request."""
        if bearer(asked) != self.valid or asked.query.get("appsecret_proof", "") != self.proof:
            return self.errors["dead"]
        path = asked.path.removeprefix("/v26.0/")
        if path == "me":
            return Said(
                value=US | {"about": "News of the district", "link": "https://www.facebook.com/roseburgschools"}
            )
        if path == "debug_token":
            return Said(value={"data": {"is_valid": True, "expires_at": 0, "scopes": []}})
        node, _, edge = path.partition("/")
        if not edge:
            return self._node(node)
        rows = self._rows(node, edge)
        return Said(value=listing(asked, rows, f"{self.origin}{asked.path}", self.valid))

    def _rows(self, node: str, edge: str) -> list[Any]:
        match edge:
            case "published_posts" | "feed":
                return [self._post(note) for note in self.told.posts]
            case "comments":
                return [self._comment(note) for note in self.told.comments if node == self.told.root.id]
            case "conversations":
                return [self._conversation()]
            case "ratings" if self.app_secret:
                said = {"review_text": "A good school", "created_time": "2026-11-18T10:00:00+0000", "reviewer": SHE}
                return [said | {"recommendation_type": "positive", "open_graph_story": {"id": "205_900"}}]
            case "messages":
                return [self._message(note) for note in self.told.messages]
        return []

    def _node(self, node: str) -> Said:
        shown = (
            *(self._post(note) for note in self.told.posts),
            *(self._comment(note) for note in self.told.comments),
            *(self._message(note) for note in self.told.messages),
        )
        return next((Said(value=one) for one in shown if one["id"] == node), self.errors["missing"])

    def _post(self, note: Note) -> dict[str, Any]:
        number = len(self.told.comments) if note is self.told.root else 0
        node: dict[str, Any] = {"id": note.id, "message": note.text, "created_time": graph_time(note.at), "from": US}
        node |= {"is_hidden": note.hidden, "is_published": True, "status_type": "mobile_status_update"}
        node["comments"] = {"data": [], "summary": {"total_count": number}}
        if note.picture:
            image = {"image": {"src": f"{self.files}/a/picture.png", "width": 1, "height": 1}}
            node["attachments"] = {"data": [{"type": "photo", "target": {"id": "701"}, "media": image}]}
        return node

    def _comment(self, note: Note) -> dict[str, Any]:
        node = {"id": note.id, "message": note.text, "created_time": graph_time(note.at), "is_hidden": note.hidden}
        node |= {"from": US if note.ours else SHE, "comment_count": 0, "is_private": False}
        return node | ({"parent": {"id": note.answers}} if note.answers else {})

    def _message(self, note: Note) -> dict[str, Any]:
        who = {"from": US, "to": {"data": [SHE]}} if note.ours else {"from": SHE, "to": {"data": [US]}}
        return {"id": note.id, "message": note.text, "created_time": graph_time(note.at)} | who

    def _conversation(self) -> dict[str, Any]:
        newest = self.told.messages[0]
        node: dict[str, Any] = {
            "id": THREAD,
            "updated_time": graph_time(newest.at),
            "message_count": len(self.told.messages),
        }
        return node | {"messages": {"data": [self._message(newest)]}}

    def onward(self, value: Any, cursor: str) -> Any:
        """A page that leads to another cursor."""
        paging = {"cursors": {"after": cursor}, "next": f"{self.origin}/?access_token={self.valid}&after={cursor}"}
        return value | {"paging": paging}

    def is_once(self, line: str) -> bool:
        """Whether a request is made once while nothing changes."""
        return any(part in line for part in ("/comments", "/messages", "token", "after=4", "/a/"))

    def looks_at(self, asked: Asked, note: Note) -> bool:
        """Whether a request is a direct look at one comment or post."""
        return asked.path.endswith(f"/{note.id}")

    def stranger(self) -> Any:
        """The profile of another page."""
        return {"id": "999", "name": "Somebody Else", "username": "somebody"}
