"""What X is asked: addresses, fields and page sizes, as requests without a credential."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from archiver.model import Account, Fetch, Unread
from connectors.fields import text
from connectors.links import part

MOST_IDS = 100  # in one lookup

# Each post of a page is paid for, each poll shows the newest page again: pages are as small as a busy day needs.
_PER_PAGE = {"posts": 20, "mentions": 10, "messages": 10, "comments": 20}
POST_FIELDS = (
    "article,attachments,author_id,community_id,conversation_id,created_at,edit_controls,entities,geo,id,"
    "in_reply_to_user_id,lang,note_tweet,possibly_sensitive,public_metrics,referenced_tweets,reply_settings,source,"
    "text,withheld"
)
USER_FIELDS = (
    "created_at,description,entities,location,name,pinned_tweet_id,profile_banner_url,profile_image_url,protected,"
    "public_metrics,url,username,verified,verified_type,withheld"
)
_MEDIA_FIELDS = "alt_text,duration_ms,height,media_key,preview_image_url,type,url,variants,width"
EVENT_FIELDS = (
    "attachments,created_at,dm_conversation_id,entities,event_type,id,participant_ids,referenced_tweets,sender_id,text"
)
_POST_EXPANSIONS = (
    "attachments.media_keys,attachments.poll_ids,author_id,referenced_tweets.id,"
    "referenced_tweets.id.attachments.media_keys,referenced_tweets.id.author_id"
)
_OF_POSTS = (
    ("tweet.fields", POST_FIELDS),
    ("expansions", _POST_EXPANSIONS),
    ("media.fields", _MEDIA_FIELDS),
    ("poll.fields", "duration_minutes,end_datetime,id,options,voting_status"),
    ("user.fields", "name,username"),
)
_OF_MESSAGES = (
    ("dm_event.fields", EVENT_FIELDS),
    ("expansions", "attachments.media_keys,referenced_tweets.id,sender_id"),
    ("media.fields", _MEDIA_FIELDS),
    ("tweet.fields", POST_FIELDS),
    ("user.fields", "name,username"),
)
_EXPANDED = frozenset(f"{_POST_EXPANSIONS},sender_id".split(","))


def profile(account: Account) -> Fetch:
    """Whom the credential speaks for."""
    return Fetch(stream="profile", url=_url(account, "users/me"), params=(("user.fields", USER_FIELDS),))


def listing(account: Account, stream: str, me: str) -> Fetch:
    """The newest page of the account's `posts`, `mentions` or `messages`; `me` is its own user id."""
    path = {"posts": f"users/{part(me)}/tweets", "mentions": f"users/{part(me)}/mentions"}.get(stream, "dm_events")
    params = _OF_MESSAGES if stream == "messages" else _OF_POSTS
    return Fetch(stream=stream, url=_url(account, path), params=(_page_size(stream), *params), hint=me)


def replies(account: Account, me: str, query: str, *, subject: str, token: str) -> Fetch:
    """The replies of the last seven days that a search finds."""
    params = (("query", query), _page_size("comments"), *_OF_POSTS)
    url = _url(account, "tweets/search/recent")
    return Fetch(stream="comments", url=url, params=params, subject=subject, token=token, hint=me)


def history(account: Account, me: str, earlier: tuple[str, ...], *, first: str, latest: str) -> Fetch:
    """The earlier versions of an edited post, by their own ids; asked once for each edit."""
    params = (("ids", ",".join(earlier[:MOST_IDS])), *_OF_POSTS)
    return Fetch(stream="history", url=_url(account, "tweets"), params=params, subject=first, token=latest, hint=me)


def one_post(account: Account, remote_id: str, link: str) -> Fetch:
    """One post, by the id of its newest version, which its address ends with; its identity is that of the first."""
    newest = link.rpartition("/")[2]
    params = (("ids", newest if newest.isascii() and newest.isdigit() else remote_id), *_OF_POSTS)
    hint = account.platform_id or ""
    return Fetch(stream="item", url=_url(account, "tweets"), params=params, subject=remote_id, hint=hint)


def one_profile(account: Account, remote_id: str) -> Fetch:
    """A user, by the id behind `user:`."""
    url = _url(account, f"users/{part(remote_id.removeprefix('user:'))}")
    return Fetch(stream="item", url=url, params=(("user.fields", USER_FIELDS),), subject=remote_id)


def next_page(fetch: Fetch, body: Any) -> Fetch | None:
    """The same request from where the page ended; None where it was the last, or names itself."""
    cursor = text(body, "meta", "next_token")
    named = "next_token" if fetch.stream == "comments" else "pagination_token"  # a search has its own word for it
    kept = tuple((name, value) for name, value in fetch.params if name != named)
    page = replace(fetch, params=(*kept, (named, cursor)))
    return page if cursor and page.key != fetch.key else None


def lost_page(fetch: Fetch, body: Any) -> Iterator[Unread]:
    """A next page that names itself, so that the end of the reply is not taken for the end of the listing."""
    if text(body, "meta", "next_token") and next_page(fetch, body) is None:
        yield Unread(source="/meta/next_token", reason="the next page named is this page itself")


def is_expansion(parameter: str) -> bool:
    """Whether a parameter that an error names asked for what comes along with a post, not for the post."""
    return parameter in _EXPANDED


def size(fetch: Fetch) -> int:
    """How many posts, messages or users a reply to this can hold, without what comes along with them."""
    asked = dict(fetch.params)
    number = asked.get("max_results", "")
    if number.isascii() and number.isdigit():
        return int(number)
    return len(asked["ids"].split(",")) if "ids" in asked else 1


def _page_size(stream: str) -> tuple[str, str]:
    return ("max_results", str(_PER_PAGE[stream]))


def _url(account: Account, path: str) -> str:
    return f"{account.url.rstrip('/')}/2/{path}"
