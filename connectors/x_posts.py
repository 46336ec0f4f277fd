"""One post of X as a snapshot.

Each version of an edited post has an id of its own; the post is known by the id of its first version. What a post
becomes depends on the post and on whose account is registered, not on where it was found.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archiver.model import Kind, Snapshot, Unread, Visibility
from connectors.fields import another, at, count, pairs, rows, text
from connectors.times import read_time
from connectors.x_around import Around, created, id_time, links, metrics, unknown, versions, written
from connectors.x_requests import POST_FIELDS

_COUNTS = {
    "reply_count": "replies",
    "retweet_count": "reposts",
    "repost_count": "reposts",
    "like_count": "likes",
    "quote_count": "quotes",
    "bookmark_count": "bookmarks",
    "impression_count": "views",
}
_NEW_NAMES = ("edit_history_post_ids", "edit_history_tweet_ids", "hidden", "note_post", "referenced_posts")
_KNOWN = frozenset((*POST_FIELDS.split(","), *_NEW_NAMES))
_ANSWERED, _QUOTED, _REPEATED = ("replied_to",), ("quoted",), ("retweeted", "reposted")


def read_post(near: Around, node: Any, source: str, *, asked: bool, chain: tuple[str, ...] = ()) -> Snapshot | Unread:
    """One version of a post. `asked`: it stands in our own listing; `chain`: the versions it is one of, where known."""
    own_id = text(node, "id")
    if not own_id:
        return Unread(source=source, reason="a post without an id")
    chain = chain or versions(node)
    first, me = chain[0], near.me
    when, raw = created(node, first)
    own, named = bool(me) and text(node, "author_id") == me, _names(near, node)
    parent = another(near.first_of(_referenced(node, _ANSWERED)), first)
    writer = near.author(text(node, "author_id"))
    conversation = near.first_of(text(node, "conversation_id"))
    return Snapshot(
        kind=_kind(node, answers=parent is not None or (named and not own)),
        remote_id=first,
        author=writer,
        created=when,
        created_raw=raw,
        edited=None if own_id == first else id_time(own_id) or read_time(at(node, "created_at"))[0],
        title=written(text(node, "article", "title")),
        text=_text(node),
        link=f"https://x.com/{writer.handle or 'i'}/status/{own_id}",
        parent=parent,
        thread=conversation or (first if own and not parent else None),
        media=near.files(node),
        visibility=Visibility.HIDDEN if at(node, "hidden") is True else Visibility.PUBLIC,
        language=text(node, "lang"),
        source=source,
        counters=metrics(node, _COUNTS) | _votes(near, node),
        details=_details(near, node),
        historic=own_id != chain[-1],
        context=not (own or named or asked),
    )


def drift(node: Any) -> Iterator[str]:
    """What a post tells that this connector does not know."""
    yield from unknown("post", node, _KNOWN)
    known = (*_ANSWERED, *_QUOTED, *_REPEATED, "")
    yield from (f"reference.{kind[:60]}" for one in _references(node) if (kind := text(one, "type")) not in known)


def _kind(node: Any, *, answers: bool) -> Kind:
    if _referenced(node, _REPEATED):
        return Kind.SHARE
    return Kind.COMMENT if answers else Kind.POST


def _text(node: Any) -> str:
    """The whole text: over 280 characters it stands in a note, and `text` holds its beginning."""
    long = text(node, "note_tweet", "text") or text(node, "note_post", "text")
    said = long or text(node, "article", "plain_text") or text(node, "text")
    return written(said)


def _references(node: Any) -> list[Any]:
    return rows(node, "referenced_tweets") or rows(node, "referenced_posts")


def _referenced(node: Any, kinds: tuple[str, ...]) -> str:
    return next((text(one, "id") for one in _references(node) if text(one, "type") in kinds), "")


def _names(near: Around, node: Any) -> bool:
    """Whether a post answers the account or names it."""
    if near.me and text(node, "in_reply_to_user_id") == near.me:
        return True
    handle = near.account.handle.removeprefix("@").casefold()
    mentions = rows(node, "entities", "mentions") + rows(node, "note_tweet", "entities", "mentions")
    mentions += rows(node, "note_post", "entities", "mentions")
    return any(
        (near.me and text(one, "id") == near.me) or text(one, "username").casefold() == handle for one in mentions
    )


def _details(near: Around, node: Any) -> tuple[tuple[str, str], ...]:
    allowed = text(node, "reply_settings")
    told = pairs(
        quotes=_referenced(node, _QUOTED),
        reposts=_referenced(node, _REPEATED),
        sensitive="yes" if at(node, "possibly_sensitive") is True else "",
        withheld=withheld(node),
        replies_from=allowed if allowed != "everyone" else "",
        community=text(node, "community_id"),
        place=text(node, "geo", "place_id"),
    )
    ends = [("poll-ends", text(poll, "end_datetime")) for poll in _polls(near, node) if text(poll, "end_datetime")]
    options = [
        ("poll-option", text(option, "label")) for poll in _polls(near, node) for option in rows(poll, "options")
    ]
    return (*told, *links(node), *ends, *options)


def withheld(node: Any) -> str:
    """Where and why X does not show a post or a user; empty where it does."""
    why = at(node, "withheld")
    if not isinstance(why, dict):
        return ""
    where = ", ".join(sorted(code for code in rows(why, "country_codes") if isinstance(code, str))) or "not said where"
    return where + (" (copyright)" if why.get("copyright") is True else "")


def _polls(near: Around, node: Any) -> list[Any]:
    return [near.polls.get(key) for key in rows(node, "attachments", "poll_ids") if isinstance(key, str)]


def _votes(near: Around, node: Any) -> dict[str, int]:
    options = [option for poll in _polls(near, node) for option in rows(poll, "options")]
    found = {f"votes:{text(option, 'label')}": count(option, "votes") for option in options}
    return {name: number for name, number in found.items() if number is not None}
