"""An account of X as version 2 of its API tells it: included objects, problem documents, tokens that rotate."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from archiver.model import Account, Connector
from connectors.x import CONNECTOR
from tests.platforms.graph import bearer
from tests.platforms.told import Note, Told, paged
from tests.platforms.wire import Asked, Said

ME, ANN = "2244000111", "77001"
USERS = [{"id": ME, "username": "PortExample", "name": "Port"}, {"id": ANN, "username": "ann", "name": "Ann"}]
_EPOCH = datetime(2010, 11, 4, 1, 42, 54, 657_000, tzinfo=UTC)
_PROBLEM = "https://api.x.com/2/problems/"


def named(kind: str, number: int, moment: datetime, _answers: str) -> str:
    """An id that tells its time, as X gives them; of a message, as the archive names it."""
    one = (int((moment - _EPOCH) / timedelta(milliseconds=1)) << 22) + number
    return f"dm:{one}" if kind == "message" else str(one)


def problem(status: int, kind: str, title: str, **more: Any) -> Said:
    """A problem document."""
    return Said(
        status=status, value={"title": title, "type": f"{_PROBLEM}{kind}", "detail": title, "status": status} | more
    )


class X:
    """The account's side."""

    connector: Connector = CONNECTOR
    errors: Mapping[str, Said] = {
        "dead": problem(401, "unsupported-authentication", "Unauthorized"),
        "slow": problem(429, "rate-limit-exceeded", "Too Many Requests"),
        "forbidden": problem(403, "not-authorized-for-resource", "Forbidden"),
        "missing": Said(
            value={"errors": [{"parameter": "id", "title": "Not Found Error", "type": f"{_PROBLEM}resource-not-found"}]}
        ),
    }
    profile, listing, comments, messages = "/users/me", f"/{ME}/tweets", "/search/recent", "/dm_events"
    step = "pagination_token"
    rows, thread = "data", None
    settles = 0
    also: Mapping[str, str] = {}

    def __init__(self, origin: str, files: str) -> None:
        self.files = files
        self.valid, self.renewal, self.renewed = "x-access-token-0000", "x-renewal-token-0000", 0
        self.told = Told(named)
        options = {"token_url": f"{origin}/2/oauth2/token"}
        self.account = Account(id="account", platform="x", handle="@PortExample", url=origin, options=options)

    @property
    def secret(self) -> str:
        """What a person stores for the account."""
        return json.dumps({"client_id": "client", "refresh_token": self.renewal})

    def answer(self, asked: Asked) -> Said:
        """The reply to a request."""
        if asked.path == "/2/oauth2/token":
            return self._renew(parse_qs(asked.body.decode())["refresh_token"][0])
        if bearer(asked) != self.valid:
            return self.errors["dead"]
        told = self.told
        replies = [note for note in told.comments if not note.ours]
        match asked.path.removeprefix("/2/"):
            case "users/me":
                return Said(
                    value={"data": USERS[0] | {"public_metrics": {"tweet_count": len(told.posts) + told.unseen}}}
                )
            case "tweets":
                return Said(value=self._looked_up(asked.query["ids"].split(",")))
            case "tweets/search/recent":
                return self._page(told.comments, asked, "next_token")
            case "dm_events":
                return self._page(told.messages, asked, self.step)
            case path if path.endswith("/mentions"):
                return self._page(replies, asked, self.step)
            case path if path.startswith("users/"):
                own = [note for note in told.comments if note.ours]
                return self._page(sorted([*told.posts, *own], key=lambda one: one.at, reverse=True), asked, self.step)
        return problem(404, "resource-not-found", "Not Found Error")

    def _renew(self, renewal: str) -> Said:
        """A new token for each use of the newest refresh token."""
        if renewal != self.renewal:
            return Said(status=400, value={"error": "invalid_request"})
        self.renewed += 1
        self.valid, self.renewal = (f"x-{kind}-token-{self.renewed:04}" for kind in ("access", "renewal"))
        return Said(value={"access_token": self.valid, "refresh_token": self.renewal, "expires_in": 10**8})

    def _page(self, notes: list[Note], asked: Asked, step: str) -> Said:
        part, following = paged(notes, asked.query.get(step))
        meta = {"result_count": len(part)} | ({"next_token": following} if following else {})
        return Said(value={"data": [self._node(note) for note in part], "meta": meta, "includes": self._included(part)})

    def _looked_up(self, ids: list[str]) -> dict[str, Any]:
        found = [
            self._node(note, one)
            for one in ids
            for note in (*self.told.posts, *self.told.comments)
            if one in note.names
        ]
        gone = set(ids) - {node["id"] for node in found}
        type_, title = f"{_PROBLEM}resource-not-found", "Not Found Error"
        errors = [{"parameter": "ids", "value": one, "title": title, "type": type_} for one in sorted(gone)]
        told = {"data": found, "includes": self._included(self.told.posts)} if found else {}
        return told | ({"errors": errors} if errors else {})

    def _included(self, notes: list[Note]) -> dict[str, Any]:
        picture = {"media_key": "3_1", "type": "photo", "url": f"{self.files}/a/picture.png", "alt_text": "a picture"}
        return {"users": USERS} | ({"media": [picture]} if any(note.picture for note in notes) else {})

    def _node(self, note: Note, version: str = "") -> dict[str, Any]:
        if note.id.startswith("dm:"):
            event = {"id": note.id.removeprefix("dm:"), "event_type": "MessageCreate", "text": note.text}
            return event | {"sender_id": ME if note.ours else ANN, "dm_conversation_id": f"{ANN}-{ME}"}
        own = version or note.names[-1]
        text = [*note.before, note.text][note.names.index(own)]
        made = note.at if own == note.id else _EPOCH + timedelta(milliseconds=int(own) >> 22)
        node: dict[str, Any] = {
            "id": own,
            "author_id": ME if note.ours else ANN,
            "text": text,
            "edit_history_tweet_ids": note.names,
        }
        node |= {"created_at": f"{made:%Y-%m-%dT%H:%M:%S.000Z}", "conversation_id": note.id}
        node |= {"public_metrics": {"reply_count": len(self.told.comments) if note is self.told.root else 0}}
        if note.picture:
            node["attachments"] = {"media_keys": ["3_1"]}
        if note in self.told.comments:
            above = [{"type": "replied_to", "id": note.answers or self.told.root.id}]
            node |= {"conversation_id": self.told.root.id, "referenced_tweets": above, "in_reply_to_user_id": ME}
        return node | ({"hidden": True} if note.hidden else {})

    def onward(self, value: Any, cursor: str) -> Any:
        """A page that leads to another cursor."""
        return value | {"meta": value["meta"] | {"next_token": cursor}}

    def is_once(self, line: str) -> bool:
        """Whether a request is made once while nothing changes."""
        return any(part in line for part in ("/search/", f"{self.step}=6", "/a/", "oauth2"))

    def looks_at(self, asked: Asked, note: Note) -> bool:
        """Whether a request is a direct look at one comment or post."""
        return asked.path == "/2/tweets" and note.id in asked.query["ids"].split(",")

    def stranger(self) -> Any:
        """The profile of another account."""
        return {"data": {"id": "999", "username": "somebody", "name": "Somebody Else"}}
