"""What is published on the platform made for tests, and how its API tells it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

FILES = "https://files.example"
PAGE = 4


@dataclass(slots=True)
class Comment:
    """An answer to a post, or to another answer."""

    id: str
    under: str
    created: str
    text: str
    replies: list[Comment] = field(default_factory=list)
    removed: bool = False


@dataclass(slots=True)
class Post:
    """A post as it stands, with what it said before."""

    id: str
    created: str
    text: str
    kind: str = "post"
    visibility: str = "public"
    edited: str | None = None
    before: list[tuple[str, str | None]] = field(default_factory=list)
    likes: int = 0
    files: list[tuple[str, str]] = field(default_factory=list)  # id, name of the file
    comments: list[Comment] = field(default_factory=list)
    removed: bool = False
    listed: bool = True


def paged(items: list[dict[str, Any]], page: int) -> dict[str, Any]:
    """One page of a listing, with the number of the next."""
    there_is_more = len(items) > page * PAGE
    return {"items": items[(page - 1) * PAGE : page * PAGE], "next": page + 1 if there_is_more else None}


def as_post(post: Post) -> dict[str, Any]:
    """A post as the API tells it."""
    return {
        "id": post.id,
        "kind": post.kind,
        "created": post.created,
        "edited": post.edited,
        "text": post.text,
        "visibility": post.visibility,
        "likes": post.likes,
        "files": [{"id": id_, "url": name if "//" in name else f"{FILES}/{name}"} for id_, name in post.files],
        "comments": sum(not comment.removed for comment in all_of(post.comments)),
    }


def as_comment(comment: Comment) -> dict[str, Any]:
    """A comment with its replies."""
    return {
        "id": comment.id,
        "kind": "comment",
        "under": comment.under,
        "created": comment.created,
        "text": comment.text,
        "replies": [as_comment(reply) for reply in comment.replies if not reply.removed],
    }


def as_message(message: tuple[str, str, str]) -> dict[str, Any]:
    """A message."""
    id_, created, text = message
    return {"id": id_, "kind": "message", "created": created, "text": text, "visibility": "direct"}


def all_of(comments: list[Comment]) -> Iterator[Comment]:
    """Every comment and reply that is there."""
    for comment in comments:
        if not comment.removed:
            yield comment
            yield from all_of(comment.replies)
