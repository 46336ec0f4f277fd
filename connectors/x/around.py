"""What a reply of X brings along with its posts and messages: authors, files, polls and other posts."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from archiver.model import Account, Author, Media
from connectors.fields import at, count, rows, text
from connectors.times import read_time
from connectors.x.asks import DECLARED, FIELDS

_POSTS = ("tweets", "posts")  # the old name and the new one
_EPOCH = datetime(2010, 11, 4, 1, 42, 54, 657_000, tzinfo=UTC)  # from here on an id counts milliseconds, above 22 bits
_FIRST_TIMED = 29_700_859_247
_OWN_ADDRESS = re.compile(r"https?://(?:\w+\.)?(?:twitter|x)\.com/(?:\w+/(?:status|article)|messages/media)/", re.ASCII)
_MESSAGE_FILE = re.compile(r"/dm/(\d+)/(\d+)/([\w.-]+)$", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """The included objects of one reply by their ids; `first_ids` leads from any version of a post to its first."""

    account: Account
    me: str
    users: Mapping[str, Any]
    media: Mapping[str, Any]
    polls: Mapping[str, Any]
    first_ids: Mapping[str, str]

    def author(self, user_id: str) -> Author:
        """A user as an author; ourselves by the registered handle where the reply does not tell."""
        handle = self.account.handle.removeprefix("@") if user_id and user_id == self.me else ""
        who = self.users.get(user_id)
        return Author(id=user_id, handle=text(who, "username") or handle, name=text(who, "name"))

    def files(self, node: Any) -> tuple[Media, ...]:
        """The attachments of a post or message; `alt_text` is the text for those who cannot see them."""
        keys = dict.fromkeys(key for key in rows(node, "attachments", "media_keys") if isinstance(key, str) and key)
        return tuple(_medium(self.account, key, self.media.get(key)) for key in keys)

    def tells_files_of(self, node: Any) -> bool:
        """Whether the reply tells of everything that is attached: a post half told would look like another version."""
        files, polls = (rows(node, "attachments", name) for name in ("media_keys", "poll_ids"))
        return all(key in self.media for key in files) and all(key in self.polls for key in polls)

    def first_of(self, post_id: str) -> str:
        """The identity of a post: the id of its first version, where the reply tells of it."""
        return self.first_ids.get(post_id, post_id)


def around(account: Account, me: str, body: Any) -> Around:
    """What a reply brings along. `me` is the account's own user id, empty where it is not known."""
    included = at(body, "includes")
    return Around(
        account=account,
        me=me,
        users=_by(included, "users", "id"),
        media=_by(included, "media", "media_key"),
        polls=_by(included, "polls", "id"),
        first_ids={one: versions(node)[0] for _, node in (*data(body), *posts(body)) for one in versions(node)},
    )


def data(body: Any) -> Iterator[tuple[str, Any]]:
    """What was asked for: each object with its place in the body."""
    asked = at(body, "data")
    if isinstance(asked, list):
        yield from ((f"/data/{n}", node) for n, node in enumerate(asked))
    elif asked is not None:
        yield "/data", asked


def posts(body: Any) -> Iterator[tuple[str, Any]]:
    """The posts that came along: each with its place in the body."""
    for name in _POSTS:
        yield from ((f"/includes/{name}/{n}", node) for n, node in enumerate(rows(body, "includes", name)))


def versions(node: Any) -> tuple[str, ...]:
    """The ids of all versions of a post, oldest first; its own where it tells no history that it is part of."""
    own = text(node, "id")
    for name in ("edit_history_tweet_ids", "edit_history_post_ids"):
        chain = tuple(one for one in rows(node, name) if isinstance(one, str) and one)
        if own in chain:
            return chain
    return (own,)


def links(node: Any) -> tuple[tuple[str, str], ...]:
    """Where the shortened links of a text lead, but for those to its own files and to posts, which hang on handles."""
    found = [
        text(url, "expanded_url")
        for part in ("entities", "note_tweet", "note_post")
        for url in rows(node, part, "urls") + rows(node, part, "entities", "urls")
    ]
    return tuple(("link", url) for url in dict.fromkeys(found) if url and not _OWN_ADDRESS.match(url))


def written(said: str) -> str:
    """The text as it was written: X escapes &, < and >."""
    return html.unescape(said)


def created(node: Any, first: str) -> tuple[datetime | None, str]:
    """When a post or message was made: as told, else by its id; an edited one by the id of its first version."""
    told, raw = read_time(at(node, "created_at"))
    if first != text(node, "id"):
        return (id_time(first) or told, "" if id_time(first) else raw)
    return (told, raw) if told or raw else (id_time(first), "")


def id_time(remote_id: str) -> datetime | None:
    """The second in which an id was given, which it carries; None for ids from before November 2010, and others."""
    number = int(remote_id) if remote_id.isascii() and remote_id.isdigit() and len(remote_id) < 20 else 0
    if not _FIRST_TIMED <= number < 2**63:
        return None
    moment = _EPOCH + timedelta(milliseconds=number >> 22)
    return moment.replace(microsecond=0)


def withheld(node: Any) -> str:
    """Where and why X does not show a post or a user; empty where it does."""
    why = at(node, "withheld")
    if not isinstance(why, dict):
        return ""
    where = ", ".join(sorted(code for code in rows(why, "country_codes") if isinstance(code, str))) or "not said where"
    return where + (" (copyright)" if why.get("copyright") is True else "")


def strange(kind: str, node: Any) -> Iterator[str]:
    """The names of fields that were not asked for and are not known."""
    asked = FIELDS[kind].split(",") if kind in FIELDS else ()
    yield from (name for name in DECLARED.strange(kind, node) if name.removeprefix(f"{kind}.") not in asked)


def _by(included: Any, name: str, key: str) -> dict[str, Any]:
    return {text(node, key): node for node in rows(included, name) if text(node, key)}


def _medium(account: Account, key: str, node: Any) -> Media:
    """A file by its key; of a video the best version, as its preview is not the video."""
    url = text(node, "url") or max(_videos(node), default=(0, ""))[1]
    return Media(id=key, url=_reachable(account, url), type=text(node, "type"), alt=text(node, "alt_text"))


def _videos(node: Any) -> Iterator[tuple[int, str]]:
    for variant in rows(node, "variants"):
        if text(variant, "content_type") == "video/mp4" and text(variant, "url"):
            yield count(variant, "bit_rate") or 0, text(variant, "url")


def _reachable(account: Account, url: str) -> str:
    """Files of messages are asked for at the API, which takes the account's credential."""
    found = _MESSAGE_FILE.search(url.partition("?")[0])
    if found is None:
        return url
    return f"{account.url.rstrip('/')}/2/dm_conversations/media/{found[1]}/{found[2]}/{found[3]}"
