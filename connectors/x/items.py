"""Posts, users and messages of X as items, with what a reply brings along: authors, files, polls and other posts.

Each version of an edited post has an id of its own; the post is known by the id of its first version. What a post
becomes depends on the post and on whose account is registered, not on where it was found.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from archiver.errors import Unreadable
from archiver.model import Kind, Media, Snapshot, Unread
from connectors.fields import another, at, count, rows, strings, text
from connectors.reading import Reading
from connectors.shapes import said
from connectors.times import read_time
from connectors.x.asks import DECLARED

Placed = tuple[str, Any]
_POSTS = ("tweets", "posts")  # the old name and the new one
_REFERENCES, _EVENTS, _RENAMED = (DECLARED.more[name] for name in ("references", "events", "renamed"))
_EPOCH = datetime(2010, 11, 4, 1, 42, 54, 657_000, tzinfo=UTC)  # from here on an id counts milliseconds, above 22 bits
_FIRST_TIMED = 29_700_859_247
_OWN_ADDRESS = re.compile(r"https?://(?:\w+\.)?(?:twitter|x)\.com/(?:\w+/(?:status|article)|messages/media)/", re.ASCII)
_MESSAGE_FILE = re.compile(r"/dm/(\d+/\d+/[\w.-]+)$", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What a reply holds: the `nodes` that were asked for, and the posts that they brought along (`others`).

    Each has, as `along`, what the reply tells elsewhere of its author, files and polls. `firsts` leads from any version
    of a post to its first; `me` is the account's own user id, empty where it is not known.
    """

    reading: Reading
    nodes: list[Placed]
    others: list[Placed]
    firsts: Mapping[str, str]

    @property
    def me(self) -> str:
        """The account's own user id, by which what is asked was asked."""
        return self.reading.fetch.hint

    def is_me(self, user_id: str) -> bool:
        """Whether this is the account's own id."""
        return bool(user_id) and user_id == self.me


def around(reading: Reading) -> Around:
    """What a reply holds. Raises Unreadable where it is none of version 2."""
    body, included = reading.value, at(reading.value, "includes")
    if DECLARED.known["reply"].isdisjoint(body):
        what = f"The reply to '{reading.fetch.stream}' (status {reading.reply.status})"
        do = "Check the address of the account: https://api.x.com"
        raise Unreadable(f"{what} is JSON, but not of version 2 of the X API.", do=do)
    keys = {"users": "id", "media": "media_key", "polls": "id"}
    known = {
        name: {text(one, key): one for one in rows(included, name) if text(one, key)} for name, key in keys.items()
    }
    asked = at(body, "data")
    whole = partial(_whole, reading, known)
    nodes = _placed("/data", asked, whole) if isinstance(asked, list) else [("/data", whole(asked))]
    others = [one for name in _POSTS for one in _placed(f"/includes/{name}", rows(included, name), whole)]
    firsts = {one: versions(node)[0] for _, node in (*nodes, *others) for one in versions(node)}
    return Around(reading=reading, nodes=nodes if asked is not None else [], others=others, firsts=firsts)


def _placed(place: str, nodes: list[Any], whole: Callable[[Any], Any]) -> list[Placed]:
    return [(f"{place}/{n}", whole(node)) for n, node in enumerate(nodes)]


def _whole(reading: Reading, known: Mapping[str, Mapping[str, Any]], node: Any) -> Any:
    """A node with its fields under their old names, where X has renamed them, and what is told of it elsewhere."""
    if not isinstance(node, dict):
        return node
    renamed = {old: node[new] for new, old in _RENAMED.items() if new in node and not node.get(old)}
    writer = text(node, "author_id") or text(node, "sender_id")
    ours = {"username": reading.account.handle.removeprefix("@")} if writer and writer == reading.fetch.hint else {}
    files, polls = (dict.fromkeys(strings(node, "attachments", name)) for name in ("media_keys", "poll_ids"))
    told = [known["polls"][key] for key in polls if key in known["polls"]]
    along = {
        "author": ours | known["users"].get(writer, {}),
        "files": [{"media_key": key} | known["media"].get(key, {}) for key in files],
        "polls": told,
        "options": [option for poll in told for option in rows(poll, "options")],
        "whole": files.keys() <= known["media"].keys() and polls.keys() <= known["polls"].keys(),
        "api": reading.account.url.rstrip("/"),
    }
    return node | renamed | {"along": along}


def versions(node: Any) -> tuple[str, ...]:
    """The ids of all versions of a post, oldest first; its own where it tells no history that it is part of."""
    own_id, chain = text(node, "id"), strings(node, "edit_history_tweet_ids")
    return tuple(chain) if own_id in chain else (own_id,)


