"""A stand-in for Bluesky's chat service, which is not public: conversations behind a real account server.

It takes what the account server passes on, and checks that it is signed for this service and this method.
"""

from __future__ import annotations

import base64
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Json = dict[str, Any]
_DEFS = "chat.bsky.convo.defs#"


@dataclass(slots=True, kw_only=True)
class Chat:
    """Conversations by id, each with its members and messages (oldest first), and who asked for what."""

    convos: dict[str, Json] = field(default_factory=dict)
    asked: list[Json] = field(default_factory=list)
    server: ThreadingHTTPServer | None = None
    page: int = 2
    _revision: int = 0

    @property
    def url(self) -> str:
        """Where the account server finds it."""
        return f"http://localhost:{self.server.server_address[1]}" if self.server else ""

    def open(self, convo: str, *members: tuple[str, str]) -> None:
        """A conversation of these members (DID and handle)."""
        people = [{"did": did, "handle": handle} for did, handle in members]
        self.convos[convo] = {"id": convo, "rev": self._next(), "members": people, "messages": []}

    def say(self, convo: str, sender: str, text: str, sent: str, **more: Any) -> str:
        """A message; its id."""
        made = {"$type": f"{_DEFS}messageView", "id": f"m{self._next()}", "rev": self._next(), "text": text}
        self.convos[convo]["messages"].append(made | {"sender": {"did": sender}, "sentAt": sent} | more)
        self.convos[convo]["rev"] = self._next()
        return str(made["id"])

    def delete(self, convo: str, message: str) -> None:
        """What the service shows of a message that was deleted."""
        for one in self.convos[convo]["messages"]:
            if one["id"] == message:
                one.pop("text")
                one |= {"$type": f"{_DEFS}deletedMessageView", "rev": self._next()}
        self.convos[convo]["rev"] = self._next()

    def answer(self, method: str, asked: dict[str, str]) -> Json:
        """The reply to a method of the chat service."""
        if method == "chat.bsky.convo.listConvos":
            hidden = {"messages"}
            shown = [{k: v for k, v in one.items() if k not in hidden} for one in self.convos.values()]
            return {"convos": [one | {"muted": False, "unreadCount": 0} for one in shown]}
        convo = self.convos[asked["convoId"]]
        start = int(asked.get("cursor", "0"))
        newest_first = convo["messages"][::-1]
        more = {"cursor": str(start + self.page)} if len(newest_first) > start + self.page else {}
        return {"messages": newest_first[start : start + self.page], "relatedProfiles": convo["members"]} | more

    def stop(self) -> None:
        """No more answers."""
        if self.server:
            self.server.shutdown()
            self.server.server_close()

    def _next(self) -> str:
        self._revision += 1
        return f"{self._revision:06d}"


def start() -> Chat:
    """A chat service on a free port."""
    chat = Chat()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            place = urlsplit(self.path)
            method = place.path.rpartition("/")[2]
            token = _claims(self.headers.get("Authorization", ""))
            chat.asked.append(token | {"method": method})
            good = token.get("lxm") == method
            asked = {name: values[0] for name, values in parse_qs(place.query).items()}
            said = chat.answer(method, asked) if good else {"error": "AuthMissing", "message": "not signed for this"}
            body = json.dumps(said).encode()
            self.send_response(200 if good else 401)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_said: Any) -> None:
            """Nothing is logged."""

    chat.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=chat.server.serve_forever, daemon=True).start()
    return chat


def _claims(header: str) -> Json:
    """What the account server's token says; its signature is for the real service to check."""
    parts = header.removeprefix("Bearer ").split(".")
    if len(parts) != 3:
        return {}
    found: Json = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    return found
