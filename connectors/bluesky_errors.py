"""What Bluesky's servers mean by their errors, most of which come with status 400."""

from __future__ import annotations

from typing import Any

from archiver.errors import Unreadable
from archiver.model import Fetch, Judged, Means, Reply
from connectors.fields import at, text
from connectors.json_body import parse_json

_NO_CHAT = (
    "this app password may not read direct messages: make a new app password in Bluesky's settings with 'Allow access "
    "to your direct messages' ticked, and store it as the account's credential"
)
_TABLE = {
    "ExpiredToken": (Means.AUTH, "the session has lapsed"),
    "InvalidToken": (Means.AUTH, "the session is no longer good"),
    "AuthMissing": (Means.AUTH, "a credential is needed"),
    "AuthenticationRequired": (Means.AUTH, "the credential is not accepted"),
    "AuthFactorTokenRequired": (Means.AUTH, "the account asks for a second factor: use an app password instead"),
    "AccountTakedown": (Means.REFUSED, "the account was taken down by its server's moderators"),
    "AccountDeactivated": (Means.REFUSED, "the account is deactivated"),
    "RepoTakendown": (Means.REFUSED, "the account was taken down by its server's moderators"),
    "RepoSuspended": (Means.REFUSED, "the account is suspended"),
    "RepoDeactivated": (Means.REFUSED, "the account is deactivated"),
    "BlockedActor": (Means.REFUSED, "the account blocks whom this is about"),
    "BlockedByActor": (Means.REFUSED, "who this is about blocks the account"),
    "MethodNotImplemented": (Means.REFUSED, "this server does not offer it"),
    "RecordNotFound": (Means.ABSENT, "the record is not in the repository"),
    "RepoNotFound": (Means.ABSENT, "the server knows no such account"),
    "RepoNotShown": (Means.REFUSED, "the server does not show the account: deactivated, taken down or removed"),
    "ProfileNotFound": (Means.ABSENT, "the application view does not know the account"),
    "NotFound": (Means.ABSENT, "the application view does not show the post"),
    "InvalidConvo": (Means.ABSENT, "the conversation is not there"),
    "RateLimitExceeded": (Means.WAIT, "too many requests"),
}
_WORDS = {
    "Could not locate record": "RecordNotFound",
    "Could not find repo": "RepoNotShown",
    "Could not find user info": "RepoNotShown",
    "Profile not found": "ProfileNotFound",
}
_FOUND_ON_THE_WAY = ("comments", "quotes")


def judge(fetch: Fetch, reply: Reply) -> Judged | None:
    """What a reply means beyond its status; None where the status says it all."""
    if reply.status < 400:
        return _of_thread(reply) if fetch.stream == "item" and fetch.url.endswith("getPostThread") else None
    said = _body(reply)
    name, message = text(said, "error"), text(said, "message")
    if fetch.stream == "messages" and name == "InvalidToken" and "method" in message.lower():
        return Judged(means=Means.REFUSED, detail=_NO_CHAT)
    if name == "InvalidRequest":  # told apart by their words only
        name = next((known for words, known in _WORDS.items() if message.startswith(words)), name)
    if name not in _TABLE:
        return None
    means, words = _TABLE[name]
    if means is Means.ABSENT and fetch.stream in _FOUND_ON_THE_WAY:
        means = Means.NOTHING  # the post was taken away since it was found
    return Judged(means=means, detail=f"{words} ({text(said, 'error')})")


def _of_thread(reply: Reply) -> Judged | None:
    """A post looked at directly: its absence and its blocking come with status 200."""
    root = at(_body(reply), "thread")
    if at(root, "notFound") is True:
        return Judged(means=Means.ABSENT, detail="the application view does not show the post")
    if at(root, "blocked") is True:
        return Judged(means=Means.REFUSED, detail="its author and the account block one another")
    return None


def _body(reply: Reply) -> Any:
    try:
        return parse_json(reply.body).value
    except Unreadable:
        return None
