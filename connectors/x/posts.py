"""One post of X as an item.

Each version of an edited post has an id of its own; the post is known by the id of its first version. What a post
becomes depends on the post and on whose account is registered, not on where it was found.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archiver.model import Kind, Snapshot, Unread, Visibility
from connectors.fields import another, at, count, rows, text
from connectors.shapes import said
from connectors.times import read_time
from connectors.x.around import Around, created, id_time, links, strange, versions, withheld, written
from connectors.x.asks import DECLARED

_ANSWERED, _QUOTED, _REPEATED = ("replied_to",), ("quoted",), ("retweeted", "reposted")
# Over 280 characters the whole text stands in a note, and `text` holds its beginning.
_TEXT = "note_tweet.text|note_post.text|article.plain_text|text"
_POST = DECLARED.shape(
    "post",
    title=lambda node: written(said(node, "article.title")),
    text=lambda node: written(said(node, _TEXT)),
    visibility=lambda node: Visibility.HIDDEN if at(node, "hidden") is True else Visibility.PUBLIC,
    details={
        "quotes": lambda node: _referenced(node, _QUOTED),
        "reposts": lambda node: _referenced(node, _REPEATED),
        "withheld": withheld,
    },
    more=links,
)


def post(near: Around, node: Any, source: str, *, asked: bool, chain: tuple[str, ...] = ()) -> Snapshot | Unread:
    """One version of a post. `asked`: it stands in our own listing; `chain`: the versions it is one of, where known."""
    own_id, chain = text(node, "id"), chain or versions(node)
    first, writer = chain[0], near.author(text(node, "author_id"))
    when, raw = created(node, first)
    own, named = bool(near.me) and writer.id == near.me, _names(near, node)
    parent = another(near.first_of(_referenced(node, _ANSWERED)), first)
    answers = parent is not None or (named and not own)
    return _POST(
        node,
        source,
        kind=Kind.SHARE if _referenced(node, _REPEATED) else Kind.COMMENT if answers else Kind.POST,
        remote_id=first,
        author=writer,
        created=when,
        created_raw=raw,
        edited=None if own_id == first else id_time(own_id) or read_time(at(node, "created_at"))[0],
        link=f"https://x.com/{writer.handle or 'i'}/status/{own_id}",
        parent=parent,
        thread=near.first_of(text(node, "conversation_id")) or (first if own and not parent else None),
        media=near.files(node),
        and_counters=_votes(near, node),
        and_details=_choices(near, node),
        historic=own_id != chain[-1],
        context=not (own or named or asked),
    )


def drift(node: Any) -> Iterator[str]:
    """What a post tells that this connector does not know."""
    yield from strange("post", node)
    known = (*_ANSWERED, *_QUOTED, *_REPEATED, "")
    yield from (f"reference.{kind[:60]}" for one in _references(node) if (kind := text(one, "type")) not in known)


def _references(node: Any) -> list[Any]:
    return rows(node, "referenced_tweets") or rows(node, "referenced_posts")


def _referenced(node: Any, kinds: tuple[str, ...]) -> str:
    return next((text(one, "id") for one in _references(node) if text(one, "type") in kinds), "")


def _names(near: Around, node: Any) -> bool:
    """Whether a post answers the account or names it."""
    if near.me and text(node, "in_reply_to_user_id") == near.me:
        return True
    handle = near.account.handle.removeprefix("@").casefold()
    places = (("entities",), ("note_tweet", "entities"), ("note_post", "entities"))
    mentions = [one for place in places for one in rows(node, *place, "mentions")]
    return any(
        (near.me and text(one, "id") == near.me) or text(one, "username").casefold() == handle for one in mentions
    )


def _polls(near: Around, node: Any) -> list[Any]:
    return [near.polls.get(key) for key in rows(node, "attachments", "poll_ids") if isinstance(key, str)]


def _choices(near: Around, node: Any) -> Iterator[tuple[str, str]]:
    polls = _polls(near, node)
    yield from (("poll-ends", text(poll, "end_datetime")) for poll in polls if text(poll, "end_datetime"))
    yield from (("poll-option", text(option, "label")) for poll in polls for option in rows(poll, "options"))


def _votes(near: Around, node: Any) -> dict[str, int]:
    options = [option for poll in _polls(near, node) for option in rows(poll, "options")]
    found = {f"votes:{text(option, 'label')}": count(option, "votes") for option in options}
    return {name: number for name, number in found.items() if number is not None}
