"""What a WordPress site itself says it holds, asked item by item; written without the connector's eyes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import requests

from tests.real.keeping import Told, moment, squeezed
from tests.real.wordpress import Json, WordPress

_POSTS = ("publish", "future", "draft", "pending", "private", "trash")
_FILES = ("inherit", "private", "trash")
_COMMENTS = ("approve", "hold", "spam", "trash", "post-trashed")
_SEEN_BY = {
    "publish": "public",
    "inherit": "public",
    "approved": "public",
    "future": "draft",
    "draft": "draft",
    "pending": "draft",
    "private": "private",
    "trash": "trash",
    "post-trashed": "trash",
    "hold": "held",
    "spam": "hidden",
}
_NAMES = {"attachment": "media"}


def everything(site: WordPress) -> dict[str, Told]:
    """All a moderator may see."""
    posts = [node for status in _POSTS for node in _listed(site, "posts", status=status)]
    pages = [node for status in _POSTS for node in _listed(site, "pages", status=status)]
    files = [node for status in _FILES for node in _listed(site, "media", status=status)]
    comments = [node for status in _COMMENTS for node in _listed(site, "comments", status=status)]
    return _told(site, [*posts, *pages], files, comments)


def published(site: WordPress) -> dict[str, Told]:
    """All a visitor may see."""
    asked = {name: list(_listed(site, name, signed=False)) for name in ("posts", "pages", "media", "comments")}
    return _told(site, asked["posts"] + asked["pages"], asked["media"], asked["comments"])


def _listed(site: WordPress, name: str, *, signed: bool = True, **params: str) -> Iterator[Json]:
    """Every row, oldest id first, in pages of another size than the connector's."""
    page, pages = 1, 1
    asked: dict[str, Any] = {"per_page": 37, "orderby": "id", "order": "asc", **params}
    while page <= pages:
        reply = _ask(site, name, asked | {"page": page} | ({"context": "edit"} if signed else {}), signed=signed)
        pages = int(reply.headers["X-WP-TotalPages"])
        yield from reply.json()
        page += 1


def _ask(site: WordPress, name: str, params: Mapping[str, Any], *, signed: bool) -> requests.Response:
    if signed:
        return site.send("GET", name, params=dict(params))
    reply = requests.get(f"{site.url}/wp-json/wp/v2/{name}", params=dict(params), timeout=30)
    reply.raise_for_status()
    return reply


def _told(site: WordPress, posts: Iterable[Json], files: Iterable[Json], comments: Iterable[Json]) -> dict[str, Told]:
    found = {f"{node['type']}:{node['id']}": _post(site, node) for node in posts}
    found |= {f"media:{node['id']}": _file(site, node) for node in files}
    return found | {f"comment:{node['id']}": _comment(node) for node in comments}


def _post(site: WordPress, node: Json) -> Told:
    above = node.get("parent") or 0
    return Told(
        kind=node["type"],
        author=(str(node["author"]), site.user),
        title=squeezed(node["title"]["rendered"]),
        text=squeezed(node["content"]["rendered"]),
        parent=f"{node['type']}:{above}" if above else None,
        thread=None,
        visibility=_SEEN_BY[node["status"]],
        **_times(node),
    )


def _file(site: WordPress, node: Json) -> Told:
    data = requests.get(node["source_url"], timeout=30).content
    return Told(
        kind="media",
        author=(str(node["author"]), site.user),
        title=squeezed(node["title"]["rendered"]),
        text=squeezed(node["caption"]["rendered"] + node["alt_text"]),
        parent=None,
        thread=None,
        visibility=_SEEN_BY[node["status"]],
        files=((hashlib.sha256(data).hexdigest(), node["alt_text"]),),
        **_times(node),
    )


def _comment(node: Json) -> Told:
    under = node["_links"]["up"][0]["post_type"]
    thread = f"{_NAMES.get(under, under)}:{node['post']}"
    return Told(
        kind="comment",
        author=(str(node["author"] or ""), node["author_name"]),
        created=moment(node["date_gmt"]),
        edited=None,
        title="",
        text=squeezed(node["content"]["rendered"]),
        parent=f"comment:{node['parent']}" if node["parent"] else thread,
        thread=thread,
        visibility=_SEEN_BY[node["status"]],
    )


def _times(node: Json) -> dict[str, datetime | None]:
    created, changed = moment(node["date_gmt"]), moment(node["modified_gmt"])
    return {"created": created, "edited": changed if changed > created else None}
