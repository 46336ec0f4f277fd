"""The state machine of polling: its faults, and what it notes of what was shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from tests.polling.desk import Desk
from tests.polling.platform import Answer, Asked, Platform
from tests.polling.published import Post
from tests.polling.replies import LOGIN_PAGE, Wire, cut, said, wire

T = TypeVar("T")
NO_BODY = wire(200, b"")

# What the platform does wrong, with the causes of the gaps that may come of it.
FAULTS: dict[str, tuple[Wire | None, frozenset[str]]] = {
    "500": (said({}, 500), frozenset({"server error"})),
    "503": (said({}, 503), frozenset({"server error"})),
    "429": (said({}, 429, ("Retry-After", "700")), frozenset({"rate limit"})),
    "403": (said({}, 403), frozenset({"not allowed"})),
    "login": (LOGIN_PAGE, frozenset({"unreadable"})),
    "empty body": (NO_BODY, frozenset({"unreadable"})),
    "short": (b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{}", frozenset({"cut short"})),
    "no answer": (cut(b"", 0), frozenset({"network"})),
    "not gzip": (wire(200, b"{}", ("Content-Encoding", "gzip")), frozenset({"undecodable"})),
    "half": (None, frozenset({"cut short", "network"})),
    "loop": (None, frozenset({"paging loop"})),
    "gap in pages": (None, frozenset({"shows less than it must"})),
    "one unreadable": (None, frozenset({"unreadable"})),
}


class Words:
    """What the rules are told in: what was shown, what is held, what was made up."""

    desk: Desk
    platform: Platform
    shown: dict[str, list[tuple[str, str]]]
    answered_not_there: set[str]
    withheld: set[str]
    there_when_begun: dict[str, dict[str, tuple[str, str]]]
    done: set[str]
    texts: int

    def living(self) -> list[Post]:
        """The posts that are there."""
        return [post for post in self.platform.posts if not post.removed]

    def _one(self, of: Sequence[T], which: int) -> T:
        return of[which % len(of)]

    def _text(self) -> str:
        self.texts += 1
        return f"text {self.texts}"

    def _held(self) -> dict[str, list[tuple[str, str]]]:
        found: dict[str, list[tuple[str, str]]] = {}
        for remote, text, visibility in self.desk.rows(
            "SELECT i.remote_id, v.text, v.visibility FROM versions v JOIN items i ON i.id = v.item"
            " WHERE v.historic = 0 ORDER BY i.remote_id, v.number"
        ):
            found.setdefault(remote, []).append((text, visibility))
        return found

    def _there(self) -> dict[str, tuple[str, str]]:
        """What the listings have to show now, with its stream and time."""
        there = {post.id: ("posts", post.created) for post in self.living()}
        return there | {id_: ("messages", created) for id_, created, _ in self.platform.messages}

    def _polled(self, there: dict[str, tuple[str, str]]) -> None:
        runs = dict(self.desk.rows("SELECT id, outcome FROM runs"))
        for run in runs.keys() - self.there_when_begun.keys():
            self.there_when_begun[run] = there
        removed = {post.id for post in self.platform.posts if post.removed}
        for run, outcome in runs.items():
            if outcome != "under way":
                self.there_when_begun[run] = {
                    item: told for item, told in self.there_when_begun[run].items() if item not in removed
                }
            if outcome == "done":
                self.done.add(run)

    def _acknowledge(self) -> None:
        """A poll came to its end: everything it was shown must be held."""
        for asked, body in self.platform.served:
            self._show(asked, body)
        self.platform.served.clear()

    def _after_a_kill(self) -> None:
        """The last reply may or may not have reached the disk; all others have."""
        if self.platform.served:
            *before, last = self.platform.served
            self.platform.served = before
            self._acknowledge()
            if last[1] is None or self._held() != self.shown:
                self._show(*last)
            self.platform.served.clear()

    def _show(self, asked: Asked, body: dict[str, Any] | None) -> None:
        if body is None:
            self.answered_not_there.add(asked.path.rpartition("/")[2])
            return
        shown = body.get("items", [])
        if asked.path == "/profile":
            shown = [{"id": f"account:{body['id']}", "text": body["name"]}]
        for item in shown:
            if isinstance(item, dict):
                self._show_item(item)

    def _show_item(self, item: dict[str, Any]) -> None:
        if item.get("historic"):
            return
        said_now = (item["text"], item.get("visibility", "public"))
        changes = self.shown.setdefault(item["id"], [])
        if not changes or changes[-1] != said_now:
            changes.append(said_now)
        for reply in item.get("replies", ()):
            self._show_item(reply)

    def _welcome(self, asked: Asked) -> bool:
        return asked.authorization == f"Bearer {self.platform.token}"

    def _made_up(self, kind: str) -> Answer:
        def answer(asked: Asked) -> Wire:
            found = self.platform.found(asked) if asked.host != "files.example" else None
            if kind == "half" or found is None or "items" not in found or not self._welcome(asked):
                whole = self.platform.honestly(asked)
                if kind == "half":
                    self.platform.served = [shown for shown in self.platform.served if shown[0] is not asked]
                    return cut(whole, len(whole) // 2)
                return whole
            if kind == "loop":
                return self.platform.serve(asked, found | {"next": 1 if asked.query else 2})
            if kind == "one unreadable":
                return self.platform.serve(asked, found | {"items": ["broken", *found["items"]]})
            page = int(asked.query.get("page", "1"))
            self.withheld |= {item["id"] for item in found["items"]}
            return self.platform.serve(asked, {"items": [], "next": page + 1 if page < 3 else None})

        return answer


def every(post: Post) -> list[Any]:
    """The comments and replies of a post."""
    found = list(post.comments)
    for comment in found:
        found += comment.replies
    return found