def post(near: Around, node: Any, source: str, chain: tuple[str, ...] = ()) -> Snapshot | Unread:
    """One version of a post; `chain`: the versions it is one of, where they are known."""
    own_id, chain = text(node, "id"), chain or versions(node)
    first, own, named = chain[0], near.is_me(text(node, "author_id")), _names(near, node)
    answered, begun = _referenced(node, "answers"), text(node, "conversation_id")
    parent = another(near.firsts.get(answered, answered), first)
    answers = parent is not None or (named and not own)
    when, raw = _created(node, first)
    votes = ((f"votes:{text(option, 'label')}", count(option, "votes")) for option in rows(node, "along", "options"))
    return POST(
        node,
        source,
        kind=Kind.SHARE if _referenced(node, "reposts") else Kind.COMMENT if answers else Kind.POST,
        remote_id=first,
        created=when,
        created_raw=raw,
        edited=None if own_id == first else _id_time(own_id) or read_time(at(node, "created_at"))[0],
        link=f"https://x.com/{said(node, 'along.author.username') or 'i'}/status/{own_id}",
        parent=parent,
        thread=near.firsts.get(begun, begun) or (first if own and not parent else None),
        and_counters={name: number for name, number in votes if number is not None},
        historic=own_id != chain[-1],
        context=not (own or named or source.startswith("/data")),
    )


def strange(kind: str, node: Any) -> Iterator[str]:
    """What a node tells that this connector does not know."""
    yield from DECLARED.strange(kind, node)
    event = text(node, "event_type")
    if kind == "message" and event not in _EVENTS:
        yield f"event.{event[:60] or 'without a type'}"
    if kind == "post":
        told = (text(one, "type") for one in rows(node, "referenced_tweets"))
        yield from (f"reference.{name[:60]}" for name in told if name and name not in _REFERENCES)


def _referenced(node: Any, how: str) -> str:
    """The id of the post that this one `answers`, `quotes` or `reposts`."""
    told = rows(node, "referenced_tweets")
    return next((text(one, "id") for one in told if _REFERENCES.get(text(one, "type")) == how), "")


def _names(near: Around, node: Any) -> bool:
    """Whether a post answers the account or names it."""
    handle = near.reading.account.handle.removeprefix("@").casefold()
    mentions = rows(node, "entities", "mentions") + rows(node, "note_tweet", "entities", "mentions")
    return near.is_me(text(node, "in_reply_to_user_id")) or any(
        near.is_me(text(one, "id")) or text(one, "username").casefold() == handle for one in mentions
    )


def _links(node: Any) -> Iterator[str]:
    """Where the shortened links of a text lead, but for those to its own files and to posts, which hang on handles."""
    places = (("entities", "urls"), ("note_tweet", "urls"), ("note_tweet", "entities", "urls"))
    found = dict.fromkeys(text(url, "expanded_url") for place in places for url in rows(node, *place))
    return (url for url in found if url and not _OWN_ADDRESS.match(url))


def _created(node: Any, first: str) -> tuple[datetime | None, str]:
    """When a post or message was made: as told, else by its id; an edited one by the id of its first version."""
    told, by_id = read_time(at(node, "created_at")), _id_time(first)
    by_itself = first == text(node, "id") and any(told)
    return told if by_itself or by_id is None else (by_id, "")


def _id_time(remote_id: str) -> datetime | None:
    """The second in which an id was given, which it carries; None for ids from before November 2010, and others."""
    number = count(remote_id) or 0
    moment = _EPOCH + timedelta(milliseconds=number >> 22)
    return moment.replace(microsecond=0) if number >= _FIRST_TIMED else None


def _withheld(node: Any) -> str:
    """Where and why X does not show a post or a user; empty where it does."""
    why = at(node, "withheld")
    if not isinstance(why, dict):
        return ""
    where = ", ".join(sorted(strings(why, "country_codes"))) or "not said where"
    return where + (" (copyright)" if why.get("copyright") is True else "")


def _files(node: Any) -> Iterator[Media]:
    """The attachments by their keys; of a video the best version, as its preview is not the video."""
    for one in rows(node, "along", "files"):
        films = [film for film in rows(one, "variants") if text(film, "content_type") == "video/mp4"]
        best = max(((count(film, "bit_rate") or 0, text(film, "url")) for film in films), default=(0, ""))[1]
        url = text(one, "url") or best
        if of_message := _MESSAGE_FILE.search(url.partition("?")[0]):  # the API has it too, and takes our credential
            url = f"{said(node, 'along.api')}/2/dm_conversations/media/{of_message[1]}"
        yield Media(id=text(one, "media_key"), url=url, type=text(one, "type"), alt=text(one, "alt_text"))


def _others(node: Any, *, joined: bool) -> list[str]:
    """Who is in a conversation beside the sender: those who `joined` or left it, or else those who can read it."""
    kind, sender, both = (text(node, name) for name in ("event_type", "sender_id", "dm_conversation_id"))
    named = strings(node, "participant_ids") or (both.split("-") if both.count("-") == 1 else [])
    return [one for one in named if one != sender] if bool(_EVENTS.get(kind)) is joined else []


_SHAPES = DECLARED.shapes(
    quotes=lambda node: _referenced(node, "quotes"),
    reposts=lambda node: _referenced(node, "reposts"),
    verified=lambda node: said(node, "verified_type") if node.get("verified") is True else "",
    event=lambda node: _EVENTS.get(kind := text(node, "event_type"), kind),
    joined=lambda node: _others(node, joined=True),
    readers=lambda node: _others(node, joined=False),
    created=lambda node: _created(node, text(node, "id")),
    files=_files,
    links=_links,
    withheld=_withheld,
)
POST, USER, MESSAGE = _SHAPES["post"], _SHAPES["user"], _SHAPES["message"]
