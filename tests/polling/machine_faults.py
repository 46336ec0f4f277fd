"""The state machine of polling: what the platform made for tests does wrong, and the gaps that may come of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.polling.platform import Answer, Asked, Platform, Said
from tests.polling.replies import LOGIN_PAGE, Wire, cut, said, wire


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is sent instead (None: it is made of what there is to show), and the causes of gaps that may come of it.

    `at_once`: it is an answer, if a bad one, so that it is not asked again in this run and is a gap the first time.
    """

    causes: frozenset[str]
    answer: Wire | None = None
    at_once: bool = False


def _instead(answer: Wire, *causes: str, at_once: bool = False) -> Fault:
    return Fault(answer=answer, causes=frozenset(causes), at_once=at_once)


FAULTS = {
    "500": _instead(said({}, 500), "server error"),
    "503": _instead(said({}, 503), "server error"),
    "429": _instead(said({}, 429, ("Retry-After", "700")), "rate limit"),
    "403": _instead(said({}, 403), "not allowed", at_once=True),
    "login page": _instead(LOGIN_PAGE, "unreadable", at_once=True),
    "empty body": _instead(wire(200, b""), "unreadable", at_once=True),
    "short body": _instead(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{}", "cut short"),
    "no answer": _instead(cut(b"", 0), "network"),
    "not gzip": _instead(wire(200, b"{}", ("Content-Encoding", "gzip")), "undecodable"),
    "revoked": Fault(causes=frozenset({"credential refused"}), at_once=True),
    "cut body": Fault(causes=frozenset({"cut short", "network"})),
    "cursor loop": Fault(causes=frozenset({"paging loop"})),
    "empty page with a next": Fault(causes=frozenset({"shows less than it must", "older than the platform shows"})),
    "one unreadable": Fault(causes=frozenset({"unreadable"})),
}
CAUSE_OF_NOTHING_THERE = "not there"


def answer_of(platform: Platform, kind: str) -> Answer:
    """What the platform answers where this is wrong; what it cannot be wrong in is answered well."""
    if (answer := FAULTS[kind].answer) is not None:
        return lambda asked: _send(platform, asked, kind, answer)
    return {
        "cut body": lambda asked: _cut(platform, asked),
        "cursor loop": lambda asked: _loop(platform, asked),
        "empty page with a next": lambda asked: _empty(platform, asked),
        "one unreadable": lambda asked: _unreadable(platform, asked),
    }[kind]


def revoked_after(platform: Platform, replies: int) -> Answer:
    """The token is good for so many further replies, and then no more."""
    left = [replies]

    def answer(asked: Asked) -> Wire:
        left[0] -= 1
        if left[0] < 0:
            platform.token = "revoked"
        return platform.honestly(asked)

    return answer


def _send(platform: Platform, asked: Asked, kind: str, answer: Wire) -> Wire:
    platform.ledger.append(Said(asked=asked, wrong=kind))
    return answer


def _cut(platform: Platform, asked: Asked) -> Wire:
    before = len(platform.ledger)
    whole = platform.honestly(asked)
    del platform.ledger[before:]
    return _send(platform, asked, "cut body", cut(whole, len(whole) // 2))


def _listed(platform: Platform, asked: Asked) -> dict[str, Any] | None:
    """What a listing has to show; None where this is none, or not for who asks."""
    welcome = asked.authorization == f"Bearer {platform.token}"
    found = platform.found(asked) if welcome and asked.host != "files.example" else None
    return found if found is not None and "items" in found else None


def _loop(platform: Platform, asked: Asked) -> Wire:
    if (found := _listed(platform, asked)) is None:
        return platform.honestly(asked)
    return platform.serve(asked, found | {"next": 1 if asked.query else 2}, wrong="cursor loop")


def _unreadable(platform: Platform, asked: Asked) -> Wire:
    if (found := _listed(platform, asked)) is None:
        return platform.honestly(asked)
    return platform.serve(asked, found | {"items": ["broken", *found["items"]]}, wrong="one unreadable")


def _empty(platform: Platform, asked: Asked) -> Wire:
    if (found := _listed(platform, asked)) is None:
        return platform.honestly(asked)
    platform.withheld |= {item["id"] for item in found["items"]}
    page = int(asked.query.get("page", "1"))
    body = {"items": [], "next": page + 1 if page < 3 else None}
    if page >= 3:  # what would have come on further pages is withheld as well
        platform.withheld |= {post.id for post in platform.posts} | {id_ for id_, _, _ in platform.messages}
    return platform.serve(asked, body, wrong="empty page with a next")
