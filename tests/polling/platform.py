"""A platform made for tests: what was published on it is known, and it fails in every way when told to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

from archiver.clock import SetClock
from archiver.errors import PlatformDown
from archiver.polling.failures import explain
from archiver.polling.recorder import Recorder
from tests.polling.published import Comment, Post, all_of, as_comment, as_message, as_post, paged
from tests.polling.replies import Wire, said, wire

HOME = "https://platform.example"
TOKEN = "token-that-must-not-be-kept"

Answer = Callable[["Asked"], Wire]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request as the platform sees it."""

    host: str
    path: str
    query: dict[str, str]
    authorization: str | None
    if_none_match: str | None
    at: datetime

    @property
    def line(self) -> str:
        """Path and query, in one line."""
        said = "&".join(f"{name}={value}" for name, value in self.query.items())
        return f"{self.path}?{said}" if said else self.path


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the platform knows of one reply: what it showed whole, if anything, and what was wrong with it.

    With neither, it said that there is no such thing.
    """

    asked: Asked
    shown: dict[str, Any] | None = None
    wrong: str = ""


@dataclass(slots=True)
class _Fault:
    part: str
    answer: Answer
    left: int


class Platform:
    """Posts with threads, files and an edit history, and messages; paged by number, newest first."""

    def __init__(self, clock: SetClock) -> None:
        self.clock = clock
        self.account = "42"
        self.token = TOKEN
        self.posts: list[Post] = []
        self.messages: list[tuple[str, str, str]] = []
        self.files: dict[str, bytes] = {}
        self.window = 10_000  # how many posts the listing shows at most
        self.validators = False
        self.asked: list[Asked] = []
        self.ledger: list[Said] = []
        self.withheld: set[str] = set()  # what a listing had to show and did not
        self.faults: list[_Fault] = []
        self.on_page: Callable[[int], None] = lambda _page: None
        self._count = 0

    def post(self, text: str, *, files: int = 0, comments: int = 0, **changes: Any) -> Post:
        """Publish a post now."""
        made = Post(id=self._id("p"), created=self._now(), text=text, **changes)
        made.files = [self.file(f"bytes of {made.id} {number}".encode()) for number in range(files)]
        for number in range(comments):
            self.comment(made, f"comment {number} on {text}")
        self.posts.append(made)
        return made

    def file(self, data: bytes) -> tuple[str, str]:
        """Put a file up: its id and name."""
        name = self._id("f")
        self.files[name] = data
        return name, name

    def comment(self, under: Post | Comment, text: str) -> Comment:
        """Answer a post or a comment."""
        made = Comment(id=self._id("c"), under=under.id, created=self._now(), text=text)
        (under.comments if isinstance(under, Post) else under.replies).append(made)
        return made

    def message(self, text: str) -> str:
        """Send the account a message; its id."""
        self.messages.append((self._id("m"), self._now(), text))
        return self.messages[-1][0]

    def edit(self, post: Post, text: str) -> None:
        """Change what a post says."""
        post.before.append((post.text, post.edited))
        post.text, post.edited = text, self._now()

    def fail(self, part: str, answer: Answer | Wire, times: int = 10**9) -> None:
        """Answer every request whose line holds `part` with this instead, so many times."""
        self.faults.append(_Fault(part, answer if callable(answer) else lambda _asked: answer, times))

    def heal(self) -> None:
        """Work again."""
        self.faults.clear()
        self.token = TOKEN

    def lines(self) -> list[str]:
        """What was asked since the last time this was called."""
        lines = [asked.line for asked in self.asked]
        self.asked.clear()
        return lines

    def converse(
        self, request: requests.PreparedRequest, recorder: Recorder, *, guarded: bool, host: str
    ) -> PlatformDown | None:
        """What the transport does over a socket: send, and record what comes back as far as it comes."""
        asked = _asked(request, self.clock.now())
        self.asked.append(asked)
        head = f"{request.method} {request.path_url} HTTP/1.1\r\nHost: {asked.host}\r\n"
        fields = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
        recorder.sent += f"{head}{fields}\r\n".encode()
        recorder.ip = "203.0.113.7"
        answer = self._answer(asked)
        data, failure = (answer, None) if isinstance(answer, bytes) else (answer.args[0], answer)
        try:
            while data:
                part = data[: recorder.room()]
                recorder.record(memoryview(part))
                data = data[len(part) :]
        except PlatformDown as spent:
            return spent
        return explain(failure, host=host, received=recorder.length) if failure else None

    def truth(self) -> dict[str, str]:
        """Everything that is to be seen now, by id, as text."""
        shown = {post.id: post.text for post in self.posts if not post.removed}
        for post in self.posts:
            if not post.removed:
                shown |= {comment.id: comment.text for comment in all_of(post.comments) if not comment.removed}
        return shown | {"account:42": "the office"} | {id_: text for id_, _, text in self.messages}

    def _answer(self, asked: Asked) -> Wire:
        for fault in self.faults:
            if fault.part in f"{asked.host}{asked.line}" and fault.left > 0:
                fault.left -= 1
                return fault.answer(asked)
        return self.honestly(asked)

    def honestly(self, asked: Asked) -> bytes:
        """What the platform says where nothing fails."""
        if asked.host == "files.example":
            return self._file(asked)
        if self.token and asked.authorization != f"Bearer {self.token}":
            self.ledger.append(Said(asked=asked, wrong="revoked"))
            return said({"error": "token"}, 401)
        found = self.found(asked)
        if found is None:
            self.ledger.append(Said(asked=asked))
            return said({"error": "not found"}, 404)
        return self.serve(asked, found)

    def _file(self, asked: Asked) -> bytes:
        name = asked.path.removeprefix("/")
        if name not in self.files:
            return said({"error": "no"}, 404)
        self.ledger.append(Said(asked=asked, shown={"file": name}))
        return wire(200, self.files[name], content_type="image/png")

    def serve(self, asked: Asked, body: dict[str, Any], *, wrong: str = "") -> bytes:
        """Show this, whole; or say that it is what was shown before. `wrong`: what is not true in it."""
        etag = f'"{hashlib.sha256(json.dumps(body).encode()).hexdigest()[:16]}"'
        if self.validators and asked.if_none_match == etag:
            if wrong:  # what was wrong before is so still, and shows nothing else
                self.ledger.append(Said(asked=asked, shown={"items": []}, wrong=wrong))
            return f"HTTP/1.1 304 Same\r\nETag: {etag}\r\n\r\n".encode()
        self.ledger.append(Said(asked=asked, shown=body, wrong=wrong))
        return said(body, 200, *((("ETag", etag),) if self.validators else ()))

    def found(self, asked: Asked) -> dict[str, Any] | None:
        """What there is to show."""
        parts, page = asked.path.strip("/").split("/"), int(asked.query.get("page", "1"))
        if parts == ["profile"]:
            return {"id": self.account, "name": "the office"}
        if parts == ["messages"]:
            return paged([as_message(m) for m in reversed(self.messages)], page)
        if parts == ["posts"]:
            self.on_page(page)
            listed = [p for p in reversed(self.posts) if p.listed and not p.removed][: self.window]
            return paged([as_post(post) for post in listed], page)
        if parts[0] == "comments":
            every = [c for post in self.posts if not post.removed for c in all_of(post.comments)]
            found = next((c for c in every if c.id == parts[1] and not c.removed), None)
            return {"items": [as_comment(found)]} if found else None
        post = next((p for p in self.posts if p.id == parts[1] and not p.removed), None)
        if post is None:
            return None
        if parts[2:] == ["comments"]:
            return paged([as_comment(c) for c in post.comments if not c.removed], page)
        if parts[2:] == ["history"]:
            return {"items": [as_post(post) | {"text": t, "edited": e, "historic": True} for t, e in post.before]}
        return {"items": [as_post(post)]}

    def _id(self, letter: str) -> str:
        self._count += 1
        return f"{letter}{self._count}"

    def _now(self) -> str:
        return self.clock.now().replace(microsecond=0).isoformat()


def _asked(request: requests.PreparedRequest, at: datetime) -> Asked:
    parts = urlsplit(str(request.url))
    return Asked(
        host=parts.netloc,
        path=parts.path,
        query=dict(parse_qsl(parts.query)),
        authorization=request.headers.get("Authorization"),
        if_none_match=request.headers.get("If-None-Match"),
        at=at,
    )


def when(text: str | None) -> datetime | None:
    """A time as the platform writes it."""
    return datetime.fromisoformat(text) if text else None
