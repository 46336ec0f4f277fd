"""The connector for the platform made for tests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from archiver.errors import Unreadable
from archiver.model import (
    Account,
    Auth,
    Bearer,
    Fetch,
    Identity,
    ItemRef,
    Kind,
    Media,
    Pace,
    Page,
    Reply,
    Snapshot,
    Stream,
    Unread,
    Visibility,
)
from tests.polling.platform import when


class Spoken:
    """Profile first, from there posts and messages; from a post its comments and earlier versions."""

    platform = "spoken"
    title = "The platform made for tests"
    version = 1
    auth: Auth = Bearer()
    pace = Pace(requests=100_000, seconds=1)
    streams: tuple[Stream, ...] = ()

    def first(self, account: Account) -> tuple[Fetch, ...]:
        """Who the account is."""
        return (_ask(account, "profile", "profile"),)

    def read(self, account: Account, fetch: Fetch, reply: Reply) -> Page:
        """What a reply holds."""
        try:
            body = json.loads(reply.body)
        except ValueError as error:
            raise Unreadable("the body is not JSON") from error
        if fetch.stream == "profile":
            return _profile(account, body)
        if not isinstance(body, dict) or not isinstance(body.get("items"), list):
            raise Unreadable("the body lists no items")
        items, unread = _items(body["items"])
        return Page(
            items=items,
            more=_more(fetch, body.get("next")),
            also=tuple(_found_on_the_way(account, body["items"], fetch)),
            newest_first=fetch.stream in ("posts", "messages"),
            walked=fetch.stream in ("posts", "comments"),
            unread=unread,
        )

    def check(self, account: Account, item: ItemRef) -> Fetch | None:
        """The item by its id."""
        folder = "comments" if item.kind is Kind.COMMENT else "posts"
        return _ask(account, "item", f"{folder}/{item.remote_id}", subject=item.remote_id)


def _ask(account: Account, stream: str, path: str, *, subject: str | None = None, token: str | None = None) -> Fetch:
    return Fetch(stream=stream, url=f"{account.url}/{path}", subject=subject, token=token)


def _profile(account: Account, body: Any) -> Page:
    if not isinstance(body, dict) or "id" not in body:
        raise Unreadable("the body names no account")
    about = Snapshot(kind=Kind.PROFILE, remote_id=f"account:{body['id']}", text=str(body["name"]), source="")
    listed = () if body.get("alone") else ("posts", "messages")
    also = tuple(_ask(account, stream, stream) for stream in listed)
    return Page(items=(about,), also=also, identity=Identity(platform_id=str(body["id"]), name=str(body["name"])))


def _more(fetch: Fetch, page: Any) -> Fetch | None:
    if page is None:
        return None
    url = fetch.url.partition("?")[0]
    return Fetch(stream=fetch.stream, url=url, params=(("page", str(page)),), subject=fetch.subject)


def _items(listed: list[Any]) -> tuple[tuple[Snapshot, ...], tuple[Unread, ...]]:
    items: list[Snapshot] = []
    unread: list[Unread] = []
    for number, one in enumerate(listed):
        source = f"/items/{number}"
        try:
            items += _snapshots(one, source)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            unread.append(Unread(source=source, reason=f"{type(error).__name__}: {error}"))
    return tuple(items), tuple(unread)


def _snapshots(one: dict[str, Any], source: str) -> Iterator[Snapshot]:
    kinds = {kind.value: kind for kind in Kind}
    yield Snapshot(
        kind=kinds.get(one.get("kind", "post"), Kind.POST),
        remote_id=one["id"],
        created=when(one.get("created")),
        edited=when(one.get("edited")),
        text=one["text"],
        parent=one.get("under"),
        media=tuple(Media(id=file["id"], url=file["url"]) for file in one.get("files", ())),
        visibility=Visibility(one.get("visibility", "public")),
        counters={"likes": one["likes"]} if "likes" in one else {},
        source=source,
        historic=bool(one.get("historic")),
    )
    for number, reply in enumerate(one.get("replies", ())):
        yield from _snapshots(reply, f"{source}/replies/{number}")


def _found_on_the_way(account: Account, listed: list[Any], fetch: Fetch) -> Iterator[Fetch]:
    for one in listed if fetch.stream in ("posts", "item") else ():
        if not isinstance(one, dict) or one.get("kind", "post") == "comment" or "id" not in one:
            continue
        path, subject = f"posts/{one['id']}", str(one["id"])
        if one.get("comments"):
            yield _ask(account, "comments", f"{path}/comments", subject=subject, token=str(one["comments"]))
        if one.get("edited"):
            yield _ask(account, "history", f"{path}/history", subject=subject, token=one["edited"])


CONNECTOR = Spoken()
