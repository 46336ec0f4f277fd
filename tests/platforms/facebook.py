"""A Facebook Page as the Graph API tells it: the nodes, edges and errors of its reference, over a few notes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from archiver.model import Account, Connector
from connectors.facebook import CONNECTOR
from tests.platforms.told import Note, Told, paged
from tests.platforms.wire import Asked, Said

PAGE, ANN, THREAD = "205", "9001", "t_587"
TOKEN = "EAAB-facebook-token-of-the-page"
US = {"id": PAGE, "name": "Roseburg Schools", "username": "roseburgschools"}
SHE = {"id": ANN, "name": "Ann"}


def graph_time(moment: datetime) -> str:
    """A time as the Graph API writes it."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}+0000"


def graph_error(code: int, message: str, status: int = 400, **more: Any) -> Said:
    """An error of the Graph API."""
    return Said(status=status, value={"error": {"message": message, "type": "OAuthException", "code": code} | more})


class Facebook:
    """The page's side."""

    connector: Connector = CONNECTOR
    listing = "/published_posts"
    also: Mapping[str, str] = {}
    secret = TOKEN
    tokens = (TOKEN,)
    paths: Mapping[str, str] = {"profile": "/me", "posts": listing, "comments": "/comments", "messages": "/messages"}
    errors: Mapping[str, Said] = {
        "dead": graph_error(190, "Error validating access token", error_subcode=463),
        "slow": graph_error(32, "Page request limit reached"),
        "forbidden": graph_error(10, "This endpoint requires the permission"),
        "missing": graph_error(100, "Unsupported get request. Object does not exist", error_subcode=33),
    }

    def __init__(self, origin: str, files: str) -> None:
        self.origin, self.files = origin, files
        self.told = Told(lambda kind, n, _at: {"post": f"{PAGE}_{n}", "message": f"m_{n}"}.get(kind, f"1_{n}"))
        self.account = Account(
            id="page", platform="facebook", handle="roseburgschools", url=f"{origin}/v26.0", credential="file:"
        )

    def answer(self, asked: Asked) -> Said:
        """The reply to a request."""
        path = asked.path.removeprefix("/v26.0/")
        told = self.told
        if path == "me":
            return Said(
                value=US | {"about": "News of the district", "link": "https://www.facebook.com/roseburgschools"}
            )
        if path == "debug_token":
            return Said(value={"data": {"is_valid": True, "expires_at": 0, "scopes": []}})
        node, _, edge = path.partition("/")
        match edge:
            case "published_posts" | "feed":
                return self._listing(asked, [self._post(note) for note in told.posts])
            case "comments":
                below = told.comments if node == told.root.id else []
                return self._listing(asked, [self._comment(note) for note in below])
            case "conversations":
                return self._listing(asked, [self._conversation()])
            case "messages":
                return self._listing(asked, [self._message(note) for note in told.messages])
            case "":
                return self._node(node)
        return self._listing(asked, [])

    def _listing(self, asked: Asked, rows: list[Any]) -> Said:
        part, after = paged(rows, asked.query.get("after"))
        if not after:
            return Said(value={"data": part})
        following = f"{self.origin}{asked.path}?access_token={TOKEN}&limit=100&after={after}"
        return Said(value={"data": part, "paging": {"cursors": {"before": "0", "after": after}, "next": following}})

    def _node(self, node: str) -> Said:
        for note in self.told.posts:
            if note.id == node:
                return Said(value=self._post(note))
        for note in self.told.comments:
            if note.id == node:
                return Said(value=self._comment(note))
        for note in self.told.messages:
            if note.id == node:
                return Said(value=self._message(note))
        return self.errors["missing"]

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
        node: dict[str, Any] = {"id": THREAD, "updated_time": graph_time(newest.at), "message_count": 3}
        return node | {"messages": {"data": [self._message(newest)]}}

    def once(self, lines: list[str]) -> list[str]:
        """Those of the requests that are made once while nothing changes."""
        return [
            line
            for line in lines
            if any(part in line for part in ("/comments", "/messages", "token", "after=4", "/a/"))
        ]

    def looks_at(self, asked: Asked, note: Note) -> bool:
        """Whether a request is a direct look at one comment or post."""
        return asked.path.endswith(f"/{note.id}")

    def stranger(self) -> Said:
        """The profile of another page."""
        return Said(value={"id": "999", "name": "Somebody Else", "username": "somebody"})
