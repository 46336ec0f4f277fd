"""An Instagram professional account by Instagram's own log-in, as its API tells it, over a few notes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archiver.model import Account, Connector
from connectors.instagram import CONNECTOR
from tests.platforms.graph import GRAPH_ERRORS, bearer, graph_time, listing
from tests.platforms.told import Note, Told
from tests.platforms.wire import Asked, Said

NUMBER, THREAD = "17841", "aWdfZAG06"
TOKEN, PROLONGED = "IGAA-token-that-was-stored", "IGAA-token-that-was-prolonged"
US = {"id": NUMBER, "username": "roseburg.schools"}
SHE = {"id": "66", "username": "ann"}


class Instagram:
    """The account's side."""

    connector: Connector = CONNECTOR
    errors: Mapping[str, Said] = GRAPH_ERRORS
    profile, listing, comments, messages = "/me", f"/{NUMBER}/media", "/comments", f"/{THREAD}"
    step = "after"
    rows, thread = "data", THREAD
    settles = 0
    also: Mapping[str, str] = {}

    def __init__(self, origin: str, files: str, *, by_page: bool = False) -> None:
        self.origin, self.files, self.by_page = origin, files, by_page
        self.stored, self.valid = TOKEN, PROLONGED
        self.passing: dict[str, list[dict[str, Any]]] = {}  # by edge: stories of the last 24 hours, live broadcasts
        self.told = Told(lambda kind, n, _at, _to: f"{ {'post': 1700, 'comment': 5000}.get(kind, 90) + n }")
        options = {"login": "facebook"} if by_page else {}
        url = f"{origin}/v26.0"
        self.account = Account(id="account", platform="instagram", handle="@roseburg.schools", url=url, options=options)

    @property
    def secret(self) -> str:
        """What a person stores for the account: a page's token is sent as it is."""
        return self.valid if self.by_page else self.stored

    def answer(self, asked: Asked) -> Said:
        """The reply to a request."""
        if asked.path == "/refresh_access_token":
            good = asked.query["access_token"] == self.stored
            prolonged = {"access_token": self.valid, "token_type": "bearer", "expires_in": 5_184_000}
            return Said(value=prolonged) if good else self.errors["dead"]
        if bearer(asked) != self.valid:
            return self.errors["dead"]
        path = asked.path.removeprefix("/v26.0/")
        if path == "debug_token":
            return Said(value={"data": {"is_valid": True, "expires_at": 0, "scopes": []}})
        if path == "me":
            return Said(value=self._me())
        if path == THREAD:
            shown = [self._message(note) for note in self.told.messages[:20]]
            return Said(value=self._conversation() | {"messages": {"data": shown}})
        node, _, edge = path.partition("/")
        if not edge:
            return self._node(node)
        rows = self._rows(node, edge)
        size = 1 if edge == "comments" else 2
        return Said(value=listing(asked, rows, f"{self.origin}{asked.path}", self.valid, size))

    def _me(self) -> dict[str, Any]:
        number = len(self.told.posts) + self.told.unseen
        node = US | {"name": "Roseburg Schools", "media_count": number}
        return {"id": "205", "instagram_business_account": node} if self.by_page else node | {"user_id": NUMBER}

    def _rows(self, node: str, edge: str) -> list[Any]:
        match edge:
            case "media":
                return [self._medium(note) for note in self.told.posts]
            case "stories" | "live_media":
                return self.passing.get(edge, [])
            case "comments":
                below = self.told.comments if node == self.told.root.id else []
                return [self._comment(note) for note in below if not note.answers]
            case "replies":
                return [self._reply(note) for note in self.told.comments if note.answers == node]
            case "conversations":
                return [self._conversation()]
        return []

    def _node(self, node: str) -> Said:
        shown = (
            *(self._medium(note) for note in self.told.posts),
            *(self._reply(note) for note in self.told.comments),
        )
        return next((Said(value=one) for one in shown if one["id"] == node), self.errors["missing"])

    def _medium(self, note: Note) -> dict[str, Any]:
        number = len(self.told.comments) if note is self.told.root else 0
        node: dict[str, Any] = {"id": note.id, "caption": note.text, "timestamp": graph_time(note.at), "owner": US}
        node |= {"comments_count": number, "username": US["username"], "media_product_type": "FEED"}
        picture = {"media_type": "IMAGE", "media_url": f"{self.files}/a/picture.png", "alt_text": "a picture"}
        return node | (picture if note.picture else {"media_type": "VIDEO"})

    def _comment(self, note: Note) -> dict[str, Any]:
        """With the first of its replies; the others stand in a listing of their own."""
        below = [self._reply(one) for one in self.told.comments if one.answers == note.id]
        more = {"paging": {"next": f"{self.origin}/v26.0/{note.id}/replies?access_token={self.valid}&after=x"}}
        node = self._reply(note)
        return node | ({"replies": {"data": below[:1]} | (more if len(below) > 1 else {})} if below else {})

    def _reply(self, note: Note) -> dict[str, Any]:
        node = {"id": note.id, "text": note.text, "timestamp": graph_time(note.at), "hidden": note.hidden}
        node |= {"from": US if note.ours else SHE, "media": {"id": self.told.root.id}}
        return node | ({"parent_id": note.answers} if note.answers else {})

    def _message(self, note: Note) -> dict[str, Any]:
        who = {"from": US, "to": {"data": [SHE]}} if note.ours else {"from": SHE, "to": {"data": [US]}}
        return {"id": note.id, "message": note.text, "created_time": graph_time(note.at)} | who

    def _conversation(self) -> dict[str, Any]:
        newest = self.told.messages[0]
        node: dict[str, Any] = {"id": THREAD, "updated_time": graph_time(newest.at)}
        return node | {"messages": {"data": [self._message(newest)]}}

    def onward(self, value: Any, cursor: str) -> Any:
        """A page that leads to another cursor."""
        paging = {"cursors": {"after": cursor}, "next": f"{self.origin}/?access_token={self.valid}&after={cursor}"}
        return value | {"paging": paging}

    def is_once(self, line: str) -> bool:
        """Whether a request is made once while nothing changes."""
        return any(
            part in line for part in ("/comments", "/replies", f"/{THREAD}", "after=4", "/a/", "refresh", "debug_token")
        )

    def looks_at(self, asked: Asked, note: Note) -> bool:
        """Whether a request is a direct look at one comment or post."""
        return asked.path.endswith(f"/{note.id}")

    def stranger(self) -> Any:
        """The profile of another account."""
        node = {"id": "999", "user_id": "999", "username": "somebody", "name": "Somebody Else"}
        return {"id": "206", "instagram_business_account": node} if self.by_page else node
