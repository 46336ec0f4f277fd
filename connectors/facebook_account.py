"""The Facebook Page itself: who the token speaks for, its profile, whom it blocks, and the token's days."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from archiver.errors import Unreadable
from archiver.model import Account, Cause, Fetch, Identity, Kind, Media, Page, Reply, Snapshot, Visibility
from connectors.facebook_asking import listings
from connectors.facebook_items import SITE
from connectors.fields import at, count, counters, pairs, rows, text
from connectors.graph_asking import next_page, wanted
from connectors.graph_nodes import drift_of, file_name, rows_of
from connectors.graph_token import read_token
from connectors.json_body import read_json
from connectors.links import web_address

NEEDED = {
    "pages_read_engagement": "posts and their comments",
    "pages_read_user_content": "visitors' posts, reviews, and who wrote what",
    "pages_messaging": "private messages",
}


def read_profile(account: Account, fetch: Fetch, reply: Reply) -> Page:
    """The page as it stands, and everything else to ask."""
    body = read_json(fetch, reply, expect=dict)
    identity = _identity(account, body.value)
    also = wanted(account, listings(account, reply, identity.platform_id))
    drift = drift_of("page", [body.value])
    return Page(items=(profile(body.value),), also=also, identity=identity, drift=drift, flags=body.flags)


def read_token_days(_account: Account, fetch: Fetch, reply: Reply) -> Page:
    """How long the token is good, and what it lacks."""
    return read_token(fetch, reply, NEEDED)


def read_blocked(_account: Account, fetch: Fetch, reply: Reply) -> Page:
    """Who is blocked, as one item for each hundred: its versions are the list over time."""
    body = read_json(fetch, reply, expect=dict)
    page, _, number = fetch.hint.partition(" ")
    people = sorted((text(one, "id"), text(one, "name")) for one in rows_of(fetch, body.value))
    item = Snapshot(
        kind=Kind.PROFILE,
        remote_id=f"blocked:{page}" if number in ("", "1") else f"blocked:{page}:{number}",
        title="People and pages blocked by the page",
        details=tuple(("blocked", f"{name} ({who})" if name else who) for who, name in people),
        visibility=Visibility.PRIVATE,
        source="",
    )
    more, lost = next_page(fetch, body.value)
    following = replace(more, hint=f"{page} {(count(number) or 1) + 1}") if more else None
    return Page(items=(item,), more=following, unread=lost, flags=body.flags)


def _identity(account: Account, who: Any) -> Identity:
    """Whom the token speaks for. A token of another page, or of a person, must not be pinned by its first use."""
    told = Identity(platform_id=text(who, "id"), handle=text(who, "username"), name=text(who, "name"))
    if not told.platform_id:
        raise Unreadable("The reply to 'profile' names no page.", do="Check the address and the token.")
    names = {one.casefold() for one in (told.platform_id, told.handle, told.name) if one}
    if account.platform_id is None and account.handle.removeprefix("@").casefold() not in names:
        raise Unreadable(
            f"The token speaks for {told.name or told.platform_id}, not for {account.handle}.",
            cause=Cause.IDENTITY,
            do="Give the access token of the registered page, or register the page by its name, user name or number.",
        )
    return told


def profile(who: Any) -> Snapshot:
    """The page's own description of itself; its pictures by the names of their files."""
    number = text(who, "id")
    picture, cover = text(who, "picture", "data", "url"), text(who, "cover", "source")
    files = (
        Media(id=f"{number}:{file_name(picture)}", url=picture, type="image", alt="profile picture"),
        Media(id=text(who, "cover", "id") or f"{number}:{file_name(cover)}", url=cover, type="image", alt="cover"),
    )
    return Snapshot(
        kind=Kind.PROFILE,
        remote_id=f"page:{number}",
        title=text(who, "name"),
        text="\n\n".join(said for said in (text(who, "about"), text(who, "description")) if said),
        link=web_address(SITE, text(who, "link")),
        media=tuple({one.id: one for one in files if one.url}.values()),
        source="",
        counters=counters(who, {"followers": "followers_count", "fans": "fan_count"}),
        details=_profile_details(who),
    )


def _profile_details(who: Any) -> tuple[tuple[str, str], ...]:
    emails: Iterable[Any] = rows(who, "emails")
    named = pairs(
        username=text(who, "username"),
        category=text(who, "category"),
        website=text(who, "website"),
        phone=text(who, "phone"),
        published="no" if at(who, "is_published") is False else "",
    )
    return (*named, *(("email", one) for one in emails if isinstance(one, str) and one))
